//! Law: what a page takes is a set; it is spelled out for whoever is refused, and always in the same order.

use heapless::String;

use crate::method::{KNOWN, Method};

/// Some of the methods that a page can take: one byte. `CONNECT`, which is for proxies, and methods without a meaning here
/// are never in it.
///
/// ```
/// use bantam::wire::{Method, MethodSet};
///
/// const FORM: MethodSet = MethodSet::of(&[Method::Post, Method::Get, Method::Head]);
/// assert!(FORM.contains(Method::Get) && !FORM.contains(Method::Put));
/// assert_eq!(FORM.list(), "GET, HEAD, POST"); // the value of Allow, RFC 9110 section 10.2.1
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct MethodSet(u8);

impl MethodSet {
    /// The longest [`Self::list`], in bytes.
    pub const LONGEST: usize = "GET, HEAD, POST, PUT, DELETE, OPTIONS, TRACE, PATCH".len();

    /// The set of these.
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

    /// Is this one of them?
    #[must_use]
    pub const fn contains(self, method: Method<'_>) -> bool {
        self.0 & bit(method) != 0
    }

    /// Their names, as the `Allow` field lists them.
    #[must_use]
    pub fn list(self) -> String<{ Self::LONGEST }> {
        let mut list = String::new();
        for (name, _) in KNOWN.iter().filter(|(_, method)| self.contains(*method)) {
            // There is room for all of them.
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
    fn a_set_holds_what_was_put_into_it_and_nothing_else() {
        let all: std::vec::Vec<_> = KNOWN.iter().map(|(_, method)| *method).collect();
        for method in &all {
            let alone = MethodSet::of(&[*method]);
            let held: std::vec::Vec<_> = all.iter().filter(|other| alone.contains(**other)).collect();
            assert_eq!(held.is_empty(), *method == Method::Connect);
            assert!(held.iter().all(|other| *other == method));
        }
        assert!(!MethodSet::of(&[Method::Other("GET")]).contains(Method::Get));
    }

    #[test]
    fn the_list_of_all_is_the_longest() {
        let all: std::vec::Vec<_> = KNOWN.iter().map(|(_, method)| *method).collect();
        assert_eq!(MethodSet::of(&all).list().len(), MethodSet::LONGEST);
        assert_eq!(MethodSet::default().list(), "");
    }
}
