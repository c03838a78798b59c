//! An image that tests `mem_functions.rs` and `division.rs` on the emulated processor: every length up to 70 at every alignment, every
//! overlap, and what stands beside; quotients of numbers of every length. It ends with success, or with a panic.

#![no_std]
#![no_main]

use core::ffi::{c_int, c_void};
use core::hint::black_box;
use core::ptr::from_ref;

use bantam_firmware::board::entry;
use bantam_firmware::console;
#[cfg(target_arch = "arm")]
use cortex_m_semihosting::debug::{EXIT_SUCCESS, exit};
#[cfg(target_arch = "riscv32")]
use riscv_semihosting::debug::{EXIT_SUCCESS, exit};

unsafe extern "C" {
    fn memcpy(to: *mut c_void, from: *const c_void, length: usize) -> *mut c_void;
    fn memmove(to: *mut c_void, from: *const c_void, length: usize) -> *mut c_void;
    fn memset(to: *mut c_void, byte: c_int, length: usize) -> *mut c_void;
    fn memcmp(one: *const c_void, other: *const c_void, length: usize) -> c_int;
}

#[cfg(target_arch = "arm")]
unsafe extern "C" {
    fn __aeabi_memcpy(to: *mut c_void, from: *const c_void, length: usize);
    fn __aeabi_memcpy4(to: *mut c_void, from: *const c_void, length: usize);
    fn __aeabi_memmove(to: *mut c_void, from: *const c_void, length: usize);
    fn __aeabi_memset(to: *mut c_void, length: usize, byte: c_int);
    fn __aeabi_memclr(to: *mut c_void, length: usize);
}

/// The longest run.
const LONGEST: usize = 70;
/// The run, the alignments of both, the largest distance of an overlap, and a margin.
const SIZE: usize = 2 * LONGEST + 20;

#[repr(align(8))]
struct Memory([u8; SIZE]);

/// Bytes of which no two near ones are equal.
fn pattern(at: usize) -> u8 {
    (at * 37 + 11) as u8
}

impl Memory {
    // A loop that the compiler does not turn into a call of what is tested.
    fn new() -> Self {
        let mut memory = Self([0; SIZE]);
        for (at, byte) in memory.0.iter_mut().enumerate() {
            *byte = black_box(pattern(at));
        }
        memory
    }

    fn at(&mut self, at: usize) -> *mut c_void {
        assert!(at + LONGEST <= SIZE);
        (&raw mut self.0[at]).cast()
    }

    /// Panics unless `length` bytes from `to` on are `expected`, and all others as they were.
    fn check(&self, to: usize, length: usize, expected: impl Fn(usize) -> u8) {
        for (at, byte) in self.0.iter().enumerate() {
            let inside = (to..to + length).contains(&at);
            assert!(black_box(*byte) == if inside { expected(at - to) } else { pattern(at) });
        }
    }
}

/// Calls `work` with every place of two runs, and every length.
fn for_each(last: usize, mut work: impl FnMut(usize, usize, usize)) {
    for length in 0..=LONGEST {
        for to in 0..=last {
            for from in 0..=last {
                work(to, from, length);
            }
        }
    }
}

fn copies_are_copies() {
    for_each(3, |to, from, length| {
        let source = Memory::new();
        let read = from_ref(&source.0[from]).cast();
        // SAFETY: both runs are within their memories, which are apart.
        unsafe {
            let mut memory = Memory::new();
            let place = memory.at(to + 8);
            assert!(memcpy(place, read, length) == place);
            memory.check(to + 8, length, |at| pattern(from + at));
            #[cfg(target_arch = "arm")]
            {
                let mut memory = Memory::new();
                __aeabi_memcpy(memory.at(to + 8), read, length);
                memory.check(to + 8, length, |at| pattern(from + at));
                if to == 0 && from == 0 {
                    let mut memory = Memory::new();
                    __aeabi_memcpy4(memory.at(8), read, length);
                    memory.check(8, length, pattern);
                }
            }
        }
    });
}

fn moves_survive_every_overlap() {
    for length in 0..=LONGEST {
        for from in 0..LONGEST + 12 {
            // Around the place in the middle, from one that is all before it to one that is all behind it.
            let to = LONGEST / 2 + 4 + length % 4;
            // SAFETY: both runs are within the memory.
            unsafe {
                let mut memory = Memory::new();
                let (place, read) = (memory.at(to), memory.at(from));
                assert!(memmove(place, read, length) == place);
                memory.check(to, length, |at| pattern(from + at));
                #[cfg(target_arch = "arm")]
                {
                    let mut memory = Memory::new();
                    let (place, read) = (memory.at(from), memory.at(to));
                    __aeabi_memmove(place, read, length);
                    memory.check(from, length, |at| pattern(to + at));
                }
            }
        }
    }
}

fn sets_are_of_one_byte() {
    for_each(3, |to, value, length| {
        let value = value * 85;
        // Not by its name, or the compiler passes the low byte alone.
        let set: unsafe extern "C" fn(*mut c_void, c_int, usize) -> *mut c_void = black_box(memset);
        // SAFETY: the run is within the memory.
        unsafe {
            let mut memory = Memory::new();
            let place = memory.at(to + 8);
            // Only the low byte counts.
            assert!(set(place, (value | 0x5a00) as c_int, length) == place);
            memory.check(to + 8, length, |_| value as u8);
            #[cfg(target_arch = "arm")]
            {
                let mut memory = Memory::new();
                __aeabi_memset(memory.at(to + 8), length, (value | 0x5a00) as c_int);
                memory.check(to + 8, length, |_| value as u8);
                let mut memory = Memory::new();
                __aeabi_memclr(memory.at(to + 8), length);
                memory.check(to + 8, length, |_| 0);
            }
        }
    });
}

fn the_first_difference_decides() {
    for_each(3, |to, from, length| {
        let mut one = Memory::new();
        let mut other = Memory::new();
        for at in 0..length {
            other.0[from + at] = black_box(pattern(to + at));
        }
        // SAFETY: both runs are within their memories.
        let compare = |one: &[u8], other: &[u8]| unsafe {
            memcmp(one.as_ptr().cast(), other.as_ptr().cast(), length).signum()
        };
        assert!(compare(&one.0[to..], &other.0[from..]) == 0);
        for at in 0..length {
            // A difference behind the first one, in the other direction, changes nothing.
            let last = (to + length - 1, from + length - 1);
            let before = (one.0[to + at], one.0[last.0], other.0[from + at], other.0[last.1]);
            (one.0[last.0], other.0[last.1]) = (0, 0xff);
            for (a, b, order) in [(0, 0xff, -1), (0x80, 0x7f, 1), (1, 0, 1)] {
                (one.0[to + at], other.0[from + at]) = (a, b);
                assert!(compare(&one.0[to..], &other.0[from..]) == order);
                assert!(compare(&other.0[from..], &one.0[to..]) == -order);
            }
            (one.0[to + at], one.0[last.0]) = (before.0, before.1);
            (other.0[from + at], other.0[last.1]) = (before.2, before.3);
        }
    });
}

fn quotients_and_remainders_are_exact() {
    // A random number of a random length (xorshift64).
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |length: u32| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state >> (64 - length)
    };
    let check = |dividend: u64, divisor: u64| {
        let (quotient, rest) =
            (black_box(dividend) / black_box(divisor), black_box(dividend) % black_box(divisor));
        assert!(rest < divisor);
        assert!(
            quotient.checked_mul(divisor).and_then(|product| product.checked_add(rest)) == Some(dividend)
        );
    };
    const EDGES: [u64; 10] =
        [1, 2, 1000, 1_000_000, 0xffff_ffff, 1 << 32, (1 << 32) + 1, 1 << 63, u64::MAX - 1, u64::MAX];
    for divisor in EDGES {
        for dividend in EDGES {
            check(dividend, divisor);
            check(dividend - 1, divisor);
        }
    }
    for dividend_length in 1..=64 {
        for divisor_length in 1..=64 {
            for _ in 0..4 {
                check(next(dividend_length), next(divisor_length).max(1));
            }
        }
    }
}

#[entry]
fn main() -> ! {
    console::print(b"READY to test\n");
    copies_are_copies();
    moves_survive_every_overlap();
    sets_are_of_one_byte();
    the_first_difference_decides();
    quotients_and_remainders_are_exact();
    console::print(b"all exact\n");
    loop {
        exit(EXIT_SUCCESS);
    }
}
