//! Law: a slot serves whoever is sent in, until he is idle or gone, in memory that it has once; a page that panics costs its own
//! connection and nothing else.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bantam::{ConnectionState, Outcome, Site, recover, serve_until_idle};
use log::debug;

use super::slot_io::{Desk, Wire};
use super::waker::{Bell, Wakes};
use crate::access::peer_name::PeerName;
use crate::shared::serve::guarded;
use crate::{REQUEST_BUFFER_SIZE, RESPONSE_BUFFER_SIZE};

/// What serves in a slot.
pub(super) type Attendance = Pin<Box<dyn Future<Output = ()>>>;

/// Buffers, and the future that serves in them.
pub(super) struct Slot {
    pub(super) desk: Rc<Desk>,
    attendance: Attendance,
    bell: Arc<Bell>,
    waker: Waker,
}

impl Slot {
    pub(super) fn new(desk: Rc<Desk>, attendance: Attendance, wakes: Arc<Wakes>) -> Box<Self> {
        let bell = Bell::new(wakes);
        let waker = Waker::from(Arc::clone(&bell));
        Box::new(Self { desk, attendance, bell, waker })
    }

    /// Rings for this one from now on.
    pub(super) fn belongs_to(&self, who: u32) {
        self.bell.belongs_to(who);
    }

    /// Serves for a turn.
    pub(super) fn poll(&mut self) {
        self.desk.turn();
        // It never ends.
        let _: Poll<()> = self.attendance.as_mut().poll(&mut Context::from_waker(&self.waker));
    }
}

/// Serves whoever comes to the desk.
pub(super) async fn attend<S: Site>(desk: Rc<Desk>, site: Arc<S>, body_limit: u64) {
    // Memory that was never written to is not there: a small request in a large buffer costs a page of it.
    let (mut input, mut output) = (vec![0; REQUEST_BUFFER_SIZE], vec![0; RESPONSE_BUFFER_SIZE]);
    loop {
        desk.seated().await;
        let mut wire = Wire(&desk);
        let mut session = ConnectionState::new(&mut input, &mut output).body_limit(body_limit);
        let served = {
            // Whoever has nothing to serve has been given back by the desk.
            guarded(serve_until_idle(&mut wire, &mut session, &*site), || false).await
        };
        let served = match served {
            Some(served) => served,
            None => recover(&mut wire, &mut session).await.map(|()| Outcome::Closed),
        };
        desk.leaves(served.unwrap_or_else(|error| {
            debug!("{}: {error}", PeerName(desk.guest(|guest| guest.address).flatten()));
            Outcome::Closed
        }));
    }
}
