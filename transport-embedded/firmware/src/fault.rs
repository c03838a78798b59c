//! Law: firmware that cannot go on says why and ends; it never stands still in silence.

use core::panic::PanicInfo;

use cortex_m_rt::{ExceptionFrame, exception};
use cortex_m_semihosting::debug::{EXIT_FAILURE, exit};
use cortex_m_semihosting::hprintln;

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    hprintln!("{}", info);
    end()
}

#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    hprintln!("hard fault at {:#010x}, called from {:#010x}", frame.pc(), frame.lr());
    end()
}

fn end() -> ! {
    exit(EXIT_FAILURE);
    cortex_m::asm::udf()
}
