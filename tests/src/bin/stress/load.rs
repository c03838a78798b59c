//! Thousands of attackers on one thread; each reconnects when the server has closed its connection.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

use crate::attacker::{Attacker, Kind};

/// The time between two ticks. An attacker acts once in [`ROUND`] ticks, so that not all act at once.
const TICK: Duration = Duration::from_millis(1);
const ROUND: usize = 1000;
/// New connections in one tick: 1,000 a second, so that the number of connections is the load, not their arrival.
const ARRIVALS: usize = 1;

/// The result of a load.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// How long the server waited before it closed, for each closed connection.
    pub(crate) ended: Vec<(Kind, Duration)>,
    /// Connections open after all deadlines.
    pub(crate) left: usize,
    /// Failed attempts to connect.
    pub(crate) failed: usize,
}

/// One attacker for each of `kinds`. A closed one reconnects until `reconnect_until`; all are observed until `end`.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) address: SocketAddr,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) reconnect_until: Duration,
    pub(crate) end: Duration,
}

impl Load {
    /// The time until all are connected.
    pub(crate) fn connect_time(&self) -> Duration {
        TICK * u32::try_from(self.kinds.len() / ARRIVALS + 1).unwrap_or(u32::MAX)
    }

    pub(crate) fn start(self) -> JoinHandle<io::Result<Outcome>> {
        thread::spawn(move || self.run())
    }

    fn run(self) -> io::Result<Outcome> {
        let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(1024));
        let (mut open, mut outcome) = (HashMap::new(), Outcome::default());
        let mut disconnected: Vec<usize> = (0..self.kinds.len()).rev().collect();
        let (start, mut tick) = (Instant::now(), 0);
        while start.elapsed() < self.reconnect_until || (start.elapsed() < self.end && !open.is_empty()) {
            poll.poll(&mut events, Some(TICK.saturating_mul(tick + 1).saturating_sub(start.elapsed())))?;
            for event in &events {
                let number = event.token().0;
                let closed = event.is_error() || event.is_write_closed();
                let waited =
                    open.get_mut(&number).and_then(|attacker: &mut Attacker| attacker.on_event(closed));
                if let (Some(waited), Some(attacker)) = (waited, waited.and_then(|_| open.remove(&number))) {
                    outcome.ended.push((attacker.kind, waited));
                    disconnected.push(number);
                }
            }
            if start.elapsed() < TICK * (tick + 1) {
                continue;
            }
            tick += 1;
            for number in (tick as usize % ROUND..self.kinds.len()).step_by(ROUND) {
                if let Some(attacker) = open.get_mut(&number) {
                    attacker.send_byte();
                }
            }
            let arrivals =
                if start.elapsed() < self.reconnect_until { ARRIVALS.min(disconnected.len()) } else { 0 };
            for number in disconnected.split_off(disconnected.len() - arrivals) {
                match self.connect(number, &poll) {
                    Ok(attacker) => drop(open.insert(number, attacker)),
                    Err(_) => {
                        outcome.failed += 1;
                        disconnected.push(number);
                    }
                }
            }
        }
        outcome.left = open.len();
        Ok(outcome)
    }

    fn connect(&self, number: usize, poll: &Poll) -> io::Result<Attacker> {
        let kind = self.kinds.get(number).copied().unwrap_or(Kind::Head);
        let mut attacker = Attacker::connect(kind, self.address)?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        poll.registry().register(&mut attacker.stream, Token(number), interest)?;
        Ok(attacker)
    }
}
