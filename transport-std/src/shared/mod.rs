//! Policies of a server that every mode shares.

pub(crate) mod accept;
pub(crate) mod acceptor;
mod clients;
pub(crate) mod config;
pub(crate) mod context;
pub(crate) mod date;
pub(crate) mod deadline;
pub(crate) mod exchange_log;
pub(crate) mod guard;
pub(crate) mod guarded_observer;
pub(crate) mod handshake;
mod heap_reserve;
pub(crate) mod late_writes;
pub(crate) mod limits;
mod linger_count;
mod linger_loop;
mod linger_timer;
pub(crate) mod lingerer;
pub(crate) mod pacer;
pub(crate) mod proxy_header;
mod refusal;
pub(crate) mod reject;
pub(crate) mod rejection_log;
pub(crate) mod serve;
pub(crate) mod spawn;
pub(crate) mod state;
pub(crate) mod sync;
