//! The site on a Pico W or Pico 2 W: an RP2040 or RP2350 with a CYW43439, a radio with firmware of its own.

#![no_std]
#![no_main]

use bantam_boards::{Network, pico_temperature, start};
use cyw43::{JoinOptions, NetDriver, SpiBus, State, aligned_bytes};
use cyw43_pio::{DEFAULT_CLOCK_DIVIDER, PioSpi};
use defmt_rtt as _;
use embassy_executor::Spawner;
use embassy_rp::adc::{Adc, Channel};
use embassy_rp::clocks::RoscRng;
use embassy_rp::gpio::{Level, Output};
use embassy_rp::peripherals::{DMA_CH0, PIO0};
use embassy_rp::pio::Pio;
use embassy_rp::{bind_interrupts, dma, pio};
use embassy_time::Timer;
use panic_probe as _;
use static_cell::StaticCell;

bind_interrupts!(struct Interrupts {
    PIO0_IRQ_0 => pio::InterruptHandler<PIO0>;
    DMA_IRQ_0 => dma::InterruptHandler<DMA_CH0>;
});

type Radio = SpiBus<Output<'static>, PioSpi<'static, PIO0, 0>>;

/// The network to join, of the environment in which the image is built.
const NETWORK: (&str, &str) = (
    match option_env!("WIFI_NETWORK") {
        Some(name) => name,
        None => "",
    },
    match option_env!("WIFI_PASSWORD") {
        Some(password) => password,
        None => "",
    },
);

static STATE: StaticCell<State> = StaticCell::new();

#[embassy_executor::task]
async fn run_radio(runner: cyw43::Runner<'static, Radio>) {
    runner.run().await;
}

#[embassy_executor::task]
async fn run_network(mut network: Network<NetDriver<'static>>) {
    network.run().await;
}

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    // Empty where the image is built without CYW43_FIRMWARE.
    let firmware = aligned_bytes!(concat!(env!("OUT_DIR"), "/43439A0.bin"));
    let regulatory = aligned_bytes!(concat!(env!("OUT_DIR"), "/43439A0_clm.bin"));
    let nvram = aligned_bytes!(concat!(env!("OUT_DIR"), "/nvram_rp2040.bin"));
    defmt::assert!(!firmware.is_empty(), "this image has no firmware for the radio: see README.md");

    let p = embassy_rp::init(Default::default());
    let (mut adc, mut sensor) =
        (Adc::new_blocking(p.ADC, Default::default()), Channel::new_temp_sensor(p.ADC_TEMP_SENSOR));
    let mut pio = Pio::new(p.PIO0, Interrupts);
    let (power, select) = (Output::new(p.PIN_23, Level::Low), Output::new(p.PIN_25, Level::High));
    let dma = dma::Channel::new(p.DMA_CH0, Interrupts);
    let spi = PioSpi::new(
        &mut pio.common,
        pio.sm0,
        DEFAULT_CLOCK_DIVIDER,
        pio.irq0,
        select,
        p.PIN_24,
        p.PIN_29,
        dma,
    );
    let (driver, mut control, runner) =
        cyw43::new(STATE.init(State::new()), power, spi, firmware, nvram).await;
    spawner.spawn(run_radio(runner).expect("the pool has one task"));
    control.init(regulatory).await;

    let (site, network) = start(spawner, env!("BOARD"), driver, RoscRng.next_u64());
    spawner.spawn(run_network(network).expect("the pool has one task"));
    while control.join(NETWORK.0, JoinOptions::new(NETWORK.1.as_bytes())).await.is_err() {
        defmt::warn!("the network {} cannot be joined", NETWORK.0);
        Timer::after_secs(5).await;
    }
    loop {
        let sample = adc.blocking_read(&mut sensor).unwrap_or(0);
        // The LED is a pin of the radio.
        control.gpio_set(0, site.exchange(pico_temperature(sample)).await).await;
    }
}
