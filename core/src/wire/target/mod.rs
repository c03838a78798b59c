//! Request targets: RFC 9112 section 3.2, RFC 3986.

pub(crate) mod ip_literal;
pub(crate) mod percent;
pub(crate) mod query;
pub(crate) mod uri;
