//! `HTTP-date` in its three formats, RFC 9110 section 5.6.7, as seconds since 1970.

use crate::slice::parse_digits;

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

    /// Parses an `HTTP-date` in any of the three formats. `None` for anything else, and before 1970. A year of two digits is
    /// in 1970 to 2069. The name of the day is not compared with the date.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        // The long name of a day occurs in the format of RFC 850 alone, and is dropped.
        let text = match text.iter().position(|byte| *byte == b',') {
            Some(long @ 6..=9) => text.get(long..)?,
            _ => text,
        };
        let format = FORMATS.iter().find(|format| format.matches(text))?;
        let number = |at: usize, length: usize| Some(parse_digits(text.get(at..)?.get(..length)?)? as u32);
        let year = match number(format.year, format.year_digits)? {
            year @ ..70 if format.year_digits == 2 => year + 2000,
            year if format.year_digits == 2 => year + 1900,
            year => year,
        };
        // A space may stand for the first digit.
        let padding = usize::from(*text.get(format.day)? == b' ');
        let day = number(format.day + padding, 2 - padding)?;
        let time = |at: usize| number(format.time + at, 2);
        let month = text.get(format.month..)?.get(..3)?;
        from_parts(year, month, day, [time(0)?, time(3)?, time(6)?])
    }
}

/// A format of dates: its fixed characters, and the offsets of the variable ones.
struct Format {
    /// `?` matches any character.
    pattern: &'static [u8],
    day: usize,
    month: usize,
    year: usize,
    year_digits: usize,
    time: usize,
}

const FORMATS: [Format; 3] = [
    // IMF-fixdate: Sun, 06 Nov 1994 08:49:37 GMT
    Format {
        pattern: b"???, ?? ??? ???? ??:??:?? GMT",
        day: 5,
        month: 8,
        year: 12,
        year_digits: 4,
        time: 17,
    },
    // RFC 850, without Sunday: , 06-Nov-94 08:49:37 GMT
    Format { pattern: b", ??-???-?? ??:??:?? GMT", day: 2, month: 5, year: 9, year_digits: 2, time: 12 },
    // asctime: Sun Nov  6 08:49:37 1994
    Format { pattern: b"??? ??? ?? ??:??:?? ????", day: 8, month: 4, year: 20, year_digits: 4, time: 11 },
];

impl Format {
    fn matches(&self, text: &[u8]) -> bool {
        let same = |(byte, pattern): (&u8, &u8)| *pattern == b'?' || byte == pattern;
        text.len() == self.pattern.len() && text.iter().zip(self.pattern).all(same)
    }
}

const MONTHS: &[u8; 36] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
const DAYS_IN_MONTH: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

fn from_parts(year: u32, month: &[u8], day: u32, [hour, minute, second]: [u32; 3]) -> Option<Date> {
    let at = MONTHS.as_chunks::<3>().0.iter().position(|name| name == month)?;
    let month = at as u32 + 1;
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days_in_month = if month == 2 && !is_leap { 28 } else { *DAYS_IN_MONTH.get(at)? };
    // A minute may have a leap second.
    if year < 1970 || day == 0 || day > days_in_month || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // Years that begin in March end in the leap day. Four digits and a month cannot overflow.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = u64::from(year) * 365
        + u64::from(year / 4 - year / 100 + year / 400)
        + u64::from((month * 153 + 2) / 5 + day - 1);
    // The days from March of the year 0 to 1970.
    let days = days.checked_sub(719_468)?;
    Some(Date(days * 86_400 + u64::from(hour * 3600 + minute * 60 + second)))
}

#[cfg(test)]
mod tests {
    use super::*;

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
