//! Message heads: RFC 9112 sections 2 to 6.

pub(crate) mod flags;
pub(crate) mod framing;
pub(crate) mod lines;
pub(crate) mod message;
pub(crate) mod parser;
pub(crate) mod response;
pub(crate) mod response_parser;
pub(crate) mod version;
