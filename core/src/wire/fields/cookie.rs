//! Cookies of a request, RFC 6265 section 4.2, read as servers read them.
//!
//! Invariant: a `;` always ends a pair. A quoted string hides none, or two readers would find different cookies.

use crate::slice::{split_once, trim};
use crate::wire::fields::headers::Headers;

impl<'a> Headers<'a> {
    /// The value of the first cookie of this name, as it was sent, without double quotes around it. Names are compared by case.
    ///
    /// A browser sends the cookie of the longest path first. The value is what the client chose to send: it has not been
    /// validated, and other sites below the same domain can set cookies, unless the name begins with `__Host-`.
    ///
    /// ```
    /// let (_, head) = bantam::wire::request_head(b"GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1; id=x7; id=old\r\n\r\n").unwrap();
    /// assert_eq!(head.headers.cookie("id"), Some("x7"));
    /// assert_eq!(head.headers.cookie("a").and_then(|a| a.parse().ok()), Some(1));
    /// assert_eq!(head.headers.cookie("ID"), None);
    /// ```
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&'a str> {
        self.cookies().find(|(candidate, _)| *candidate == name).map(|(_, value)| value)
    }

    /// The names and values of all cookies, of every `Cookie` line, in the order sent. What is no pair with a name, or is not
    /// UTF-8, is skipped. Double quotes around a value are left out.
    pub fn cookies(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.all("cookie").flat_map(parts).filter_map(pair)
    }
}

/// The parts of a value between its semicolons.
fn parts(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(value);
    core::iter::from_fn(move || {
        let (part, behind) = split_once(rest?, b';');
        rest = behind;
        Some(part)
    })
}

/// `name=value`, with optional white space around both.
fn pair(part: &[u8]) -> Option<(&str, &str)> {
    let (name, value) = split_once(part, b'=');
    let value = match trim(value?) {
        [b'"', quoted @ .., b'"'] => quoted,
        value => value,
    };
    let name = core::str::from_utf8(trim(name)).ok().filter(|name| !name.is_empty())?;
    Some((name, core::str::from_utf8(value).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn all(lines: &[u8]) -> Vec<(&str, &str)> {
        Headers::new(lines).cookies().collect()
    }

    #[test]
    fn cookies_of_all_lines_come_in_order() {
        assert_eq!(
            all(b"Cookie: a=1; b=2\r\nX: c=3\r\ncookie:d=4;a=5\r\n"),
            [("a", "1"), ("b", "2"), ("d", "4"), ("a", "5")]
        );
        assert_eq!(all(b"X: y\r\n"), []);
    }

    #[test]
    fn the_first_cookie_of_a_name_is_found_and_names_have_a_case() {
        let headers = Headers::new(b"Cookie: id=1; ID=2\r\nCookie: id=3\r\n");
        assert_eq!((headers.cookie("id"), headers.cookie("ID")), (Some("1"), Some("2")));
        assert_eq!((headers.cookie("Id"), headers.cookie("i"), headers.cookie("")), (None, None, None));
    }

    #[test]
    fn what_is_no_pair_is_skipped() {
        assert_eq!(all(b"Cookie: ; a; =b; =; c=1;;\t d = 2 ;\xff=1; e=\xff\r\n"), [("c", "1"), ("d", "2")]);
    }

    #[test]
    fn a_value_may_have_any_character_but_the_semicolon() {
        assert_eq!(
            all(b"Cookie: a=b=c; d={\"e\": [1, 2]}; f=\r\n"),
            [("a", "b=c"), ("d", "{\"e\": [1, 2]}"), ("f", "")]
        );
        assert_eq!(all("Cookie: n=\u{e9}\r\n".as_bytes()), [("n", "\u{e9}")]);
    }

    #[test]
    fn quotes_around_a_value_are_left_out_and_hide_no_semicolon() {
        assert_eq!(
            all(b"Cookie: a=\"b\"; c=\"\"; d=\"; e=\"f\r\n"),
            [("a", "b"), ("c", ""), ("d", "\""), ("e", "\"f")]
        );
        assert_eq!(all(b"Cookie: a=\"x; id=1; b=\"\r\n"), [("a", "\"x"), ("id", "1"), ("b", "\"")]);
    }
}
