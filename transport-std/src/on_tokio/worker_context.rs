//! Law: what the connections of a worker share is the worker's own: nobody waits for another to look at it.

use std::cell::{Cell, RefCell};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::SyncSender;

use bantam::Buffers;
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::server::Orders;
use crate::shared::date::DateCache;
use crate::shared::reject::Refused;
use crate::shared::state::{Hall, Ring};
use crate::{REQUEST_BUFFER_SIZE, RESPONSE_BUFFER_SIZE};

/// How many pairs of buffers a worker keeps that nobody needs.
const SPARE: usize = 16;

pub(super) type Memory = Box<Buffers<REQUEST_BUFFER_SIZE, RESPONSE_BUFFER_SIZE>>;

/// What the connections of a worker share.
pub(super) struct Room {
    pub(super) orders: Orders,
    pub(super) hall: Arc<Hall>,
    pub(super) bell: Arc<Bell>,
    pub(super) refuser: SyncSender<Refused>,
    clock: RefCell<DateCache>,
    closing: Cell<bool>,
    /// Said once, to all who wait for a request.
    pub(super) stops: Notify,
    pub(super) departure: Notify,
    pub(super) present: Cell<usize>,
    spare: RefCell<Vec<Memory>>,
}

impl Room {
    pub(super) fn new(
        orders: Orders,
        hall: Arc<Hall>,
        bell: Arc<Bell>,
        refuser: SyncSender<Refused>,
    ) -> Self {
        let (clock, closing, present) = (RefCell::new(DateCache::new()), Cell::new(false), Cell::new(0));
        let (stops, departure, spare) = (Notify::new(), Notify::new(), RefCell::default());
        Self { orders, hall, bell, refuser, clock, closing, stops, departure, present, spare }
    }

    pub(super) fn date(&self) -> [u8; 29] {
        self.clock.borrow_mut().date()
    }

    /// Sends somebody away.
    pub(super) fn refuse(&self, socket: TcpStream, refused: fn(std::net::TcpStream) -> Refused) {
        // A crowd that even the refuser cannot see off is dropped.
        let _ = socket.into_std().map(|socket| self.refuser.try_send(refused(socket)));
    }

    /// Nobody comes in any more, and whoever has no request leaves.
    pub(super) fn closes(&self) {
        self.closing.set(true);
        self.stops.notify_waiters();
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.get()
    }

    pub(super) fn take_memory(&self) -> Memory {
        self.spare.borrow_mut().pop().unwrap_or_else(|| Box::new(Buffers::new()))
    }

    pub(super) fn give_back(&self, memory: Memory) {
        let mut spare = self.spare.borrow_mut();
        if spare.len() < SPARE {
            spare.push(memory);
        }
    }

    /// One connection more has something to do, until this is dropped.
    pub(super) fn is_busy(&self) -> Busy<'_> {
        self.bell.busy.fetch_add(1, Ordering::Relaxed);
        Busy(&self.bell)
    }
}

/// A connection that has something to do.
pub(super) struct Busy<'b>(&'b Bell);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What wakes a worker from elsewhere.
#[derive(Debug, Default)]
pub(super) struct Bell {
    pub(super) rung: Notify,
    busy: AtomicUsize,
}

impl Ring for Bell {
    fn ring(&self) -> io::Result<()> {
        self.rung.notify_one();
        Ok(())
    }

    fn busy(&self) -> usize {
        self.busy.load(Ordering::Relaxed)
    }
}
