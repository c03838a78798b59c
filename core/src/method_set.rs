//! A set of request methods in one byte, and its `Allow` value (RFC 9110 section 10.2.1).

use heapless::String;

use crate::method::{KNOWN, Method};

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

    /// Returns true if `method` is in the set.
    #[must_use]
    pub const fn contains(self, method: Method<'_>) -> bool {
        self.0 & bit(method) != 0
    }

    /// The value of an `Allow` field, RFC 9110 section 10.2.1.
    #[must_use]
    pub fn to_allow(self) -> String<{ Self::ALLOW_MAX }> {
        let mut list = String::new();
        for (name, _) in KNOWN.iter().filter(|(_, method)| self.contains(*method)) {
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
    fn a_set_contains_its_methods_and_no_other() {
        for (_, method) in KNOWN {
            let alone = MethodSet::of(&[method]);
            for (_, other) in KNOWN {
                assert_eq!(alone.contains(other), other == method && method != Method::Connect);
            }
        }
        assert!(!MethodSet::of(&[Method::Other("GET")]).contains(Method::Get));
    }

    #[test]
    fn the_allow_value_of_all_is_the_longest() {
        let all = KNOWN.map(|(_, method)| method);
        assert_eq!(MethodSet::of(&all).to_allow().len(), MethodSet::ALLOW_MAX);
        assert_eq!(MethodSet::default().to_allow(), "");
    }
}
