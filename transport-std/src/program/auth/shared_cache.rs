//! What a `Cache-Control` allows a shared cache to do with the response to a request that has credentials (RFC 9111 section
//! 3.5).

use std::borrow::Cow;

use bantam::wire::{members, token};

/// Directives with which a shared cache may store such a response, and serve it to others while it is fresh.
const SHARED: [&str; 3] = ["public", "s-maxage", "must-revalidate"];
/// Directives with which it may not, or has to ask the server each time. With an argument the first and the last name fields
/// only.
const NOT_SHARED: [&str; 3] = ["private", "no-store", "no-cache"];

/// Returns true if the value lets a shared cache serve a response to requests without credentials.
pub(super) fn is_shared(value: &str) -> bool {
    has_any(value, &SHARED, true) && !has_any(value, &NOT_SHARED, false)
}

/// The value for a response that only one user may get.
pub(super) fn restricted(value: &str) -> Cow<'_, str> {
    if has_any(value, &NOT_SHARED, false) { value.into() } else { format!("private, {value}").into() }
}

/// Returns true if the value has one of these directives. `with_argument`: also one with an argument.
fn has_any(value: &str, names: &[&str], with_argument: bool) -> bool {
    members(value.as_bytes()).any(|directive| {
        token(directive).is_ok_and(|(rest, name)| {
            (rest.is_empty() || with_argument)
                && names.iter().any(|other| name.eq_ignore_ascii_case(other.as_bytes()))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_cache_may_serve_what_is_public_and_not_restricted() {
        for value in [
            "public",
            "public, max-age=3600",
            "max-age=5,PUBLIC",
            "s-maxage=60",
            "max-age=60, must-revalidate",
            "public, private=\"set-cookie\"",
            "public, no-cache=\"set-cookie\"",
        ] {
            assert!(is_shared(value), "{value}");
        }
        for value in [
            "no-cache",
            "max-age=3600",
            "private, must-revalidate",
            "no-store",
            "public, no-cache",
            "max-age=60, proxy-revalidate",
            "private=\"public\"",
            "publicly",
        ] {
            assert!(!is_shared(value), "{value}");
        }
    }

    #[test]
    fn a_value_without_restriction_becomes_private() {
        assert_eq!(restricted("max-age=3600"), "private, max-age=3600");
        assert_eq!(restricted("private=\"x\", max-age=1"), "private, private=\"x\", max-age=1");
        for value in ["no-cache", "max-age=1, Private", "no-store"] {
            assert_eq!(restricted(value), value);
        }
    }
}
