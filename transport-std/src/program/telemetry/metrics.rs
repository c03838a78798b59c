//! `Metrics`: counters of responses and connections in the text format of Prometheus.
//!
//! Invariant: no label contains bytes of a request, so that a client cannot add time series.

use std::fmt::Debug;

use bantam::Fault;
use bantam_std::{AccessRecord, ConnectionCounts};
use prometheus::core::Collector;
use prometheus::{
    Encoder as _, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGaugeVec, Opts, Registry,
    TextEncoder,
};

/// The upper bounds of the duration histogram's buckets, in seconds.
const BUCKETS: [f64; 11] = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];

#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    responses: IntCounterVec,
    refusals: IntCounterVec,
    page_failures: IntCounter,
    responses_aborted: IntCounter,
    connections_rejected: IntCounter,
    body_bytes: IntCounter,
    duration: Histogram,
    connections: IntGaugeVec,
}

impl Metrics {
    pub(crate) fn new() -> prometheus::Result<Self> {
        let registry = Registry::new_custom(Some("bantam".into()), None)?;
        let counter = |name, help| register(&registry, IntCounter::new(name, help));
        let counters =
            |name, help, label| register(&registry, IntCounterVec::new(Opts::new(name, help), &[label]));
        let connections = Opts::new(
            "connections",
            "Connections, by state: idle, active with a request, or lingering after the last response.",
        );
        let duration = HistogramOpts::new(
            "request_duration_seconds",
            "Seconds from the first byte of a request to the last byte of its response.",
        );
        Ok(Self {
            responses: counters("requests_total", "Responses, by status.", "status")?,
            refusals: counters("refusals_total", "Requests refused by the server, by reason.", "reason")?,
            page_failures: counter("page_failures_total", "Responses of pages that failed.")?,
            responses_aborted: counter(
                "responses_aborted_total",
                "Responses aborted by the client or by a deadline.",
            )?,
            connections_rejected: counter(
                "connections_rejected_total",
                "Connections beyond --max-connections, answered 503.",
            )?,
            body_bytes: counter("response_body_bytes_total", "Bytes of response bodies sent.")?,
            duration: register(&registry, Histogram::with_opts(duration.buckets(BUCKETS.to_vec())))?,
            connections: register(&registry, IntGaugeVec::new(connections, &["state"]))?,
            registry,
        })
    }

    pub(crate) fn on_response(&self, access: &AccessRecord<'_>) {
        let record = access.record;
        self.responses.with_label_values(&[&record.status.code().to_string()]).inc();
        self.body_bytes.inc_by(record.body_sent);
        self.duration.observe(access.duration.as_secs_f64());
        match record.fault {
            Some(Fault::Rejection(rejection)) => self.refusals.with_label_values(&[&label(&rejection)]).inc(),
            Some(Fault::Misuse(_) | Fault::Source) => self.page_failures.inc(),
            Some(Fault::Stream) => self.responses_aborted.inc(),
            // The response's status has been counted.
            Some(_) | None => {}
        }
    }

    pub(crate) fn on_rejected(&self) {
        self.connections_rejected.inc();
    }

    /// Encodes all metrics in text format 0.0.4.
    pub(crate) fn text(&self, connections: ConnectionCounts) -> String {
        let idle = connections.open.saturating_sub(connections.active);
        let lingering = connections.lingering;
        for (state, count) in [("idle", idle), ("active", connections.active), ("lingering", lingering)] {
            self.connections.with_label_values(&[state]).set(i64::try_from(count).unwrap_or(i64::MAX));
        }
        let mut text = Vec::new();
        // Writing to memory does not fail, and registration has checked the names.
        let _ = TextEncoder::new().encode(&self.registry.gather(), &mut text);
        String::from_utf8_lossy(&text).into_owned()
    }
}

fn register<M: Collector + Clone + 'static>(
    registry: &Registry,
    metric: prometheus::Result<M>,
) -> prometheus::Result<M> {
    let metric = metric?;
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

/// The name of a variant in snake case, without its fields: `BadHost` is `bad_host`.
fn label(variant: &impl Debug) -> String {
    let mut label = String::new();
    for letter in format!("{variant:?}").chars().take_while(char::is_ascii_alphabetic) {
        if letter.is_ascii_uppercase() && !label.is_empty() {
            label.push('_');
        }
        label.push(letter.to_ascii_lowercase());
    }
    label
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bantam::wire::{MethodSet, Status};
    use bantam::{ExchangeRecord, Rejection};

    use super::*;

    #[test]
    fn responses_are_counted_by_status_and_refusals_by_reason() {
        let metrics = Metrics::new().unwrap();
        let fault = Some(Fault::Rejection(Rejection::BadHost));
        for (status, fault) in [(Status::OK, None), (Status::OK, None), (Status::BAD_REQUEST, fault)] {
            let record = ExchangeRecord::new(b"", status, 10, fault);
            let client = "127.0.0.1:5".parse().ok();
            metrics.on_response(&AccessRecord::new(client, [b' '; 29], Duration::from_millis(2), &record));
        }
        metrics.on_rejected();
        let text = metrics.text(ConnectionCounts { open: 5, active: 2, lingering: 1 });
        for line in [
            "bantam_requests_total{status=\"200\"} 2",
            "bantam_requests_total{status=\"400\"} 1",
            "bantam_refusals_total{reason=\"bad_host\"} 1",
            "bantam_response_body_bytes_total 30",
            "bantam_connections_rejected_total 1",
            "bantam_connections{state=\"idle\"} 3",
            "bantam_connections{state=\"active\"} 2",
            "bantam_connections{state=\"lingering\"} 1",
            "bantam_request_duration_seconds_bucket{le=\"0.001\"} 0",
            "bantam_request_duration_seconds_bucket{le=\"0.005\"} 3",
            "bantam_request_duration_seconds_count 3",
            "# TYPE bantam_requests_total counter",
        ] {
            assert!(text.lines().any(|other| other == line), "{line} in {text}");
        }
    }

    #[test]
    fn a_label_has_no_fields() {
        assert_eq!(label(&Rejection::MethodNotAllowed(MethodSet::of(&[]))), "method_not_allowed");
    }
}
