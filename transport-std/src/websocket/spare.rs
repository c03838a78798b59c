//! Compressors and decompressors of a thread, for connections without context takeover.
//!
//! Invariant: what is taken remembers no message.

use std::cell::RefCell;
use std::thread::LocalKey;

/// The states that a thread keeps for the next messages, with the bits of their windows.
pub(super) type Spare<T> = RefCell<Vec<(u8, T)>>;

/// As many messages of a thread can be under way at once without an allocation for each.
const MAX_SPARE: usize = 4;

/// Takes a state for windows of so many bits, or makes one.
pub(super) fn take<T>(spare: &'static LocalKey<Spare<T>>, bits: u8, make: impl FnOnce() -> T) -> T {
    let found = spare.try_with(|spare| {
        let mut spare = spare.borrow_mut();
        let at = spare.iter().position(|(of, _)| *of == bits)?;
        Some(spare.swap_remove(at).1)
    });
    found.ok().flatten().unwrap_or_else(make)
}

/// Gives back a state that has been reset.
pub(super) fn give_back<T>(spare: &'static LocalKey<Spare<T>>, bits: u8, state: T) {
    // A thread that ends has no place for it any more.
    let _ = spare.try_with(|spare| {
        let mut spare = spare.borrow_mut();
        if spare.len() < MAX_SPARE {
            spare.push((bits, state));
        }
    });
}
