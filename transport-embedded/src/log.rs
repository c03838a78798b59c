//! Log events of the transports, for the crates `log` and `defmt`.
//! Invariant: without the features `log` and `defmt` an event evaluates none of its arguments.

use core::fmt::Display;
#[cfg(any(feature = "smoltcp", feature = "embassy-net"))]
use core::net::SocketAddr;

use bantam::{ExchangeRecord, Fault};

/// Logs at a level of `log` and `defmt`.
macro_rules! event {
    ($level:ident, $text:literal $(, $part:expr)* $(,)?) => {{
        #[cfg(feature = "log")]
        ::log::$level!($text $(, $part)*);
        #[cfg(feature = "defmt")]
        ::defmt::$level!($text $(, ::defmt::Display2Format(&$part))*);
        #[cfg(not(any(feature = "log", feature = "defmt")))]
        let _ = || { $(let _ = &$part;)* };
    }};
}
#[cfg(any(feature = "smoltcp", feature = "embassy-net"))]
pub(crate) use event;

/// Returns a peer's address for the log, 0.0.0.0:0 if the socket has no peer.
#[cfg(any(feature = "smoltcp", feature = "embassy-net"))]
pub(crate) fn peer(endpoint: Option<impl Into<SocketAddr>>) -> SocketAddr {
    endpoint.map_or(SocketAddr::from(([0, 0, 0, 0], 0)), Into::into)
}

/// Logs a response: a rejection at `info`, an error of the page at `warn`, any other at `trace`.
pub(crate) fn log_response<P: Display>(peer: impl Fn() -> P, record: &ExchangeRecord<'_>) {
    let status = record.status.code();
    match record.fault {
        Some(Fault::Rejection(rejection)) => {
            event!(info, "{}: refused with {}: {}", peer(), status, rejection.reason());
        }
        Some(Fault::Misuse(misuse)) => {
            event!(warn, "{}: {}, because of the page: {}", peer(), status, misuse.reason());
        }
        Some(Fault::Source) => {
            event!(warn, "{}: {}: the source of the response cannot be read", peer(), status);
        }
        // The caller of `serve` gets the error of the stream and logs it.
        Some(_) => {}
        None => event!(trace, "{}: answered with {}", peer(), status),
    }
}
