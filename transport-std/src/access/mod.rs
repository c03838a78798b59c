//! The access log: what an observer is told, and how a line of it reads.

pub(crate) mod format;
pub(crate) mod observer;
pub(crate) mod peer_name;
