//! Field lines and the values in them: RFC 9110 sections 5, 8, 12, 13 and 14.

pub(crate) mod date;
pub(crate) mod headers;
pub(crate) mod index;
pub(crate) mod precondition;
pub(crate) mod quality;
pub(crate) mod range;
