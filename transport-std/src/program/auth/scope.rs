//! `AuthFor`: which requests need a password.

use bantam::wire::{Headers, Method};
use clap::ValueEnum;

/// A value of --auth-for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuthFor {
    /// Every request
    All,
    /// Those that may change something: every method but GET, HEAD and OPTIONS
    Write,
}

impl AuthFor {
    /// Returns true for a request that needs no password and has none. One that has a password is checked, so that a name in a log is
    /// that of a user.
    pub(super) fn lets_in(self, method: Method<'_>, headers: &Headers<'_>) -> bool {
        let reads = matches!(method, Method::Get | Method::Head | Method::Options);
        reads && self == Self::Write && headers.first("authorization").is_none()
    }
}

#[cfg(test)]
mod tests {
    use bantam::wire::request_head;

    use super::*;

    fn lets_in(scope: AuthFor, method: &str, field: &str) -> bool {
        let head = format!("{method} / HTTP/1.1\r\nHost: a\r\n{field}\r\n");
        let (_, head) = request_head(head.as_bytes()).unwrap();
        scope.lets_in(head.method, &head.headers)
    }

    #[test]
    fn only_a_method_that_cannot_write_needs_no_password() {
        for method in ["GET", "HEAD", "OPTIONS"] {
            assert!(lets_in(AuthFor::Write, method, "") && !lets_in(AuthFor::All, method, ""), "{method}");
            assert!(!lets_in(AuthFor::Write, method, "Authorization: Basic x\r\n"), "{method}");
        }
        for method in ["PUT", "POST", "DELETE", "PATCH", "TRACE", "get", "MKCOL"] {
            assert!(!lets_in(AuthFor::Write, method, ""), "{method}");
        }
    }
}
