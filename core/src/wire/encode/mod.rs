//! Response heads as bytes: RFC 9112 section 4.

pub(crate) mod byte_buffer;
pub(crate) mod head;
