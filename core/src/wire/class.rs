//! Character classes of RFC 9110, 9112 and 3986, and of the URL standard: a bit set for each byte value, in one table.

/// `tchar`, RFC 9110 section 5.6.2.
pub(crate) const TOKEN: u8 = 1;
/// A byte of a field value: `field-vchar`, space and tab; RFC 9110 section 5.5.
pub(crate) const FIELD_VALUE: u8 = 2;
/// A byte of a request target in any form, of a query and of a fragment: visible ASCII without the four characters that
/// the URL standard escapes in a query. RFC 3986 escapes seven more of them, which clients send as they stand.
pub(crate) const TARGET: u8 = 4;
/// A byte of a path, without escapes: [`TARGET`] without the query's `?`, and without `\`, which browsers send as `/`.
pub(crate) const PATH: u8 = 8;
/// `reg-name`, RFC 3986 section 3.2.2, without escapes.
pub(crate) const REG_NAME: u8 = 16;
/// `DIGIT`.
pub(crate) const DIGIT: u8 = 32;
/// `HEXDIG`, either case.
pub(crate) const HEX: u8 = 64;
/// `bchars`, RFC 2046 section 5.1.1.
pub(crate) const BOUNDARY: u8 = 128;

const CLASSES: [u8; 256] = {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        table[i] = classes_of(i as u8);
        i += 1;
    }
    table
};

const fn one_of(set: &[u8], byte: u8) -> bool {
    let mut i = 0;
    while i < set.len() {
        if set[i] == byte {
            return true;
        }
        i += 1;
    }
    false
}

const fn classes_of(b: u8) -> u8 {
    let alnum = b.is_ascii_alphanumeric();
    let unreserved = alnum || one_of(b"-._~", b);
    let name = unreserved || one_of(b"!$&'()*+,;=", b);
    let target = b.is_ascii_graphic() && !one_of(b"\"#<>", b);
    (TOKEN * (alnum || one_of(b"!#$%&'*+-.^_`|~", b)) as u8)
        | (FIELD_VALUE * (b == b'\t' || (b >= b' ' && b != 0x7f)) as u8)
        | (TARGET * target as u8)
        | (PATH * (target && !one_of(b"?\\%", b)) as u8)
        | (REG_NAME * name as u8)
        | (DIGIT * b.is_ascii_digit() as u8)
        | (HEX * b.is_ascii_hexdigit() as u8)
        | (BOUNDARY * (alnum || one_of(b"'()+_,-./:=? ", b)) as u8)
}

/// Returns true if `byte` is of one of `classes`.
pub(crate) const fn is(byte: u8, classes: u8) -> bool {
    CLASSES[byte as usize] & classes != 0
}

/// Returns true if every byte of `text` is of one of `classes`. For constants: [`skip`](crate::wire::scan::skip) is faster.
pub(crate) const fn all(mut text: &[u8], classes: u8) -> bool {
    while let [byte, rest @ ..] = text {
        if !is(*byte, classes) {
            return false;
        }
        text = rest;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_separator_of_rfc_9110_is_outside_a_token() {
        for byte in *b"\"(),/:;<=>?@[\\]{} \t\r\n\0\x7f" {
            assert!(!is(byte, TOKEN), "{byte:#x}");
        }
        assert_eq!((0..=255).filter(|b| is(*b, TOKEN)).count(), 77);
    }

    #[test]
    fn a_boundary_has_the_75_characters_of_rfc_2046() {
        for byte in *b"'()+_,-./:=? 09azAZ" {
            assert!(is(byte, BOUNDARY), "{byte:#x}");
        }
        assert_eq!((0..=255).filter(|b| is(*b, BOUNDARY)).count(), 75);
    }

    #[test]
    fn a_value_holds_no_control_but_the_tab() {
        for byte in 0..=255u8 {
            let control = byte < b' ' && byte != b'\t' || byte == 0x7f;
            assert_eq!(is(byte, FIELD_VALUE), !control, "{byte:#x}");
        }
    }
}
