//! Sleeping with WFI until a frame or a time.
//! Invariant: a frame that arrives before the WFI ends it.

use core::time::Duration;

use cortex_m::asm::wfi;
use cortex_m::interrupt;

use crate::clock::{HERTZ, SysTickClock};
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

/// Enables the interrupts of the timer and the Ethernet controller.
pub fn enable_interrupts() {
    CLOCK_GATING.write(CLOCK_GATING.read() | 1 << 16);
    for number in [TIMER, ETHERNET] {
        ENABLE[number as usize / 32].write(1 << (number % 32));
    }
}

/// Sleeps until a frame arrives or until `wake`, at most for [`SysTickClock::MAX_UNREAD`].
pub fn until(clock: &SysTickClock, wake: Option<Duration>) {
    at_most(wake.map(|wake| wake.saturating_sub(clock.now())));
}

/// Sleeps until a frame arrives or for `duration`, at most for [`SysTickClock::MAX_UNREAD`].
pub fn at_most(duration: Option<Duration>) {
    let duration = duration.unwrap_or(SysTickClock::MAX_UNREAD).min(SysTickClock::MAX_UNREAD);
    let ticks = duration.as_secs() as u32 * HERTZ + duration.subsec_nanos() / (1_000_000_000 / HERTZ);
    if ticks == 0 {
        return;
    }
    // WFI returns for a pending interrupt even while interrupts are masked.
    interrupt::free(|_| {
        Mac::unmask_rx();
        start_timer(ticks);
        if !Mac::has_frame() {
            wfi();
        }
    });
}

/// Starts timer 0 as a 32-bit one-shot timer.
fn start_timer(ticks: u32) {
    timer(0x0c).write(0);
    timer(0x00).write(0);
    timer(0x04).write(1);
    timer(0x28).write(ticks);
    timer(0x24).write(1);
    timer(0x18).write(1);
    timer(0x0c).write(1);
}

/// Acknowledges the interrupt, which only ends the sleep.
extern "C" fn timer_irq() {
    timer(0x24).write(1);
}

/// Masks the interrupt, which only ends the sleep.
extern "C" fn ethernet_irq() {
    Mac::mask_rx();
}

extern "C" fn unexpected() {
    panic!("this interrupt is not enabled");
}

/// The vector table up to the last interrupt in use. A full table would need 0.8 KB more.
#[unsafe(link_section = ".vector_table.interrupts")]
#[unsafe(no_mangle)]
static __INTERRUPTS: [extern "C" fn(); ETHERNET as usize + 1] = {
    let mut table: [extern "C" fn(); ETHERNET as usize + 1] = [unexpected; ETHERNET as usize + 1];
    table[TIMER as usize] = timer_irq;
    table[ETHERNET as usize] = ethernet_irq;
    table
};
