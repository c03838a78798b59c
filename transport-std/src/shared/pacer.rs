//! `Pacer`: how many bytes a connection may write now, and how long it waits before the next ones.
//! Invariant: in any time it writes at most the bytes of its rate, those of `CREDIT` and one piece; and the phases of the connection
//! lose no time by its waits.

use std::num::NonZeroU64;
use std::time::Duration;

use bantam::MAX_WRITE;

/// How many pieces a second has, if they are neither longer than [`MAX_WRITE`] nor shorter than [`MIN_PIECE`].
const PIECES: u64 = 8;
/// The shortest piece, in bytes: less would be mostly heads of packets.
const MIN_PIECE: u64 = 512;
/// How late a timer may be without a loss of rate.
const CREDIT: Duration = Duration::from_millis(20);

/// The pace of one connection. It has no clock: a moment is the time since any fixed one. A rate is in bytes a second; with `None`
/// nothing waits.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pacer {
    /// When the next piece may be written.
    due: Duration,
    waiting_since: Option<Duration>,
    /// How long writes have waited in all.
    waited: Duration,
}

impl Pacer {
    /// A pace that begins now, without credit: for a connection that has had another before.
    pub(crate) const fn starting_at(now: Duration) -> Self {
        Self { due: now, waiting_since: None, waited: Duration::ZERO }
    }

    /// How many bytes may be written now.
    ///
    /// # Errors
    /// How long to wait, if none may.
    #[inline]
    pub(crate) fn poll(
        &mut self,
        rate: Option<NonZeroU64>,
        now: impl FnOnce() -> Duration,
    ) -> Result<usize, Duration> {
        match rate {
            None => Ok(usize::MAX),
            Some(rate) => self.poll_rate(rate, now()),
        }
    }

    #[cold]
    fn poll_rate(&mut self, rate: NonZeroU64, now: Duration) -> Result<usize, Duration> {
        let wait = self.due.saturating_sub(now);
        if !wait.is_zero() {
            self.waiting_since.get_or_insert(now);
            return Err(wait);
        }
        if let Some(since) = self.waiting_since.take() {
            self.waited += self.due.saturating_sub(since);
        }
        let piece = (rate.get() / PIECES).clamp(MIN_PIECE, MAX_WRITE as u64);
        Ok(usize::try_from(piece).unwrap_or(MAX_WRITE))
    }

    /// Counts bytes that are written.
    #[inline]
    pub(crate) fn charge(&mut self, rate: Option<NonZeroU64>, now: impl FnOnce() -> Duration, count: usize) {
        if let Some(rate) = rate {
            let nanos = (count as u64).saturating_mul(1_000_000_000).div_ceil(rate.get());
            let from = self.due.max(now().saturating_sub(CREDIT));
            self.due = from.saturating_add(Duration::from_nanos(nanos));
        }
    }

    /// Begins the time of the phases anew.
    #[cfg(feature = "tokio")]
    pub(crate) const fn restart_phase_time(&mut self) {
        self.waited = Duration::ZERO;
    }

    /// How long no byte may be written; zero if one may. Begins no wait.
    pub(crate) fn debt(&self, now: Duration) -> Duration {
        self.due.saturating_sub(now)
    }

    /// The time of the connection's phases: it stands still while the rate makes a write wait.
    #[inline]
    pub(crate) fn phase_time(&self, now: Duration) -> Duration {
        if self.waited.is_zero() { now } else { now.saturating_sub(self.waited) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn rate(bytes: u64) -> Option<NonZeroU64> {
        NonZeroU64::new(bytes)
    }

    /// Writes for a time with a timer that is so late. Returns the bytes.
    fn write_for(time: Duration, late: Duration, bytes: u64) -> u64 {
        let (mut pacer, mut now, mut sent) = (Pacer::default(), Duration::from_secs(1000), 0);
        let end = now + time;
        while now < end {
            match pacer.poll(rate(bytes), || now) {
                Ok(count) => {
                    pacer.charge(rate(bytes), || now, count);
                    sent += count as u64;
                }
                Err(wait) => now += wait + late,
            }
        }
        sent
    }

    #[test]
    fn a_rate_is_kept_within_a_piece_and_the_credit_also_by_a_late_timer() {
        for bytes in [1024, 10_000, 1 << 20, 100 << 20, 1 << 30] {
            let piece = (bytes / PIECES).clamp(MIN_PIECE, MAX_WRITE as u64);
            let most = bytes * 10 + piece + bytes / 50;
            for late in [Duration::ZERO, MS / 2, 15 * MS] {
                let sent = write_for(Duration::from_secs(10), late, bytes);
                assert!((bytes * 10 - piece - bytes / 50..=most).contains(&sent), "{bytes} {late:?}: {sent}");
            }
        }
    }

    #[test]
    fn a_pause_gives_no_credit_beyond_a_moment() {
        let (mut pacer, rate) = (Pacer::default(), rate(1 << 20));
        let mut sent = 0;
        // An hour after the first byte, and then at once.
        for now in [Duration::ZERO, Duration::from_secs(3600)] {
            while let Ok(count) = pacer.poll(rate, || now) {
                pacer.charge(rate, || now, count);
                sent += count;
            }
        }
        assert!(sent <= 4 * MAX_WRITE, "{sent}");
    }

    #[test]
    fn a_pace_that_begins_anew_for_each_answer_gives_none_of_it_for_nothing() {
        let (rate, count, mut now) = (rate(1 << 20), 10 << 10, 100 * MS);
        let begun = now;
        for _ in 0..1000 {
            let mut pacer = Pacer::starting_at(now);
            assert!(pacer.poll(rate, || now).is_ok());
            pacer.charge(rate, || now, count);
            now += pacer.debt(now);
        }
        assert!(now - begun >= Duration::from_secs(1000 * count as u64) / (1 << 20), "{:?}", now - begun);
    }

    #[test]
    fn the_time_of_phases_stands_still_while_a_write_waits() {
        let (mut pacer, rate) = (Pacer::default(), rate(1024));
        pacer.charge(rate, || 100 * MS, 512);
        let due = 580 * MS;
        assert_eq!(pacer.poll(rate, || 200 * MS), Err(due - 200 * MS));
        assert_eq!(pacer.poll(rate, || 300 * MS), Err(due - 300 * MS));
        assert_eq!(pacer.debt(500 * MS), 80 * MS);
        assert_eq!(pacer.poll(rate, || 700 * MS), Ok(512));
        // From 200 to 580: the timer's delay is the connection's.
        assert_eq!(pacer.phase_time(1000 * MS), 620 * MS);
    }

    #[test]
    fn without_a_rate_no_clock_is_read_and_nothing_waits() {
        let mut pacer = Pacer::default();
        assert_eq!(pacer.poll(None, || unreachable!()), Ok(usize::MAX));
        pacer.charge(None, || unreachable!(), usize::MAX);
        assert_eq!((pacer.debt(MS), pacer.phase_time(MS)), (Duration::ZERO, MS));
    }
}
