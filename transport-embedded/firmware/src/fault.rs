//! Law: firmware that cannot go on says why and ends; it never stands still in silence.

use core::panic::PanicInfo;

use cortex_m_rt::{ExceptionFrame, exception};
use cortex_m_semihosting::debug::{EXIT_FAILURE, exit};
use cortex_m_semihosting::hprintln;

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    // The place is enough to find it; the messages of everything that could panic would cost 11 KB of flash.
    match info.location() {
        Some(place) => hprintln!("panic at {}:{}", place.file(), place.line()),
        None => hprintln!("panic"),
    }
    end()
}

#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    hprintln!("hard fault at {:#010x}, called from {:#010x}", frame.pc(), frame.lr());
    end()
}

fn end() -> ! {
    exit(EXIT_FAILURE);
    loop {
        cortex_m::asm::udf();
    }
}
