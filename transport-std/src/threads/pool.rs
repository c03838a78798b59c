//! Law: who is in the house is known exactly: every accepted connection is counted from its accept to its end, and can be
//! reached by whoever has to end it.

use std::collections::{HashMap, VecDeque};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::connection::Peer;
use super::hours::Hours;
use crate::running::ConnectionCounts;

#[derive(Debug, Default)]
struct Rooms {
    waiting: VecDeque<Arc<Peer>>,
    served: HashMap<u64, Arc<Peer>>,
    next: u64,
    threads: usize,
    /// When a house that closes is to be empty; `None` whenever it likes.
    until: Option<Instant>,
}

impl Rooms {
    /// How many wait for longer than it takes a thread without work to wake up, or a new one to start.
    fn crowd(&self) -> usize {
        self.waiting.len().saturating_sub(self.threads.saturating_sub(self.served.len()))
    }
}

/// Everyone who is being served or waits for it.
#[derive(Debug)]
pub(crate) struct House {
    rooms: Mutex<Rooms>,
    /// Somebody waits for a thread, or the house closes.
    arrival: Condvar,
    /// A thread has ended, or the time for it has changed.
    departure: Condvar,
    waiting: AtomicUsize,
    hours: Arc<Hours>,
    threads: usize,
    connections: usize,
}

/// What became of a new connection.
#[derive(Debug)]
pub(crate) enum Admission {
    /// It has a thread, or waits for one.
    Welcome,
    /// A thread more is needed, and allowed.
    NeedsThread,
    /// The house is full: here it is back.
    Full(TcpStream),
}

impl House {
    pub(crate) fn new(threads: usize, connections: usize) -> Arc<Self> {
        Arc::new(Self {
            rooms: Mutex::default(),
            arrival: Condvar::new(),
            departure: Condvar::new(),
            waiting: AtomicUsize::new(0),
            hours: Arc::new(Hours::new()),
            threads,
            connections,
        })
    }

    /// A panic elsewhere leaves nothing half done here: every change is one step.
    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.hours.are_over()
    }

    /// Does a connection wait for a thread?
    pub(crate) fn is_crowded(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    pub(crate) fn admit(&self, socket: TcpStream, address: Option<SocketAddr>) -> Admission {
        let mut rooms = self.rooms();
        if rooms.waiting.len() + rooms.served.len() >= self.connections {
            return Admission::Full(socket);
        }
        rooms.waiting.push_back(Arc::new(Peer::new(socket, address, Arc::clone(&self.hours))));
        if rooms.crowd() > 0 && rooms.threads < self.threads {
            rooms.threads += 1;
            return Admission::NeedsThread;
        }
        self.count(&rooms);
        self.arrival.notify_one();
        Admission::Welcome
    }

    /// Notes how many have to wait.
    fn count(&self, rooms: &Rooms) {
        self.waiting.store(rooms.crowd(), Ordering::Relaxed);
    }

    /// A thread could not be made after all.
    pub(crate) fn lacks_thread(&self) {
        let mut rooms = self.rooms();
        rooms.threads -= 1;
        self.count(&rooms);
    }

    /// Those who have been silent for a while give way to those who wait for a thread.
    pub(crate) fn make_way(&self) {
        let rooms = self.rooms();
        let (age, mut wanted) = (self.hours.age(), rooms.waiting.len());
        for peer in rooms.served.values() {
            if wanted > 0 && peer.gives_way(age) {
                wanted -= 1;
            }
        }
    }

    /// The next connection for a thread; `None` when the house closes.
    pub(crate) fn next(&self) -> Option<Guest<'_>> {
        let mut rooms = self.rooms();
        loop {
            if let Some(peer) = rooms.waiting.pop_front() {
                let number = rooms.next;
                rooms.next += 1;
                rooms.served.insert(number, Arc::clone(&peer));
                self.count(&rooms);
                return Some(Guest { house: self, number, peer });
            }
            if self.is_closing() {
                rooms.threads -= 1;
                self.departure.notify_all();
                return None;
            }
            rooms = self.arrival.wait(rooms).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// No connection outlives its request from now on, idle ones end at once, and `until` then all of them.
    pub(crate) fn close(&self, until: Option<Instant>) {
        let mut rooms = self.rooms();
        rooms.until = until;
        self.hours.close();
        rooms.served.values().for_each(|peer| peer.ends_if_idle());
        self.arrival.notify_all();
        self.departure.notify_all();
    }

    pub(crate) fn connections(&self) -> ConnectionCounts {
        let rooms = self.rooms();
        let idle = rooms.served.values().filter(|peer| peer.is_idle()).count();
        let open = rooms.served.len() + rooms.waiting.len();
        ConnectionCounts { open, active: open - idle }
    }

    /// Waits until everybody has gone, or cuts off who is left when it is time; how many that were.
    pub(crate) fn wait_until_empty(&self) -> usize {
        let mut rooms = self.rooms();
        while rooms.threads > 0 {
            rooms = match rooms.until.map(|until| until.saturating_duration_since(Instant::now())) {
                Some(left) if left.is_zero() => break,
                Some(left) => {
                    self.departure.wait_timeout(rooms, left).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.departure.wait(rooms).unwrap_or_else(PoisonError::into_inner),
            };
        }
        let mut cut = 0;
        for peer in rooms.served.values().chain(&rooms.waiting) {
            let _ = peer.socket.shutdown(Shutdown::Both);
            cut += 1;
        }
        cut
    }
}

/// A connection in a thread's care; leaves the house when dropped.
#[derive(Debug)]
pub(crate) struct Guest<'h> {
    house: &'h House,
    number: u64,
    pub(crate) peer: Arc<Peer>,
}

impl Drop for Guest<'_> {
    fn drop(&mut self) {
        self.house.rooms().served.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// Lets a client in.
    fn admit(house: &House) -> Admission {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (socket, address) = listener.accept().unwrap();
        house.admit(socket, Some(address))
    }

    #[test]
    fn a_thread_that_is_being_started_is_one_that_somebody_need_not_wait_for() {
        let house = House::new(3, 10);
        for _ in 0..3 {
            assert!(matches!(admit(&house), Admission::NeedsThread));
        }
        // The first of them has come.
        let first = house.next();
        assert!(first.is_some() && !house.is_crowded());
        let others = (house.next(), house.next());
        assert!(matches!(admit(&house), Admission::Welcome) && house.is_crowded());
        drop((first, others));
    }

    #[test]
    fn whoever_was_to_have_a_thread_that_cannot_be_made_waits_for_another() {
        let house = House::new(2, 10);
        assert!(matches!(admit(&house), Admission::NeedsThread));
        let _first = house.next();
        assert!(matches!(admit(&house), Admission::NeedsThread) && !house.is_crowded());
        house.lacks_thread();
        assert!(house.is_crowded());
    }
}
