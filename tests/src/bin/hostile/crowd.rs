//! Law: thousands of offenders on one thread: who is let go comes again at once, until the attack is over.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

use crate::offender::{Kind, Offender};

/// How often the crowd acts; each acts once in [`ROUND`] of these. Short, because a crowd does not march in step.
const TURN: Duration = Duration::from_millis(1);
const ROUND: usize = 1000;
/// How many come in one turn: a thousand a second, so that it is their number which is felt, and not their arrival.
const ARRIVALS: usize = 1;

/// What became of the crowd.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// How long the server waited for each.
    pub(crate) ended: Vec<(Kind, Duration)>,
    /// How many were still there when everybody should have gone.
    pub(crate) left: usize,
    /// How many could not come.
    pub(crate) failed: usize,
}

/// The crowd: as many as `kinds`, who come again until `again` is over and are watched until `end`.
#[derive(Debug)]
pub(crate) struct Crowd {
    pub(crate) address: SocketAddr,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) again: Duration,
    pub(crate) end: Duration,
}

impl Crowd {
    /// How long it takes until all are there.
    pub(crate) fn arrival(&self) -> Duration {
        TURN * u32::try_from(self.kinds.len() / ARRIVALS + 1).unwrap_or(u32::MAX)
    }

    pub(crate) fn start(self) -> JoinHandle<io::Result<Outcome>> {
        thread::spawn(move || self.run())
    }

    fn run(self) -> io::Result<Outcome> {
        let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(1024));
        let (mut there, mut outcome) = (HashMap::new(), Outcome::default());
        let mut absent: Vec<usize> = (0..self.kinds.len()).rev().collect();
        let (start, mut turn) = (Instant::now(), 0);
        while start.elapsed() < self.again || (start.elapsed() < self.end && !there.is_empty()) {
            poll.poll(&mut events, Some(TURN.saturating_mul(turn + 1).saturating_sub(start.elapsed())))?;
            for event in &events {
                let number = event.token().0;
                let closed = event.is_error() || event.is_write_closed();
                let waited = there.get_mut(&number).and_then(|offender: &mut Offender| offender.look(closed));
                if let (Some(waited), Some(offender)) = (waited, waited.and_then(|_| there.remove(&number))) {
                    outcome.ended.push((offender.kind, waited));
                    absent.push(number);
                }
            }
            if start.elapsed() < TURN * (turn + 1) {
                continue;
            }
            turn += 1;
            for number in (turn as usize % ROUND..self.kinds.len()).step_by(ROUND) {
                if let Some(offender) = there.get_mut(&number) {
                    offender.drip();
                }
            }
            let arrivals = if start.elapsed() < self.again { ARRIVALS.min(absent.len()) } else { 0 };
            for number in absent.split_off(absent.len() - arrivals) {
                match self.arrive(number, &poll) {
                    Ok(offender) => drop(there.insert(number, offender)),
                    Err(_) => {
                        outcome.failed += 1;
                        absent.push(number);
                    }
                }
            }
        }
        outcome.left = there.len();
        Ok(outcome)
    }

    fn arrive(&self, number: usize, poll: &Poll) -> io::Result<Offender> {
        let kind = self.kinds.get(number).copied().unwrap_or(Kind::Head);
        let mut offender = Offender::connect(kind, self.address)?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        poll.registry().register(&mut offender.stream, Token(number), interest)?;
        Ok(offender)
    }
}
