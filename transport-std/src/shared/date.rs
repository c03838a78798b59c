//! `DateCache`: the value of the `Date` field (RFC 9110 section 6.6.1), formatted once a second.

use std::time::{SystemTime, UNIX_EPOCH};

use bantam::wire::Date;

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
        let second = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        if second != self.second {
            (self.second, self.text) = (second, Date::new(second).imf_fixdate());
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
