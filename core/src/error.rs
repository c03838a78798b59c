//! Law: an error names its culprit. The peer breaks a rule of HTTP: [`Rejection`], which has a status. The page
//! breaks a rule of this crate: [`Misuse`]. The stream fails: [`Error::Io`]. Nothing else can go wrong.

use core::fmt;

use crate::method_set::MethodSet;
use crate::status::Status;

/// What the peer did wrong (or asked for in vain), and so which status it is answered with.
///
/// Every rejection is answered with a short HTML body, `Content-Length` and `Connection: close`, and ends the
/// connection: after a message that was not understood nothing that follows can be trusted (RFC 9112 section 9.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// 400: the first line is not `method SP target SP version` (RFC 9112 section 3).
    BadStartLine,
    /// 400: the request target is not of one of the four forms (RFC 9112 section 3.2, RFC 3986).
    BadTarget,
    /// 400: the version is not `HTTP/` digit `.` digit (RFC 9112 section 2.3).
    BadVersion,
    /// 505: a well-formed version of another major number (RFC 9110 section 15.6.6).
    VersionNotSupported,
    /// 400: a header or trailer field line breaks the grammar of RFC 9112 section 5.
    BadField,
    /// 400: `Host` is missing, doubled or malformed (RFC 9112 section 3.2).
    BadHost,
    /// 400: `Content-Length` is not `1*DIGIT` below 2^64, or stands there twice (RFC 9112 section 6.3).
    BadContentLength,
    /// 400: `Transfer-Encoding` does not end in exactly one `chunked`, is malformed, or came with HTTP/1.0.
    BadTransferEncoding,
    /// 400: both `Content-Length` and `Transfer-Encoding` (RFC 9112 section 6.1: an attempt at smuggling).
    AmbiguousLength,
    /// 501: before a last `chunked`, a transfer coding that this server does not know (RFC 9112 section 6.1).
    UnknownTransferCoding,
    /// 400: the chunked coding of the body is broken (RFC 9112 section 7.1).
    BadChunk,
    /// 400: chunk extensions, padded sizes or trailers beyond what a body may carry.
    ChunkOverhead,
    /// 400: the peer closed its side in the middle of a message.
    Truncated,
    /// 400: what the page expected in query or body is not there or not well-formed.
    BadInput,
    /// 404: no such page.
    NotFound,
    /// 405: the page exists, the method is not one of these, which `Allow` lists.
    MethodNotAllowed(MethodSet),
    /// 408: a phase took longer than the transport allows.
    Timeout,
    /// 413: the body is longer than the limit.
    ContentTooLarge,
    /// 414: the request line does not fit the request buffer.
    UriTooLong,
    /// 417: an expectation other than `100-continue` (RFC 9110 section 10.1.1).
    ExpectationFailed,
    /// 421: an https target on a connection that is not secured, or a host that is not served here (RFC 9110 section 7.4).
    Misdirected,
    /// 431: the head does not fit the request buffer.
    HeadTooLarge,
    /// 501: a method nobody here knows (RFC 9110 section 9.1).
    NotImplemented,
    /// 503: more connections than this server takes.
    Busy,
}

impl Rejection {
    /// The status that the peer is answered with.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::VersionNotSupported => Status::HTTP_VERSION_NOT_SUPPORTED,
            Self::UnknownTransferCoding | Self::NotImplemented => Status::NOT_IMPLEMENTED,
            Self::NotFound => Status::NOT_FOUND,
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

    /// One sentence for the person at the other end.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::BadStartLine => "The first line is not a request line.",
            Self::BadTarget => "The request target is not valid.",
            Self::BadVersion => "The HTTP version is not valid.",
            Self::VersionNotSupported => "This server speaks HTTP/1.0 and HTTP/1.1.",
            Self::BadField => "A field line is not valid.",
            Self::BadHost => "Host is missing, repeated or not valid.",
            Self::BadContentLength => "Content-Length is not valid.",
            Self::BadTransferEncoding => "Transfer-Encoding is not valid.",
            Self::AmbiguousLength => "Content-Length and Transfer-Encoding exclude each other.",
            Self::UnknownTransferCoding => "The transfer coding is not known here.",
            Self::BadChunk => "The chunked body is not valid.",
            Self::ChunkOverhead => "The chunked body has too much besides its data.",
            Self::Truncated => "The message ended too early.",
            Self::BadInput => "The request does not hold what this page needs.",
            Self::NotFound => "There is no such page.",
            Self::MethodNotAllowed(_) => "This page does not take that method.",
            Self::Timeout => "The request took too long.",
            Self::ContentTooLarge => "The body is too long.",
            Self::UriTooLong => "The request target is too long.",
            Self::ExpectationFailed => "Only 100-continue can be expected here.",
            Self::Misdirected => "This server does not answer for that target.",
            Self::HeadTooLarge => "The header fields are too long.",
            Self::NotImplemented => "The method is not known here.",
            Self::Busy => "Too many connections; try again in a moment.",
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl core::error::Error for Rejection {}

/// What a page did wrong. No misuse ever puts a byte on the wire; the peer is answered 500 where it still can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misuse {
    /// A second `make_response` for one request.
    SecondResponse,
    /// `send` before `make_response`.
    SendBeforeResponse,
    /// The page returned without having made a response.
    NoResponse,
    /// More body bytes than the stated length.
    BodyTooLong,
    /// Fewer body bytes than the stated length; the connection is cut off, never padded.
    BodyTooShort,
    /// A body where the status has none (204, 304).
    BodyForbidden,
    /// `recv` after a final response that left the client's `Expect: 100-continue` unanswered: ask for the body first.
    BodyDeclined,
    /// A status outside 200..=599 (101 aside, and that only where the client asked for an upgrade and its body has been
    /// received).
    BadStatus,
    /// A header name that is not a token, or a value with CR, LF, NUL or another control in it.
    BadHeader,
    /// A header that the core alone writes: Content-Length, Transfer-Encoding, Connection, Date.
    ReservedHeader,
    /// The head of the response does not fit the response buffer.
    HeadTooLarge,
    /// The connection's HTTP side was used after `low_level`.
    AfterLowLevel,
    /// The page never returned: it panicked, where a transport survives that.
    Panicked,
}

impl Misuse {
    /// One sentence for the author of the page.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::SecondResponse => "a second response to one request",
            Self::SendBeforeResponse => "send before make_response",
            Self::NoResponse => "the page made no response",
            Self::BodyTooLong => "more body than the stated length",
            Self::BodyTooShort => "less body than the stated length",
            Self::BodyForbidden => "a body for a status that has none",
            Self::BodyDeclined => "recv after a response that declined the body",
            Self::BadStatus => "not the status of a final response",
            Self::BadHeader => "a header name or value that is not valid",
            Self::ReservedHeader => "a header that only the core writes",
            Self::HeadTooLarge => "a response head that does not fit the buffer",
            Self::AfterLowLevel => "HTTP after low_level",
            Self::Panicked => "the page panicked",
        }
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl core::error::Error for Misuse {}

/// The source of a response, such as a file, could not be read: neither the peer's fault nor the page's. A page returns it
/// with `?`; the peer is answered 500 where nothing of a response has been written yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceError;

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the source of the response cannot be read")
    }
}

impl core::error::Error for SourceError {}

/// What a call on a connection fails with. Pages hand it on with `?`; the serve loop turns it into an answer or a close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error<E> {
    /// The peer's fault: answered with its status where nothing of a response has left yet.
    Rejection(Rejection),
    /// The page's fault: answered with 500 where nothing of a response has left yet.
    Misuse(Misuse),
    /// The fault of what the response is made from: answered with 500 where nothing of a response has left yet.
    Source,
    /// The stream's own error: nothing can be answered any more (a time-out that still can is a [`Rejection::Timeout`]).
    Io(E),
    /// The stream took no more bytes (`write` returned 0).
    Closed,
}

impl<E> From<Rejection> for Error<E> {
    fn from(rejection: Rejection) -> Self {
        Self::Rejection(rejection)
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

impl<E: fmt::Display> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejection(rejection) => rejection.fmt(f),
            Self::Misuse(misuse) => misuse.fmt(f),
            Self::Source => SourceError.fmt(f),
            Self::Io(error) => error.fmt(f),
            Self::Closed => f.write_str("the stream takes no more bytes"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for Error<E> {}
