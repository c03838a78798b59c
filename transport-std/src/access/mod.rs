//! The access log: the observer of a server, and the formats of a record.

pub(crate) mod client_key;
pub(crate) mod format;
pub(crate) mod json;
pub(crate) mod log;
pub(crate) mod observer;
pub(crate) mod peer_name;
mod text;
pub(crate) mod warn_limit;
