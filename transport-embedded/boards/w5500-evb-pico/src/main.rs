//! The site on a W5500-EVB-Pico: an RP2040 with a W5500, which has the MAC and the PHY.

#![no_std]
#![no_main]

use bantam_boards::{Network, pico_temperature, start};
use defmt_rtt as _;
use embassy_executor::Spawner;
use embassy_net_wiznet::chip::W5500;
use embassy_net_wiznet::{Device, Runner, State};
use embassy_rp::adc::{Adc, Channel};
use embassy_rp::clocks::RoscRng;
use embassy_rp::flash::Flash;
use embassy_rp::gpio::{Input, Level, Output, Pull};
use embassy_rp::peripherals::{DMA_CH0, DMA_CH1, SPI0};
use embassy_rp::spi::{Async, Config, Spi};
use embassy_rp::{bind_interrupts, dma};
use embassy_time::Delay;
use embedded_hal_bus::spi::ExclusiveDevice;
use panic_probe as _;
use static_cell::StaticCell;

bind_interrupts!(struct Interrupts {
    DMA_IRQ_0 => dma::InterruptHandler<DMA_CH0>, dma::InterruptHandler<DMA_CH1>;
});

type SpiDevice = ExclusiveDevice<Spi<'static, SPI0, Async>, Output<'static>, Delay>;

static STATE: StaticCell<State<4, 4>> = StaticCell::new();

#[embassy_executor::task]
async fn run_w5500(runner: Runner<'static, W5500, SpiDevice, Input<'static>, Output<'static>>) {
    runner.run().await;
}

#[embassy_executor::task]
async fn run_network(mut network: Network<Device<'static>>) {
    network.run().await;
}

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    let p = embassy_rp::init(Default::default());
    let mut led = Output::new(p.PIN_25, Level::Low);
    let (mut adc, mut sensor) =
        (Adc::new_blocking(p.ADC, Default::default()), Channel::new_temp_sensor(p.ADC_TEMP_SENSOR));

    let mut config = Config::default();
    config.frequency = 33_000_000;
    let spi = Spi::new(p.SPI0, p.PIN_18, p.PIN_19, p.PIN_16, p.DMA_CH0, p.DMA_CH1, Interrupts, config);
    let device =
        ExclusiveDevice::new(spi, Output::new(p.PIN_17, Level::High), Delay).expect("the pin has no error");
    let (interrupt, reset) = (Input::new(p.PIN_21, Pull::Up), Output::new(p.PIN_20, Level::High));
    // The chip has no MAC address: a locally administered one, of the flash memory's number.
    let mut number = [0; 8];
    Flash::<_, _, { 2 << 20 }>::new_blocking(p.FLASH)
        .blocking_unique_id(&mut number)
        .expect("the flash answers");
    let [.., a, b, c, d, e] = number;
    let (driver, runner) =
        embassy_net_wiznet::new([2, a, b, c, d, e], STATE.init(State::new()), device, interrupt, reset)
            .await
            .expect("the W5500 answers");
    spawner.spawn(run_w5500(runner).expect("the pool has one task"));

    let (site, network) = start(spawner, "W5500-EVB-Pico", driver, RoscRng.next_u64());
    spawner.spawn(run_network(network).expect("the pool has one task"));
    loop {
        let sample = adc.blocking_read(&mut sensor).unwrap_or(0);
        led.set_level(site.exchange(pico_temperature(sample)).await.into());
    }
}
