//! Law: the length of a body is decided by RFC 9112 section 6.3 and by nothing else, once, before a byte of it is
//! read; a message whose length two readers could take differently is refused.

use crate::error::Rejection;
use crate::wire::fields::headers::members;
use crate::wire::grammar::{DIGIT, NAME, TOKEN, decimal, run, trim};
use crate::wire::scan::{WIDE, skip};
use crate::wire::target::uri::host_and_port;

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
    pub(crate) flags: Flags,
}

/// What the fields of a head have in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flags(u16);

impl Flags {
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

    const fn has(self, flag: u16) -> bool {
        self.0 & flag != 0
    }

    /// Does the connection outlive this message? RFC 9112 section 9.3.
    pub(crate) const fn persists(self, version: Version) -> bool {
        !self.has(Self::CLOSE) && (matches!(version, Version::Http11) || self.has(Self::KEEP_ALIVE))
    }

    /// Is a 100 (Continue) waited for? A 1.0 client cannot (RFC 9110 section 10.1.1).
    pub(crate) const fn expects_continue(self, version: Version) -> bool {
        self.has(Self::EXPECT) && matches!(version, Version::Http11)
    }

    /// Is an upgrade offered? RFC 9110 section 7.8: both fields, and never from a 1.0 client.
    pub(crate) const fn offers_upgrade(self, version: Version) -> bool {
        self.has(Self::UPGRADE) && self.has(Self::UPGRADE_OPTION) && matches!(version, Version::Http11)
    }
}

impl Facts {
    pub(crate) const EMPTY: Self = Self { length: None, flags: Flags(0) };

    const fn has(&self, flag: u16) -> bool {
        self.flags.has(flag)
    }

    const fn set(&mut self, flag: u16) {
        self.flags.0 |= flag;
    }

    /// Could the field whose name is the first `length` bytes of `line` be one of those that are noted?
    #[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(always))]
    pub(crate) fn concern(length: usize, line: &[u8]) -> bool {
        // By length, the first letters: of Host, Expect, Upgrade, Connection, Content-Length and Transfer-Encoding.
        const FIRST: &[u8; 18] = b":\0\0\0h\0eu\0\0c\0\0\0c\0\0t";
        FIRST.get(length).is_some_and(|first| line.first().is_some_and(|byte| byte | 0x20 == *first))
    }

    /// Takes note of one field of a request or a response.
    pub(crate) fn note(&mut self, name: &[u8], value: &[u8]) -> Result<(), Rejection> {
        match name.len() {
            4 if is_name(name, b"host") => self.host(value),
            6 if is_name(name, b"expect") => self.expect(value),
            7 if is_name(name, b"upgrade") => {
                self.set(Flags::UPGRADE);
                Ok(())
            }
            10 if is_name(name, b"connection") => {
                self.connection(value);
                Ok(())
            }
            14 if is_name(name, b"content-length") => self.content_length(value),
            17 if is_name(name, b"transfer-encoding") => self.transfer_encoding(value),
            _ => Ok(()),
        }
    }

    /// Takes note of a Host that is spelled as nearly every client does, where it mostly stands: in the first line. What is
    /// behind it.
    #[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(always))]
    pub(crate) fn first<'a>(&mut self, line: &'a [u8]) -> Option<&'a [u8]> {
        let (name, host) = line.split_first_chunk()?;
        if name != b"Host: " && name != b"host: " || self.has(Flags::HOST) {
            return None;
        }
        let [b'\r', b'\n', behind @ ..] = skip_plain_host(host) else { return None };
        self.set(Flags::HOST);
        Some(behind)
    }

    /// Takes note of `Connection: keep-alive`, which many a request has, in the usual spelling. What is behind it.
    #[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(always))]
    pub(crate) fn keep_alive<'a>(&mut self, line: &'a [u8]) -> Option<&'a [u8]> {
        let (field, behind) = line.split_first_chunk()?;
        if field != b"Connection: keep-alive\r\n" {
            return None;
        }
        self.set(Flags::KEEP_ALIVE);
        Some(behind)
    }

    fn host(&mut self, value: &[u8]) -> Result<(), Rejection> {
        // RFC 9112 section 3.2: exactly one, and well-formed; the empty one is.
        if self.has(Flags::HOST) || !matches!(host_and_port(value), Ok(([], _))) {
            return Err(Rejection::BadHost);
        }
        self.set(Flags::HOST);
        Ok(())
    }

    #[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(never))]
    fn expect(&mut self, value: &[u8]) -> Result<(), Rejection> {
        for member in members(value) {
            if !member.eq_ignore_ascii_case(b"100-continue") {
                return Err(Rejection::ExpectationFailed);
            }
            self.set(Flags::EXPECT);
        }
        Ok(())
    }

    fn connection(&mut self, value: &[u8]) {
        for option in members(value) {
            if option.eq_ignore_ascii_case(b"close") {
                self.set(Flags::CLOSE);
            } else if option.eq_ignore_ascii_case(b"keep-alive") {
                self.set(Flags::KEEP_ALIVE);
            } else if option.eq_ignore_ascii_case(b"upgrade") {
                self.set(Flags::UPGRADE_OPTION);
            }
        }
    }

    #[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(never))]
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

    #[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(never))]
    fn transfer_encoding(&mut self, value: &[u8]) -> Result<(), Rejection> {
        // Anything behind `chunked`, a second line too, leaves two readings of where the body ends.
        if self.has(Flags::CHUNKED) {
            return Err(Rejection::BadTransferEncoding);
        }
        self.set(Flags::CODED);
        for coding in members(value) {
            let (name, parameters) = run(coding, TOKEN);
            if self.has(Flags::CHUNKED) || name.is_empty() || !matches!(trim(parameters), [] | [b';', ..]) {
                return Err(Rejection::BadTransferEncoding);
            }
            self.set(match (name.eq_ignore_ascii_case(b"chunked"), parameters) {
                (true, []) => Flags::CHUNKED,
                (true, _) => return Err(Rejection::BadTransferEncoding),
                (false, _) => Flags::UNKNOWN,
            });
        }
        Ok(())
    }

    /// Is the body in chunks? Where other codings come first nobody here undoes them; where chunked is not the last, its
    /// end is not known (RFC 9112 section 6.3, item 4).
    const fn chunked(&self) -> Result<bool, Rejection> {
        match (self.has(Flags::CODED), self.has(Flags::CHUNKED), self.has(Flags::UNKNOWN)) {
            (false, ..) => Ok(false),
            (_, false, _) => Err(Rejection::BadTransferEncoding),
            (_, true, true) => Err(Rejection::UnknownTransferCoding),
            (_, true, false) => Ok(true),
        }
    }

    /// The body of a request, RFC 9112 section 6.3, items 3 to 7; and its `Host`, section 3.2.
    pub(crate) fn request(&self, version: Version) -> Result<BodyLength, Rejection> {
        if version == Version::Http11 && !self.has(Flags::HOST) {
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
}

/// `input` behind a name without escapes, or an IPv4 address, and perhaps a port that cannot be too large.
#[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(always))]
fn skip_plain_host(input: &[u8]) -> &[u8] {
    let behind = skip(input, NAME);
    let [b':', port @ ..] = behind else { return behind };
    let end = skip(port, DIGIT);
    if port.len() - end.len() < 5 { end } else { behind }
}

/// Is this `lower`, in any case? Nothing that a field may hold but a letter becomes one by that bit, and only `-` becomes one.
#[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(always))]
fn is_name<const N: usize>(text: &[u8], lower: &[u8; N]) -> bool {
    if !WIDE {
        return text.eq_ignore_ascii_case(lower);
    }
    text.first_chunk::<N>().is_some_and(|text| {
        text.iter().zip(lower).fold(0, |other, (byte, lower)| other | (byte | 0x20) ^ lower) == 0
    })
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
            facts.flags.persists(version)
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
        assert!(
            facts.flags.expects_continue(Version::Http11) && !facts.flags.expects_continue(Version::Http10)
        );
        assert_eq!(facts.note(b"expect", b"tea"), Err(Rejection::ExpectationFailed));
        assert_eq!(facts.note(b"expect", b"100-continue, tea"), Err(Rejection::ExpectationFailed));
    }

    #[test]
    fn an_upgrade_takes_both_fields_and_1_1() {
        let offers = |version, fields: &[(&str, &str)]| {
            let mut facts = Facts::EMPTY;
            fields.iter().for_each(|(name, value)| facts.note(name.as_bytes(), value.as_bytes()).unwrap());
            facts.flags.offers_upgrade(version)
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
