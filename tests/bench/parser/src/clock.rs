//! Compares processor times of two functions.
//!
//! Invariant: a time is compared with one taken directly before and one directly after it: ratios are stable on a busy machine.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

use crate::contenders::Work;

/// The time of one measurement.
const SAMPLE: Duration = Duration::from_micros(300);
/// The number of measurements, for the median.
const ROUNDS: usize = 151;

/// The median ratio of the times of `ours` and `theirs`.
pub fn ratio(ours: &Work, theirs: &Work) -> nix::Result<f64> {
    let once = measure(theirs, 100)? / 100;
    let times = (SAMPLE.as_nanos() / once.as_nanos().max(1)).max(1) as u32;
    let mut ratios = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let (before, between, after) =
            (measure(theirs, times)?, measure(ours, times)?, measure(theirs, times)?);
        ratios.push(2.0 * between.as_secs_f64() / (before + after).as_secs_f64());
    }
    ratios.sort_by(f64::total_cmp);
    Ok(ratios[ROUNDS / 2])
}

/// The processor time of this thread for the work.
fn measure(work: &Work, times: u32) -> nix::Result<Duration> {
    let begin = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?;
    for _ in 0..times {
        work();
    }
    let end = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?;
    Ok(Duration::from(end) - Duration::from(begin))
}
