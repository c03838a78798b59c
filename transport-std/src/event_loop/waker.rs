//! Law: whoever wakes a page from elsewhere is heard, once and soon; a worker that wakes itself needs no system call for it.

use std::io;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Wake;

use mio::Waker;

use crate::shared::state::Ring;

/// What others than the worker do with it: who is to be polled again, what tells the worker so, and how much it has to do.
#[derive(Debug)]
pub(crate) struct Wakes {
    who: Mutex<Vec<u32>>,
    waker: Waker,
    busy: AtomicUsize,
}

impl Wakes {
    pub(super) fn new(waker: Waker) -> Arc<Self> {
        Arc::new(Self { who: Mutex::default(), waker, busy: AtomicUsize::new(0) })
    }

    /// So many have one now.
    pub(super) fn are_busy(&self, count: usize) {
        self.busy.store(count, Ordering::Relaxed);
    }

    /// Who has been woken since the last time.
    pub(super) fn take(&self) -> Vec<u32> {
        std::mem::take(&mut self.who.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Ring for Wakes {
    fn ring(&self) -> io::Result<()> {
        self.waker.wake()
    }

    fn busy(&self) -> usize {
        self.busy.load(Ordering::Relaxed)
    }
}

/// The waker of a slot: it wakes whoever sits in the slot at that moment, which does no harm to another.
#[derive(Debug)]
pub(super) struct Bell {
    who: AtomicU32,
    wakes: Arc<Wakes>,
}

impl Bell {
    pub(super) fn new(wakes: Arc<Wakes>) -> Arc<Self> {
        Arc::new(Self { who: AtomicU32::new(u32::MAX), wakes })
    }

    /// Rings for this one from now on.
    pub(super) fn belongs_to(&self, who: u32) {
        self.who.store(who, Ordering::Relaxed);
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let first = {
            let mut who = self.wakes.who.lock().unwrap_or_else(PoisonError::into_inner);
            who.push(self.who.load(Ordering::Relaxed));
            who.len() == 1
        };
        // Whoever came before has rung for this one, too. A worker that has gone needs nothing any more.
        if first {
            let _ = self.wakes.ring();
        }
    }
}
