//! Errors by culprit: [`Rejection`] for the peer, with a status of RFC 9110; [`Misuse`] for the page; [`Error::Io`] for the
//! stream. [`Fault`] is one of them, as an observer gets it.

use core::fmt;

use crate::method::MethodSet;
use crate::refusal::RefusalStatus;
use crate::slice::{ascii_str, split_once};
use crate::status::Status;

/// An error of one sentence a variant.
macro_rules! reasons {
    (
        $(#[$enum_attribute:meta])*
        pub enum $name:ident {
            $($(#[$attribute:meta])* $variant:ident $(($field:ty))? = $reason:literal,)*
        }
    ) => {
        $(#[$enum_attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$attribute])* $variant $(($field))?,)*
        }

        impl $name {
            /// One sentence for its culprit.
            #[must_use]
            pub fn reason(self) -> &'static str {
                enum Number {
                    $($variant,)*
                }
                let number = match self {
                    $(Self::$variant { .. } => Number::$variant,)*
                };
                line(concat!($($reason, "\n",)*), number as u8)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.reason())
            }
        }

        impl core::error::Error for $name {}
    };
}

/// The line `number` of `lines`. Not inlined, and a text: a table of strings has eight bytes more for each.
#[inline(never)]
fn line(lines: &'static str, number: u8) -> &'static str {
    let mut lines = lines.as_bytes();
    for _ in 0..number {
        lines = split_once(lines, b'\n').1.unwrap_or(&[]);
    }
    ascii_str(split_once(lines, b'\n').0)
}

reasons! {
    /// An error of the peer, and the status of the response to it.
    ///
    /// The response to a rejection has a short HTML body and `Content-Length`. Where the end of the request is certain, because
    /// its head was understood and its body is framed, the connection persists: the rest of the body is dropped, up to
    /// 64 KB. Otherwise the response states `Connection: close`, because the bytes behind a message that was
    /// not understood cannot be trusted (RFC 9112 section 9.3).
    pub enum Rejection {
        /// 400: the first line is neither a request line nor a status line (RFC 9112 sections 3 and 4).
        BadStartLine = "The first line is not valid.",
        /// 400: the request target has none of the four forms (RFC 9112 section 3.2), or a character that no browser sends as it
        /// stands ([`alone`](crate::wire::alone#urls-as-clients-send-them) lists them).
        BadTarget = "The request target is not valid.",
        /// 400: the version is not `HTTP/` digit `.` digit (RFC 9112 section 2.3).
        BadVersion = "The HTTP version is not valid.",
        /// 505: a well-formed version of another major number (RFC 9110 section 15.6.6).
        VersionNotSupported = "No other version than HTTP/1.0 and HTTP/1.1 is supported.",
        /// 400: a header or trailer field line breaks the grammar of RFC 9112 section 5.
        BadField = "A field line is not valid.",
        /// 400: `Host` is missing, doubled or malformed (RFC 9112 section 3.2).
        BadHost = "Host is missing, repeated or not valid.",
        /// 400: `Content-Length` is not `1*DIGIT` below 2^64, or is repeated (RFC 9112 section 6.3).
        BadContentLength = "Content-Length is not valid.",
        /// 400: `Transfer-Encoding` does not end in exactly one `chunked`, is malformed, or is in a message of HTTP/1.0.
        BadTransferEncoding = "Transfer-Encoding is not valid.",
        /// 400: both `Content-Length` and `Transfer-Encoding` (RFC 9112 section 6.1: an attempt at smuggling).
        AmbiguousLength = "Content-Length and Transfer-Encoding exclude each other.",
        /// 501: an unknown transfer coding before the last `chunked` (RFC 9112 section 6.1).
        UnknownTransferCoding = "The transfer coding is not known here.",
        /// 400: the chunked coding of the body is malformed (RFC 9112 section 7.1).
        BadChunk = "The chunked body is not valid.",
        /// 400: chunk extensions, padded sizes and trailers exceed their limit.
        ChunkOverhead = "The chunked body has too much besides its data.",
        /// 400: the stream ended in the middle of a message.
        Truncated = "The message ended too early.",
        /// 400: the query or body lacks what the page needs, or it is malformed.
        BadInput = "The request does not hold what this page needs.",
        /// 404: there is no such page.
        NotFound = "There is no such page.",
        /// 404: the site has no route to such a page. [`Site::or`](crate::Site::or) then asks the other site.
        NoRoute = "There is no such page.",
        /// 405: the page does not allow the method. `Allow` lists these. To OPTIONS the core answers 204 with them instead.
        MethodNotAllowed(MethodSet) = "This page does not take that method.",
        /// The page refused the request with a status of its own.
        Refused(RefusalStatus) = "The page refuses the request.",
        /// 408: a phase exceeded its deadline.
        Timeout = "The request took too long.",
        /// 413: the body exceeds the limit.
        ContentTooLarge = "The body is too long.",
        /// 414: the request line does not fit the request buffer.
        UriTooLong = "The request target is too long.",
        /// 417: an expectation other than `100-continue` (RFC 9110 section 10.1.1).
        ExpectationFailed = "Only 100-continue can be expected here.",
        /// 421: an https target on a connection that is not secure, or a host that is not served (RFC 9110 section 7.4).
        Misdirected = "This server does not answer for that target.",
        /// 431: the head does not fit the request buffer.
        HeadTooLarge = "The header fields are too long.",
        /// 501: the method is unknown (RFC 9110 section 9.1).
        NotImplemented = "The method is not known here.",
        /// 503: the limit of connections is reached.
        Busy = "Too many connections; try again in a moment.",
    }
}

impl Rejection {
    /// The rejection of a page with this status; `None` outside of 400..=599.
    #[must_use]
    pub const fn with(status: Status) -> Option<Self> {
        match RefusalStatus::new(status) {
            Some(status) => Some(Self::Refused(status)),
            None => None,
        }
    }

    /// The status of the response.
    #[must_use]
    pub const fn status(self) -> Status {
        if let Self::Refused(status) = self { status.status() } else { self.fixed_status() }
    }

    /// Without an arm that has data it is a table.
    #[inline(never)]
    const fn fixed_status(self) -> Status {
        match self {
            Self::VersionNotSupported => Status::HTTP_VERSION_NOT_SUPPORTED,
            Self::UnknownTransferCoding | Self::NotImplemented => Status::NOT_IMPLEMENTED,
            Self::NotFound | Self::NoRoute => Status::NOT_FOUND,
            Self::MethodNotAllowed(_) => Status::METHOD_NOT_ALLOWED,
            Self::Timeout => Status::REQUEST_TIMEOUT,
            Self::ContentTooLarge => Status::CONTENT_TOO_LARGE,
            Self::UriTooLong => Status::URI_TOO_LONG,
            Self::ExpectationFailed => Status::EXPECTATION_FAILED,
            Self::Misdirected => Status::MISDIRECTED_REQUEST,
            Self::HeadTooLarge => Status::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Busy => Status::SERVICE_UNAVAILABLE,
            _ => Status::BAD_REQUEST,
        }
    }
}

reasons! {
    /// An error of a page. A misuse sends no byte of its own; the response is 500 if none has begun to leave.
    pub enum Misuse {
        /// A second `make_response` for one request.
        SecondResponse = "a second response to one request",
        /// `send` before `make_response`.
        SendBeforeResponse = "send before make_response",
        /// The page returned without a response.
        NoResponse = "the page made no response",
        /// More body bytes than the stated length.
        BodyTooLong = "more body than the stated length",
        /// Fewer body bytes than the stated length. The connection is closed; the body is never padded.
        BodyTooShort = "less body than the stated length",
        /// A body for a status without one (204, 304).
        BodyForbidden = "a body for a status that has none",
        /// `recv` after a final response that declined the client's `Expect: 100-continue`. Receive before responding.
        BodyDeclined = "recv after a response that declined the body",
        /// A status outside 200..=599. 101 is allowed if the client offers an upgrade and its body has been received.
        BadStatus = "not the status of a final response",
        /// A header name that is not a token, or a value that contains CR, LF, NUL or another control.
        BadHeader = "a header name or value that is not valid",
        /// A header that only the core writes: Content-Length, Transfer-Encoding, Connection, Date.
        ReservedHeader = "a header that only the core writes",
        /// The head of the response does not fit the response buffer.
        HeadTooLarge = "a response head that does not fit the buffer",
        /// A `Display` or `Serialize` that returned an error, so that the text of a response cannot be written.
        FormatFailed = "text that cannot be formatted",
        /// An event whose name or id has a line end in it, or its id a NUL.
        BadEvent = "an event whose name or id is not valid",
        /// A parameter that no route of the page has.
        NoParameter = "a parameter that no route has",
        /// The connection's HTTP side was used after `low_level`.
        AfterLowLevel = "HTTP after low_level",
        /// The page panicked, on a transport that catches it.
        Panicked = "the page panicked",
    }
}

/// The source of a response, such as a file, could not be read: an error of neither the peer nor the page. A page returns it
/// with `?`. The response is 500 if none has begun to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceError;

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the source of the response cannot be read")
    }
}

impl core::error::Error for SourceError {}

/// Why an exchange did not end as the page meant it to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The peer broke a rule, or asked for what there is not, or the page refused the request.
    Rejection(Rejection),
    /// The page broke a rule of this crate.
    Misuse(Misuse),
    /// The source of the response, such as a file, could not be read.
    Source,
    /// The stream failed, or took no more bytes.
    Stream,
}

/// What the error of a page's connection can be made from and asked for. Pages are generic over their connection, so that this is
/// all that they know of its errors.
pub trait PageError: From<Rejection> + From<Status> + From<Misuse> + From<SourceError> + From<Fault> {
    /// What an observer gets of this error.
    fn fault(&self) -> Fault;

    /// The rejection that this error is; `None` for any other. A page that responds to it itself, for example to
    /// [`Rejection::ContentTooLarge`] of a body, does not return it.
    fn rejection(&self) -> Option<Rejection> {
        if let Fault::Rejection(rejection) = self.fault() { Some(rejection) } else { None }
    }
}

/// The error of a call on a connection. Pages return it with `?`; the serve loop responds or closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error<E> {
    /// An error of the peer. The response has its status if none has begun to leave.
    Rejection(Rejection),
    /// An error of the page. The response is 500 if none has begun to leave.
    Misuse(Misuse),
    /// The source of the response cannot be read. The response is 500 if none has begun to leave.
    Source,
    /// An error of the stream. No response is possible; a timeout that allows one is a [`Rejection::Timeout`].
    Io(E),
    /// `write` returned 0: the stream accepts no more bytes.
    Closed,
}

impl<E> From<Rejection> for Error<E> {
    fn from(rejection: Rejection) -> Self {
        Self::Rejection(rejection)
    }
}

/// A refusal with this status; [`Misuse::BadStatus`] outside of 400..=599.
impl<E> From<Status> for Error<E> {
    fn from(status: Status) -> Self {
        Rejection::with(status).map_or(Self::Misuse(Misuse::BadStatus), Self::Rejection)
    }
}

impl<E> From<Misuse> for Error<E> {
    fn from(misuse: Misuse) -> Self {
        Self::Misuse(misuse)
    }
}

impl<E> From<SourceError> for Error<E> {
    fn from(_: SourceError) -> Self {
        Self::Source
    }
}

/// For [`Fault::Stream`] stands [`Error::Closed`].
impl<E> From<Fault> for Error<E> {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Rejection(rejection) => Self::Rejection(rejection),
            Fault::Misuse(misuse) => Self::Misuse(misuse),
            Fault::Source => Self::Source,
            Fault::Stream => Self::Closed,
        }
    }
}

impl<E> PageError for Error<E> {
    fn fault(&self) -> Fault {
        match self {
            Self::Rejection(rejection) => Fault::Rejection(*rejection),
            Self::Misuse(misuse) => Fault::Misuse(*misuse),
            Self::Source => Fault::Source,
            Self::Io(_) | Self::Closed => Fault::Stream,
        }
    }
}

impl<E: fmt::Display> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejection(rejection) => rejection.fmt(f),
            Self::Misuse(misuse) => misuse.fmt(f),
            Self::Source => SourceError.fmt(f),
            Self::Io(error) => error.fmt(f),
            Self::Closed => f.write_str("the stream accepts no more bytes"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for Error<E> {}
