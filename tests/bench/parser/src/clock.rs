//! Law: a time is only ever compared with one taken just before and just after it, of the same thread's work: on a busy machine
//! ratios hold where times do not.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

use crate::contenders::Work;

/// How long each measurement of a contender takes.
const PIECE: Duration = Duration::from_micros(300);
/// How many measurements the median is of.
const ROUNDS: usize = 151;

/// What `ours` takes of the time that `theirs` takes: the median of many, each of ours between two of theirs.
pub fn ratio(ours: &Work, theirs: &Work) -> nix::Result<f64> {
    let once = took(theirs, 100)? / 100;
    let times = (PIECE.as_nanos() / once.as_nanos().max(1)).max(1) as u32;
    let mut ratios = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let (before, between, after) = (took(theirs, times)?, took(ours, times)?, took(theirs, times)?);
        ratios.push(2.0 * between.as_secs_f64() / (before + after).as_secs_f64());
    }
    ratios.sort_by(f64::total_cmp);
    Ok(ratios[ROUNDS / 2])
}

/// How long this thread works for that.
fn took(work: &Work, times: u32) -> nix::Result<Duration> {
    let begin = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?;
    for _ in 0..times {
        work();
    }
    let end = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?;
    Ok(Duration::from(end) - Duration::from(begin))
}
