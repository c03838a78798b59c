//! The access log: the observer of a server, and the formats of a record.

pub(crate) mod format;
pub(crate) mod log;
pub(crate) mod observer;
pub(crate) mod peer_name;
pub(crate) mod warn_limit;
