//! The values of flags that are neither text nor a plain number: times, sizes, permissions, elements of lists.

use std::time::Duration;

use bantam_std::{MAX_HEAD_RANGE, Rate};

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u64);

/// The permissions of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileMode(pub(crate) u32);

/// Parses seconds; 0 is no limit.
pub(crate) fn timeout(text: &str) -> Result<Duration, String> {
    duration(text).map(|limit| if limit.is_zero() { Duration::MAX } else { limit })
}

/// Parses seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>().map(Duration::try_from_secs_f64) {
        Ok(Ok(duration)) => Ok(duration),
        _ => Err("expected a number of seconds, such as 10 or 0.5".into()),
    }
}

/// Parses bytes, or KB (k), MB (m) or GB (g) of 1,024 each.
pub(crate) fn size(text: &str) -> Result<Size, String> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => Some(1),
        "k" | "kb" => Some(1 << 10),
        "m" | "mb" => Some(1 << 20),
        "g" | "gb" => Some(1 << 30),
        _ => None,
    };
    let bytes = digits.parse::<u64>().ok().zip(unit).and_then(|(count, unit)| count.checked_mul(unit));
    bytes.map(Size).ok_or_else(|| "expected a number of bytes, such as 65536, 64k, 16m or 1g".into())
}

/// Parses the length of the longest head.
pub(crate) fn head_size(text: &str) -> Result<Size, String> {
    let size = size(text)?;
    let in_range = usize::try_from(size.0).is_ok_and(|bytes| MAX_HEAD_RANGE.contains(&bytes));
    if in_range { Ok(size) } else { Err("expected 512 bytes to 64k".into()) }
}

/// Parses bytes a second.
pub(crate) fn byte_rate(text: &str) -> Result<Size, String> {
    let size = size(text)?;
    if size.0 >= 1024 { Ok(size) } else { Err("expected at least 1k bytes a second".into()) }
}

/// Parses a rate of requests: `10/s`, `100/m` or `1000/h`, and how many at once.
pub(crate) fn request_rate(text: &str) -> Result<Rate, String> {
    let (rate, burst) = text.split_once(':').map_or((text, None), |(rate, burst)| (rate, Some(burst)));
    let (count, unit) = rate.split_once('/').unwrap_or((rate, "s"));
    let seconds = match unit {
        "s" => Some(1),
        "m" => Some(60),
        "h" => Some(3600),
        _ => None,
    };
    let number = |text: &str| text.parse::<u32>().ok().filter(|number| (1..=1_000_000).contains(number));
    let rate =
        number(count).zip(seconds.map(Duration::from_secs)).and_then(|(count, time)| Rate::new(count, time));
    let rate = match burst {
        Some(burst) => rate.zip(number(burst)).map(|(rate, burst)| rate.burst(burst)),
        None => rate,
    };
    rate.ok_or_else(|| {
        "expected requests in a second, minute or hour, and how many at once, such as 10/s, 600/m or 10/s:50; each is 1 to \
         1000000"
            .into()
    })
}

/// Parses permissions in octal digits.
pub(crate) fn file_mode(text: &str) -> Result<FileMode, String> {
    match u32::from_str_radix(text, 8) {
        Ok(mode @ 0..=0o777) if !text.starts_with('+') => Ok(FileMode(mode)),
        _ => Err("expected permissions in octal digits, such as 0660".into()),
    }
}

/// An element of a list, without the spaces around it.
pub(crate) fn element(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("an element of the list is empty".into()),
        text => Ok(text.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_seconds_are_no_limit_except_for_the_drain() {
        assert_eq!(timeout("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("0"), Ok(Duration::ZERO));
        assert_eq!(timeout("0"), Ok(Duration::MAX));
        assert!(timeout("-1").is_err() && timeout("soon").is_err() && timeout("inf").is_err());
    }

    #[test]
    fn a_size_has_a_unit_or_is_in_bytes() {
        for (text, bytes) in
            [("0", 0), ("512", 512), ("20b", 20), ("32k", 32 << 10), ("16MB", 16 << 20), ("1G", 1 << 30)]
        {
            assert_eq!(size(text), Ok(Size(bytes)), "{text}");
        }
        for text in ["", "k", "-1", "1.5k", "1 k", "1x", "1kk", "18446744073709551616", "18014398509481984k"]
        {
            assert!(size(text).is_err(), "{text}");
        }
        assert!(head_size("512").is_ok() && head_size("64k").is_ok());
        assert!(head_size("511").is_err() && head_size("65537").is_err());
    }

    #[test]
    fn a_rate_has_a_time_and_a_burst() {
        let rate = |count, seconds| Rate::new(count, Duration::from_secs(seconds)).unwrap();
        for (text, expected) in [
            ("10/s", rate(10, 1)),
            ("10", rate(10, 1)),
            ("600/m", rate(600, 60)),
            ("1000/h:5", rate(1000, 3600).burst(5)),
            ("10/s:20", rate(10, 1).burst(20)),
        ] {
            assert_eq!(request_rate(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "0/s",
            "10/d",
            "10/",
            "/s",
            "10/s:",
            "10/s:0",
            "10/s:-1",
            "-1/s",
            "1.5/s",
            "10/s:5:5",
            "1000001/s",
        ] {
            assert!(request_rate(text).is_err(), "{text}");
        }
        assert_eq!((byte_rate("1k"), byte_rate("2m")), (Ok(Size(1 << 10)), Ok(Size(2 << 20))));
        assert!(byte_rate("1023").is_err() && byte_rate("0").is_err());
    }

    #[test]
    fn permissions_are_octal_digits() {
        for (text, mode) in [("0660", 0o660), ("660", 0o660), ("777", 0o777), ("0", 0)] {
            assert_eq!(file_mode(text), Ok(FileMode(mode)), "{text}");
        }
        for text in ["", "0680", "1777", "0o660", "rw-rw----", "-1", "+660"] {
            assert!(file_mode(text).is_err(), "{text}");
        }
    }
}
