//! A network between two smoltcp devices, with injected faults and virtual time.
//!
//! Invariant: the faults follow from the seed, and time is advanced by the caller.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

/// The transit time of a frame.
const DELAY: Duration = Duration::from_millis(1);

/// The faults of a network, in percent of its frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Lost.
    pub lost: u32,
    /// Delivered twice.
    pub doubled: u32,
    /// Overtaken by others.
    pub late: u32,
    /// One bit of it is wrong.
    pub spoilt: u32,
}

#[derive(Debug)]
struct Inner {
    /// The frames in transit to either side, by arrival time and number.
    ways: [BTreeMap<(Duration, u64), Vec<u8>>; 2],
    now: Duration,
    sent: u64,
    seed: u64,
    faults: Faults,
    up: bool,
}

impl Inner {
    /// A number below `limit` (xorshift64*).
    fn draw(&mut self, limit: u32) -> u32 {
        self.seed ^= self.seed >> 12;
        self.seed ^= self.seed << 25;
        self.seed ^= self.seed >> 27;
        ((self.seed.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % u64::from(limit)) as u32
    }

    fn happens(&mut self, percent: u32) -> bool {
        self.draw(100) < percent
    }

    fn send(&mut self, side: usize, frame: Vec<u8>) {
        if !self.up || self.happens(self.faults.lost) {
            return;
        }
        let copies = if self.happens(self.faults.doubled) { 2 } else { 1 };
        for _ in 0..copies {
            let mut frame = frame.clone();
            if self.happens(self.faults.spoilt) {
                let bit = self.draw(8 * frame.len() as u32);
                frame[bit as usize / 8] ^= 1 << (bit % 8);
            }
            let late =
                if self.happens(self.faults.late) { DELAY * (1 + self.draw(20)) } else { Duration::ZERO };
            self.sent += 1;
            self.ways[side].insert((self.now + DELAY + late, self.sent), frame);
        }
    }
}

/// The network.
#[derive(Clone, Debug)]
pub struct Net(Rc<RefCell<Inner>>);

impl Net {
    /// A network whose faults follow from this seed.
    #[must_use]
    pub fn new(seed: u64, faults: Faults) -> Self {
        let ways = [BTreeMap::new(), BTreeMap::new()];
        let seed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        Self(Rc::new(RefCell::new(Inner { ways, now: Duration::ZERO, sent: 0, seed, faults, up: true })))
    }

    /// The device at one end: 0 or 1.
    #[must_use]
    pub fn end(&self, side: usize) -> NetEnd {
        NetEnd { net: self.clone(), side }
    }

    /// Sets the link up or down. The frames in transit are lost.
    pub fn plug(&self, up: bool) {
        let mut inner = self.0.borrow_mut();
        inner.up = up;
        inner.ways.iter_mut().for_each(BTreeMap::clear);
    }

    /// Replaces the faults.
    pub fn become_as(&self, faults: Faults) {
        self.0.borrow_mut().faults = faults;
    }

    /// The virtual time.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.0.borrow().now
    }

    /// Advances the time to the arrival of the next frame, or to `wake` if that is earlier.
    pub fn pass(&self, wake: Option<Duration>) {
        let mut inner = self.0.borrow_mut();
        let next = inner.ways.iter().filter_map(|way| way.keys().next().map(|key| key.0)).chain(wake).min();
        // A `wake` in the past still advances the time.
        let least = inner.now + Duration::from_micros(50);
        inner.now = next.map_or(least, |next| next.max(least));
    }
}

/// One end of the network.
#[derive(Clone, Debug)]
pub struct NetEnd {
    net: Net,
    side: usize,
}

impl Device for NetEnd {
    type RxToken<'a> = NetRxToken;
    type TxToken<'a> = NetTxToken;

    fn receive(&mut self, _: Instant) -> Option<(NetRxToken, NetTxToken)> {
        let mut inner = self.net.0.borrow_mut();
        let now = inner.now;
        let first = inner.ways[self.side].first_entry().filter(|entry| entry.key().0 <= now)?;
        let frame = NetRxToken(first.remove());
        drop(inner);
        Some((frame, NetTxToken(self.clone())))
    }

    fn transmit(&mut self, _: Instant) -> Option<NetTxToken> {
        Some(NetTxToken(self.clone()))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.max_transmission_unit = 1514;
        capabilities.medium = Medium::Ethernet;
        capabilities
    }
}

/// A received frame.
#[derive(Debug)]
pub struct NetRxToken(Vec<u8>);

impl phy::RxToken for NetRxToken {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(&self.0)
    }
}

/// Sends a frame to the other end.
#[derive(Debug)]
pub struct NetTxToken(NetEnd);

impl phy::TxToken for NetTxToken {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, fill: F) -> R {
        let mut frame = vec![0; length];
        let result = fill(&mut frame);
        self.0.net.0.borrow_mut().send(1 - self.0.side, frame);
        result
    }
}
