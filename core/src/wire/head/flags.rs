//! What the fields of a head say of framing and persistence, as bits.

use crate::slice::same_text;
use crate::wire::head::version::Version;

/// The options and codings that the fields of a head contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flags(u16);

impl Flags {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const CHUNKED: u16 = 1;
    pub(crate) const CLOSE: u16 = 2;
    pub(crate) const KEEP_ALIVE: u16 = 4;
    pub(crate) const HOST: u16 = 8;
    pub(crate) const EXPECT: u16 = 16;
    /// `Connection: upgrade`.
    pub(crate) const UPGRADE_OPTION: u16 = 32;
    /// An `Upgrade` field that is not empty.
    pub(crate) const UPGRADE: u16 = 64;
    /// A `Transfer-Encoding` field.
    pub(crate) const TRANSFER_ENCODING: u16 = 128;
    /// A transfer coding other than chunked.
    pub(crate) const UNKNOWN_CODING: u16 = 256;

    pub(crate) const fn has(self, flag: u16) -> bool {
        self.0 & flag != 0
    }

    pub(crate) const fn set(&mut self, flag: u16) {
        self.0 |= flag;
    }

    /// Records a member of `Connection`, RFC 9110 section 7.6.1.
    pub(crate) fn set_option(&mut self, option: &[u8]) {
        if same_text(option, b"close") {
            self.set(Self::CLOSE);
        } else if same_text(option, b"keep-alive") {
            self.set(Self::KEEP_ALIVE);
        } else if same_text(option, b"upgrade") {
            self.set(Self::UPGRADE_OPTION);
        }
    }

    /// Returns true if the connection stays open after this message, RFC 9112 section 9.3.
    pub(crate) const fn persists(self, version: Version) -> bool {
        !self.has(Self::CLOSE) && (matches!(version, Version::Http11) || self.has(Self::KEEP_ALIVE))
    }

    /// Returns true if the client waits for 100 (Continue). A 1.0 client cannot (RFC 9110 section 10.1.1).
    pub(crate) const fn expects_continue(self, version: Version) -> bool {
        self.has(Self::EXPECT) && matches!(version, Version::Http11)
    }

    /// Returns true if the client offers an upgrade: with both fields, and not from a 1.0 client (RFC 9110 section 7.8).
    pub(crate) const fn offers_upgrade(self, version: Version) -> bool {
        self.has(Self::UPGRADE) && self.has(Self::UPGRADE_OPTION) && matches!(version, Version::Http11)
    }
}
