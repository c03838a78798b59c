//! [`WebSocketRequest`]: the opening handshake as a server checks it, RFC 6455 section 4.2.1.
//!
//! Invariant: a request that passes has everything that the protocol asks of a client.

use core::fmt;

use crate::method::Method;
use crate::slice::{split_once, trim};
use crate::status::Status;
use crate::wire::fields::headers::{Headers, members};
use crate::wire::head::framing::Version;
use crate::wire::head::message::RequestHead;
use crate::wire::websocket::key;

/// Why a request does not open a WebSocket connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HandshakeError {
    /// The method is not GET, or the version is HTTP/1.0: 400.
    NotGet,
    /// `Upgrade` does not list `websocket`, or `Connection` does not list `upgrade`: 426, with `Upgrade: websocket`.
    NotOffered,
    /// `Sec-WebSocket-Version` is not 13: 426, with `Sec-WebSocket-Version: 13`.
    BadVersion,
    /// `Sec-WebSocket-Key` is missing, repeated or not 16 bytes in Base64: 400.
    BadKey,
}

impl HandshakeError {
    /// The status of the response.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::NotOffered | Self::BadVersion => Status::UPGRADE_REQUIRED,
            Self::NotGet | Self::BadKey => Status::BAD_REQUEST,
        }
    }

    /// The fields of the response: what a client has to send instead (RFC 9110 section 15.5.22, RFC 6455 section 4.4).
    #[must_use]
    pub const fn headers(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::NotOffered | Self::BadVersion => {
                &[("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")]
            }
            Self::NotGet | Self::BadKey => &[],
        }
    }

    /// One sentence for the peer.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NotGet => "A WebSocket connection is opened with GET and HTTP/1.1.",
            Self::NotOffered => "This page is for WebSocket connections.",
            Self::BadVersion => "The version of WebSocket is not 13.",
            Self::BadKey => "Sec-WebSocket-Key is not valid.",
        }
    }
}

impl fmt::Display for HandshakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl core::error::Error for HandshakeError {}

/// A request that opens a WebSocket connection, RFC 6455 section 4.2.1.
///
/// ```
/// use bantam::wire::{WebSocketRequest, request_head};
///
/// let (_, head) = request_head(
///     b"GET /chat HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
///       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
///       Sec-WebSocket-Protocol: chat, superchat\r\nOrigin: https://a.example\r\n\r\n",
/// ).expect("valid");
/// let request = WebSocketRequest::of(&head)?;
/// assert_eq!(&request.accept(), b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
/// assert_eq!(request.choose(&["superchat"]), Some("superchat"));
/// assert!(request.is_same_origin("a.example"));
/// # Ok::<(), bantam::wire::HandshakeError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct WebSocketRequest<'a> {
    key: &'a [u8],
    headers: Headers<'a>,
}

impl<'a> WebSocketRequest<'a> {
    /// Checks a request.
    ///
    /// # Errors
    /// A [`HandshakeError`].
    pub fn of(head: &RequestHead<'a>) -> Result<Self, HandshakeError> {
        Self::of_parts(head.method, head.version, head.headers)
    }

    pub(crate) fn of_parts(
        method: Method<'_>,
        version: Version,
        headers: Headers<'a>,
    ) -> Result<Self, HandshakeError> {
        if method != Method::Get || version == Version::Http10 {
            return Err(HandshakeError::NotGet);
        }
        let lists = |name, wanted: &[u8]| {
            find_member(&headers, name, |member| member.eq_ignore_ascii_case(wanted).then_some(())).is_some()
        };
        if !lists("upgrade", b"websocket") || !lists("connection", b"upgrade") {
            return Err(HandshakeError::NotOffered);
        }
        if headers.only("sec-websocket-version") != Some(b"13") {
            return Err(HandshakeError::BadVersion);
        }
        let key = headers.only("sec-websocket-key").filter(|key| key::is_key(key));
        Ok(Self { key: key.ok_or(HandshakeError::BadKey)?, headers })
    }

    /// The value of `Sec-WebSocket-Accept` in the response.
    #[must_use]
    pub fn accept(&self) -> [u8; 28] {
        key::accept(self.key)
    }

    /// The subprotocols that the client offers, its favourite first.
    pub fn protocols(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let headers = self.headers;
        headers
            .iter()
            .filter(|header| header.name.eq_ignore_ascii_case(b"sec-websocket-protocol"))
            .flat_map(|header| members(header.value))
    }

    /// The subprotocol of `supported` that the client likes best. `None` if there is none: the response then names none, and the client
    /// decides whether it goes on.
    #[must_use]
    pub fn choose<'s>(&self, supported: &[&'s str]) -> Option<&'s str> {
        let known = |offer: &[u8]| supported.iter().find(|known| known.as_bytes() == offer).copied();
        find_member(&self.headers, "sec-websocket-protocol", known)
    }

    /// Returns true if the request does not come from a page of another host: if `Origin` is missing, as browsers never let it, or names
    /// `host`, in any case and with any scheme. Without this check any page can open a connection with the cookies of its visitor
    /// (section 10.2).
    #[must_use]
    pub fn is_same_origin(&self, host: &str) -> bool {
        self.headers.iter().all(|header| {
            let (_, behind) = split_once(header.value, b':');
            let authority = behind.and_then(|behind| behind.strip_prefix(b"//"));
            !header.name.eq_ignore_ascii_case(b"origin")
                || authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host.as_bytes()))
        })
    }
}

/// What `look` makes of the first member of a list that it makes something of. The members are tokens: there are no quotes.
fn find_member<T>(headers: &Headers<'_>, name: &str, mut look: impl FnMut(&[u8]) -> Option<T>) -> Option<T> {
    for header in headers.iter() {
        let mut rest = Some(header.value).filter(|_| header.name.eq_ignore_ascii_case(name.as_bytes()));
        while let Some(list) = rest {
            let (member, behind) = split_once(list, b',');
            let found = look(trim(member));
            if found.is_some() {
                return found;
            }
            rest = behind;
        }
    }
    None
}
