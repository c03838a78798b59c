//! The chunked transfer coding: RFC 9112 section 7.1.

pub(crate) mod chunk;
mod fast;
pub(crate) mod state;
pub(crate) mod trailers;
