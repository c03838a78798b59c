//! The end of a certificate's validity, from its DER (X.690, RFC 5280 section 4.1).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const SEQUENCE: u8 = 0x30;
/// The version, which certificates of version 1 leave out.
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// `notAfter` of a certificate; `None` if the bytes are none, or the time is before 1970.
pub(super) fn not_after(certificate: &[u8]) -> Option<SystemTime> {
    let (certificate, _) = element(certificate, SEQUENCE)?;
    let (fields, _) = element(certificate, SEQUENCE)?;
    let fields = element(fields, VERSION).map_or(fields, |(_, rest)| rest);
    // The serial number, the algorithm and the issuer come before it.
    let fields = (0..3).try_fold(fields, |rest, _| Some(any_element(rest)?.2))?;
    let (validity, _) = element(fields, SEQUENCE)?;
    let (tag, text, _) = any_element(any_element(validity)?.2)?;
    let seconds = match (tag, text) {
        // RFC 5280: 50 and above are of the last century.
        (UTC_TIME, [_, _, rest @ ..]) => {
            let year = two_digits(text)?;
            seconds(if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        (GENERALIZED_TIME, [_, _, short @ ..]) => {
            seconds(two_digits(text)? * 100 + two_digits(short)?, short.get(2..)?)
        }
        _ => None,
    }?;
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

/// The seconds since 1970 of `MMDDHHMMSSZ` in a year of the Gregorian calendar.
fn seconds(year: u64, text: &[u8]) -> Option<u64> {
    let two = |at: usize| two_digits(text.get(at..)?);
    let (month, day) = (two(0)?, two(2)?);
    let (hour, minute, second) = (two(4)?, two(6)?, two(8)?);
    if text.get(10..) != Some(b"Z") || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years begin in March, so that a leap day is the last one.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day;
    // That of 1 January 1970 is 719,469.
    Some(days.checked_sub(719_469)? * 86_400 + hour * 3600 + minute * 60 + second)
}

fn two_digits(text: &[u8]) -> Option<u64> {
    match text {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9', ..] => {
            Some(u64::from(tens - b'0') * 10 + u64::from(ones - b'0'))
        }
        _ => None,
    }
}

/// The content of an element with this tag, and what follows it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    any_element(bytes).filter(|(found, ..)| *found == tag).map(|(_, content, rest)| (content, rest))
}

/// The tag and the content of an element, and what follows it.
fn any_element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [tag, length, rest @ ..] = bytes else { return None };
    let (length, rest) = match length {
        ..=0x7f => (usize::from(*length), rest),
        // So many bytes have the length: certificates are below 16 MB.
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(length - 0x80))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(year: i32, month: u8, day: u8) -> Vec<u8> {
        let mut params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(year, month, day);
        let key = rcgen::KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn the_end_of_a_certificate_is_found_in_both_forms_of_a_time() {
        for (date, seconds) in [
            ((1999, 12, 31), 946_598_400),
            ((2024, 2, 29), 1_709_164_800),
            ((2024, 3, 1), 1_709_251_200),
            ((2049, 12, 31), 2_524_521_600),
            ((2050, 1, 1), 2_524_608_000),
            ((4096, 1, 1), 67_090_118_400),
        ] {
            let end = not_after(&certificate(date.0, date.1, date.2));
            assert_eq!(end, Some(UNIX_EPOCH + Duration::from_secs(seconds)), "{date:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_certificate_have_no_end() {
        let whole = certificate(2030, 1, 2);
        for length in 0..whole.len() {
            assert_eq!(not_after(&whole[..length]), None, "{length}");
        }
        for index in 0..whole.len() {
            for byte in [0, 0x7f, 0x80, 0x84, 0xff] {
                let mut other = whole.clone();
                other[index] = byte;
                not_after(&other);
            }
        }
    }
}
