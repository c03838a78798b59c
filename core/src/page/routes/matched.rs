//! [`Matched`]: the routes that led to a page, from the outermost site to the innermost.

use super::pattern::walk;
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

    /// What of `path` is behind the routes, and what the parameter `name` stands for: that of the innermost route that has it.
    pub(crate) fn walk<'p>(&self, path: &'p str, name: &str) -> (&'p [u8], Option<&'p [u8]>) {
        let (mut rest, mut found) = (path.as_bytes(), None);
        for route in &self.0 {
            let Some(route) = route else { break };
            let Some((behind, value)) = walk(route.pattern.as_bytes(), rest, name.as_bytes()) else { break };
            found = value.or(found);
            rest = if behind.is_empty() { b"/" } else { behind };
        }
        (rest, found)
    }
}
