//! `Metrics`: counters of responses and connections in the text format of Prometheus.
//!
//! Invariant: no label contains bytes of a request, so that a client cannot add time series.

use std::fmt::Debug;

use bantam::wire::Status;
use bantam::{Fault, Rejection};
use bantam_std::{AccessRecord, ConnectionCounts, RejectedConnection, TlsVersion};
use prometheus::core::Collector;
use prometheus::{
    Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGaugeVec, Opts, Registry, TextEncoder,
};

#[cfg(target_os = "linux")]
use super::process;
use super::sink::Sink;

/// The upper bounds of the duration histogram's buckets, in seconds.
const BUCKETS: [f64; 11] = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];

/// The codes of final responses.
const STATUSES: std::ops::Range<u16> = 200..600;
/// The refusals that are no [`Rejection`] of a request.
const LIMIT: &str = "connection_limit";
const CLIENT_LIMIT: &str = "client_connection_limit";
const PROXY_HEADER: &str = "proxy_header";
const TLS: &str = "tls";
const PLAIN_HTTP: &str = "plain_http";
const HANDSHAKE: &str = "tls_handshake";
/// Every reason of a refusal: the variants of [`Rejection`], and the others.
const REASONS: [&str; 32] = [
    "bad_start_line",
    "bad_target",
    "bad_version",
    "version_not_supported",
    "bad_field",
    "bad_host",
    "bad_content_length",
    "bad_transfer_encoding",
    "ambiguous_length",
    "unknown_transfer_coding",
    "bad_chunk",
    "chunk_overhead",
    "truncated",
    "bad_input",
    "no_route",
    "not_found",
    "method_not_allowed",
    "refused",
    "timeout",
    "content_too_large",
    "uri_too_long",
    "expectation_failed",
    "misdirected",
    "head_too_large",
    "not_implemented",
    "busy",
    LIMIT,
    CLIENT_LIMIT,
    PROXY_HEADER,
    TLS,
    PLAIN_HTTP,
    HANDSHAKE,
];

#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    /// By status, from the first of [`STATUSES`] on; the codes of RFC 9110 and a few others.
    responses: Vec<Option<IntCounter>>,
    responses_other: IntCounterVec,
    refusals: IntCounterVec,
    page_failures: IntCounter,
    responses_aborted: IntCounter,
    connections_rejected: IntCounter,
    body_bytes: IntCounter,
    /// Over TLS 1.2 and 1.3.
    tls_responses: [IntCounter; 2],
    duration: Histogram,
    connections: IntGaugeVec,
    log_lines_lost: Vec<(IntCounter, Sink)>,
}

impl Metrics {
    /// `sinks` are the outputs of the logs, by their label.
    pub(crate) fn new(sinks: &[(&str, Sink)]) -> prometheus::Result<Self> {
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
        let responses = counters("requests_total", "Responses, by status.", "status")?;
        let refusals = counters(
            "refusals_total",
            "Requests and connections refused by the server, by reason.",
            "reason",
        )?;
        let lost = counters(
            "log_lines_lost_total",
            "Lines of a log that were not written in time, by output.",
            "sink",
        )?;
        let tls = counters("tls_requests_total", "Responses over TLS, by its version.", "version")?;
        // A series that appears with its first increment has no increase: each one begins at 0.
        REASONS.iter().for_each(|reason| drop(refusals.with_label_values(&[reason])));
        let is_registered = |code| Status::new(code).is_some_and(|status| !status.reason().is_empty());
        let by_status =
            |code: u16| is_registered(code).then(|| responses.with_label_values(&[&code.to_string()]));
        Ok(Self {
            responses: STATUSES.map(by_status).collect(),
            responses_other: responses,
            refusals,
            page_failures: counter("page_failures_total", "Responses of pages that failed.")?,
            responses_aborted: counter(
                "responses_aborted_total",
                "Responses aborted by the client or by a deadline.",
            )?,
            connections_rejected: counter(
                "connections_rejected_total",
                "Connections beyond --max-connections, answered 503.",
            )?,
            tls_responses: [TlsVersion::V1_2, TlsVersion::V1_3]
                .map(|version| tls.with_label_values(&[version.number()])),
            body_bytes: counter("response_body_bytes_total", "Bytes of response bodies sent.")?,
            duration: register(&registry, Histogram::with_opts(duration.buckets(BUCKETS.to_vec())))?,
            connections: register(&registry, IntGaugeVec::new(connections, &["state"]))?,
            log_lines_lost: sinks
                .iter()
                .map(|(label, sink)| (lost.with_label_values(&[label]), sink.clone()))
                .collect(),
            registry,
        })
    }

    pub(crate) fn on_response(&self, access: &AccessRecord<'_>) {
        let (record, code) = (access.record, access.record.status.code());
        let index = usize::from(code).checked_sub(usize::from(STATUSES.start));
        match index.and_then(|index| self.responses.get(index)) {
            Some(Some(counter)) => counter.inc(),
            _ => self.responses_other.with_label_values(&[&code.to_string()]).inc(),
        }
        let [old, new] = &self.tls_responses;
        match access.tls {
            Some(TlsVersion::V1_2) => old.inc(),
            Some(_) => new.inc(),
            None => {}
        }
        self.body_bytes.inc_by(record.body_sent);
        self.duration.observe(access.duration.as_secs_f64());
        match record.fault {
            // A TLS record of type handshake, version 3.x: a browser that was told https.
            Some(Fault::Rejection(Rejection::BadStartLine)) if record.head.starts_with(b"\x16\x03") => {
                self.count_refusal(TLS);
            }
            Some(Fault::Rejection(rejection)) => self.count_refusal(&label(&rejection)),
            Some(Fault::Misuse(_) | Fault::Source) => self.page_failures.inc(),
            Some(Fault::Stream) => self.responses_aborted.inc(),
            // The response's status has been counted.
            Some(_) | None => {}
        }
    }

    pub(crate) fn on_rejected(&self, why: RejectedConnection) {
        match why {
            RejectedConnection::Limit => {
                self.connections_rejected.inc();
                self.count_refusal(LIMIT);
            }
            RejectedConnection::ClientLimit => self.count_refusal(CLIENT_LIMIT),
            RejectedConnection::ProxyHeader => self.count_refusal(PROXY_HEADER),
            RejectedConnection::PlainHttp => self.count_refusal(PLAIN_HTTP),
            RejectedConnection::Handshake => self.count_refusal(HANDSHAKE),
            other => self.count_refusal(&label(&other)),
        }
    }

    fn count_refusal(&self, reason: &str) {
        self.refusals.with_label_values(&[reason]).inc();
    }

    /// Encodes all metrics, with those of the process, in text format 0.0.4.
    pub(crate) fn text(&self, connections: ConnectionCounts) -> String {
        let idle = connections.open.saturating_sub(connections.active);
        let lingering = connections.lingering;
        for (state, count) in [("idle", idle), ("active", connections.active), ("lingering", lingering)] {
            self.connections.with_label_values(&[state]).set(i64::try_from(count).unwrap_or(i64::MAX));
        }
        for (counter, sink) in &self.log_lines_lost {
            counter.inc_by(sink.lost().saturating_sub(counter.get()));
        }
        // Writing to memory does not fail, and registration has checked the names.
        let mut text = String::new();
        let _ = TextEncoder::new().encode_utf8(&self.registry.gather(), &mut text);
        #[cfg(target_os = "linux")]
        process::append(&mut text);
        text
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

    fn lines(metrics: &Metrics) -> Vec<String> {
        metrics
            .text(ConnectionCounts { open: 5, active: 2, lingering: 1 })
            .lines()
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn responses_are_counted_by_status_and_refusals_by_reason() {
        let metrics = Metrics::new(&[]).unwrap();
        let (host, line) = (Fault::Rejection(Rejection::BadHost), Fault::Rejection(Rejection::BadStartLine));
        for (head, status, fault) in [
            (&b""[..], Status::OK, None),
            (b"", Status::OK, None),
            (b"", Status::BAD_REQUEST, Some(host)),
            (b"\x16\x03\x01\x02", Status::BAD_REQUEST, Some(line)),
            (b"\x16", Status::BAD_REQUEST, Some(line)),
            (b"", Status::new(299).unwrap(), None),
        ] {
            let record = ExchangeRecord::new(head, status, 10, fault);
            let client = "127.0.0.1:5".parse().ok();
            metrics.on_response(&AccessRecord::new(client, [b' '; 29], Duration::from_millis(2), &record));
        }
        metrics.on_rejected(RejectedConnection::Limit);
        metrics.on_rejected(RejectedConnection::ProxyHeader);
        let text = lines(&metrics);
        for line in [
            "bantam_requests_total{status=\"200\"} 2",
            "bantam_requests_total{status=\"400\"} 3",
            "bantam_requests_total{status=\"299\"} 1",
            "bantam_refusals_total{reason=\"bad_host\"} 1",
            "bantam_refusals_total{reason=\"tls\"} 1",
            "bantam_refusals_total{reason=\"bad_start_line\"} 1",
            "bantam_refusals_total{reason=\"connection_limit\"} 1",
            "bantam_refusals_total{reason=\"proxy_header\"} 1",
            "bantam_response_body_bytes_total 60",
            "bantam_connections_rejected_total 1",
            "bantam_connections{state=\"idle\"} 3",
            "bantam_connections{state=\"active\"} 2",
            "bantam_connections{state=\"lingering\"} 1",
            "bantam_request_duration_seconds_bucket{le=\"0.001\"} 0",
            "bantam_request_duration_seconds_bucket{le=\"0.005\"} 6",
            "bantam_request_duration_seconds_count 6",
            "# TYPE bantam_requests_total counter",
        ] {
            assert!(text.iter().any(|other| other == line), "{line} in {text:#?}");
        }
    }

    #[test]
    fn every_reason_of_a_refusal_has_a_series_from_the_start() {
        // The variants of the enum: it has no list of them.
        let source = include_str!("../../../../core/src/error.rs");
        let rejection = source.split_once("pub enum Rejection {").unwrap().1.split_once("\n    }").unwrap().0;
        let variants =
            rejection.lines().filter_map(|line| line.trim().split_once(" = \"")?.0.split('(').next());
        let text = lines(&Metrics::new(&[]).unwrap());
        let mut count = 0;
        for variant in variants {
            let series =
                format!("bantam_refusals_total{{reason=\"{}\"}} 0", label(&format_args!("{variant}")));
            assert!(text.contains(&series), "{series}");
            count += 1;
        }
        assert!(count >= 24, "{count} variants");
    }

    #[test]
    fn a_label_has_no_fields() {
        assert_eq!(label(&Rejection::MethodNotAllowed(MethodSet::of(&[]))), "method_not_allowed");
    }
}
