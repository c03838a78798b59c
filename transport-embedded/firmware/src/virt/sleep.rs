//! Sleeping with WFI until a frame or a time.
//! Invariant: a frame that arrives before the WFI ends it.
//!
//! Interrupts stay disabled in `mstatus`: WFI returns for one that is pending and enabled in `mie` all the same, so there is no
//! handler.

use core::time::Duration;

use riscv::asm::wfi;
use riscv::interrupt::Interrupt;
use riscv::register::mie;

use super::clock::{MtimeClock, set_alarm};
use super::mac::Mac;
use super::virtio::INTERRUPTS;
use crate::register::Register;

/// The PLIC (RISC-V platform-level interrupt controller specification) with the context of hart 0 in machine mode.
const PRIORITY: usize = 0x0c00_0000;
const ENABLE: Register = Register::at(0x0c00_2000);
const THRESHOLD: Register = Register::at(0x0c20_0000);
/// Reading claims an interrupt, writing its number completes it.
const CLAIM: Register = Register::at(0x0c20_0004);

/// Enables the interrupts of the timer and of every place of a virtio device.
pub fn enable_interrupts() {
    for number in INTERRUPTS {
        Register::at(PRIORITY + 4 * number as usize).write(1);
        ENABLE.write(ENABLE.read() | 1 << number);
    }
    THRESHOLD.write(0);
    // SAFETY: with `mstatus.MIE` clear no handler runs, so that no critical section is broken.
    unsafe {
        mie::enable(Interrupt::MachineTimer);
        mie::enable(Interrupt::MachineExternal);
    }
}

/// Sleeps until a frame arrives or until `wake`, at most for [`MtimeClock::MAX_UNREAD`].
pub fn until(clock: &MtimeClock, wake: Option<Duration>) {
    at_most(wake.map(|wake| wake.saturating_sub(clock.now())));
}

/// Sleeps until a frame arrives or for `duration`, at most for [`MtimeClock::MAX_UNREAD`].
pub fn at_most(duration: Option<Duration>) {
    if set_alarm(duration.unwrap_or(MtimeClock::MAX_UNREAD)) && !Mac::has_frame() {
        wfi();
    }
    // Before the driver looks into its queue: a frame after this line makes the interrupt pending again.
    let claimed = CLAIM.read();
    Mac::acknowledge();
    if claimed != 0 {
        CLAIM.write(claimed);
    }
}
