//! `Parker`: polls a future on this thread, which sleeps while the future is pending.
//! Invariant: a wake that comes before, or while the thread falls asleep, ends that sleep.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use mio::net::TcpStream;
use mio::{Events, Interest, Token};

use crate::shared::acceptor::poll_or_sleep;
use crate::shared::deadline::until;
use crate::shared::sync::{Condvar, Mutex, lock, wait};

const SOCKET: Token = Token(0);
const WAKER: Token = Token(1);

/// Set by a waker, and taken by the thread that sleeps. Not `std::thread::park`: a lock that a page waits for may take the
/// wake of a parked thread for its own.
#[derive(Default)]
struct WakeFlag {
    state: Mutex<Flag>,
    changed: Condvar,
}

#[derive(Default)]
struct Flag {
    woken: bool,
    /// Ends a sleep in `mio::Poll`: there is one when the thread has one.
    interrupt: Option<mio::Waker>,
}

impl WakeFlag {
    /// Takes the flag. Returns true if it was set.
    fn take(&self) -> bool {
        std::mem::take(&mut lock(&self.state).woken)
    }

    /// Blocks until the flag is set, or until `deadline`, and takes it.
    fn wait(&self, deadline: Option<Instant>) {
        let mut state = lock(&self.state);
        while !state.woken {
            let left = until(deadline);
            if left.is_some_and(|left| left.is_zero()) {
                return;
            }
            state = wait(&self.changed, state, left);
        }
        state.woken = false;
    }
}

impl Wake for WakeFlag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut state = lock(&self.state);
        if !std::mem::replace(&mut state.woken, true) {
            self.changed.notify_one();
            if let Some(interrupt) = &state.interrupt {
                // Fails only where the thread has ended.
                let _ = interrupt.wake();
            }
        }
    }
}

/// How a serving thread sleeps: on a condition variable, or in a `mio::Poll` while a socket is registered there.
pub(super) struct Parker {
    flag: Arc<WakeFlag>,
    waker: Waker,
    /// When the future is polled again without a wake.
    deadline: Cell<Option<Instant>>,
    /// Made by the first socket that is registered.
    poll: RefCell<Option<(mio::Poll, Events)>>,
    is_registered: Cell<bool>,
}

impl Parker {
    pub(super) fn new() -> Self {
        let flag = Arc::<WakeFlag>::default();
        let waker = Waker::from(Arc::clone(&flag));
        let (poll, is_registered) = (RefCell::default(), Cell::new(false));
        Self { flag, waker, deadline: Cell::new(None), poll, is_registered }
    }

    /// Wakes the future that the thread polls.
    pub(super) const fn waker(&self) -> &Waker {
        &self.waker
    }

    /// Has the future polled again at this moment, where it is pending now.
    pub(super) fn wake_at(&self, deadline: Option<Instant>) {
        let earliest = [self.deadline.get(), deadline].into_iter().flatten().min();
        self.deadline.set(earliest);
    }

    /// Ends the sleeps of this thread when the socket becomes readable or writable.
    pub(super) fn register(&self, socket: &mut TcpStream) -> io::Result<()> {
        let mut poll = self.poll.borrow_mut();
        if poll.is_none() {
            let new = mio::Poll::new()?;
            lock(&self.flag.state).interrupt = Some(mio::Waker::new(new.registry(), WAKER)?);
            *poll = Some((new, Events::with_capacity(4)));
        }
        if let Some((poll, _)) = &*poll {
            poll.registry().register(socket, SOCKET, Interest::READABLE | Interest::WRITABLE)?;
            self.is_registered.set(true);
        }
        Ok(())
    }

    /// Ends what [`Self::register`] has begun.
    pub(super) fn deregister(&self, socket: &mut TcpStream) {
        if let Some((poll, _)) = &*self.poll.borrow() {
            let _ = poll.registry().deregister(socket);
        }
        self.is_registered.set(false);
    }

    /// Blocks until the future is ready. Where a future never wakes its waker, this never returns.
    pub(super) fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let mut context = Context::from_waker(&self.waker);
        loop {
            self.deadline.set(None);
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return output;
            }
            self.sleep();
        }
    }

    fn sleep(&self) {
        match &mut *self.poll.borrow_mut() {
            Some((poll, events)) if self.is_registered.get() => {
                if !self.flag.take() {
                    poll_or_sleep(poll, events, until(self.deadline.get()));
                    self.flag.take();
                }
            }
            _ => self.flag.wait(self.deadline.get()),
        }
    }
}

#[cfg(all(test, bantam_model))]
#[path = "../../tests/models/park.rs"]
mod model;
