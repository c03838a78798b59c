//! `DateCache`: the value of the `Date` field (RFC 9110 section 6.6.1), formatted once a second.

use std::time::{SystemTime, UNIX_EPOCH};

use httpdate::HttpDate;

/// The current second as an IMF-fixdate (RFC 9110 section 5.6.7). Each thread has its own.
pub(crate) struct DateCache {
    second: u64,
    text: [u8; 29],
}

impl DateCache {
    pub(crate) const fn new() -> Self {
        Self { second: 0, text: *b"Thu, 01 Jan 1970 00:00:00 GMT" }
    }

    /// The last result of [`Self::now`]; reads no clock.
    pub(crate) const fn cached(&self) -> [u8; 29] {
        self.text
    }

    /// Reads the system's clock, which may jump.
    pub(crate) fn now(&mut self) -> [u8; 29] {
        let now = SystemTime::now();
        let second = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        // httpdate panics for years beyond 9999.
        if second != self.second && second < 253_402_300_800 {
            let text = HttpDate::from(now).to_string();
            if let Ok(text) = text.as_bytes().try_into() {
                (self.second, self.text) = (second, text);
            }
        }
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_an_imf_fixdate_of_now() {
        let text = DateCache::new().now();
        let date = httpdate::parse_http_date(std::str::from_utf8(&text).unwrap()).unwrap();
        assert!(SystemTime::now().duration_since(date).unwrap().as_secs() < 5);
        assert!(text.ends_with(b" GMT"));
    }
}
