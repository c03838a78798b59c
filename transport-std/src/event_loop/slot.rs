//! A slot: the buffers of one connection at a time, and the future that serves it.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Waker};

use bantam::{ConnectionState, Site};

use super::connection::PolledConnection;
use super::slot_io::{SlotIo, SlotTransport};
use super::waker::{SlotWaker, WakeQueue};
use crate::shared::config::{REQUEST_BUFFER_SIZE, RESPONSE_BUFFER_SIZE};
use crate::shared::guard::Guarded;
use crate::shared::serve::serve_connection;

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
    pub(super) fn attach(&self, key: u32, connection: PolledConnection) {
        self.slot_waker.assign(key);
        self.io.attach(connection);
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
    // The system maps zeroed memory when it is written to: a small request costs a page of a large buffer.
    let (mut input, mut output) = (vec![0; REQUEST_BUFFER_SIZE], vec![0; RESPONSE_BUFFER_SIZE]);
    let body_limit = io.context.server.config.body_limit;
    loop {
        io.attached().await;
        let mut state = ConnectionState::new(&mut input, &mut output).body_limit(body_limit);
        // `SlotTransport::read` itself ends a parked connection.
        let outcome = serve_connection(&mut SlotTransport(&io), &mut state, &*site, || false).await;
        io.finish(outcome);
    }
}
