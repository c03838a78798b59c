//! [`CacheControl`]: `Cache-Control` by the path of a request (RFC 9111 section 5.2.2).

use crate::page::fields::Fields;
use crate::page::site::Layer;

/// A value of `Cache-Control` for some paths.
#[derive(Clone, Copy, Debug)]
pub struct CacheRule {
    part: &'static str,
    is_suffix: bool,
    value: &'static str,
}

impl CacheRule {
    /// For the paths that begin with `prefix`.
    #[must_use]
    pub const fn prefix(prefix: &'static str, value: &'static str) -> Self {
        Self { part: prefix, is_suffix: false, value }
    }

    /// For the paths that end with `suffix`.
    #[must_use]
    pub const fn suffix(suffix: &'static str, value: &'static str) -> Self {
        Self { part: suffix, is_suffix: true, value }
    }

    fn fits(&self, path: &[u8]) -> bool {
        let part = self.part.as_bytes();
        if self.is_suffix { path.ends_with(part) } else { path.starts_with(part) }
    }
}

/// Adds `Cache-Control` to responses that have none and are no refusals, by the first rule that fits the path as it was sent. A
/// response to a path that no rule fits stays as it is.
#[derive(Clone, Copy, Debug)]
pub struct CacheControl(&'static [CacheRule]);

impl CacheControl {
    /// The rules, the first before the others.
    #[must_use]
    pub const fn new(rules: &'static [CacheRule]) -> Self {
        Self(rules)
    }
}

impl Layer for CacheControl {
    fn fields(&self, fields: &mut Fields<'_>) {
        if fields.status().code() >= 400 {
            return;
        }
        let path = fields.request().map_or("", |head| head.uri.path);
        if let Some(rule) = self.0.iter().find(|rule| rule.fits(path.as_bytes())) {
            fields.add_if_absent("Cache-Control", rule.value);
        }
    }
}
