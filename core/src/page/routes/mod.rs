//! Routes: entries of the tables that [`routes!`](crate::routes) makes, their patterns, and the routes that led to a page.

mod check;
mod macros;
mod matched;
mod pattern;
mod route;

pub use self::check::check;
pub(super) use self::matched::Matched;
pub(super) use self::pattern::walk;
pub use self::route::Route;
