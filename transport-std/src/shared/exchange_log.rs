//! `ExchangeLog`: the access records of one connection.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bantam::ExchangeRecord;

use crate::access::observer::{AccessRecord, Observer, Observes, TlsVersion};

/// The client of a connection, when its current request has begun, and whether the observer is told of its response.
pub(crate) struct ExchangeLog {
    pub(crate) client: Option<SocketAddr>,
    tls: Option<TlsVersion>,
    observes: Observes,
    started: Option<Instant>,
}

impl ExchangeLog {
    pub(crate) const fn new(client: Option<SocketAddr>, tls: Option<TlsVersion>) -> Self {
        Self { client, tls, observes: Observes::Responses, started: None }
    }

    /// Begins a request; reads the clock only if the observer needs it.
    pub(crate) fn start(&mut self, observer: &dyn Observer, now: impl FnOnce() -> Instant) {
        self.observes = observer.observes();
        let is_measured = self.observes != Observes::Nothing && observer.needs_duration();
        self.started = is_measured.then(now);
    }

    /// Reports a response to the observer, if it observes it.
    pub(crate) fn record(
        &self,
        observer: &dyn Observer,
        date: impl FnOnce() -> [u8; 29],
        record: &ExchangeRecord<'_>,
    ) {
        if self.observes.includes(record) {
            let duration = self.started.map_or(Duration::ZERO, |started| started.elapsed());
            let mut access = AccessRecord::new(self.client, date(), duration, record);
            access.tls = self.tls;
            observer.on_response(&access);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use bantam::wire::Status;
    use bantam::{Fault, Misuse};

    use super::*;

    struct Counted {
        observes: Observes,
        responses: AtomicUsize,
        questions: AtomicUsize,
    }

    impl Observer for Counted {
        fn observes(&self) -> Observes {
            self.observes
        }

        fn on_response(&self, _: &AccessRecord<'_>) {
            self.responses.fetch_add(1, Ordering::Relaxed);
        }

        fn needs_duration(&self) -> bool {
            self.questions.fetch_add(1, Ordering::Relaxed);
            true
        }
    }

    #[test]
    fn a_response_that_is_not_observed_is_neither_timed_nor_dated_nor_reported() {
        for (observes, reported, is_timed) in [
            (Observes::Nothing, [false, false], false),
            (Observes::Faults, [false, true], true),
            (Observes::Responses, [true, true], true),
        ] {
            let counted =
                Counted { observes, responses: AtomicUsize::new(0), questions: AtomicUsize::new(0) };
            for (fault, is_reported) in
                [None, Some(Fault::Misuse(Misuse::BadHeader))].into_iter().zip(reported)
            {
                let (mut log, mut dated) = (ExchangeLog::new(None, None), false);
                let before = counted.responses.load(Ordering::Relaxed);
                log.start(&counted, Instant::now);
                let date = || {
                    dated = true;
                    [b' '; 29]
                };
                log.record(&counted, date, &ExchangeRecord::new(b"", Status::OK, 0, fault));
                let reports = counted.responses.load(Ordering::Relaxed) - before;
                assert_eq!((reports == 1, dated), (is_reported, is_reported), "{observes:?} {fault:?}");
            }
            assert_eq!(counted.questions.load(Ordering::Relaxed) > 0, is_timed, "{observes:?}");
        }
    }
}
