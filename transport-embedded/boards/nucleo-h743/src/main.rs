//! The site on a Nucleo-H743ZI: an STM32H743 with a MAC, and a PHY by RMII.

#![no_std]
#![no_main]

use bantam_boards::{Network, start};
use defmt_rtt as _;
use embassy_executor::Spawner;
use embassy_stm32::adc::{Adc, SampleTime};
use embassy_stm32::eth::{Ethernet, GenericPhy, PacketQueue, Sma};
use embassy_stm32::gpio::{Level, Output, Speed};
use embassy_stm32::peripherals::{ETH, ETH_SMA, RNG};
use embassy_stm32::rng::Rng;
use embassy_stm32::{Config, bind_interrupts, eth, rcc, rng, uid};
use panic_probe as _;
use static_cell::StaticCell;

bind_interrupts!(struct Interrupts {
    ETH => eth::InterruptHandler;
    RNG => rng::InterruptHandler<RNG>;
});

type Driver = Ethernet<'static, ETH, GenericPhy<Sma<'static, ETH_SMA>>>;

static PACKETS: StaticCell<PacketQueue<4, 4>> = StaticCell::new();

#[embassy_executor::task]
async fn run_network(mut network: Network<Driver>) {
    network.run().await;
}

/// Returns 400 MHz from the internal oscillator, and the clocks of the random number generator and the ADC.
fn clocks() -> Config {
    let mut config = Config::default();
    let clocks = &mut config.rcc;
    clocks.hsi = Some(rcc::HSIPrescaler::DIV1);
    clocks.hsi48 = Some(Default::default());
    clocks.pll1 = Some(rcc::Pll {
        source: rcc::PllSource::HSI,
        prediv: rcc::PllPreDiv::DIV4,
        mul: rcc::PllMul::MUL50,
        fracn: None,
        divp: Some(rcc::PllDiv::DIV2),
        divq: None,
        divr: None,
    });
    clocks.sys = rcc::Sysclk::PLL1_P;
    clocks.ahb_pre = rcc::AHBPrescaler::DIV2;
    (clocks.apb1_pre, clocks.apb2_pre) = (rcc::APBPrescaler::DIV2, rcc::APBPrescaler::DIV2);
    (clocks.apb3_pre, clocks.apb4_pre) = (rcc::APBPrescaler::DIV2, rcc::APBPrescaler::DIV2);
    clocks.voltage_scale = rcc::VoltageScale::Scale1;
    clocks.mux.adcsel = rcc::mux::Adcsel::PER;
    config
}

/// Converts a sample to tenths of a degree Celsius, by the two that the factory has stored, at 30 and 110 degrees
/// (data sheet, temperature sensor calibration values).
fn temperature(sample: u16) -> i32 {
    // SAFETY: both are read-only memory of the chip.
    let [low, high] = [0x1ff1_e820, 0x1ff1_e840].map(|at: usize| unsafe { (at as *const u16).read() });
    let (low, high) = (i32::from(low), i32::from(high));
    300 + (i32::from(sample) - low) * 800 / (high - low).max(1)
}

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    let p = embassy_stm32::init(clocks());
    let mut led = Output::new(p.PB0, Level::Low, Speed::Low);
    let mut adc = Adc::new(p.ADC3);
    let mut sensor = adc.enable_temperature();
    let mut seed = [0; 8];
    Rng::new(p.RNG, Interrupts).async_fill_bytes(&mut seed).await.expect("the generator works");

    // The chip has no MAC address: a locally administered one, of its number.
    let [a, b, c, d, e, ..] = uid::uid();
    let driver = Ethernet::new(
        PACKETS.init(PacketQueue::new()),
        p.ETH,
        Interrupts,
        p.PA1,
        p.PA7,
        p.PC4,
        p.PC5,
        p.PG13,
        p.PB13,
        p.PG11,
        [2, a, b, c, d, e],
        p.ETH_SMA,
        p.PA2,
        p.PC1,
    );
    let (site, network) = start(spawner, "Nucleo-H743ZI", driver, u64::from_le_bytes(seed));
    spawner.spawn(run_network(network).expect("the pool has one task"));
    loop {
        let sample = adc.blocking_read(&mut sensor, SampleTime::CYCLES810_5);
        led.set_level(site.exchange(temperature(sample)).await.into());
    }
}
