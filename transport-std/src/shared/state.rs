//! Law: the workers share three numbers: how many connections there are in all, whether they are to stop, and by when.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use log::warn;

use crate::running::ConnectionCounts;
use crate::server::Control;

/// A worker, for others than itself.
pub(crate) trait Ring {
    /// Wakes it.
    fn ring(&self) -> io::Result<()>;

    /// How many of its connections had something to do when it last looked.
    fn busy(&self) -> usize;
}

/// What the workers of a server share.
pub(crate) struct Hall {
    /// How many connections are let in.
    limit: usize,
    present: AtomicUsize,
    closing: AtomicBool,
    until: Mutex<Option<Instant>>,
    workers: OnceLock<Vec<Arc<dyn Ring + Send + Sync>>>,
}

impl Hall {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        let (present, closing) = (AtomicUsize::new(0), AtomicBool::new(false));
        Arc::new(Self { limit, present, closing, until: Mutex::new(None), workers: OnceLock::new() })
    }

    /// Who is to be woken when the hall closes; said once.
    pub(crate) fn wakes(&self, workers: Vec<Arc<dyn Ring + Send + Sync>>) {
        let _ = self.workers.set(workers);
    }

    /// Is there room for one more? Then he is in.
    pub(crate) fn admits(&self) -> bool {
        let room = self.present.fetch_add(1, Ordering::Relaxed) < self.limit;
        if !room {
            self.leaves();
        }
        room
    }

    /// One has gone.
    pub(crate) fn leaves(&self) {
        self.present.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// When a hall that closes is to be empty; `None` whenever it likes.
    pub(crate) fn until(&self) -> Option<Instant> {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Control for Hall {
    fn close(&self, until: Option<Instant>) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = until;
        self.closing.store(true, Ordering::SeqCst);
        let woken: io::Result<()> =
            self.workers.get().into_iter().flatten().try_for_each(|worker| worker.ring());
        if let Err(error) = woken {
            warn!("a worker cannot be told to stop: {error}");
        }
    }

    fn connections(&self) -> ConnectionCounts {
        let open = self.present.load(Ordering::Relaxed);
        let busy = self.workers.get().into_iter().flatten().map(|worker| worker.busy()).sum();
        ConnectionCounts { open, active: busy }
    }
}
