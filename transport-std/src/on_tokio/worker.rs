//! Law: a worker takes in whom the hall admits until it is told to stop, and stays until the last of them has gone or the
//! time is up.

use std::future::{Future as _, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use bantam::Site;
use log::{debug, error};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;
use tokio::time::{sleep, timeout};

use super::connection::connection;
use super::worker_context::{Bell, Room};
use crate::net::tokio_listener::{TokioListener, poll_accept_any};
use crate::net::{Listener, per_worker};
use crate::server::{Orders, Started, sum_of};
use crate::shared::accept::{Exhaustion, is_the_peers};
use crate::shared::reject::{self, Refused};
use crate::shared::state::{Hall, Ring};

/// Starts to serve with `workers` threads.
pub(crate) fn start<S: Site + Send + Sync + 'static>(
    listeners: Vec<Listener>,
    workers: usize,
    orders: Orders,
    site: S,
) -> io::Result<Started> {
    let (hall, site, refuser) = (Hall::new(orders.connections), Arc::new(site), reject::start()?);
    let (exhaustion, mut bells, mut threads) = (Exhaustion::default(), Vec::new(), Vec::new());
    for (number, listeners) in per_worker(listeners, workers)?.into_iter().enumerate() {
        let (hall, site, orders) = (Arc::clone(&hall), Arc::clone(&site), orders.clone());
        let (refuser, exhaustion, bell) = (refuser.clone(), exhaustion.clone(), Arc::new(Bell::default()));
        bells.push(Arc::clone(&bell) as Arc<dyn Ring + Send + Sync>);
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let work = move || {
            let room = Rc::new(Room::new(orders, hall, bell, refuser));
            run(&runtime, &room, &site, listeners, exhaustion).unwrap_or_else(|error| {
                error!("a worker cannot listen: {error}");
                0
            })
        };
        threads.push(thread::Builder::new().name(format!("bantam-{number}")).spawn(work)?);
    }
    hall.wakes(bells);
    Ok(Started { control: hall, wait: Box::new(move || sum_of(threads)) })
}

/// Serves until the hall has closed and everybody has gone, or it is time; how many were cut off.
fn run<S: Site + 'static>(
    runtime: &Runtime,
    room: &Rc<Room>,
    site: &Arc<S>,
    listeners: Vec<Listener>,
    mut exhaustion: Exhaustion,
) -> io::Result<usize> {
    LocalSet::new().block_on(runtime, async {
        let listeners = listeners.into_iter().map(TokioListener::new).collect::<io::Result<Vec<_>>>()?;
        while !room.hall.is_closing() {
            let mut rung = pin!(room.bell.rung.notified());
            let newcomer = poll_fn(|context| match rung.as_mut().poll(context) {
                Poll::Ready(()) => Poll::Ready(None),
                Poll::Pending => poll_accept_any(&listeners, context).map(Some),
            });
            match newcomer.await {
                None => {}
                Some(Ok((socket, address))) => admit(room, site, socket, address),
                Some(Err(error)) if is_the_peers(&error) => debug!("a connection came to nothing: {error}"),
                Some(Err(error)) => {
                    exhaustion.begins(&error);
                    sleep(exhaustion.left().unwrap_or_default()).await;
                }
            }
        }
        // A look at the system: those who are at the door are let in, and what they have sent is seen.
        for _ in 0..2 {
            sleep(Duration::from_millis(1)).await;
            while let Some(Ok((socket, address))) =
                poll_fn(|context| Poll::Ready(ready(poll_accept_any(&listeners, context)))).await
            {
                admit(room, site, socket, address);
            }
        }
        drop(listeners);
        room.closes();
        while room.present.get() > 0 {
            match room.hall.until().map(|until| until.saturating_duration_since(Instant::now())) {
                Some(Duration::ZERO) => break,
                // Somebody may give it another end meanwhile.
                Some(left) => drop(timeout(left, departure(room)).await),
                None => departure(room).await,
            }
        }
        Ok(room.present.get())
    })
}

fn ready<R>(poll: Poll<R>) -> Option<R> {
    match poll {
        Poll::Ready(result) => Some(result),
        Poll::Pending => None,
    }
}

/// Somebody has left, or the time for it has changed.
async fn departure(room: &Room) {
    let (mut left, mut rung) = (pin!(room.departure.notified()), pin!(room.bell.rung.notified()));
    poll_fn(|context| match left.as_mut().poll(context) {
        Poll::Pending => rung.as_mut().poll(context),
        ready => ready,
    })
    .await;
}

fn admit<S: Site + 'static>(room: &Rc<Room>, site: &Arc<S>, socket: TcpStream, address: Option<SocketAddr>) {
    if !room.hall.admits() {
        room.orders.observer.on_rejected();
        return room.refuse(socket, Refused::for_room);
    }
    room.present.set(room.present.get() + 1);
    let (present, site) = (Present(Rc::clone(room)), Arc::clone(site));
    tokio::task::spawn_local(async move { connection(&present.0, &*site, socket, address).await });
}

/// A connection of this worker; gone when dropped.
struct Present(Rc<Room>);

impl Drop for Present {
    fn drop(&mut self) {
        self.0.present.set(self.0.present.get() - 1);
        self.0.hall.leaves();
        self.0.departure.notify_one();
    }
}
