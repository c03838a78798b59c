//! Layers that look at the path of a request before its site does: [`Redirects`] and [`Prefix`].

mod circle;
mod invalid;
mod normal;
mod prefix;
mod redirect;
mod redirects;

pub use self::invalid::InvalidPath;
pub use self::prefix::Prefix;
pub use self::redirect::Redirect;
pub use self::redirects::Redirects;
