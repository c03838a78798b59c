//! [`SetCookie`]: the value of a `Set-Cookie` field, RFC 6265bis section 4.1.
//!
//! Invariant: what is written keeps the grammar, and is no cookie that browsers drop.

use core::fmt;

use heapless::String;

use crate::error::Misuse;
use crate::slice::{ascii_str, split_once};
use crate::wire::byte_buffer::{ByteBuffer, decimal_digits};
use crate::wire::class::TOKEN;
use crate::wire::fields::date::Date;
use crate::wire::scan::skip;

/// A cookie to be set, for the field `Set-Cookie` (RFC 6265bis section 4.1). Without attributes the browser keeps it until it ends
/// and sends it back to this host, below the folder of the request's path, also in requests that other sites cause in a new page.
///
/// ```
/// use bantam::wire::{SameSite, SetCookie, Status};
/// # #[cfg(feature = "server")]
/// use bantam::{Connection, RequestDetails, Response};
///
/// # #[cfg(feature = "server")]
/// async fn page<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
///     let cookie = SetCookie::new("__Host-id", "x7").path("/").secure().http_only().same_site(SameSite::Lax);
///     let fields = [("Set-Cookie", &*cookie.to_field::<96>()?)];
///     details.connection.make_response(Response::new(Status::NO_CONTENT).headers(&fields)).await
/// }
///
/// let cookie = SetCookie::new("theme", "dark").path("/").max_age(31_536_000);
/// assert_eq!(cookie.encode(&mut [0; 64]), Ok("theme=dark; Path=/; Max-Age=31536000"));
/// ```
///
/// A name is a token, a value visible ASCII without `"`, `,`, `;` and `\`, and both together at most 4,096 bytes long; other text has
/// to be encoded, for example in percent-encoding. A path begins with `/`, a domain is a name of letters, digits and hyphens between
/// dots. A cookie whose name begins with `__Secure-`, and one that is `Partitioned` or `SameSite=None`, has to be `Secure`; one whose name
/// begins with `__Host-` has to be `Secure`, to have the path `/` and no domain. Browsers drop all others.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct SetCookie<'a> {
    name: &'a str,
    value: &'a str,
    path: Option<&'a str>,
    domain: Option<&'a str>,
    expires: Option<Date>,
    max_age: Option<u32>,
    same_site: Option<SameSite>,
    secure: bool,
    http_only: bool,
    partitioned: bool,
}

/// The requests from other sites that a cookie is sent with (RFC 6265bis section 4.1.2.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// None.
    Strict,
    /// Those of a safe method that open a page.
    Lax,
    /// All. The cookie has to be `Secure`.
    None,
}

impl<'a> SetCookie<'a> {
    /// A cookie without attributes.
    pub const fn new(name: &'a str, value: &'a str) -> Self {
        let (path, domain, expires, max_age, same_site) = (None, None, None, None, None);
        let (secure, http_only, partitioned) = (false, false, false);
        Self { name, value, path, domain, expires, max_age, same_site, secure, http_only, partitioned }
    }

    /// `Path`: the cookie is sent for this path and those below it.
    pub const fn path(mut self, path: &'a str) -> Self {
        self.path = Some(path);
        self
    }

    /// `Domain`: the cookie is sent to all hosts below this one, too.
    pub const fn domain(mut self, domain: &'a str) -> Self {
        self.domain = Some(domain);
        self
    }

    /// `Expires`: the browser drops the cookie then. The clock of the browser counts; `max_age` needs none, and comes first.
    pub const fn expires(mut self, date: Date) -> Self {
        self.expires = Some(date);
        self
    }

    /// `Max-Age`: the browser drops the cookie after so many seconds. 0 deletes a cookie of the same name, path and domain; it is
    /// written as an `Expires` in 1970, because the grammar has no zero.
    pub const fn max_age(mut self, seconds: u32) -> Self {
        self.max_age = Some(seconds);
        self
    }

    /// `SameSite`: which requests of other sites it is sent with.
    pub const fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = Some(same_site);
        self
    }

    /// `Secure`: the cookie is sent over https alone.
    pub const fn secure(mut self) -> Self {
        self.secure = true;
        self
    }

    /// `HttpOnly`: scripts cannot read the cookie.
    pub const fn http_only(mut self) -> Self {
        self.http_only = true;
        self
    }

    /// `Partitioned`: each site that embeds this one has a cookie of its own.
    pub const fn partitioned(mut self) -> Self {
        self.partitioned = true;
        self
    }

    /// The value of the field, written to `memory`.
    ///
    /// # Errors
    /// [`Misuse::BadHeader`] if the cookie breaks a rule of [`SetCookie`]; [`Misuse::HeadTooLarge`] if it does not fit.
    pub fn encode<'m>(&self, memory: &'m mut [u8]) -> Result<&'m str, Misuse> {
        let mut buffer = ByteBuffer::new(memory);
        let fits = self.checked()?.write(&mut |text| buffer.push(text.as_bytes()));
        let length = buffer.len();
        if fits { Ok(ascii_str(memory.get(..length).unwrap_or(&[]))) } else { Err(Misuse::HeadTooLarge) }
    }

    /// The value of the field, of at most `N` bytes.
    ///
    /// # Errors
    /// As for [`Self::encode`].
    pub fn to_field<const N: usize>(&self) -> Result<String<N>, Misuse> {
        let mut field = String::new();
        let fits = self.checked()?.write(&mut |text| field.push_str(text).is_ok());
        if fits { Ok(field) } else { Err(Misuse::HeadTooLarge) }
    }

    /// The same with `Display`.
    ///
    /// # Errors
    /// [`Misuse::BadHeader`] if the cookie breaks a rule of [`SetCookie`].
    pub fn checked(self) -> Result<CookieField<'a>, Misuse> {
        let begins = |prefix: &str| {
            self.name.get(..prefix.len()).is_some_and(|front| front.eq_ignore_ascii_case(prefix))
        };
        let is_host = begins("__Host-");
        let has_to_be_secure =
            is_host || begins("__Secure-") || self.partitioned || self.same_site == Some(SameSite::None);
        let is_valid = !self.name.is_empty()
            && skip(self.name.as_bytes(), TOKEN).is_empty()
            && self.value.bytes().all(is_cookie_octet)
            && self.name.len() + self.value.len() <= MAX_PAIR
            && self.path.is_none_or(is_path)
            && self.domain.is_none_or(is_domain)
            && (self.secure || !has_to_be_secure)
            && !(is_host && (self.domain.is_some() || self.path != Some("/")));
        if is_valid { Ok(CookieField(self)) } else { Err(Misuse::BadHeader) }
    }
}

/// A cookie whose rules have been checked; its `Display` is the value of a `Set-Cookie` field.
#[derive(Clone, Copy, Debug)]
pub struct CookieField<'a>(SetCookie<'a>);

impl CookieField<'_> {
    /// Calls `push` with the parts of the value, until it returns false. Returns its last result.
    fn write(&self, push: &mut dyn FnMut(&str) -> bool) -> bool {
        let cookie = &self.0;
        let expires = if cookie.max_age == Some(0) { Some(Date::new(0)) } else { cookie.expires };
        let expires = expires.map(Date::imf_fixdate);
        let mut digits = [b'0'; 20];
        let max_age = cookie.max_age.filter(|seconds| *seconds > 0);
        let max_age = max_age.map(|seconds| ascii_str(decimal_digits(&mut digits, seconds.into())));
        let same_site = cookie.same_site.map(|same_site| match same_site {
            SameSite::Strict => "Strict",
            SameSite::Lax => "Lax",
            SameSite::None => "None",
        });
        let attributes = [
            (cookie.path, "; Path="),
            (cookie.domain, "; Domain="),
            (expires.as_ref().map(|text| ascii_str(text)), "; Expires="),
            (max_age, "; Max-Age="),
            (cookie.secure.then_some(""), "; Secure"),
            (cookie.http_only.then_some(""), "; HttpOnly"),
            (same_site, "; SameSite="),
            (cookie.partitioned.then_some(""), "; Partitioned"),
        ];
        let pair = push(cookie.name) && push("=") && push(cookie.value);
        pair && attributes.iter().all(|(value, name)| value.is_none_or(|value| push(name) && push(value)))
    }
}

impl fmt::Display for CookieField<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.write(&mut |text| f.write_str(text).is_ok()) { Ok(()) } else { Err(fmt::Error) }
    }
}

/// The longest name and value together (section 5.6): a browser drops a longer cookie.
const MAX_PAIR: usize = 4096;
/// The longest value of an attribute (section 5.6): a browser ignores a longer one.
const MAX_ATTRIBUTE: usize = 1024;

/// `cookie-octet`.
const fn is_cookie_octet(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\')
}

/// `path-value` that browsers take.
fn is_path(path: &str) -> bool {
    path.starts_with('/')
        && path.len() <= MAX_ATTRIBUTE
        && path.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b';')
}

/// `domain-value`: a `subdomain` of RFC 1034 section 3.5, as RFC 1123 section 2.1 extends it.
fn is_domain(domain: &str) -> bool {
    let mut rest = Some(domain.as_bytes());
    while let Some(labels) = rest {
        let (label, behind) = split_once(labels, b'.');
        let is_label = matches!(label, [_, ..] if !label.starts_with(b"-") && !label.ends_with(b"-"))
            && label.len() < 64
            && label.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
        if !is_label {
            return false;
        }
        rest = behind;
    }
    domain.len() < 254
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString as _;

    fn field(cookie: SetCookie<'_>) -> Result<std::string::String, Misuse> {
        let mut memory = [0; 8192];
        let encoded = cookie.encode(&mut memory).map(std::string::String::from);
        assert_eq!(cookie.to_field::<8192>().map(|field| field.to_string()), encoded);
        assert_eq!(cookie.checked().map(|field| field.to_string()), encoded);
        encoded
    }

    fn is_valid(cookie: SetCookie<'_>) -> bool {
        field(cookie).is_ok()
    }

    #[test]
    fn a_cookie_has_the_attributes_that_it_was_given() {
        let all = SetCookie::new("a", "b")
            .path("/c d")
            .domain("d.example")
            .expires(Date::new(784_111_777))
            .max_age(u32::MAX)
            .secure()
            .http_only()
            .same_site(SameSite::Strict)
            .partitioned();
        assert_eq!(
            field(all).as_deref(),
            Ok(
                "a=b; Path=/c d; Domain=d.example; Expires=Sun, 06 Nov 1994 08:49:37 GMT; Max-Age=4294967295; Secure; \
                HttpOnly; SameSite=Strict; Partitioned"
            )
        );
        assert_eq!(field(SetCookie::new("a", "")).as_deref(), Ok("a="));
        let lax = SetCookie::new("a", "b").same_site(SameSite::Lax);
        assert_eq!(field(lax).as_deref(), Ok("a=b; SameSite=Lax"));
    }

    #[test]
    fn an_age_of_zero_is_a_date_in_the_past() {
        let gone = SetCookie::new("a", "").max_age(0);
        assert_eq!(field(gone).as_deref(), Ok("a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"));
        assert_eq!(field(gone.expires(Date::new(784_111_777))), field(gone));
    }

    #[test]
    fn a_name_is_a_token_and_a_value_is_cookie_octets() {
        for byte in 0..=127u8 {
            let text = std::string::String::from(char::from(byte));
            let is_token = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            assert_eq!(is_valid(SetCookie::new(&text, "x")), is_token, "{byte:#x}");
            let is_octet = matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e);
            assert_eq!(is_valid(SetCookie::new("x", &text)), is_octet, "{byte:#x}");
            let path = std::format!("/{text}");
            let is_path = matches!(byte, 0x20..=0x3a | 0x3c..=0x7e);
            assert_eq!(is_valid(SetCookie::new("x", "").path(&path)), is_path, "{byte:#x}");
            let is_domain = byte.is_ascii_alphanumeric();
            assert_eq!(is_valid(SetCookie::new("x", "").domain(&text)), is_domain, "{byte:#x}");
        }
        assert!(!is_valid(SetCookie::new("", "x")) && !is_valid(SetCookie::new("\u{e9}", "x")));
        assert!(!is_valid(SetCookie::new("x", "\u{e9}")));
    }

    #[test]
    fn a_path_begins_with_a_slash_and_a_domain_is_a_name() {
        for path in ["", "a", " /"] {
            assert!(!is_valid(SetCookie::new("x", "").path(path)), "{path}");
        }
        let long = "a".repeat(63);
        let longest = std::format!("{long}.{long}.{long}.{}", &long[2..]);
        for domain in ["a", "a.example", "1-2.example", &long, &longest] {
            assert!(is_valid(SetCookie::new("x", "").domain(domain)), "{domain}");
        }
        for domain in ["", ".a", "a.", "a..b", "-a", "a-", "a.-b", "[::1]", "a_b"] {
            assert!(!is_valid(SetCookie::new("x", "").domain(domain)), "{domain}");
        }
        for domain in [std::format!("{long}a"), std::format!("a{longest}"), std::format!("{longest}.a")] {
            assert!(!is_valid(SetCookie::new("x", "").domain(&domain)), "{domain}");
        }
    }

    #[test]
    fn a_cookie_that_browsers_drop_for_its_length_is_refused() {
        let text = "a".repeat(4096);
        assert!(is_valid(SetCookie::new("x", &text[1..])) && !is_valid(SetCookie::new("x", &text)));
        let path = std::format!("/{}", &text[..1023]);
        assert!(is_valid(SetCookie::new("x", "").path(&path)));
        assert!(!is_valid(SetCookie::new("x", "").path(&std::format!("{path}a"))));
    }

    #[test]
    fn a_prefix_asks_for_its_attributes_in_any_case() {
        for name in ["__Secure-a", "__secure-a", "__Host-a", "__HOST-a"] {
            let is_host = name.len() == 8;
            let plain = SetCookie::new(name, "b");
            assert!(!is_valid(plain) && !is_valid(plain.path("/")), "{name}");
            assert!(is_valid(plain.path("/").secure()), "{name}");
            for cookie in [plain.secure(), plain.secure().path("/a"), plain.secure().path("/").domain("a")] {
                assert_eq!(is_valid(cookie), !is_host, "{cookie:?}");
            }
        }
        assert!(is_valid(SetCookie::new("__Host", "b")) && is_valid(SetCookie::new("a__Host-", "b")));
    }

    #[test]
    fn a_cookie_for_other_sites_is_secure() {
        for cookie in
            [SetCookie::new("a", "b").same_site(SameSite::None), SetCookie::new("a", "b").partitioned()]
        {
            assert!(!is_valid(cookie) && is_valid(cookie.secure()), "{cookie:?}");
        }
    }

    #[test]
    fn memory_that_is_too_small_is_refused() {
        let cookie = SetCookie::new("a", "b").secure();
        assert_eq!(cookie.encode(&mut [0; 11]), Ok("a=b; Secure"));
        assert_eq!(cookie.to_field::<11>().as_deref(), Ok("a=b; Secure"));
        for length in 0..11 {
            assert_eq!(cookie.encode(&mut [0; 11][..length]), Err(Misuse::HeadTooLarge));
        }
        assert_eq!(cookie.to_field::<10>(), Err(Misuse::HeadTooLarge));
        assert_eq!(SetCookie::new("", "").encode(&mut []), Err(Misuse::BadHeader));
    }
}
