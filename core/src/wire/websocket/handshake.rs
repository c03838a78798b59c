//! [`WebSocketRequest`]: the opening handshake as a server checks it, RFC 6455 section 4.2.1.
//!
//! Invariant: a request that passes has everything that the protocol asks of a client.

use core::fmt;

use crate::method::Method;
use crate::slice::{same_text, split_once, trim};
use crate::status::Status;
use crate::wire::fields::headers::Headers;
use crate::wire::head::message::RequestHead;
use crate::wire::head::version::Version;
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
    key: &'a [u8; 24],
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
        if !matches!(method, Method::Get) || version == Version::Http10 {
            return Err(HandshakeError::NotGet);
        }
        let lists = |name, wanted: &[u8]| Members::of(headers, name).any(|member| same_text(member, wanted));
        if !lists("Upgrade", b"websocket") || !lists("Connection", b"Upgrade") {
            return Err(HandshakeError::NotOffered);
        }
        if Members::of(headers, "Sec-WebSocket-Version").only() != Some(b"13") {
            return Err(HandshakeError::BadVersion);
        }
        let key = Members::of(headers, "sec-websocket-key").only().and_then(key::key);
        Ok(Self { key: key.ok_or(HandshakeError::BadKey)?, headers })
    }

    /// The value of `Sec-WebSocket-Accept` in the response.
    #[must_use]
    pub fn accept(&self) -> [u8; 28] {
        key::accept(self.key)
    }

    /// The subprotocols that the client offers, its favourite first.
    pub fn protocols(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        Members::of(self.headers, "Sec-WebSocket-Protocol").filter(|member| !member.is_empty())
    }

    /// The subprotocol of `supported` that the client likes best. `None` if there is none: the response then names none, and the client
    /// decides whether it goes on.
    #[must_use]
    pub fn choose<'s>(&self, supported: &[&'s str]) -> Option<&'s str> {
        let mut offers = Members::of(self.headers, "Sec-WebSocket-Protocol");
        offers.find_map(|offer| supported.iter().find(|known| known.as_bytes() == offer).copied())
    }

    /// Returns true if the request does not come from a page of another host: if `Origin` is missing, as browsers never let it, or names
    /// `host`, in any case and with any scheme. Without this check any page can open a connection with the cookies of its visitor
    /// (section 10.2).
    #[must_use]
    pub fn is_same_origin(&self, host: &str) -> bool {
        self.is_from(host.as_bytes())
    }

    /// The same with the host of the request itself: that of its target, or else of `Host`.
    #[cfg(feature = "server")]
    pub(crate) fn is_of_own_page(&self, authority: Option<&str>) -> bool {
        let host = || Members::of(self.headers, "host").only();
        self.is_from(authority.map(str::as_bytes).or_else(host).unwrap_or(&[]))
    }

    fn is_from(&self, host: &[u8]) -> bool {
        Members::of(self.headers, "origin").all(|origin| {
            let (_, behind) = split_once(origin, b':');
            let authority = behind.and_then(|behind| behind.strip_prefix(b"//"));
            authority.is_some_and(|authority| same_text(authority, host))
        })
    }
}

/// The members of a list over all lines of its name, empty ones too. They are tokens, or the origin and the key, which have no commas: there
/// are no quotes. `Headers` scans many lines faster, by more code.
struct Members<'a> {
    /// Valid lines, each with its end.
    lines: &'a [u8],
    /// In any case: a name that a response has, too, is written as there, and is in the flash once.
    name: &'static str,
    rest: Option<&'a [u8]>,
}

impl<'a> Members<'a> {
    const fn of(headers: Headers<'a>, name: &'static str) -> Self {
        Self { lines: headers.lines(), name, rest: None }
    }

    /// The member, if there is exactly one.
    fn only(mut self) -> Option<&'a [u8]> {
        let member = self.next()?;
        self.next().is_none().then_some(member)
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = &'a [u8];

    #[inline(never)]
    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            if let Some(list) = self.rest {
                let (member, behind) = split_once(list, b',');
                self.rest = behind;
                return Some(trim(member));
            }
            // A line of a request has one CR, before its LF.
            let (line, lines) = split_once(self.lines, b'\r');
            self.lines = lines?;
            let (name, value) = split_once(if let [b'\n', line @ ..] = line { line } else { line }, b':');
            if same_text(name, self.name.as_bytes()) {
                self.rest = value;
            }
        }
    }
}
