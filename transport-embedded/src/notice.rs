//! Law: what is noticed is said once, with the peer and the reason, to whoever listens (features `log` and `defmt`); where
//! nobody does it costs nothing.

use core::fmt::Display;

use bantam::{ExchangeRecord, Fault};

/// Says something at a level of `log` and `defmt`. What is named in it is not even asked for where nobody listens.
macro_rules! notice {
    ($level:ident, $text:literal $(, $part:expr)* $(,)?) => {{
        #[cfg(feature = "log")]
        log::$level!($text $(, $part)*);
        #[cfg(feature = "defmt")]
        defmt::$level!($text $(, defmt::Display2Format(&$part))*);
        #[cfg(not(any(feature = "log", feature = "defmt")))]
        let _ = || { $(let _ = &$part;)* };
    }};
}
#[cfg(any(feature = "smoltcp", feature = "embassy-net"))]
pub(crate) use notice;

/// An answer has been made: was it a refusal, or the page's failure?
pub(crate) fn log_response(peer: impl Display, record: &ExchangeRecord<'_>) {
    let status = record.status.code();
    match record.fault {
        Some(Fault::Rejection(rejection)) => {
            notice!(info, "{}: refused with {}: {}", peer, status, rejection.reason());
        }
        Some(Fault::Misuse(misuse)) => {
            notice!(warn, "{}: {}, because of the page: {}", peer, status, misuse.reason());
        }
        Some(Fault::Source) => {
            notice!(warn, "{}: {}: the source of the response cannot be read", peer, status)
        }
        // The transport logs why a connection was dropped.
        Some(_) => {}
        None => notice!(trace, "{}: answered with {}", peer, status),
    }
}
