//! A slot: the buffers of one connection at a time, and the future that serves it.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Waker};

use bantam::Site;

use super::connection::PolledConnection;
use super::slot_io::SlotIo;
use super::slot_transport::SlotTransport;
use super::timers::Expiry;
use super::waker::{SlotWaker, WakeQueue};
use crate::shared::config::ConnectionBuffers;
use crate::shared::guard::Guarded;
use crate::shared::serve::{Served, serve_connection};

/// The future of [`serve_slot`].
pub(super) type ServeFuture = Pin<Box<dyn Future<Output = ()>>>;

/// A future, its state and its waker.
pub(super) struct Slot {
    pub(super) io: Rc<SlotIo>,
    future: Guarded<dyn Future<Output = ()>>,
    slot_waker: Arc<SlotWaker>,
    waker: Waker,
}

impl Slot {
    pub(super) fn new(io: Rc<SlotIo>, future: ServeFuture, wakes: Arc<WakeQueue>) -> Box<Self> {
        let slot_waker = SlotWaker::new(wakes);
        let waker = Waker::from(Arc::clone(&slot_waker));
        Box::new(Self { io, future: Guarded::new(future), slot_waker, waker })
    }

    /// Lends the slot to a connection.
    pub(super) fn attach(&self, key: u32, connection: PolledConnection, expires: Expiry) {
        self.slot_waker.assign(key);
        self.io.attach(connection, expires);
    }

    /// Serves until the connection is finished, blocked, or out of budget. Returns false if the slot is of no further use: its
    /// future has panicked, since otherwise it never ends.
    pub(super) fn poll(&mut self) -> bool {
        self.io.refill_budget();
        Pin::new(&mut self.future).poll(&mut Context::from_waker(&self.waker)).is_pending()
    }
}

/// Serves one connection after another.
pub(super) async fn serve_slot<S: Site>(io: Rc<SlotIo>, site: Arc<S>) {
    let mut buffers = ConnectionBuffers::new(&io.context.server.config);
    loop {
        io.attached().await;
        let mut state = buffers.state(&io.context.server.config);
        // `SlotTransport::read` itself ends a parked connection.
        let served = serve_connection(&mut SlotTransport(&io), &mut state, &*site, || false).await;
        if served == Served::Idle {
            io.settle().await;
        }
        io.finish(served);
    }
}
