//! Law: a processor with nothing to do stands still until a frame comes or a time is reached, whichever is first.

use core::time::Duration;

use cortex_m::asm::wfi;
use cortex_m::interrupt;
use cortex_m_rt::exception;

use crate::clock::{Clock, HERTZ};
use crate::mac::Mac;
use crate::register::Register;

/// Interrupt numbers of the data sheet, section 2.5.
const TIMER: u32 = 19;
const ETHERNET: u32 = 42;

const fn timer(offset: usize) -> Register {
    Register::at(0x4003_0000 + offset)
}

/// Run-mode clock gating of the timers.
const CLOCK_GATING: Register = Register::at(0x400f_e104);
/// Interrupt set-enable, 32 interrupts a register.
const ENABLE: [Register; 2] = [Register::at(0xe000_e100), Register::at(0xe000_e104)];

/// Lets the timer and the controller interrupt.
pub fn prepare() {
    CLOCK_GATING.write(CLOCK_GATING.read() | 1 << 16);
    for number in [TIMER, ETHERNET] {
        ENABLE[number as usize / 32].write(1 << (number % 32));
    }
}

/// Stands still until a frame comes, or until `wake`; not for longer than the clock can go unread.
pub fn until(clock: &Clock, wake: Option<Duration>) {
    at_most(wake.map(|wake| wake.saturating_sub(clock.now())));
}

/// Stands still until a frame comes, or for so long; not for longer than the clock can go unread.
pub fn at_most(duration: Option<Duration>) {
    let left = duration.unwrap_or(Clock::PATIENCE).min(Clock::PATIENCE);
    let ticks = u32::try_from(left.as_nanos() / u128::from(1_000_000_000 / HERTZ)).unwrap_or(u32::MAX);
    if ticks == 0 {
        return;
    }
    // With interrupts masked one that comes between the look and the sleep still ends the sleep.
    interrupt::free(|_| {
        Mac::listen();
        alarm(ticks);
        if !Mac::has_frame() {
            wfi();
        }
    });
}

/// Interrupts once, after so many ticks: timer 0 as one of 32 bits, one-shot.
fn alarm(ticks: u32) {
    timer(0x0c).write(0);
    timer(0x00).write(0);
    timer(0x04).write(1);
    timer(0x28).write(ticks);
    timer(0x24).write(1);
    timer(0x18).write(1);
    timer(0x0c).write(1);
}

/// Both interrupts only wake: they are quietened, and the loop does the rest.
#[exception]
unsafe fn DefaultHandler(number: i16) {
    match number {
        n if n == TIMER as i16 => timer(0x24).write(1),
        n if n == ETHERNET as i16 => Mac::be_quiet(),
        _ => panic!("interrupt {number} has no handler"),
    }
}
