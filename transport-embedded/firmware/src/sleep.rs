//! Law: a processor with nothing to do stands still until a frame comes or a time is reached, whichever is first.

use core::time::Duration;

use cortex_m::asm::wfi;
use cortex_m::interrupt;

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
    // No more than a second or so.
    let ticks = left.as_secs() as u32 * HERTZ + left.subsec_nanos() / (1_000_000_000 / HERTZ);
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
extern "C" fn alarm_rings() {
    timer(0x24).write(1);
}

extern "C" fn frame_comes() {
    Mac::be_quiet();
}

extern "C" fn unexpected() {
    panic!("an interrupt that nobody has enabled");
}

/// What the processor calls, as far as the interrupts here go: the table of all of them would be 0.8 KB longer.
#[unsafe(link_section = ".vector_table.interrupts")]
#[unsafe(no_mangle)]
static __INTERRUPTS: [extern "C" fn(); ETHERNET as usize + 1] = {
    let mut table: [extern "C" fn(); ETHERNET as usize + 1] = [unexpected; ETHERNET as usize + 1];
    table[TIMER as usize] = alarm_rings;
    table[ETHERNET as usize] = frame_comes;
    table
};
