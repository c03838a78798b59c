//! Law: the length of a body is decided by RFC 9112 section 6.3 and by nothing else, once, before a byte of it is
//! read; a message whose length two readers could take differently is refused.

use super::grammar::{TOKEN, decimal, run, trim};
use super::headers::members;
use super::uri::authority;
use crate::error::Rejection;

/// The protocol version of a message, of the one major version spoken here. A higher minor counts as 1.1 (RFC 9110
/// section 2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// HTTP/1.0
    Http10,
    /// HTTP/1.1
    Http11,
}

/// How the end of a body is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyLength {
    /// `Content-Length`, or no body at all: 0.
    Known(u64),
    /// `Transfer-Encoding: chunked`.
    Chunked,
    /// The end of the connection; only in responses.
    UntilClose,
}

/// What the framing and the connection depend on, gathered field by field while a head is parsed. 24 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    length: Option<u64>,
    flags: u16,
}

impl Facts {
    pub(crate) const EMPTY: Self = Self { length: None, flags: 0 };
    const CHUNKED: u16 = 1;
    const CLOSE: u16 = 2;
    const KEEP_ALIVE: u16 = 4;
    const HOST: u16 = 8;
    const EXPECT: u16 = 16;
    const UPGRADE_OPTION: u16 = 32;
    const UPGRADE: u16 = 64;
    /// There is a Transfer-Encoding.
    const CODED: u16 = 128;
    /// A transfer coding other than chunked stands there.
    const UNKNOWN: u16 = 256;

    pub(crate) const fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    /// Takes note of one field of a request or a response.
    pub(crate) fn note(&mut self, name: &[u8], value: &[u8]) -> Result<(), Rejection> {
        match name.len() {
            4 if name.eq_ignore_ascii_case(b"host") => self.host(value),
            6 if name.eq_ignore_ascii_case(b"expect") => self.expect(value),
            7 if name.eq_ignore_ascii_case(b"upgrade") => {
                self.flags |= Self::UPGRADE;
                Ok(())
            }
            10 if name.eq_ignore_ascii_case(b"connection") => {
                self.connection(value);
                Ok(())
            }
            14 if name.eq_ignore_ascii_case(b"content-length") => self.content_length(value),
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => self.transfer_encoding(value),
            _ => Ok(()),
        }
    }

    fn host(&mut self, value: &[u8]) -> Result<(), Rejection> {
        // RFC 9112 section 3.2: exactly one, and well-formed; the empty one is.
        match authority(value) {
            Ok(([], _)) if !self.has(Self::HOST) => {
                self.flags |= Self::HOST;
                Ok(())
            }
            _ => Err(Rejection::BadHost),
        }
    }

    fn expect(&mut self, value: &[u8]) -> Result<(), Rejection> {
        for member in members(value) {
            if !member.eq_ignore_ascii_case(b"100-continue") {
                return Err(Rejection::ExpectationFailed);
            }
            self.flags |= Self::EXPECT;
        }
        Ok(())
    }

    fn connection(&mut self, value: &[u8]) {
        for option in members(value) {
            if option.eq_ignore_ascii_case(b"close") {
                self.flags |= Self::CLOSE;
            } else if option.eq_ignore_ascii_case(b"keep-alive") {
                self.flags |= Self::KEEP_ALIVE;
            } else if option.eq_ignore_ascii_case(b"upgrade") {
                self.flags |= Self::UPGRADE_OPTION;
            }
        }
    }

    fn content_length(&mut self, value: &[u8]) -> Result<(), Rejection> {
        // A list (`5, 5`) or a repeated line is refused even where RFC 9112 would let the same number pass: one rule,
        // no exception for a proxy to see otherwise.
        match decimal(value) {
            Ok(([], length)) if self.length.is_none() => {
                self.length = Some(length);
                Ok(())
            }
            _ => Err(Rejection::BadContentLength),
        }
    }

    fn transfer_encoding(&mut self, value: &[u8]) -> Result<(), Rejection> {
        // Anything behind `chunked`, a second line too, leaves two readings of where the body ends.
        if self.has(Self::CHUNKED) {
            return Err(Rejection::BadTransferEncoding);
        }
        self.flags |= Self::CODED;
        for coding in members(value) {
            let (name, parameters) = run(coding, TOKEN);
            if self.has(Self::CHUNKED) || name.is_empty() || !matches!(trim(parameters), [] | [b';', ..]) {
                return Err(Rejection::BadTransferEncoding);
            }
            self.flags |= match (name.eq_ignore_ascii_case(b"chunked"), parameters) {
                (true, []) => Self::CHUNKED,
                (true, _) => return Err(Rejection::BadTransferEncoding),
                (false, _) => Self::UNKNOWN,
            };
        }
        Ok(())
    }

    /// Is the body in chunks? Where other codings come first nobody here undoes them; where chunked is not the last, its
    /// end is not known (RFC 9112 section 6.3, item 4).
    const fn chunked(&self) -> Result<bool, Rejection> {
        match (self.has(Self::CODED), self.has(Self::CHUNKED), self.has(Self::UNKNOWN)) {
            (false, ..) => Ok(false),
            (_, false, _) => Err(Rejection::BadTransferEncoding),
            (_, true, true) => Err(Rejection::UnknownTransferCoding),
            (_, true, false) => Ok(true),
        }
    }

    /// The body of a request, RFC 9112 section 6.3, items 3 to 7; and its `Host`, section 3.2.
    pub(crate) fn request(&self, version: Version) -> Result<BodyLength, Rejection> {
        if version == Version::Http11 && !self.has(Self::HOST) {
            return Err(Rejection::BadHost);
        }
        match (self.chunked()?, self.length) {
            (true, Some(_)) => Err(Rejection::AmbiguousLength),
            // Section 6.1: a 1.0 message with Transfer-Encoding is to be treated as faulty.
            (true, None) if version == Version::Http10 => Err(Rejection::BadTransferEncoding),
            (true, None) => Ok(BodyLength::Chunked),
            (false, length) => Ok(BodyLength::Known(length.unwrap_or(0))),
        }
    }

    /// The body of a response, RFC 9112 section 6.3, items 1 to 8. `bodiless`: to HEAD, or a status without a body.
    pub(crate) fn response(&self, version: Version, bodiless: bool) -> Result<BodyLength, Rejection> {
        if bodiless {
            return Ok(BodyLength::Known(0));
        }
        match (self.chunked()?, self.length) {
            (true, Some(_)) => Err(Rejection::AmbiguousLength),
            (true, None) if version == Version::Http10 => Err(Rejection::BadTransferEncoding),
            (true, None) => Ok(BodyLength::Chunked),
            (false, Some(length)) => Ok(BodyLength::Known(length)),
            (false, None) => Ok(BodyLength::UntilClose),
        }
    }

    /// Does the connection outlive this message? RFC 9112 section 9.3.
    pub(crate) const fn persists(&self, version: Version) -> bool {
        !self.has(Self::CLOSE) && (matches!(version, Version::Http11) || self.has(Self::KEEP_ALIVE))
    }

    /// Is a 100 (Continue) waited for? A 1.0 client cannot (RFC 9110 section 10.1.1).
    pub(crate) const fn expects_continue(&self, version: Version) -> bool {
        self.has(Self::EXPECT) && matches!(version, Version::Http11)
    }

    /// Is an upgrade offered? RFC 9110 section 7.8: both fields, and never from a 1.0 client.
    pub(crate) const fn offers_upgrade(&self, version: Version) -> bool {
        self.has(Self::UPGRADE) && self.has(Self::UPGRADE_OPTION) && matches!(version, Version::Http11)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(version: Version, fields: &[(&str, &str)]) -> Result<BodyLength, Rejection> {
        let mut facts = Facts::EMPTY;
        facts.note(b"host", b"")?;
        for (name, value) in fields {
            facts.note(name.as_bytes(), value.as_bytes())?;
        }
        facts.request(version)
    }

    fn length(value: &str) -> Result<BodyLength, Rejection> {
        body(Version::Http11, &[("Content-Length", value)])
    }

    fn coding(value: &str) -> Result<BodyLength, Rejection> {
        body(Version::Http11, &[("transfer-encoding", value)])
    }

    #[test]
    fn a_request_without_either_field_has_no_body() {
        assert_eq!(body(Version::Http11, &[]), Ok(BodyLength::Known(0)));
    }

    #[test]
    fn a_content_length_is_digits_below_two_to_the_64() {
        assert_eq!(length("0"), Ok(BodyLength::Known(0)));
        assert_eq!(length("007"), Ok(BodyLength::Known(7)));
        assert_eq!(length("18446744073709551615"), Ok(BodyLength::Known(u64::MAX)));
        for bad in
            ["", "+5", "-1", "0x5", "1_0", "5 5", "5, 5", "5,6", "5;", "abc", "18446744073709551616", "5.0"]
        {
            assert_eq!(length(bad), Err(Rejection::BadContentLength), "{bad}");
        }
    }

    #[test]
    fn a_second_content_length_is_refused_even_if_it_agrees() {
        let twice = [("content-length", "5"), ("Content-Length", "5")];
        assert_eq!(body(Version::Http11, &twice), Err(Rejection::BadContentLength));
    }

    #[test]
    fn exactly_one_chunked_is_understood() {
        assert_eq!(coding("chunked"), Ok(BodyLength::Chunked));
        assert_eq!(coding("CHUNKED ,"), Ok(BodyLength::Chunked));
        for bad in [
            "",
            "chunked, chunked",
            "chunked, identity",
            "chunked;q=1",
            "\u{b}chunked",
            "\u{a0}chunked",
            "\"chunked\"",
            "gzip",
            "identity",
            "xchunked",
            "gzip chunked",
        ] {
            assert_eq!(coding(bad), Err(Rejection::BadTransferEncoding), "{bad:?}");
        }
        for unknown in ["gzip, chunked", "identity, chunked", "x; a = \"b, c\" , chunked"] {
            assert_eq!(coding(unknown), Err(Rejection::UnknownTransferCoding), "{unknown}");
        }
        let twice = [("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")];
        assert_eq!(body(Version::Http11, &twice), Err(Rejection::BadTransferEncoding));
    }

    #[test]
    fn a_length_and_a_coding_exclude_each_other_in_either_order() {
        let (length, coding) = (("content-length", "5"), ("transfer-encoding", "chunked"));
        assert_eq!(body(Version::Http11, &[length, coding]), Err(Rejection::AmbiguousLength));
        assert_eq!(body(Version::Http11, &[coding, length]), Err(Rejection::AmbiguousLength));
    }

    #[test]
    fn a_coding_from_a_1_0_client_is_refused() {
        let chunked = [("transfer-encoding", "chunked")];
        assert_eq!(body(Version::Http10, &chunked), Err(Rejection::BadTransferEncoding));
    }

    #[test]
    fn a_1_1_request_has_one_well_formed_host() {
        assert_eq!(Facts::EMPTY.request(Version::Http11), Err(Rejection::BadHost));
        assert_eq!(Facts::EMPTY.request(Version::Http10), Ok(BodyLength::Known(0)));
        assert_eq!(body(Version::Http11, &[("host", "a")]), Err(Rejection::BadHost));
        let mut facts = Facts::EMPTY;
        assert_eq!(facts.note(b"Host", b"a b"), Err(Rejection::BadHost));
    }

    #[test]
    fn persistence_follows_the_version_and_the_options() {
        let persists = |version, options: &[&str]| {
            let mut facts = Facts::EMPTY;
            options.iter().for_each(|o| facts.note(b"connection", o.as_bytes()).unwrap());
            facts.persists(version)
        };
        assert!(persists(Version::Http11, &[]) && persists(Version::Http11, &["foo", "x"]));
        assert!(!persists(Version::Http11, &["foo, CLOSE"]) && !persists(Version::Http11, &["x", "close"]));
        assert!(!persists(Version::Http10, &[]) && persists(Version::Http10, &["Keep-Alive"]));
        assert!(!persists(Version::Http10, &["keep-alive, close"]));
    }

    #[test]
    fn only_100_continue_can_be_expected_and_not_by_a_1_0_client() {
        let mut facts = Facts::EMPTY;
        assert_eq!(facts.note(b"expect", b"100-Continue"), Ok(()));
        assert!(facts.expects_continue(Version::Http11) && !facts.expects_continue(Version::Http10));
        assert_eq!(facts.note(b"expect", b"tea"), Err(Rejection::ExpectationFailed));
        assert_eq!(facts.note(b"expect", b"100-continue, tea"), Err(Rejection::ExpectationFailed));
    }

    #[test]
    fn an_upgrade_takes_both_fields_and_1_1() {
        let offers = |version, fields: &[(&str, &str)]| {
            let mut facts = Facts::EMPTY;
            fields.iter().for_each(|(name, value)| facts.note(name.as_bytes(), value.as_bytes()).unwrap());
            facts.offers_upgrade(version)
        };
        let (upgrade, connection) = (("upgrade", "x"), ("connection", "y, Upgrade"));
        assert!(offers(Version::Http11, &[upgrade, connection]));
        assert!(!offers(Version::Http10, &[upgrade, connection]));
        assert!(!offers(Version::Http11, &[upgrade]) && !offers(Version::Http11, &[connection]));
    }

    #[test]
    fn a_response_may_end_with_the_connection() {
        let facts = Facts::EMPTY;
        assert_eq!(facts.response(Version::Http11, false), Ok(BodyLength::UntilClose));
        assert_eq!(facts.response(Version::Http11, true), Ok(BodyLength::Known(0)));
    }
}
