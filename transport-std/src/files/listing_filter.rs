//! `Filter`: which names a listing shows (`?filter=`), and the box for it.
//!
//! Invariant: the page runs this script and no other, whatever its names are, and the box works without it.

use std::ffi::OsStr;
use std::fmt::Write as _;

use bantam::wire::Query;
use html_escape::encode_double_quoted_attribute;

use super::path::encode;

/// The longest text of a filter, in bytes: no name is longer.
const MAX_LENGTH: usize = 255;
const SCRIPT: &str = include_str!("listing.js");
/// The policy of a page: one style, this script, and forms to this server. Should a name escape its quotes, it runs nothing.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; \
    script-src 'sha256-Kgx4BSHG2kxXJRjt+362AHX8Xj+iIPS4ZGvrlwGxPX4='; form-action 'self'; base-uri 'none'";

/// The text that the listed names contain, in any case; `None` if the query has none.
#[derive(Debug)]
pub(super) struct Filter {
    text: Option<String>,
    lower: String,
}

impl Filter {
    pub(super) fn of(query: &Query<'_>) -> Self {
        let text = query.first("filter").map(|value| {
            let bytes: Vec<u8> = value.bytes().take(MAX_LENGTH).collect();
            String::from_utf8_lossy(&bytes).into_owned()
        });
        let lower = text.as_deref().unwrap_or_default().to_lowercase();
        Self { text, lower }
    }

    /// Returns true for a name that is listed.
    pub(super) fn takes(&self, name: &OsStr) -> bool {
        self.lower.is_empty() || name.to_string_lossy().to_lowercase().contains(&self.lower)
    }

    /// Returns true if every name is listed.
    pub(super) const fn is_empty(&self) -> bool {
        self.lower.is_empty()
    }

    /// What links to the same listing in another order add to their query.
    pub(super) fn push_query(&self, page: &mut String) {
        if let Some(text) = self.text.as_deref().filter(|text| !text.is_empty()) {
            let _ = write!(page, "&amp;filter={}", encode(text.as_bytes()));
        }
    }

    /// Appends the box. The form keeps the order.
    pub(super) fn push_box(&self, page: &mut String, sort: &str, order: &str) {
        let text = encode_double_quoted_attribute(self.text.as_deref().unwrap_or_default());
        // A page that the box has led to has the keyboard in it again.
        let focus = if self.text.is_some() { " autofocus" } else { "" };
        let _ = writeln!(
            page,
            "<form role=\"search\"><input type=\"search\" name=\"filter\" value=\"{text}\" placeholder=\"Filter\" \
             aria-label=\"Filter by name\" autocomplete=\"off\" spellcheck=\"false\"{focus}>\
             <input type=\"hidden\" name=\"sort\" value=\"{sort}\"><input type=\"hidden\" name=\"order\" value=\"{order}\">\
             <button>Filter</button> <output></output></form>"
        );
    }
}

/// Appends the script, which filters the page while one types.
pub(super) fn push_script(page: &mut String) {
    page.push_str("<script>");
    page.push_str(SCRIPT);
    page.push_str("</script>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(query: &str) -> Filter {
        Filter::of(&Query::new(query))
    }

    #[test]
    fn a_name_is_listed_if_it_has_the_text_in_any_case() {
        for (query, listed) in [
            ("", true),
            ("filter=", true),
            ("filter=B.T", true),
            ("filter=%C3%A4b", true),
            ("filter=c", false),
            ("filter=a+b", false),
            ("filter=%FF", false),
        ] {
            assert_eq!(filter(query).takes(OsStr::new("ÄB.txt")), listed, "{query}");
        }
        assert!(filter("filter=a+b").takes(OsStr::new("xa by")));
        let long = filter(&format!("filter={}", "a".repeat(5_000)));
        assert_eq!(long.lower.len(), MAX_LENGTH);
    }

    /// `openssl dgst -sha256 -binary listing.js | base64` makes it.
    #[test]
    #[cfg(feature = "tls")]
    fn the_policy_has_the_hash_of_the_script() {
        use base64::Engine as _;

        let digest = ring::digest::digest(&ring::digest::SHA256, SCRIPT.replace('\r', "").as_bytes());
        let hash = base64::engine::general_purpose::STANDARD.encode(digest);
        assert!(POLICY.contains(&format!("script-src 'sha256-{hash}';")), "sha256-{hash}");
        assert!(!SCRIPT.contains("</"), "the element would end there");
    }
}
