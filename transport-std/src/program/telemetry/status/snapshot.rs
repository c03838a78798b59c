//! `Snapshot`: the numbers of a server at one moment, as rows of text, as JSON and as a summary.
//!
//! Invariant: the page, its events and the summary have the same rows.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bantam_std::ConnectionCounts;
use serde_json::{Value, json};

use super::rates::SHOWN;
use super::refusals::RefusalRecord;

/// How many refusals the summary has: it fits a screen of 24 lines.
const SUMMARISED: usize = 5;

/// The stage of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Starting,
    Serving,
    Stopping,
}

impl Stage {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Serving => "serving",
            Self::Stopping => "stopping",
        }
    }
}

/// A row of the page: the key of its element, its label and its value.
pub(super) struct Row {
    pub(super) key: &'static str,
    pub(super) label: &'static str,
    pub(super) value: String,
}

#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) stage: Stage,
    /// Empty before the server has started.
    pub(super) mode: &'static str,
    pub(super) workers: usize,
    pub(super) uptime: Duration,
    pub(super) connections: ConnectionCounts,
    pub(super) max_connections: usize,
    /// `None` where the system does not tell it.
    pub(super) memory_kb: Option<u32>,
    /// Responses of the classes 2xx to 5xx. `None` if only refusals are counted.
    pub(super) classes: Option<[u64; 4]>,
    /// Responses of each second of the last minute.
    pub(super) rates: [u64; SHOWN],
    /// When the first certificate expires; `None` without TLS.
    pub(super) certificate_expires: Option<SystemTime>,
    /// The latest first.
    pub(super) refusals: Vec<RefusalRecord>,
}

impl Snapshot {
    /// The responses of the last whole second.
    fn rate(&self) -> u64 {
        self.rates.last().copied().unwrap_or(0)
    }

    fn idle(&self) -> usize {
        self.connections.open.saturating_sub(self.connections.active)
    }

    /// Whole days until the first certificate expires; negative after it.
    fn certificate_days(&self) -> Option<i64> {
        let expires = self.certificate_expires?;
        let days = |time: Duration| i64::try_from(time.as_secs() / 86_400).unwrap_or(i64::MAX);
        Some(match expires.duration_since(SystemTime::now()) {
            Ok(left) => days(left),
            Err(past) => -days(past.duration()) - 1,
        })
    }

    /// The rows of the page.
    pub(super) fn rows(&self) -> Vec<Row> {
        let row = |key, label, value| Row { key, label, value };
        let counts = &self.connections;
        let mut rows = vec![row("stage", "State", self.stage.name().into())];
        rows.push(row("uptime", "Uptime", duration(self.uptime)));
        if let Some(classes) = &self.classes {
            rows.push(row("rate", "Requests a second", grouped(self.rate())));
            rows.push(row(
                "most",
                "Most in a second",
                grouped(self.rates.iter().copied().max().unwrap_or(0)),
            ));
            rows.push(row("requests", "Requests", grouped(classes.iter().sum())));
            let labels = [
                ("2xx", "Responses 2xx"),
                ("3xx", "Responses 3xx"),
                ("4xx", "Responses 4xx"),
                ("5xx", "Responses 5xx"),
            ];
            rows.extend(
                labels.into_iter().zip(classes).map(|((key, label), count)| row(key, label, grouped(*count))),
            );
        }
        rows.push(row(
            "open",
            "Connections",
            format!("{} of {}", grouped(counts.open as u64), grouped(self.max_connections as u64)),
        ));
        rows.push(row("active", "Active", grouped(counts.active as u64)));
        rows.push(row("idle", "Idle", grouped(self.idle() as u64)));
        rows.push(row("lingering", "Lingering", grouped(counts.lingering as u64)));
        if let Some(kb) = self.memory_kb {
            rows.push(row("memory", "Memory", format!("{}.{} MB", kb / 1024, kb % 1024 * 10 / 1024)));
        }
        rows.push(row("mode", "Mode", self.mode.into()));
        rows.push(row("workers", "Workers", grouped(self.workers as u64)));
        if let Some(days) = self.certificate_days() {
            rows.push(row("certificate", "Certificate", expiry(days)));
        }
        rows.push(row("version", "Version", env!("CARGO_PKG_VERSION").into()));
        rows
    }

    /// The points of the line that the rates are: 59 units wide, with the highest rate at 10 and none at 310.
    pub(super) fn points(&self) -> String {
        let top = self.rates.iter().copied().max().unwrap_or(0).max(4) as f64;
        let point = |(x, rate): (usize, &u64)| format!("{x},{:.0}", 310.0 - 300.0 * *rate as f64 / top);
        self.rates.iter().enumerate().map(point).collect::<Vec<_>>().join(" ")
    }

    /// The cells of a refusal: time in UTC, client, status and reason.
    pub(super) fn cells(refusal: &RefusalRecord) -> [String; 4] {
        let RefusalRecord { at, peer, status, reason, count } = refusal;
        let time = rfc3339(*at).replace('T', " ").replace('Z', "");
        let times = if *count > 1 { format!(" ({count} times)") } else { String::new() };
        let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        [time, peer_name(*peer), status, format!("{reason}{times}")]
    }

    /// The data of an event: what the script of the page writes into its elements.
    pub(super) fn event(&self) -> String {
        let rows: Vec<_> = self.rows().into_iter().map(|row| json!([row.key, row.value])).collect();
        let refusals: Vec<_> = self.refusals.iter().map(|refusal| json!(Self::cells(refusal))).collect();
        json!({ "points": self.points(), "rows": rows, "refusals": refusals }).to_string()
    }

    /// Numbers in base units, for programs.
    pub(super) fn json(&self) -> String {
        let refusal = |refusal: &RefusalRecord| {
            json!({
                "time": rfc3339(refusal.at),
                "client": refusal.peer.map(|peer| peer.to_string()),
                "status": refusal.status,
                "reason": refusal.reason,
                "count": refusal.count,
            })
        };
        let responses = self.classes.map_or(
            Value::Null,
            |[ok, redirects, refused, failed]| json!({ "2xx": ok, "3xx": redirects, "4xx": refused, "5xx": failed }),
        );
        let snapshot = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "state": self.stage.name(),
            "mode": self.mode,
            "workers": self.workers,
            "uptime_seconds": self.uptime.as_secs(),
            "requests_per_second": self.rate(),
            "requests_last_minute": self.rates.to_vec(),
            "responses": responses,
            "connections": {
                "open": self.connections.open,
                "active": self.connections.active,
                "idle": self.idle(),
                "lingering": self.connections.lingering,
                "limit": self.max_connections,
            },
            "resident_memory_bytes": self.memory_kb.map(|kb| u64::from(kb) * 1024),
            "certificate_days_left": self.certificate_days(),
            "refusals": self.refusals.iter().map(refusal).collect::<Vec<_>>(),
        });
        format!("{snapshot}\n")
    }

    /// Lines of text that fit a screen.
    pub(super) fn summary(&self) -> String {
        let mut text = "status:\n".to_owned();
        // Writing to memory does not fail.
        for row in self.rows() {
            let _ = writeln!(text, "  {:<18} {}", row.label, row.value);
        }
        if self.classes.is_none() {
            text.push_str("  Responses are not counted: with --quiet they need --metrics or --access-log.\n");
        }
        for refusal in self.refusals.iter().take(SUMMARISED) {
            let [time, peer, status, reason] = Self::cells(refusal);
            let _ = writeln!(text, "  refused {time} {peer} {status} {reason}");
        }
        text
    }
}

/// RFC 3339 in UTC; empty for a time that it cannot state.
fn rfc3339(time: SystemTime) -> String {
    let mut text = String::new();
    // A clock before 1970 panics there, and one beyond the year 9999 is an error.
    let _ = write!(text, "{}", humantime::format_rfc3339_seconds(time.max(UNIX_EPOCH)));
    text
}

fn peer_name(peer: Option<IpAddr>) -> String {
    peer.map_or_else(|| "unix".to_owned(), |peer| peer.to_string())
}

fn expiry(days: i64) -> String {
    match days {
        ..0 => "has expired".into(),
        0 => "expires within a day".into(),
        1 => "expires in 1 day".into(),
        _ => format!("expires in {days} days"),
    }
}

/// The two largest units of a time.
fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, ..) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

/// A number whose thousands are divided by commas.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot() -> Snapshot {
        let mut rates = [0; SHOWN];
        rates[SHOWN - 1] = 1_234;
        let refusal = RefusalRecord {
            at: UNIX_EPOCH,
            peer: None,
            status: None,
            reason: "The TLS handshake failed.",
            count: 2,
        };
        Snapshot {
            stage: Stage::Serving,
            mode: "loop",
            workers: 2,
            uptime: Duration::from_secs(93_784),
            connections: ConnectionCounts { open: 5, active: 2, lingering: 1 },
            max_connections: 16_384,
            memory_kb: Some(12_595),
            classes: Some([1_000_000, 20, 3, 0]),
            rates,
            certificate_expires: Some(SystemTime::now() + Duration::from_secs(2 * 86_400 + 60)),
            refusals: vec![refusal; 20],
        }
    }

    #[test]
    fn the_summary_fits_a_screen_and_has_the_numbers() {
        let summary = snapshot().summary();
        assert!(summary.lines().count() <= 24, "{summary}");
        for line in [
            "  State              serving",
            "  Uptime             1 d 2 h",
            "  Requests a second  1,234",
            "  Requests           1,000,023",
            "  Connections        5 of 16,384",
            "  Idle               3",
            "  Memory             12.2 MB",
            "  Certificate        expires in 2 days",
            "  refused 1970-01-01 00:00:00 unix none The TLS handshake failed. (2 times)",
        ] {
            assert!(summary.lines().any(|other| other == line), "{line:?} in {summary}");
        }
        let quiet = Snapshot { classes: None, ..snapshot() }.summary();
        assert!(quiet.contains("not counted") && !quiet.contains("2xx"), "{quiet}");
    }

    #[test]
    fn a_certificate_that_has_expired_is_said() {
        for (seconds, days, text) in
            [(-1, -1, "has expired"), (3_600, 0, "expires within a day"), (90_000, 1, "expires in 1 day")]
        {
            let time = Duration::from_secs(i64::unsigned_abs(seconds));
            let now = SystemTime::now();
            let expires = if seconds < 0 { now - time } else { now + time };
            let days_left = Snapshot { certificate_expires: Some(expires), ..snapshot() }.certificate_days();
            assert_eq!((days_left, expiry(days)), (Some(days), text.to_owned()));
        }
    }

    #[test]
    fn a_clock_that_is_wrong_is_no_panic() {
        let century = Duration::from_secs(3_155_760_000);
        assert_eq!(rfc3339(UNIX_EPOCH - century), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(UNIX_EPOCH + 100 * century), "");
    }

    #[test]
    fn times_have_two_units_and_numbers_their_commas() {
        for (seconds, text) in
            [(0, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (3_660, "1 h 1 min"), (90_000, "1 d 1 h")]
        {
            assert_eq!(duration(Duration::from_secs(seconds)), text);
        }
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }
}
