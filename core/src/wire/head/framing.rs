//! Framing and persistence of requests from header fields: RFC 9112 sections 6.3 and 9.3.
//!
//! Invariant: a request whose length two readers could take differently is refused.

use crate::error::Rejection;
use crate::slice::same_text;
use crate::wire::class::{DIGIT, REG_NAME, TOKEN, is};
use crate::wire::fields::headers::members;
use crate::wire::fields::index::Slot;
use crate::wire::grammar::decimal;
use crate::wire::head::flags::Flags;
use crate::wire::head::version::Version;
use crate::wire::scan::{FAST, skip, take_while};
use crate::wire::target::uri::host_and_port;

/// How the end of a body is found. RFC 9112 section 6.3 has no fourth way, so the enum is exhaustive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyLength {
    /// By its length in bytes, from `Content-Length`; 0 for no body.
    Known(u64),
    /// By its last chunk: `Transfer-Encoding: chunked`.
    Chunked,
    /// By the end of the connection; only in responses.
    UntilClose,
}

/// The fields that framing and persistence depend on, recorded while a head is parsed. 24 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FramingFields {
    length: Option<u64>,
    pub(crate) flags: Flags,
}

impl FramingFields {
    pub(crate) const EMPTY: Self = Self { length: None, flags: Flags::NONE };

    /// Returns false if [`Self::record`] ignores the field of this name, whose slot is `slot`.
    #[inline(always)]
    pub(crate) fn may_matter(slot: Slot, name: &[u8]) -> bool {
        /// The slots of Host, Expect, Upgrade, Connection, Content-Length and Transfer-Encoding.
        const SLOTS: u64 = Slot::new(b'h', b't', 4).bit()
            | Slot::new(b'e', b't', 6).bit()
            | Slot::new(b'u', b'e', 7).bit()
            | Slot::new(b'c', b'n', 10).bit()
            | Slot::new(b'c', b'h', 14).bit()
            | Slot::new(b't', b'g', 17).bit();
        slot.is_in(SLOTS) && Self::has_initial(name)
    }

    /// Returns false if [`Self::record`] ignores all fields of a name of this length and first letter.
    #[inline(always)]
    pub(crate) fn has_initial(name: &[u8]) -> bool {
        // The first letters of the same names by length.
        const FIRST: &[u8; 18] = b":\0\0\0h\0eu\0\0c\0\0\0c\0\0t";
        let is_first = |byte: &u8| FIRST.get(name.len()).is_some_and(|first| byte | 0x20 == *first);
        name.first().is_some_and(is_first)
    }

    /// Records one field of a request.
    // Apart from the loop over the lines on small targets, which then keeps its state in registers.
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(crate) fn record(&mut self, name: &[u8], value: &[u8]) -> Result<(), Rejection> {
        match Self::known(name) {
            Some(0) => self.host(value)?,
            Some(1) => self.expect(value)?,
            // An empty list offers nothing.
            Some(2) if value.iter().any(|byte| is(*byte, TOKEN)) => {
                self.flags.set(Flags::UPGRADE);
            }
            Some(3) => self.connection(value),
            Some(4) => self.content_length(value)?,
            Some(5) => self.transfer_encoding(value)?,
            _ => {}
        }
        Ok(())
    }

    /// The number of a name that [`Self::record`] does not ignore.
    #[inline(always)]
    fn known(name: &[u8]) -> Option<usize> {
        const NAMES: [&[u8]; 6] =
            [b"host", b"expect", b"upgrade", b"connection", b"content-length", b"transfer-encoding"];
        if !FAST {
            return NAMES.iter().position(|known| same_text(name, known));
        }
        match name.len() {
            4 if is_name(name, b"host") => Some(0),
            6 if is_name(name, b"expect") => Some(1),
            7 if is_name(name, b"upgrade") => Some(2),
            10 if is_name(name, b"connection") => Some(3),
            14 if is_name(name, b"content-length") => Some(4),
            17 if is_name(name, b"transfer-encoding") => Some(5),
            _ => None,
        }
    }

    /// Records a `Host` line in the spelling of nearly every client. Returns the bytes behind it, or `None` for any other
    /// line.
    #[inline(always)]
    pub(crate) fn usual_host<'a>(&mut self, line: &'a [u8]) -> Option<&'a [u8]> {
        let (name, host) = line.split_first_chunk()?;
        if name != b"Host: " && name != b"host: " || self.flags.has(Flags::HOST) {
            return None;
        }
        let [b'\r', b'\n', rest @ ..] = skip_plain_host(host) else { return None };
        self.flags.set(Flags::HOST);
        Some(rest)
    }

    /// Records `Connection: keep-alive` in its usual spelling. Returns the bytes behind the line, or `None` for any other.
    #[inline(always)]
    pub(crate) fn usual_keep_alive<'a>(&mut self, line: &'a [u8]) -> Option<&'a [u8]> {
        let (field, rest) = line.split_first_chunk()?;
        if field != b"Connection: keep-alive\r\n" {
            return None;
        }
        self.flags.set(Flags::KEEP_ALIVE);
        Some(rest)
    }

    fn host(&mut self, value: &[u8]) -> Result<(), Rejection> {
        // RFC 9112 section 3.2: exactly one, and valid. An empty host is valid.
        if self.flags.has(Flags::HOST) || !matches!(host_and_port(value), Ok((.., []))) {
            return Err(Rejection::BadHost);
        }
        self.flags.set(Flags::HOST);
        Ok(())
    }

    fn expect(&mut self, value: &[u8]) -> Result<(), Rejection> {
        for member in members(value) {
            if !same_text(member, b"100-continue") {
                return Err(Rejection::ExpectationFailed);
            }
            self.flags.set(Flags::EXPECT);
        }
        Ok(())
    }

    fn connection(&mut self, value: &[u8]) {
        // What nearly every client sends, for a fifth of the instructions.
        if same_text(value, b"keep-alive") {
            return self.flags.set(Flags::KEEP_ALIVE);
        }
        for option in members(value) {
            self.flags.set_option(option);
        }
    }

    fn content_length(&mut self, value: &[u8]) -> Result<(), Rejection> {
        // A list (`5, 5`) and a repeated line are refused even where RFC 9112 allows equal numbers: an exception could be
        // read differently by a proxy.
        match decimal(value) {
            Ok(([], length)) if self.length.is_none() => {
                self.length = Some(length);
                Ok(())
            }
            _ => Err(Rejection::BadContentLength),
        }
    }

    fn transfer_encoding(&mut self, value: &[u8]) -> Result<(), Rejection> {
        // A coding after `chunked`, in a second line too, leaves two readings of the body's end.
        if self.flags.has(Flags::CHUNKED) {
            return Err(Rejection::BadTransferEncoding);
        }
        self.flags.set(Flags::TRANSFER_ENCODING);
        for coding in members(value) {
            if self.flags.has(Flags::CHUNKED) {
                return Err(Rejection::BadTransferEncoding);
            }
            self.flags.set(if is_chunked(coding)? { Flags::CHUNKED } else { Flags::UNKNOWN_CODING });
        }
        Ok(())
    }

    /// Returns true if [`Self::request`] of HTTP/1.1 finds a request without a body, and no field of its framing but `Host`.
    #[inline(always)]
    pub(crate) fn are_usual(&self) -> bool {
        self.flags.has(Flags::HOST) && !self.flags.has(Flags::TRANSFER_ENCODING) && self.length.is_none()
    }

    /// The body of a request, RFC 9112 section 6.3, items 3 to 7. Also checks for `Host`, section 3.2.
    pub(crate) fn request(&self, version: Version) -> Result<BodyLength, Rejection> {
        if version == Version::Http11 && !self.flags.has(Flags::HOST) {
            return Err(Rejection::BadHost);
        }
        if !self.flags.has(Flags::TRANSFER_ENCODING) {
            return Ok(BodyLength::Known(self.length.unwrap_or(0)));
        }
        match (version, self.length) {
            // Section 6.3, item 4: without a last `chunked` the end is unknown.
            _ if !self.flags.has(Flags::CHUNKED) => Err(Rejection::BadTransferEncoding),
            _ if self.flags.has(Flags::UNKNOWN_CODING) => Err(Rejection::UnknownTransferCoding),
            (_, Some(_)) => Err(Rejection::AmbiguousLength),
            // Section 6.1: the framing of a 1.0 message with Transfer-Encoding is faulty.
            (Version::Http10, None) => Err(Rejection::BadTransferEncoding),
            (Version::Http11, None) => Ok(BodyLength::Chunked),
        }
    }
}

/// Returns true for the coding `chunked`, which has no parameters, and false for any other `transfer-coding` (RFC 9112 section 7).
pub(crate) fn is_chunked(coding: &[u8]) -> Result<bool, Rejection> {
    let (name, parameters) = take_while(coding, TOKEN);
    let is_chunked = same_text(name, b"chunked");
    match parameters.trim_ascii() {
        [] if is_chunked && parameters.is_empty() => Ok(true),
        [] | [b';', ..] if !is_chunked && !name.is_empty() => Ok(false),
        _ => Err(Rejection::BadTransferEncoding),
    }
}

/// The bytes behind a registered name without escapes or an IPv4 address, and perhaps a port.
#[inline(always)]
fn skip_plain_host(input: &[u8]) -> &[u8] {
    let rest = skip(input, REG_NAME);
    let [b':', port @ ..] = rest else { return rest };
    let end = skip(port, DIGIT);
    match port.len() - end.len() {
        0..5 => end,
        5 if port.first_chunk().is_some_and(|digits| digits <= b"65535") => end,
        _ => rest,
    }
}

/// Returns true if a field name equals `lower` in any case. The bit turns only letters into letters, and only `-` into `-`.
#[inline(always)]
fn is_name<const N: usize>(name: &[u8], lower: &[u8; N]) -> bool {
    name.first_chunk::<N>().is_some_and(|name| {
        name.iter().zip(lower).fold(0, |other, (byte, lower)| other | (byte | 0x20) ^ lower) == 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(fields: &[(&str, &str)]) -> Result<FramingFields, Rejection> {
        let mut framing = FramingFields::EMPTY;
        for (name, value) in fields {
            framing.record(name.as_bytes(), value.as_bytes())?;
        }
        Ok(framing)
    }

    fn body(version: Version, fields: &[(&str, &str)]) -> Result<BodyLength, Rejection> {
        record(&[&[("host", "")], fields].concat())?.request(version)
    }

    #[test]
    fn a_request_without_either_field_has_no_body() {
        assert_eq!(body(Version::Http11, &[]), Ok(BodyLength::Known(0)));
    }

    #[test]
    fn a_content_length_is_digits_below_two_to_the_64() {
        let length = |value| body(Version::Http11, &[("Content-Length", value)]);
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
        let coding = |value| body(Version::Http11, &[("transfer-encoding", value)]);
        assert_eq!(coding("chunked"), Ok(BodyLength::Chunked));
        assert_eq!(coding("CHUNKED ,"), Ok(BodyLength::Chunked));
        let unknown = ["", "gzip", "identity", "xchunked", "gzip chunked", "\u{b}chunked", "\"chunked\""];
        let behind = ["chunked, chunked", "chunked, identity", "chunked;q=1", "\u{a0}chunked"];
        for bad in unknown.into_iter().chain(behind) {
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
        assert_eq!(FramingFields::EMPTY.request(Version::Http11), Err(Rejection::BadHost));
        assert_eq!(FramingFields::EMPTY.request(Version::Http10), Ok(BodyLength::Known(0)));
        assert_eq!(body(Version::Http11, &[("host", "a")]), Err(Rejection::BadHost));
        assert_eq!(record(&[("Host", "a b")]), Err(Rejection::BadHost));
    }

    #[test]
    fn the_usual_host_has_a_port_of_up_to_five_digits_that_is_valid() {
        for port in [
            "", "0", "80", "9999", "10000", "65535", "65536", "65540", "66000", "70000", "99999", "00000",
            "123456", "065535", "1a",
        ] {
            let line = std::format!("Host: a.example:{port}\r\nX: y\r\n");
            let mut framing = FramingFields::EMPTY;
            let is_usual = framing.usual_host(line.as_bytes()).is_some();
            let is_valid = record(&[("Host", &std::format!("a.example:{port}"))]).is_ok();
            assert_eq!(is_usual, is_valid && port.len() <= 5, "{port}");
        }
    }

    #[test]
    fn persistence_follows_the_version_and_the_options() {
        let persists = |version, options: &[&str]| {
            let mut fields = FramingFields::EMPTY;
            options.iter().for_each(|o| fields.record(b"connection", o.as_bytes()).unwrap());
            fields.flags.persists(version)
        };
        assert!(persists(Version::Http11, &[]) && persists(Version::Http11, &["foo", "x"]));
        assert!(!persists(Version::Http11, &["foo, CLOSE"]) && !persists(Version::Http11, &["x", "close"]));
        assert!(!persists(Version::Http10, &[]) && persists(Version::Http10, &["Keep-Alive"]));
        assert!(!persists(Version::Http10, &["keep-alive, close"]));
    }

    #[test]
    fn only_100_continue_can_be_expected_and_not_by_a_1_0_client() {
        let flags = record(&[("expect", "100-Continue")]).unwrap().flags;
        assert!(flags.expects_continue(Version::Http11) && !flags.expects_continue(Version::Http10));
        for bad in ["tea", "100-continue, tea"] {
            let both = [("expect", "100-Continue"), ("expect", bad)];
            assert_eq!(record(&both), Err(Rejection::ExpectationFailed), "{bad}");
        }
    }

    #[test]
    fn an_upgrade_takes_both_fields_and_1_1() {
        let offers = |version, fields: &[_]| record(fields).unwrap().flags.offers_upgrade(version);
        let (upgrade, connection) = (("upgrade", "x"), ("connection", "y, Upgrade"));
        assert!(offers(Version::Http11, &[upgrade, connection]));
        assert!(!offers(Version::Http10, &[upgrade, connection]));
        assert!(!offers(Version::Http11, &[upgrade]) && !offers(Version::Http11, &[connection]));
        for none in ["", ",", " , ,", "/"] {
            assert!(!offers(Version::Http11, &[("upgrade", none), connection]), "{none}");
        }
        assert!(offers(Version::Http11, &[("upgrade", ""), ("upgrade", ", x/1.0"), connection]));
    }
}
