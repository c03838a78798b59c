//! Law: the time of day is formatted once a second and copied ever after.

use std::time::{SystemTime, UNIX_EPOCH};

use httpdate::HttpDate;

/// `Date` as it stands for the current second (RFC 9110 section 5.6.7); a thread's own.
#[derive(Debug)]
pub(crate) struct DateCache {
    second: u64,
    text: [u8; 29],
}

impl DateCache {
    pub(crate) const fn new() -> Self {
        Self { second: 0, text: *b"Thu, 01 Jan 1970 00:00:00 GMT" }
    }

    /// What [`Self::date`] has said.
    pub(crate) const fn last(&self) -> [u8; 29] {
        self.text
    }

    /// The time of day, which may jump; nothing but `Date` and the log depends on it.
    pub(crate) fn date(&mut self) -> [u8; 29] {
        let now = SystemTime::now();
        let second = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        // The library has no form for years beyond 9999.
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
        let text = DateCache::new().date();
        let date = httpdate::parse_http_date(std::str::from_utf8(&text).unwrap()).unwrap();
        assert!(SystemTime::now().duration_since(date).unwrap().as_secs() < 5);
        assert!(text.ends_with(b" GMT"));
    }
}
