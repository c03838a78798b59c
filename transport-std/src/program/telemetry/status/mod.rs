//! The status of the server that the program runs, for the page /-/status and for SIGUSR1.
//!
//! * [`server`]: `ServerStatus`, the counters; [`rates`]: responses of each second; [`refusals`]: the latest refusals.
//! * [`snapshot`]: the numbers at one moment, as text and as JSON.
//! * [`page`]: the page and its events; [`viewers`]: the limit of these.

mod page;
mod rates;
mod refusals;
mod server;
mod snapshot;
mod viewers;

pub(super) use self::page::{events, page};
pub(crate) use self::server::ServerStatus;
