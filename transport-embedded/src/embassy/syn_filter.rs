//! A driver of embassy-net that holds SYNs back while no worker listens.
//! Invariant: a SYN to the server's port reaches the stack only while a socket listens that no earlier SYN has taken.
//!
//! The stack answers a SYN without a listening socket with RST, which a browser shows as an error. A SYN without a reply is
//! repeated by the client's system (RFC 9293 section 3.8.1), after one, three and seven seconds.

use core::task::Context;

use embassy_net::driver::{Capabilities, Driver, HardwareAddress, LinkState, RxToken};
use heapless::Vec;

use super::server_port::ServerPort;
use crate::syn::Syn;

/// The longest SYN that is held, with its Ethernet header. Those of Linux have 74 bytes, 94 by IPv6.
const MAX_SYN: usize = 96;

type HeldSyn = Vec<u8, MAX_SYN>;

/// A driver around another, for the stack of a [`ServerPort`]: no client is reset because all workers are busy. In RAM it costs
/// `HELD` times 100 bytes.
///
/// A SYN that comes while no socket listens waits in the filter, and takes the next socket that does, in the order of arrival.
/// Beyond `HELD` it is dropped, and the client's system repeats it. While a client waits, a connection that has been idle for
/// a second is closed, and responses carry `Connection: close`.
///
/// Pass it to `embassy_net::new` instead of the driver:
///
/// ```no_run
/// use bantam_embedded::embassy::{ServerPort, SynFilter};
/// use embassy_net::driver::Driver;
/// use embassy_net::{Config, Runner, Stack, StackResources};
///
/// fn start<D: Driver>(
///     driver: D,
///     port: &'static ServerPort<4>,
///     resources: &'static mut StackResources<5>,
///     seed: u64,
/// ) -> (Stack<'static>, Runner<'static, SynFilter<'static, D, 4>>) {
///     embassy_net::new(SynFilter::new(driver, port), Config::default(), resources, seed)
/// }
/// ```
#[derive(Debug)]
pub struct SynFilter<'p, D, const WORKERS: usize, const HELD: usize = 4> {
    driver: D,
    port: &'p ServerPort<WORKERS>,
    held: Vec<HeldSyn, HELD>,
}

impl<'p, D: Driver, const WORKERS: usize, const HELD: usize> SynFilter<'p, D, WORKERS, HELD> {
    /// Returns a filter of what `driver` receives. A second server has a filter of its own, around the first.
    #[must_use]
    pub const fn new(driver: D, port: &'p ServerPort<WORKERS>) -> Self {
        const { assert!(HELD > 0, "a filter that holds no SYN cannot tell that a client waits") };
        Self { driver, port, held: Vec::new() }
    }
}

impl<D: Driver, const WORKERS: usize, const HELD: usize> Driver for SynFilter<'_, D, WORKERS, HELD> {
    type RxToken<'a>
        = FilteredRxToken<'a, D::RxToken<'a>, WORKERS, HELD>
    where
        Self: 'a;
    type TxToken<'a>
        = D::TxToken<'a>
    where
        Self: 'a;

    fn receive(&mut self, context: &mut Context<'_>) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        if !self.held.is_empty() && self.port.has_room() {
            // Without a token the driver wakes the network task when it has one.
            let reply = self.driver.transmit(context)?;
            let syn = self.held.remove(0);
            self.port.hold(self.held.len());
            self.port.pass();
            return Some((FilteredRxToken(Frame::Held(syn)), reply));
        }
        let is_ethernet = matches!(self.driver.hardware_address(), HardwareAddress::Ethernet(_));
        let (frame, reply) = self.driver.receive(context)?;
        let (port, held) = (self.port, &mut self.held);
        Some((FilteredRxToken(Frame::Received { frame, is_ethernet, port, held }), reply))
    }

    fn transmit(&mut self, context: &mut Context<'_>) -> Option<Self::TxToken<'_>> {
        self.driver.transmit(context)
    }

    fn link_state(&mut self, context: &mut Context<'_>) -> LinkState {
        self.driver.link_state(context)
    }

    fn capabilities(&self) -> Capabilities {
        self.driver.capabilities()
    }

    fn hardware_address(&self) -> HardwareAddress {
        self.driver.hardware_address()
    }
}

impl<D, const WORKERS: usize, const HELD: usize> Drop for SynFilter<'_, D, WORKERS, HELD> {
    fn drop(&mut self) {
        self.port.hold(0);
    }
}

/// A frame of [`SynFilter`].
#[derive(Debug)]
pub struct FilteredRxToken<'a, R, const WORKERS: usize, const HELD: usize>(Frame<'a, R, WORKERS, HELD>);

#[derive(Debug)]
enum Frame<'a, R, const WORKERS: usize, const HELD: usize> {
    /// A frame of the driver.
    Received { frame: R, is_ethernet: bool, port: &'a ServerPort<WORKERS>, held: &'a mut Vec<HeldSyn, HELD> },
    /// A SYN that was held.
    Held(HeldSyn),
}

impl<R: RxToken, const WORKERS: usize, const HELD: usize> RxToken for FilteredRxToken<'_, R, WORKERS, HELD> {
    fn consume<T, F: FnOnce(&mut [u8]) -> T>(self, read: F) -> T {
        match self.0 {
            Frame::Held(mut syn) => read(&mut syn),
            Frame::Received { frame, is_ethernet, port, held } => frame.consume(|frame| {
                match Syn::parse(frame, is_ethernet).filter(|syn| syn.port == port.number) {
                    None => read(frame),
                    Some(_) if port.has_room() => {
                        port.pass();
                        read(frame)
                    }
                    Some(syn) => {
                        // A client that repeats its SYN keeps its place.
                        let is_repeated = |held: &HeldSyn| {
                            Syn::parse(held, is_ethernet)
                                .is_some_and(|held| held.connection == syn.connection)
                        };
                        if !held.iter().any(is_repeated)
                            && let Ok(frame) = HeldSyn::from_slice(frame)
                        {
                            let _ = held.push(frame);
                        }
                        port.hold(held.len());
                        // The stack ignores an empty frame.
                        read(&mut [])
                    }
                }
            }),
        }
    }
}
