//! [`Matched`]: the routes that led to a page, from the outermost site to the innermost.

use super::pattern::{value, walk};
use super::route::Route;

/// Sites mounted below each other, at most, with the route of the page itself.
const DEPTH: usize = 4;

/// The routes that led to a page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matched([Option<&'static Route>; DEPTH]);

impl Matched {
    pub(crate) const NONE: Self = Self([None; DEPTH]);

    /// Appends a route; returns false if there are too many.
    pub(crate) fn push(&mut self, route: &'static Route) -> bool {
        let free = self.0.iter_mut().find(|place| place.is_none());
        free.map(|place| *place = Some(route)).is_some()
    }

    /// How many routes there are.
    pub(crate) fn depth(&self) -> usize {
        self.0.iter().take_while(|place| place.is_some()).count()
    }

    /// Drops the routes behind the first `depth`.
    pub(crate) fn truncate(&mut self, depth: usize) {
        self.0.iter_mut().skip(depth).for_each(|place| *place = None);
    }

    /// What of `path` is behind the routes.
    pub(crate) fn rest<'p>(&self, path: &'p str) -> &'p [u8] {
        self.each(path, |_, _| {})
    }

    /// What the parameter `name` stands for: that of the innermost route that has it.
    pub(crate) fn value<'p>(&self, path: &'p str, name: &str) -> Option<&'p [u8]> {
        let mut found = None;
        self.each(path, |pattern, path| found = value(pattern, path, name.as_bytes()).or(found));
        found
    }

    /// Calls `visit` with the pattern of each route and the path before it. Returns what is behind the last.
    fn each<'p>(&self, path: &'p str, mut visit: impl FnMut(&[u8], &'p [u8])) -> &'p [u8] {
        let mut rest = path.as_bytes();
        for route in self.0.iter().flatten() {
            let pattern = route.pattern.as_bytes();
            visit(pattern, rest);
            rest = match walk(pattern, rest) {
                None => break,
                Some([]) => b"/",
                Some(behind) => behind,
            };
        }
        rest
    }
}
