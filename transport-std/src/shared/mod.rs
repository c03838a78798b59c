//! What the three modes share: each policy of a server, once.

pub(crate) mod accept;
pub(crate) mod date;
pub(crate) mod reject;
pub(crate) mod serve;
pub(crate) mod state;
