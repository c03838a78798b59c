//! The field `Set-Cookie`, as a naive browser reads it (RFC 6265bis section 5.6).

use bantam::Misuse;
use bantam::wire::{Date, SameSite, SetCookie};

use super::with_fields;

/// The name, the value and the attributes of a cookie, in lower case.
type Read = (String, String, Vec<(String, String)>);

fn read(field: &str) -> Read {
    fn pair(part: &str) -> (String, String) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (name.trim_matches([' ', '\t']).to_owned(), value.trim_matches([' ', '\t']).to_owned())
    }
    let mut parts = field.split(';');
    let (name, value) = pair(parts.next().unwrap_or_default());
    let attributes = parts.map(pair).map(|(name, value)| (name.to_ascii_lowercase(), value));
    (name, value, attributes.collect())
}

fn is_all(text: &str, set: impl Fn(char) -> bool) -> bool {
    text.chars().all(|letter| letter.is_ascii() && !letter.is_ascii_control() && set(letter))
}

/// The cookie of these texts, with the attributes of `flags`, and what a browser has to read; `None` if it must not be written.
fn cookie<'a>(flags: u16, [name, value, path, domain]: [&'a str; 4]) -> (SetCookie<'a>, Option<Read>) {
    let (age, date) = (u32::from(flags >> 9), Date::new(784_111_777));
    let has = |bit: u16| flags >> bit & 1 == 1;
    let mut cookie = SetCookie::new(name, value);
    let mut attributes = Vec::new();
    let mut add = |name: &str, value: &str| attributes.push((name.to_owned(), value.to_owned()));
    if has(0) {
        cookie = cookie.path(path);
        add("path", path.trim_matches(' '));
    }
    if has(1) {
        cookie = cookie.domain(domain);
        add("domain", domain);
    }
    if has(2) {
        cookie = cookie.expires(date);
    }
    if has(3) {
        cookie = cookie.max_age(age);
    }
    match (has(2), has(3) && age == 0) {
        (_, true) => add("expires", "Thu, 01 Jan 1970 00:00:00 GMT"),
        (true, _) => add("expires", "Sun, 06 Nov 1994 08:49:37 GMT"),
        _ => {}
    }
    if has(3) && age > 0 {
        add("max-age", &age.to_string());
    }
    if has(4) {
        cookie = cookie.secure();
        add("secure", "");
    }
    if has(5) {
        cookie = cookie.http_only();
        add("httponly", "");
    }
    let same_site = match flags >> 6 & 3 {
        1 => Some((SameSite::Strict, "Strict")),
        2 => Some((SameSite::Lax, "Lax")),
        3 => Some((SameSite::None, "None")),
        _ => None,
    };
    if let Some((same_site, name)) = same_site {
        cookie = cookie.same_site(same_site);
        add("samesite", name);
    }
    if has(8) {
        cookie = cookie.partitioned();
        add("partitioned", "");
    }
    let prefix = name.to_ascii_lowercase();
    let is_host = prefix.starts_with("__host-");
    let secure = is_host || prefix.starts_with("__secure-") || has(8) || flags >> 6 & 3 == 3;
    let is_label = |label: &str| {
        let inner = is_all(label, |letter| letter.is_alphanumeric() || letter == '-');
        inner && !label.is_empty() && label.len() < 64 && !label.starts_with('-') && !label.ends_with('-')
    };
    let is_right = !name.is_empty()
        && is_all(name, |letter| !" \"(),/:;<=>?@[\\]{}".contains(letter))
        && is_all(value, |letter| !" \",;\\".contains(letter))
        && name.len() + value.len() <= 4096
        && !(has(0)
            && !(path.starts_with('/') && path.len() <= 1024 && is_all(path, |letter| letter != ';')))
        && !(has(1) && (domain.len() > 253 || !domain.split('.').all(is_label)))
        && (!secure || has(4))
        && !(is_host && (has(1) || !has(0) || path != "/"));
    (cookie, is_right.then(|| (name.to_owned(), value.to_owned(), attributes)))
}

/// Checks that a browser reads from the core's field what the cookie was made of, that the cookie comes back, and that no other is written.
///
/// # Panics
/// If it is not so.
pub fn check(flags: u16, texts: [&str; 4]) {
    let (cookie, expected) = cookie(flags, texts);
    let mut memory = [0; 8192];
    match (cookie.encode(&mut memory), expected) {
        (Ok(field), Some(expected)) => {
            assert_eq!(read(field), expected, "{field}");
            assert_eq!(cookie.checked().map(|shown| shown.to_string()).as_deref(), Ok(field));
            let back = format!("{}={}", expected.0, expected.1);
            with_fields("Cookie", &[back.as_bytes()], |headers| {
                assert_eq!(headers.cookie(&expected.0), Some(&expected.1[..]));
            });
        }
        (Err(Misuse::BadHeader), None) => assert!(cookie.checked().is_err()),
        (written, expected) => panic!("{cookie:?}: {written:?}, expected {expected:?}"),
    }
}
