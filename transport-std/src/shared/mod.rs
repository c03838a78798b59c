//! Policies of a server that every mode shares.

pub(crate) mod accept;
pub(crate) mod acceptor;
pub(crate) mod config;
pub(crate) mod context;
pub(crate) mod date;
pub(crate) mod deadline;
pub(crate) mod exchange_log;
pub(crate) mod guard;
pub(crate) mod guarded_observer;
pub(crate) mod late_writes;
mod linger_count;
mod linger_loop;
mod linger_timer;
pub(crate) mod lingerer;
pub(crate) mod proxy_header;
mod refusal;
pub(crate) mod reject;
pub(crate) mod rejection_log;
pub(crate) mod serve;
pub(crate) mod spawn;
pub(crate) mod state;
pub(crate) mod sync;
