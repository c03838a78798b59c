//! Response heads and chunks as bytes: RFC 9112 sections 4 and 7.1.

pub(crate) mod chunk;
pub(crate) mod head;
