//! [`Coding`]: the content codings (RFC 9110 section 8.4.1) that responses are compressed by, and the choice of one for a request.

use std::cmp::Reverse;

use bantam::wire::{Headers, Method};

/// A content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Coding {
    /// RFC 7932.
    Brotli,
    /// RFC 8878. The window is below the 8 MB of RFC 9659.
    Zstd,
    /// RFC 1952.
    Gzip,
}

/// The order for files, which are compressed once and sent often: the smallest first.
#[cfg(any(feature = "files", test))]
pub(crate) const FOR_FILES: [Coding; 3] = [Coding::Brotli, Coding::Zstd, Coding::Gzip];
/// The order for pages, each of which is compressed for itself: what takes the least processor time first.
pub(crate) const FOR_PAGES: [Coding; 3] = [Coding::Zstd, Coding::Gzip, Coding::Brotli];

/// Content of fewer bytes is sent as it is: 1 KB.
pub(crate) const MIN_LENGTH: u64 = 1024;

impl Coding {
    /// The name in `Content-Encoding`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
        }
    }

    /// The coding of the highest quality (RFC 9110 section 12.5.3), the first of these among equals; `None` if the client likes
    /// the content as it is better.
    pub(crate) fn choose(headers: &Headers<'_>, order: [Self; 3]) -> Option<Self> {
        // Most clients without it are asked for nothing else.
        headers.first("accept-encoding")?;
        let [a, b, c] = order;
        let [in_a, in_b, in_c, identity] =
            headers.coding_qualities([a.name(), b.name(), c.name(), "identity"]);
        let mut weighed = [(in_a, a), (in_b, b), (in_c, c)];
        // Stable: the order decides among equals.
        weighed.sort_by_key(|(quality, _)| Reverse(*quality));
        let [(quality, coding), ..] = weighed;
        (quality >= identity.max(1)).then_some(coding)
    }
}

/// Returns true if a part may be asked for: ranges are for GET alone (RFC 9110 section 14.2).
pub(crate) fn asks_for_range(method: Method<'_>, headers: &Headers<'_>) -> bool {
    method == Method::Get && headers.first("range").is_some()
}

#[cfg(test)]
mod tests {
    use bantam::wire::request_head;

    use super::*;

    #[test]
    fn the_coding_of_the_highest_quality_is_chosen_and_among_equals_the_first() {
        for (accepted, file, page) in [
            ("gzip, deflate, br, zstd", Some("br"), Some("zstd")),
            ("gzip, br", Some("br"), Some("gzip")),
            ("br;q=0.5, gzip;q=0.9, zstd;q=0.1", Some("gzip"), Some("gzip")),
            ("*", Some("br"), Some("zstd")),
            ("*;q=0.5, br;q=0", Some("zstd"), Some("zstd")),
            ("x-gzip", Some("gzip"), Some("gzip")),
            ("br;q=0.5, identity", None, None),
            ("identity;q=0.5, gzip;q=0.5", Some("gzip"), Some("gzip")),
            ("gzip;q=0, *;q=0", None, None),
            ("deflate", None, None),
            ("", None, None),
        ] {
            let head = format!("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: {accepted}\r\n\r\n");
            let headers = request_head(head.as_bytes()).unwrap().1.headers;
            let choose = |order| Coding::choose(&headers, order).map(Coding::name);
            assert_eq!((choose(FOR_FILES), choose(FOR_PAGES)), (file, page), "{accepted}");
        }
        let headers = request_head(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap().1.headers;
        assert_eq!(Coding::choose(&headers, FOR_FILES), None);
    }
}
