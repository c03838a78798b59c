//! [`Room`]: the last messages of the chat, and the places of those that wait for the next one.
//!
//! Invariant: nothing waits for a reader: what is not read in time is overwritten, and its reader is told. No waker is called or dropped
//! while the lock is held.

use core::task::{Context, Poll, Waker};

use crate::lock::Lock;
use crate::message::Message;

/// The number of messages that are kept, and how far a reader may be behind.
const KEPT: usize = 16;
/// The limit of readers at the same time.
const PLACES: usize = if cfg!(target_os = "none") { 8 } else { 256 };

/// The chat between all that have a [`Seat`], in fixed memory.
#[derive(Debug)]
pub(crate) struct Room(Lock<State>);

#[derive(Debug)]
struct State {
    /// A ring: message `n` is at `n % KEPT`.
    kept: [Message; KEPT],
    /// The messages so far; begins again behind its largest.
    count: u32,
    places: [Place; PLACES],
}

#[derive(Debug)]
struct Place {
    is_taken: bool,
    /// Of a reader that has read everything.
    waker: Option<Waker>,
}

/// What a reader gets.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Next {
    /// The next message.
    Message(Message),
    /// So many messages were overwritten before they were read.
    Missed(u32),
}

impl Room {
    pub(crate) const fn new() -> Self {
        let places = [const { Place { is_taken: false, waker: None } }; PLACES];
        Self(Lock::new(State { kept: [Message::EMPTY; KEPT], count: 0, places }))
    }

    /// Takes a place, whose reader begins with the messages that are kept. `None` if all are taken.
    pub(crate) fn join(&self) -> Option<Seat<'_>> {
        self.0.with(|state| {
            let (number, place) = state.places.iter_mut().enumerate().find(|(_, place)| !place.is_taken)?;
            place.is_taken = true;
            let next = state.count.saturating_sub(KEPT as u32);
            Some(Seat { room: self, number, next })
        })?
    }

    /// Keeps the message, and wakes all readers that wait.
    pub(crate) fn say(&self, message: &Message) {
        self.0.with(|state| {
            if let Some(place) = state.kept.get_mut(state.count as usize % KEPT) {
                *place = *message;
            }
            state.count = state.count.wrapping_add(1);
        });
        for number in 0..PLACES {
            let waker = self.0.with(|state| state.places.get_mut(number)?.waker.take());
            if let Some(waker) = waker.flatten() {
                waker.wake();
            }
        }
    }

    /// The number of places that are taken.
    #[cfg(feature = "live")]
    pub(crate) fn len(&self) -> u32 {
        self.0.with(|state| state.places.iter().filter(|place| place.is_taken).count() as u32).unwrap_or(0)
    }
}

/// A place in a [`Room`], which is given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Seat<'r> {
    room: &'r Room,
    number: usize,
    /// The number of the next message to read.
    next: u32,
}

impl Seat<'_> {
    /// Returns what comes next, or waits for it.
    pub(crate) fn poll_next(&mut self, context: &Context<'_>) -> Poll<Next> {
        let (room, number, next) = (self.room, self.number, &mut self.next);
        let result = room.0.with(|state| {
            let behind = state.count.wrapping_sub(*next);
            if behind > KEPT as u32 {
                let missed = behind - KEPT as u32;
                *next = next.wrapping_add(missed);
                return (Poll::Ready(Next::Missed(missed)), None);
            }
            if behind > 0 {
                let message = state.kept.get(*next as usize % KEPT).copied().unwrap_or(Message::EMPTY);
                *next = next.wrapping_add(1);
                return (Poll::Ready(Next::Message(message)), None);
            }
            let waker = context.waker();
            let old = state.places.get_mut(number).map(|place| match &mut place.waker {
                Some(known) if known.will_wake(waker) => None,
                place => place.replace(waker.clone()),
            });
            (Poll::Pending, old.flatten())
        });
        result.map_or(Poll::Pending, |(next, _)| next)
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let _waker = self.room.0.with(|state| {
            let place = state.places.get_mut(self.number)?;
            place.is_taken = false;
            place.waker.take()
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::task::Wake;
    use std::vec::Vec;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicU32);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn numbered(number: u8) -> Message {
        let mut message = Message::EMPTY;
        message.push(&[number]);
        message
    }

    /// All that a reader gets without waiting: the number of a message, or minus the count of those that it has missed.
    fn drain(seat: &mut Seat<'_>, waker: &Waker) -> Vec<i64> {
        core::iter::from_fn(|| match seat.poll_next(&Context::from_waker(waker)) {
            Poll::Ready(Next::Message(message)) => message.bytes().first().map(|byte| i64::from(*byte)),
            Poll::Ready(Next::Missed(count)) => Some(-i64::from(count)),
            Poll::Pending => None,
        })
        .collect()
    }

    #[test]
    fn every_reader_gets_every_message_in_order_and_is_woken_once() {
        let room = Room::new();
        let (mut first, mut second) = (room.join().unwrap(), room.join().unwrap());
        let counts = [Arc::new(Count::default()), Arc::new(Count::default())];
        let wakers = counts.clone().map(Waker::from);
        assert!(drain(&mut first, &wakers[0]).is_empty() && drain(&mut second, &wakers[1]).is_empty());
        (1..=3).for_each(|number| room.say(&numbered(number)));
        assert_eq!(counts.each_ref().map(|count| count.0.load(Ordering::SeqCst)), [1, 1]);
        assert_eq!(drain(&mut first, &wakers[0]), [1, 2, 3]);
        assert_eq!(drain(&mut second, &wakers[1]), [1, 2, 3]);
    }

    #[test]
    fn a_reader_that_is_late_is_told_how_many_it_has_missed() {
        let room = Room::new();
        let mut late = room.join().unwrap();
        (0..20).for_each(|number| room.say(&numbered(number)));
        let expected: Vec<i64> = core::iter::once(-4).chain(4..20).collect();
        assert_eq!(drain(&mut late, Waker::noop()), expected);
        // A new reader begins with what is kept.
        assert_eq!(drain(&mut room.join().unwrap(), Waker::noop()), (4..20).collect::<Vec<_>>());
    }

    #[test]
    fn the_count_of_messages_may_begin_again() {
        let room = Room::new();
        room.0.with(|state| state.count = u32::MAX - 17);
        let mut seat = room.join().unwrap();
        (0..16).for_each(|number| room.say(&numbered(number)));
        assert_eq!(drain(&mut seat, Waker::noop())[0], -16);
        (1..=4).for_each(|number| room.say(&numbered(number)));
        assert_eq!(drain(&mut seat, Waker::noop()), [1, 2, 3, 4]);
    }

    #[test]
    fn a_place_is_free_again_when_its_reader_leaves_and_its_waker_is_dropped() {
        let room = Room::new();
        let count = Arc::new(Count::default());
        let mut seats: Vec<_> = core::iter::from_fn(|| room.join()).collect();
        assert_eq!(seats.len(), PLACES);
        let waker = Waker::from(count.clone());
        drain(&mut seats[7], &waker);
        drop((waker, seats.remove(7)));
        assert_eq!(Arc::strong_count(&count), 1);
        let again = room.join().unwrap();
        assert!(again.number == 7 && room.join().is_none());
        room.say(&numbered(1));
        assert_eq!(count.0.load(Ordering::SeqCst), 0);
    }
}
