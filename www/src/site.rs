//! [`Www`]: the site of the folders `pages/` and `static/`, which the build script makes of them.

use crate::counter::Counter;

/// The site of the folder `www`, with what its pages share.
#[derive(Debug, Default)]
pub struct Www {
    pub(crate) clicks: Counter,
}

impl Www {
    /// A site that has served no request.
    #[must_use]
    pub const fn new() -> Self {
        Self { clicks: Counter::new() }
    }
}

bantam::site!();
