//! Law: a few threads serve all connections; whoever waits, waits without one, and whoever is idle without a buffer.

mod acceptor;
mod connection;
mod loop_context;
mod slot;
mod slot_io;
mod timers;
mod waker;
mod worker;

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use bantam::Site;
use mio::{Poll, Waker};

use self::acceptor::Door;
use self::loop_context::Scene;
use self::slot::attend;
use self::waker::Wakes;
use self::worker::{Tools, WAKER, Worker};
use crate::net::{self, Listener};
use crate::server::{Orders, Started, sum_of};
use crate::shared::accept::Exhaustion;
use crate::shared::reject;
use crate::shared::state::{Hall, Ring};

/// Starts to serve with `workers` threads.
pub(crate) fn start<S: Site + Send + Sync + 'static>(
    listeners: Vec<Listener>,
    workers: usize,
    orders: Orders,
    site: S,
) -> io::Result<Started> {
    let (hall, site, refuser) = (Hall::new(orders.connections), Arc::new(site), reject::start()?);
    let exhaustion = Exhaustion::default();
    let mut tools = Vec::with_capacity(workers);
    for listeners in net::per_worker(listeners, workers)? {
        let poll = Poll::new()?;
        let wakes = Wakes::new(Waker::new(poll.registry(), WAKER)?);
        let door = Door::new(listeners, poll.registry(), exhaustion.clone())?;
        tools.push(Tools { poll, door, wakes, refuser: refuser.clone() });
    }
    hall.wakes(tools.iter().map(|tools| Arc::clone(&tools.wakes) as Arc<dyn Ring + Send + Sync>).collect());
    let mut threads: Vec<JoinHandle<usize>> = Vec::with_capacity(workers);
    for (number, tools) in tools.into_iter().enumerate() {
        let (hall, site, orders) = (Arc::clone(&hall), Arc::clone(&site), orders.clone());
        let work = move || {
            let limit = orders.body_limit;
            let scene = Rc::new(Scene::new(hall, orders));
            Worker::new(tools, scene, |desk| Box::pin(attend(desk, Arc::clone(&site), limit))).run()
        };
        threads.push(thread::Builder::new().name(format!("bantam-{number}")).spawn(work)?);
    }
    Ok(Started { control: hall, wait: Box::new(move || sum_of(threads)) })
}
