//! `ServerStatus`: what the program knows of the server that it runs.
//!
//! Invariant: a response costs two additions, and nothing is computed but for a viewer.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use bantam_std::{AccessRecord, RejectedConnection, ServerHandle, Tls};

#[cfg(target_os = "linux")]
use super::super::process::resident_kb;
use super::rates::RateHistory;
use super::refusals::RecentRefusals;
use super::snapshot::{Snapshot, Stage};
use super::viewers::Viewers;

/// The server that is reported.
#[derive(Debug)]
struct Served {
    handle: ServerHandle,
    mode: &'static str,
    tls: Option<Tls>,
}

#[derive(Debug)]
pub(crate) struct ServerStatus {
    started: Instant,
    /// All responses are counted, not the refusals alone.
    counts_all: bool,
    /// Responses of the classes 2xx to 5xx.
    classes: [AtomicU64; 4],
    rates: RateHistory,
    refusals: RecentRefusals,
    stopping: AtomicBool,
    served: OnceLock<Served>,
    pub(super) viewers: Viewers,
}

impl ServerStatus {
    /// `counts_all`: [`Self::on_response`] is called for every response, not for those with a fault alone.
    pub(in super::super) fn new(counts_all: bool) -> Self {
        Self {
            started: Instant::now(),
            counts_all,
            classes: Default::default(),
            rates: RateHistory::new(),
            refusals: RecentRefusals::default(),
            stopping: AtomicBool::new(false),
            served: OnceLock::new(),
            viewers: Viewers::default(),
        }
    }

    /// Reports this server, which has started, in the mode of this name.
    pub(crate) fn attach(&self, handle: ServerHandle, mode: &'static str, tls: Option<Tls>) {
        let _ = self.served.set(Served { handle, mode, tls });
    }

    /// Notes that the program stops: /healthz becomes 503, so that a load balancer stops sending requests.
    pub(crate) fn set_stopping(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(in super::super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// The server whose connections are reported; `None` before it has started.
    pub(in super::super) fn server(&self) -> Option<&ServerHandle> {
        self.served.get().map(|served| &served.handle)
    }

    pub(in super::super) fn on_response(&self, access: &AccessRecord<'_>) {
        if self.counts_all {
            let class = usize::from(access.record.status.code() / 100).checked_sub(2);
            if let Some(count) = class.and_then(|class| self.classes.get(class)) {
                count.fetch_add(1, Ordering::Relaxed);
            }
            self.rates.add(&access.date);
        }
        self.refusals.on_response(access);
    }

    pub(in super::super) fn on_rejected(&self, access: &AccessRecord<'_>, why: RejectedConnection) {
        self.refusals.on_rejected(access, why);
    }

    /// Lines of text that fit a screen, for SIGUSR1.
    pub(crate) fn summary(&self) -> String {
        self.snapshot().summary()
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let served = self.served.get();
        let stage = match served {
            _ if self.is_stopping() => Stage::Stopping,
            Some(_) => Stage::Serving,
            None => Stage::Starting,
        };
        #[cfg(target_os = "linux")]
        let memory_kb = Some(resident_kb()).filter(|kb| *kb > 0);
        #[cfg(not(target_os = "linux"))]
        let memory_kb = None;
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Snapshot {
            stage,
            mode: served.map_or("", |served| served.mode),
            workers: served.map_or(0, |served| served.handle.worker_threads()),
            uptime: self.started.elapsed(),
            connections: served.map(|served| served.handle.connections()).unwrap_or_default(),
            max_connections: served.map_or(0, |served| served.handle.max_connections()),
            memory_kb,
            classes: self.counts_all.then(|| self.classes.each_ref().map(count)),
            rates: self.rates.last_minute(),
            certificate_expires: served.and_then(|served| served.tls.as_ref()?.expires()),
            refusals: self.refusals.list(),
        }
    }
}
