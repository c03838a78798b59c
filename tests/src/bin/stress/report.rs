//! The table of results, and the statistics of a row.

use std::fmt;
use std::time::Duration;

/// The rows so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<(String, bool)>,
}

impl Report {
    pub(crate) fn row(&mut self, attack: &str, expected: &str, measured: &str, ok: bool) {
        let verdict = if ok { "yes" } else { "NO" };
        let row = format!("| {attack} | {expected} | {measured} | {verdict} |");
        // The table is printed at the end only.
        eprintln!("   {row}");
        self.rows.push((row, ok));
    }

    pub(crate) fn all_passed(&self) -> bool {
        self.rows.iter().all(|(_, ok)| *ok)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| attack | what was expected | what was measured | ok |\n|---|---|---|---|")?;
        self.rows.iter().try_for_each(|(row, _)| writeln!(f, "{row}"))
    }
}

/// The percentile by nearest rank; zero without times.
pub(crate) fn percentile(times: &[Duration], percent: usize) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

/// Milliseconds with two digits after the point.
pub(crate) fn ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}

/// Seconds with two digits after the point.
pub(crate) fn s(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}
