//! `HTTP-date` in its three formats, RFC 9110 section 5.6.7, as seconds since 1970.

use crate::slice::split_at;

/// A point in time, in whole seconds since 1970-01-01 00:00:00 GMT.
///
/// ```
/// use bantam::wire::Date;
///
/// let date = Date::parse(b"Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
/// assert_eq!(date.seconds(), 784_111_777);
/// assert_eq!(Date::parse(b"Sunday, 06-Nov-94 08:49:37 GMT"), Some(date));
/// assert_eq!(Date::parse(b"Sun Nov  6 08:49:37 1994"), Some(date));
/// assert_eq!(Date::parse(b"yesterday"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(u64);

impl Date {
    /// The date `seconds` after 1970-01-01 00:00:00 GMT.
    #[must_use]
    pub const fn new(seconds: u64) -> Self {
        Self(seconds)
    }

    /// The seconds since 1970-01-01 00:00:00 GMT.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0
    }

    /// The date as an `IMF-fixdate`, which is what a server sends. A date beyond the year 9999 is its last second.
    ///
    /// ```
    /// let date = bantam::wire::Date::new(784_111_777);
    /// assert_eq!(&date.imf_fixdate(), b"Sun, 06 Nov 1994 08:49:37 GMT");
    /// ```
    #[must_use]
    pub fn imf_fixdate(self) -> [u8; 29] {
        let seconds = self.0.min(LAST);
        // A day is 675 times 128 seconds: no division by 64 bits, which is large on a device.
        let days = (seconds >> 7) as u32 / 675;
        let second = (seconds - u64::from(days) * 86_400) as u32;
        // The era begins on the 1st of March of the year 0, so that a year ends in its leap day.
        let day = days + 719_468;
        let (era, day) = (day / 146_097, day % 146_097);
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (year * 365 + year / 4 - year / 100);
        let month = (day * 5 + 2) / 153;
        let day = day - (month * 153 + 2) / 5 + 1;
        let (year, month) =
            if month < 10 { (era * 400 + year, month + 3) } else { (era * 400 + year + 1, month - 9) };
        let name = DAYS.split(|byte| *byte == b',').nth(((days + 3) % 7) as usize);
        let [w, x, y] = name.and_then(|name| name.first_chunk()).copied().unwrap_or(*b"Mon");
        let letters = MONTHS.as_chunks().0.get(month as usize - 1).copied().unwrap_or(*b"Jan");
        let ([a, b, c], [d, e]) = (letters, two_digits(day));
        let ([f, g], [h, i]) = (two_digits(year / 100), two_digits(year % 100));
        let ([j, k], [l, m]) = (two_digits(second / 3600), two_digits(second / 60 % 60));
        let [n, o] = two_digits(second % 60);
        [
            w, x, y, b',', b' ', d, e, b' ', a, b, c, b' ', f, g, h, i, b' ', j, k, b':', l, m, b':', n, o,
            b' ', b'G', b'M', b'T',
        ]
    }

    /// Parses an `HTTP-date` in any of the three formats. `None` for anything else, and before 1970. A year of two digits is
    /// in 1970 to 2069, because there is no clock here that tells the last 50 years. The name of the day is one of the seven,
    /// and is not compared with the date. Any minute may have a leap second.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let packed = packed(text)?;
        let (year, month) = ((packed >> 26) as u32, (packed >> 22) as u32 & 15);
        let (day, second) = ((packed >> 17) as u32 & 31, packed & 0x1_ffff);
        // Years that begin in March end in the leap day. Four digits and a month cannot overflow.
        let (year, month) = if month > 2 { (year + 400, month - 3) } else { (year + 399, month + 9) };
        let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
        (u64::from(days) * 86_400 + second).checked_sub(ERA_TO_1970).map(Self)
    }
}

const fn two_digits(number: u32) -> [u8; 2] {
    [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]
}

/// The last second of the year 9999.
const LAST: u64 = 253_402_300_799;
/// The seconds from the 1st of March of the year -400 to 1970.
const ERA_TO_1970: u64 = (719_468 + 146_097) * 86_400;

const DAYS: &[u8] = b"Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday";
const MONTHS: &[u8; 36] = b"JanFebMarAprMayJunJulAugSepOctNovDec";

/// The formats behind the name of the day. A digit is the number of a part; any other byte stands for itself.
const IMF_FIXDATE: &[u8] = b", 22 111 3333 44:55:66 GMT";
const RFC_850: &[u8] = b", 22-111-33 44:55:66 GMT";
const ASCTIME: &[u8] = b" 111 02 44:55:66 3333";

/// A valid date of any year, packed so that the later one is greater: the year from bit 26 on, the month from 22, the day from 17, and the second of
/// the day, up to 86,400. A device compares dates, and needs no count of days.
pub(super) fn packed(text: &[u8]) -> Option<u64> {
    let comma = text.iter().position(|byte| *byte == b',');
    let (name, text) = split_at(text, comma.unwrap_or(0).max(3));
    let is_long = name.len() > 3;
    let is_name = |day: &[u8]| day.get(..name.len()) == Some(name) && (!is_long || day.len() == name.len());
    let format = match (is_long, text.len()) {
        (false, 26) => IMF_FIXDATE,
        (true, 24) => RFC_850,
        (false, 21) => ASCTIME,
        _ => return None,
    };
    if !DAYS.split(|byte| *byte == b',').any(is_name) {
        return None;
    }
    let mut parts = [0u32; 7];
    for (byte, place) in text.iter().zip(format) {
        let digit = byte.wrapping_sub(b'0');
        match parts.get_mut(usize::from(place.wrapping_sub(b'0'))) {
            None if byte == place => {}
            Some(letters) if *place == b'1' => *letters = *letters << 8 | u32::from(*byte),
            Some(number) if digit < 10 => *number = *number * 10 + u32::from(digit),
            // A space may stand for the first digit of the day.
            Some(_) if *place == b'0' && *byte == b' ' => {}
            _ => return None,
        }
    }
    let [tens, month, day, year, hour, minute, second] = parts;
    let day = tens * 10 + day;
    let year = match year {
        ..70 if is_long => year + 2000,
        _ if is_long => year + 1900,
        _ => year,
    };
    let letters = |name: &[u8; 3]| name.iter().fold(0, |letters, byte| letters << 8 | u32::from(*byte));
    let at = MONTHS.as_chunks().0.iter().position(|name| letters(name) == month)?;
    let month = at as u32 + 1;
    // A century is a leap year where 400 divides it; then 16 does.
    let is_leap = year & if year.is_multiple_of(25) { 15 } else { 3 } == 0;
    // The months with 31 days are odd up to July, and even from August on.
    let days_in_month = if month == 2 { 28 + u32::from(is_leap) } else { 30 + (month + month / 8) % 2 };
    // A minute may have a leap second.
    if day == 0 || day > days_in_month || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let second = (hour * 60 + minute) * 60 + second;
    Some(u64::from(year << 9 | month << 5 | day) << 17 | u64::from(second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_dates_are_ordered_as_their_seconds_and_a_leap_second_stands_before_midnight() {
        let seconds = [0, 59, 60, 3_599, 86_399, 86_400, 951_782_399, 951_782_400, 4_102_444_799, LAST];
        let texts = seconds.map(|seconds| Date::new(seconds).imf_fixdate());
        for (one, a) in seconds.iter().zip(&texts) {
            for (other, b) in seconds.iter().zip(&texts) {
                assert_eq!(packed(a).cmp(&packed(b)), one.cmp(other), "{one} {other}");
            }
        }
        let leap = packed(b"Sat, 31 Dec 2016 23:59:60 GMT");
        assert!(packed(b"Sat, 31 Dec 2016 23:59:59 GMT") < leap);
        assert!(leap < packed(b"Sunday, 01-Jan-17 00:00:00 GMT") && leap.is_some());
    }

    #[test]
    fn days_are_counted_through_leap_years() {
        for (text, seconds) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600),
            ("Wed, 01 Mar 2000 00:00:00 GMT", 951_868_800),
            ("Fri, 31 Dec 2099 23:59:59 GMT", 4_102_444_799),
            ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400),
            ("Sat, 31 Dec 2016 23:59:60 GMT", 1_483_228_800),
        ] {
            assert_eq!(Date::parse(text.as_bytes()), Some(Date::new(seconds)), "{text}");
            assert_eq!(Date::new(seconds).seconds(), seconds);
        }
    }

    #[test]
    fn every_day_up_to_the_year_9999_is_written_as_it_is_read() {
        for day in 0..=LAST / 86_400 {
            let date = Date(day * 86_400 + day * 7_919 % 86_400);
            let text = date.imf_fixdate();
            assert_eq!(Date::parse(&text), Some(date), "{}", text.escape_ascii());
            let weekday = b"ThuFriSatSunMonTueWed".as_chunks::<3>().0[(day % 7) as usize];
            assert!(text.starts_with(&weekday), "{}", text.escape_ascii());
        }
        for beyond in [LAST, LAST + 1, u64::MAX] {
            assert_eq!(&Date(beyond).imf_fixdate(), b"Fri, 31 Dec 9999 23:59:59 GMT");
        }
    }

    #[test]
    fn an_invalid_date_is_none() {
        for text in [
            "",
            "0",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 94 08:49:37 GMT",
            "Sun, 31 Nov 1994 08:49:37 GMT",
            "Tue, 29 Feb 2100 00:00:00 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 08:60:00 GMT",
            "Sun, 06 Nov 1994 08:49:61 GMT",
            "Sun, 06 Nov 1994 08-49-37 GMT",
            "Wed, 31 Dec 1969 23:59:59 GMT",
            "Sun, 06 Nov 19+4 08:49:37 GMT",
            "Sun, 0: Nov 1994 08:49:37 GMT",
            "Sunday, 06 Nov 94 08:49:37 GMT",
            "Sunday, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06-Nov-94 08:49:37 GMT",
            "Sunday Nov  6 08:49:37 1994",
            "Xyz, 06 Nov 1994 08:49:37 GMT",
            "sun, 06 Nov 1994 08:49:37 GMT",
            "Sundax, 06-Nov-94 08:49:37 GMT",
            "Sunda, 06-Nov-94 08:49:37 GMT",
            ", 06-Nov-94 08:49:37 GMT",
            "Xyz Nov  6 08:49:37 1994",
            "Sun,  6 Nov 1994 08:49:37 GMT",
            "Sunday,  6-Nov-94 08:49:37 GMT",
            "Sun Nov 6  08:49:37 1994",
            "Sun Nov    08:49:37 1994",
            "Sun Nov  6  8:49:37 1994",
            "Sun Nov 06 08:49:37 94",
            "Sun, 06 Nov 1994 08:49:37 GMT ",
        ] {
            assert_eq!(Date::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_year_of_two_digits_is_in_1970_to_2069() {
        let year = |text: &str| Date::parse(text.as_bytes()).map(|date| 1970 + date.0 / 31_556_952);
        assert_eq!(year("Friday, 15-Jun-70 00:00:00 GMT"), Some(1970));
        assert_eq!(year("Friday, 15-Jun-69 00:00:00 GMT"), Some(2069));
    }

    #[test]
    fn no_byte_at_any_place_panics() {
        for text in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            for at in 0..text.len() {
                for byte in 0..=255 {
                    let mut bytes = text.as_bytes().to_vec();
                    bytes[at] = byte;
                    let _ = Date::parse(&bytes);
                    let _ = Date::parse(&bytes[..at]);
                }
            }
        }
    }
}
