//! Law: whoever watches a server is told of every answer and of everybody who was not let in, and changes nothing.

use std::net::SocketAddr;
use std::time::Duration;

use bantam::{ExchangeRecord, Fault};
use log::{Level, log, log_enabled};

use crate::access::format::LogLine;
use crate::access::peer_name::PeerName;

/// The target of the access log's records, one for every answer at [`Level::Info`].
const ACCESS: &str = "access";

/// An answer that has been given, as far as it ever will be.
#[derive(Clone, Copy, Debug)]
pub struct AccessRecord<'a> {
    /// Whom it was for; `None` for one who came through a socket's file.
    pub client: Option<SocketAddr>,
    /// The time of day, an IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT`.
    pub date: [u8; 29],
    /// From the first byte of the request until the answer was handed to the system.
    pub duration: Duration,
    /// The request and the answer.
    pub record: &'a ExchangeRecord<'a>,
}

/// Who is told what a server does. It is called by those who serve, which wait for it meanwhile: it should be quick.
pub trait Observer: Send + Sync {
    /// An answer has been given.
    fn on_response(&self, answer: &AccessRecord<'_>);

    /// Is it worth looking at the clock for [`AccessRecord::duration`]? It is zero otherwise. Default: yes.
    fn needs_duration(&self) -> bool {
        true
    }

    /// A connection more than the server takes was answered 503. Default: that is not worth a word.
    fn on_rejected(&self) {}
}

/// What a server has unless it is given another: writes every answer in Common Log Format for the crate `log`, target `access`,
/// level info; pages that failed at level error, what clients did wrong at level debug.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogObserver;

impl Observer for LogObserver {
    fn needs_duration(&self) -> bool {
        false
    }

    fn on_response(&self, answer: &AccessRecord<'_>) {
        if log_enabled!(target: ACCESS, Level::Info) {
            log!(target: ACCESS, Level::Info, "{}", LogLine(answer));
        }
        let client = PeerName(answer.client);
        match answer.record.fault {
            Some(Fault::Misuse(misuse)) => log!(Level::Error, "{client}: a page failed: {misuse}"),
            Some(Fault::Source) => log!(Level::Error, "{client}: the source of a response cannot be read"),
            Some(Fault::Rejection(rejection)) => log!(Level::Debug, "{client}: {rejection}"),
            Some(Fault::Stream) => log!(Level::Debug, "{client}: went away during the answer"),
            Some(fault) => log!(Level::Error, "{client}: {fault:?}"),
            None => {}
        }
    }
}
