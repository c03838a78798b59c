//! [`HeapReserve`]: memory that the heap of a worker keeps.
//!
//! Invariant: memory that a page frees in a worker stays with the process, and how much that is changes no behaviour.

use std::hint::black_box;

/// Blocks are below the 128 KB from which glibc maps each for itself.
const BLOCK: usize = 96 * 1024;
/// How many blocks are free: 960 KB.
const COUNT: usize = 10;

/// Keeps free memory from the end of a heap. There glibc returns to the system what is free beyond 128 KB whenever 64 KB are freed, so
/// that a page that compresses with a new encoder (300 KB) would have 55 page faults, which cost more than to compress 3 KB. Behind
/// the reserve lies a block that is in use, too large for a place before it. Only what is used of the reserve is memory: 44 KB before a
/// page uses it. An allocator that works otherwise loses nothing.
pub(super) struct HeapReserve {
    _behind: Vec<u8>,
}

impl HeapReserve {
    /// Makes the reserve of this thread.
    pub(super) fn new() -> Self {
        let reserve: [Vec<u8>; COUNT] = black_box(std::array::from_fn(|_| Vec::with_capacity(BLOCK)));
        let behind = black_box(Vec::with_capacity(BLOCK));
        drop(reserve);
        Self { _behind: behind }
    }
}

#[cfg(test)]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod tests {
    use std::process::Command;
    use std::{env, fs, thread};

    use super::*;

    /// Set in the process that counts: other tests share the heaps of this one.
    const ALONE: &str = "BANTAM_COUNT_FAULTS";
    const ROUNDS: u64 = 100;

    /// The page faults of this thread so far.
    fn faults() -> u64 {
        let stat = fs::read_to_string("/proc/thread-self/stat").unwrap();
        let fields = stat.rsplit_once(')').unwrap().1;
        fields.split_whitespace().nth(7).unwrap().parse().unwrap()
    }

    /// The page faults of a thread that allocates, writes and frees 320 KB again and again.
    fn faults_of_rounds(new: fn() -> Option<HeapReserve>) -> u64 {
        let rounds = move || {
            let _reserve = new();
            let round = |_| drop(black_box([(); 4].map(|()| black_box(vec![1_u8; 80 * 1024]))));
            (0..10).for_each(round);
            let before = faults();
            (0..ROUNDS).for_each(round);
            faults() - before
        };
        thread::spawn(rounds).join().unwrap()
    }

    #[test]
    fn memory_that_is_used_again_is_not_mapped_again() {
        if env::var_os(ALONE).is_none() {
            let name = "shared::heap_reserve::tests::memory_that_is_used_again_is_not_mapped_again";
            let alone =
                Command::new(env::current_exe().unwrap()).args(["--exact", name]).env(ALONE, "1").output();
            let alone = alone.unwrap();
            assert!(alone.status.success(), "{}", String::from_utf8_lossy(&alone.stdout));
            return;
        }
        let (with, without) = (faults_of_rounds(|| Some(HeapReserve::new())), faults_of_rounds(|| None));
        assert!(with < ROUNDS && without > 10 * ROUNDS, "{with}, and {without} without");
    }
}
