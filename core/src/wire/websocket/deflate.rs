//! [`DeflateOptions`], [`DeflateParams`]: the negotiation of permessage-deflate, RFC 7692 section 7.1.
//!
//! Invariant: what is agreed answers exactly one offer, of which every parameter is known, valid and stated once.

use core::fmt;

use crate::slice::parse_digits;
use crate::wire::fields::headers::Headers;
use crate::wire::websocket::extension::ExtensionOffer;

/// What a server wants of permessage-deflate, RFC 7692 section 7.1. Each of the two directions has a window, which is memory of both
/// sides; without context takeover the memory is free between two messages, and messages are compressed less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeflateOptions {
    /// Whether the server forgets each message that it has sent.
    pub server_no_context_takeover: bool,
    /// Whether the client is asked to forget each message that it has sent.
    pub client_no_context_takeover: bool,
    /// The server's window at most: 2 to this power in bytes, 9 to 15.
    pub server_max_window_bits: u8,
    /// The client's window at most, if the client lets it be limited: 2 to this power in bytes, 8 to 15.
    pub client_max_window_bits: u8,
}

impl DeflateOptions {
    /// Context takeover on both sides, windows of 32 KB.
    pub const DEFAULT: Self = Self {
        server_no_context_takeover: false,
        client_no_context_takeover: false,
        server_max_window_bits: 15,
        client_max_window_bits: 15,
    };

    /// What is agreed with a client that sends these fields: the answer to the first offer that can be accepted. `None` if there is none:
    /// nothing is compressed. An offer is declined if a parameter is unknown, repeated or not valid (section 7), or if it limits the
    /// server's window to 256 bytes, for which the usual compressors have no mode.
    ///
    /// ```
    /// use bantam::wire::{DeflateOptions, request_head};
    ///
    /// let request = b"GET / HTTP/1.1\r\nHost: a\r\n\
    ///     Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits; server_max_window_bits=10\r\n\r\n";
    /// let headers = request_head(request).unwrap().1.headers;
    /// let agreed = DeflateOptions::DEFAULT.choose(&headers).expect("an offer that can be accepted");
    /// assert_eq!(agreed.to_string(), "permessage-deflate; server_max_window_bits=10");
    /// ```
    #[must_use]
    pub fn choose(&self, headers: &Headers<'_>) -> Option<DeflateParams> {
        headers.websocket_extensions().find_map(|offer| self.answer(&offer))
    }

    fn answer(&self, offer: &ExtensionOffer<'_>) -> Option<DeflateParams> {
        if offer.name != b"permessage-deflate" {
            return None;
        }
        let limit = self.server_max_window_bits.clamp(9, 15);
        let mut agreed = DeflateParams {
            server_no_context_takeover: self.server_no_context_takeover,
            client_no_context_takeover: self.client_no_context_takeover,
            server_max_window_bits: Some(limit).filter(|bits| *bits < 15),
            client_max_window_bits: None,
        };
        let mut seen = [false; 4];
        for parameter in offer.parameters() {
            let (name, value) = parameter?;
            let at = match name {
                b"server_no_context_takeover" => {
                    agreed.server_no_context_takeover = true;
                    0
                }
                b"client_no_context_takeover" => {
                    agreed.client_no_context_takeover = true;
                    1
                }
                b"server_max_window_bits" => {
                    let bits = bits(value?).filter(|bits| *bits >= 9)?;
                    agreed.server_max_window_bits = Some(limit.min(bits));
                    2
                }
                b"client_max_window_bits" => {
                    let bits = value.map_or(Some(15), bits)?;
                    let bits = self.client_max_window_bits.clamp(8, 15).min(bits);
                    agreed.client_max_window_bits = Some(bits).filter(|bits| *bits < 15);
                    3
                }
                _ => return None,
            };
            let is_repeated = seen.get_mut(at).is_none_or(|seen| core::mem::replace(seen, true));
            if is_repeated || (at < 2 && value.is_some()) {
                return None;
            }
        }
        Some(agreed)
    }
}

/// What is agreed of permessage-deflate, RFC 7692 section 7.1. Its `Display` is the value of `Sec-WebSocket-Extensions` in the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeflateParams {
    /// Whether the server forgets each message that it has sent.
    pub server_no_context_takeover: bool,
    /// Whether the client forgets each message that it has sent.
    pub client_no_context_takeover: bool,
    /// The server's window: 2 to this power in bytes, 9 to 15. `None` if it is not stated, which is 15.
    pub server_max_window_bits: Option<u8>,
    /// The client's window: 2 to this power in bytes, 8 to 15. `None` if it is not stated, which is 15.
    pub client_max_window_bits: Option<u8>,
}

impl fmt::Display for DeflateParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("permessage-deflate")?;
        if self.server_no_context_takeover {
            f.write_str("; server_no_context_takeover")?;
        }
        if self.client_no_context_takeover {
            f.write_str("; client_no_context_takeover")?;
        }
        if let Some(bits) = self.server_max_window_bits {
            write!(f, "; server_max_window_bits={bits}")?;
        }
        if let Some(bits) = self.client_max_window_bits {
            write!(f, "; client_max_window_bits={bits}")?;
        }
        Ok(())
    }
}

/// A number of 8 to 15, without a leading zero (section 7.1.2).
fn bits(digits: &[u8]) -> Option<u8> {
    match digits {
        [b'8' | b'9'] | [b'1', b'0'..=b'5'] => parse_digits(digits).and_then(|bits| u8::try_from(bits).ok()),
        _ => None,
    }
}
