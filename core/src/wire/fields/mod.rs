//! Field lines and the values in them: RFC 9110 sections 5, 8, 11, 12, 13 and 14, and RFC 6265.

pub(crate) mod authorization;
mod base64;
pub(crate) mod content_disposition;
pub(crate) mod cookie;
pub(crate) mod date;
pub(crate) mod headers;
pub(crate) mod index;
pub(crate) mod precondition;
pub(crate) mod quality;
pub(crate) mod range;
pub(crate) mod ranges;
pub(crate) mod set_cookie;
mod sketch;
