//! Request methods, RFC 9110 section 9: case-sensitive tokens, and sets of them.

use core::fmt;

use heapless::String;

use crate::slice::ascii_str;

/// A request method. A token that RFC 9110 and RFC 5789 do not define is [`Method::Other`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each is named like its token")]
pub enum Method<'a> {
    Get,
    Head,
    Post,
    Put,
    Delete,
    Connect,
    Options,
    Trace,
    Patch,
    /// Any other token, as sent.
    Other(&'a str),
}

/// The methods with a variant of their own, the most frequent first.
const KNOWN: [(&str, Method<'static>); 9] = [
    ("GET", Method::Get),
    ("HEAD", Method::Head),
    ("POST", Method::Post),
    ("PUT", Method::Put),
    ("DELETE", Method::Delete),
    ("CONNECT", Method::Connect),
    ("OPTIONS", Method::Options),
    ("TRACE", Method::Trace),
    ("PATCH", Method::Patch),
];

impl<'a> Method<'a> {
    /// The method of this name. The caller has validated the token.
    pub(crate) fn of(token: &'a [u8]) -> Self {
        match KNOWN.iter().find(|(name, _)| name.as_bytes() == token) {
            Some((_, method)) => *method,
            None => Self::Other(ascii_str(token)),
        }
    }

    /// The token.
    #[must_use]
    pub fn as_str(self) -> &'a str {
        match self {
            Self::Other(token) => token,
            _ => KNOWN.iter().find(|(_, method)| *method == self).map_or("", |(name, _)| name),
        }
    }
}

impl fmt::Display for Method<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of methods, such as those of a page. It never contains `CONNECT`, which is for proxies, nor [`Method::Other`].
///
/// ```
/// use bantam::wire::{Method, MethodSet};
///
/// const FORM: MethodSet = MethodSet::of(&[Method::Post, Method::Get, Method::Head]);
/// assert!(FORM.contains(Method::Get) && !FORM.contains(Method::Put));
/// assert_eq!(FORM.to_allow(), "GET, HEAD, POST"); // always in this order
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct MethodSet(u8);

impl MethodSet {
    /// The length of the longest [`Self::to_allow`], in bytes.
    pub const ALLOW_MAX: usize = "GET, HEAD, POST, PUT, DELETE, OPTIONS, TRACE, PATCH".len();

    /// The set of `methods`.
    #[must_use]
    pub const fn of(methods: &[Method<'_>]) -> Self {
        let mut set = 0;
        let mut rest = methods;
        while let [method, tail @ ..] = rest {
            set |= bit(*method);
            rest = tail;
        }
        Self(set)
    }

    /// Every method that a set can have.
    #[cfg(feature = "server")]
    pub(crate) const ALL: Self = Self(u8::MAX);

    /// The set of the methods with these names, and HEAD if GET is one of them.
    ///
    /// # Panics
    /// If a name is no method that a set can have.
    #[cfg(feature = "server")]
    pub(crate) const fn named(names: &[&str]) -> Self {
        let mut set = 0;
        let mut rest = names;
        while let [name, tail @ ..] = rest {
            set |= match name.as_bytes() {
                b"GET" => bit(Method::Get) | bit(Method::Head),
                b"HEAD" => bit(Method::Head),
                b"POST" => bit(Method::Post),
                b"PUT" => bit(Method::Put),
                b"DELETE" => bit(Method::Delete),
                b"OPTIONS" => bit(Method::Options),
                b"TRACE" => bit(Method::Trace),
                b"PATCH" => bit(Method::Patch),
                _ => panic!("routes!: a method is GET, HEAD, POST, PUT, DELETE, OPTIONS, TRACE or PATCH"),
            };
            rest = tail;
        }
        Self(set)
    }

    /// Returns true if no method is in the set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The methods of both sets.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The methods of this set that are not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Returns true if `method` is in the set.
    #[must_use]
    pub const fn contains(self, method: Method<'_>) -> bool {
        self.0 & bit(method) != 0
    }

    /// The names of the methods, always in this order.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        KNOWN.iter().filter(move |(_, method)| self.contains(*method)).map(|(name, _)| *name)
    }

    /// The value of an `Allow` field, RFC 9110 section 10.2.1.
    #[must_use]
    pub fn to_allow(self) -> String<{ Self::ALLOW_MAX }> {
        let mut list = String::new();
        for name in self.names() {
            // All of them fit.
            let _ = if list.is_empty() { Ok(()) } else { list.push_str(", ") };
            let _ = list.push_str(name);
        }
        list
    }
}

const fn bit(method: Method<'_>) -> u8 {
    match method {
        Method::Get => 1,
        Method::Head => 2,
        Method::Post => 4,
        Method::Put => 8,
        Method::Delete => 16,
        Method::Options => 32,
        Method::Trace => 64,
        Method::Patch => 128,
        Method::Connect | Method::Other(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_case_sensitive() {
        assert_eq!(Method::of(b"GET"), Method::Get);
        assert_eq!(Method::of(b"get"), Method::Other("get"));
        assert_eq!(Method::of(b"BREW").as_str(), "BREW");
    }

    #[test]
    fn a_set_contains_its_methods_and_no_other() {
        for (_, method) in KNOWN {
            let alone = MethodSet::of(&[method]);
            let held = KNOWN.iter().filter(|(_, other)| alone.contains(*other));
            assert!(held.map(|(_, other)| *other).eq(Some(method).filter(|one| *one != Method::Connect)));
        }
        assert!(!MethodSet::of(&[Method::Other("GET")]).contains(Method::Get));
    }

    #[test]
    fn the_allow_value_of_all_is_the_longest() {
        assert_eq!(MethodSet::of(&KNOWN.map(|(_, method)| method)).to_allow().len(), MethodSet::ALLOW_MAX);
        assert_eq!(MethodSet::default().to_allow(), "");
    }
}
