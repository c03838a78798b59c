//! [`Route`]: an entry of a table of routes.

use crate::method::MethodSet;

/// A pattern and the methods of its page; without methods, the prefix of another site.
#[derive(Debug)]
pub struct Route {
    pub(crate) pattern: &'static str,
    pub(crate) methods: MethodSet,
}

impl Route {
    /// A page. HEAD comes with GET.
    ///
    /// # Panics
    /// When a constant is evaluated: if a name is no method.
    #[must_use]
    pub const fn page(names: &[&str], pattern: &'static str) -> Self {
        Self { pattern, methods: MethodSet::named(names) }
    }

    /// The prefix of another site.
    #[must_use]
    pub const fn mount(pattern: &'static str) -> Self {
        Self { pattern, methods: MethodSet::of(&[]) }
    }

    pub(crate) const fn is_mount(&self) -> bool {
        self.methods.is_empty()
    }
}
