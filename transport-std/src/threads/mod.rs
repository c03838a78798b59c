//! Law: a connection has a thread of its own while it is served; those who wait for one are few, and known.

mod acceptor;
mod connection;
mod hooks;
mod hours;
mod pool;
mod stream;
mod worker;

use std::io;
use std::sync::Arc;
use std::time::Instant;

use bantam::Site;
use log::warn;
use mio::Waker;

use self::acceptor::Door;
use self::pool::House;
pub use self::worker::THREAD_STACK_SIZE;
use self::worker::Work;
use crate::net::{Listener, per_worker};
use crate::running::ConnectionCounts;
use crate::server::{Control, Orders, Started};
use crate::shared::reject;

/// Starts to serve with up to `workers` threads.
pub(crate) fn start<S: Site + Send + Sync + 'static>(
    listeners: Vec<Listener>,
    workers: usize,
    orders: Orders,
    site: S,
) -> io::Result<Started> {
    let house = House::new(workers, orders.connections);
    let work = Arc::new(Work { house: Arc::clone(&house), site, orders, refuser: reject::start()? });
    let listeners = per_worker(listeners, 1)?.into_iter().flatten().collect();
    let (door, waker) = Door::new(listeners, work)?;
    let door = std::thread::Builder::new().name("bantam-accept".into()).spawn(move || door.run())?;
    let control = Arc::new(Entrance { house: Arc::clone(&house), waker });
    let order = Arc::clone(&control);
    let wait = move || {
        if door.join().is_err() {
            warn!("the accept loop has failed");
            order.close(Some(Instant::now()));
        }
        house.wait_until_empty()
    };
    Ok(Started { control, wait: Box::new(wait) })
}

/// The house, and what wakes its accept loop.
struct Entrance {
    house: Arc<House>,
    waker: Waker,
}

impl Control for Entrance {
    fn close(&self, until: Option<Instant>) {
        self.house.close(until);
        if let Err(error) = self.waker.wake() {
            warn!("the accept loop cannot be told to stop: {error}");
        }
    }

    fn connections(&self) -> ConnectionCounts {
        self.house.connections()
    }
}
