//! Two pages on the serial line of an LM3S6965, a Cortex-M3, without a crate for the chip.

#![no_std]
#![no_main]

use core::cell::Cell;
use core::convert::Infallible;
use core::panic::PanicInfo;
use core::time::Duration;

use bantam::wire::Status;
use bantam::{Buffers, Connection, Deadlines, RequestDetails, Site, blocking, serve};
use bantam_embedded::serial::{Clock, transport};
use cortex_m::Peripherals;
use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::entry;
use embedded_io::{ErrorType, Read, ReadReady, Write};

struct Pages;

impl Site for Pages {
    bantam::routes! {
        GET "/" => home,
        GET "/double/{number}" => double,
    }
}

async fn home<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.text(Status::OK, format_args!("Hello from a Cortex-M3\n")).await
}

async fn double<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let number: u32 = details.param("number")?;
    details.text(Status::OK, format_args!("{}\n", u64::from(number) * 2)).await
}

/// UART 0, a PL011, as it is after the reset.
struct Uart;

const DATA: *mut u32 = 0x4000_c000 as *mut u32;
const FLAGS: *mut u32 = 0x4000_c018 as *mut u32;
const CONTROL: *mut u32 = 0x4000_c030 as *mut u32;
const RX_EMPTY: u32 = 0x10;
const TX_FULL: u32 = 0x20;

impl ErrorType for Uart {
    type Error = Infallible;
}

impl ReadReady for Uart {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        // SAFETY: these are registers of the chip, which `Uart` alone uses. So below.
        Ok(unsafe { FLAGS.read_volatile() } & RX_EMPTY == 0)
    }
}

impl Read for Uart {
    fn read(&mut self, memory: &mut [u8]) -> Result<usize, Infallible> {
        while !self.read_ready()? {}
        let Some(first) = memory.first_mut() else { return Ok(0) };
        *first = unsafe { DATA.read_volatile() } as u8;
        Ok(1)
    }
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        for byte in bytes {
            unsafe {
                while FLAGS.read_volatile() & TX_FULL != 0 {}
                DATA.write_volatile((*byte).into());
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// The time by SysTick, which counts down at 12.5 MHz and wraps after 1.34 s. The line asks for the time more often.
struct Ticks {
    last: Cell<u32>,
    passed: Cell<u64>,
}

const WRAP: u32 = 1 << 24;

impl Clock for Ticks {
    fn now(&self) -> Duration {
        let current = SYST::get_current();
        let ticks = self.last.replace(current).wrapping_sub(current) % WRAP;
        self.passed.set(self.passed.get() + u64::from(ticks));
        Duration::from_nanos(self.passed.get() * 80)
    }
}

#[entry]
fn main() -> ! {
    let mut counter = Peripherals::take().expect("main runs once").SYST;
    counter.set_clock_source(SystClkSource::Core);
    counter.set_reload(WRAP - 1);
    counter.clear_current();
    counter.enable_counter();
    // SAFETY: see above. 0x301 turns on the UART in both directions.
    unsafe { CONTROL.write_volatile(0x301) };

    let clock = Ticks { last: Cell::new(WRAP - 1), passed: Cell::new(0) };
    let mut line = transport(Uart, clock, Deadlines::DEFAULT.close(Duration::from_millis(50)));
    let mut buffers = Buffers::<1024, 512>::new();
    loop {
        // An error ends a connection, not the loop.
        let _ = blocking::block_on(serve(&mut line, &mut buffers.state(), &Pages));
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}
