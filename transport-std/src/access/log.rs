//! `LogObserver` and `FaultObserver`: write the access log and the faults of exchanges to the crate `log`.

use bantam::Fault;
use log::{Level, LevelFilter, log, log_enabled};

use super::format::LogFormat;
use super::observer::{AccessRecord, Observer, Observes, RejectedConnection};
use super::peer_name::PeerName;
use super::warn_limit::WarnLimit;

/// The target of the access log's records.
const ACCESS_TARGET: &str = "access";

/// Proxies that the operator has not named as trusted.
static UNTRUSTED: WarnLimit = WarnLimit::new();

/// The default observer. Writes to the crate `log`: each response in Common Log Format, target `access`, level info; and what
/// [`FaultObserver`] writes. A rejected connection is a response with an empty request line. The logger must not block: see
/// the documentation of the crate.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogObserver;

impl Observer for LogObserver {
    fn observes(&self) -> Observes {
        if log::max_level() < LevelFilter::Info { FaultObserver.observes() } else { Observes::Responses }
    }

    fn on_response(&self, access: &AccessRecord<'_>) {
        log_response(access);
        FaultObserver.on_response(access);
    }

    fn needs_duration(&self) -> bool {
        false
    }

    fn on_rejected(&self, access: &AccessRecord<'_>, _: RejectedConnection) {
        log_response(access);
    }
}

fn log_response(access: &AccessRecord<'_>) {
    if log_enabled!(target: ACCESS_TARGET, Level::Info) {
        let mut line = Vec::new();
        LogFormat::Common.append(&mut line, access);
        let line = str::from_utf8(&line).unwrap_or_default().trim_end();
        log!(target: ACCESS_TARGET, Level::Info, "{line}");
    }
}

/// Writes the faults of exchanges to the crate `log`, and no line for each response: a page that failed at level error; a
/// request that was refused, and a client that closed early, at level debug; a PROXY protocol header of a client that is not
/// trusted at level warn, five times a minute at most.
#[derive(Clone, Copy, Debug, Default)]
pub struct FaultObserver;

impl Observer for FaultObserver {
    fn observes(&self) -> Observes {
        if log::max_level() == LevelFilter::Off { Observes::Nothing } else { Observes::Faults }
    }

    fn on_response(&self, access: &AccessRecord<'_>) {
        let client = PeerName(access.client);
        match access.record.fault {
            Some(Fault::Misuse(misuse)) => log!(Level::Error, "{client}: a page failed: {misuse}"),
            Some(Fault::Source) => log!(Level::Error, "{client}: the source of a response cannot be read"),
            Some(Fault::Rejection(rejection)) => {
                if is_proxy_header(access.record.head) {
                    UNTRUSTED.warn(format_args!(
                        "{client}: sent a header of the PROXY protocol, and is no proxy that is trusted to: refused"
                    ));
                }
                log!(Level::Debug, "{client}: {rejection}");
            }
            Some(Fault::Stream) => log!(Level::Debug, "{client}: closed the connection during the response"),
            Some(fault) => log!(Level::Error, "{client}: {fault:?}"),
            None => {}
        }
    }

    fn needs_duration(&self) -> bool {
        false
    }
}

/// Returns true for the start of a PROXY protocol header, of version 1, or of version 2 with or without its leading line ends.
fn is_proxy_header(head: &[u8]) -> bool {
    [&b"PROXY "[..], b"\0\r\nQUIT", b"\r\n\r\n\0\r\nQUIT"].iter().any(|start| head.starts_with(start))
}
