//! A site on an ESP32-C3, over its WiFi.

#![no_std]
#![no_main]

use core::time::Duration;

use bantam::wire::{Event, Status};
use bantam::{Buffers, Connection, Deadlines, RequestDetails, Site};
use bantam_embedded::embassy::{ServerPort, SynFilter, run_worker};
use embassy_executor::Spawner;
use embassy_net::tcp::TcpSocket;
use embassy_net::{Config, Runner, Stack, StackResources};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::semaphore::{GreedySemaphore, Semaphore};
use embassy_time::Timer;
use esp_backtrace as _;
use esp_hal::rng::Rng;
use esp_hal::timer::timg::TimerGroup;
use esp_hal::tsens::TemperatureSensor;
use esp_println::println;
use esp_radio::wifi::sta::StationConfig;
use esp_radio::wifi::{self, AuthenticationMethodConfig, Interface, WifiController};
use heapless::String;
use static_cell::{ConstStaticCell, StaticCell};

esp_bootloader_esp_idf::esp_app_desc!();

/// Connections that are served at once. Further clients wait.
const WORKERS: usize = 4;

/// The network to join, of the environment in which the image is built.
const NETWORK: (&str, &str) = (env!("WIFI_NETWORK"), env!("WIFI_PASSWORD"));

struct App {
    sensor: TemperatureSensor<'static>,
    /// The streams of events that there may still be.
    streams: GreedySemaphore<NoopRawMutex>,
}

impl Site for App {
    bantam::routes! {
        GET "/" => home,
        GET "/events" => events,
    }
}

impl App {
    /// In whole degrees Celsius.
    fn temperature(&self) -> i32 {
        self.sensor.get_temperature().to_celsius() as i32
    }
}

async fn home<C: Connection>(app: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let page = format_args!(
        "<!doctype html><meta charset=utf-8><title>ESP32-C3</title><h1>ESP32-C3</h1>\
         <p>The chip has <span id=degrees>{}</span> \u{b0}C.\
         <script>new EventSource('/events').onmessage=e=>degrees.textContent=e.data</script>",
        app.temperature(),
    );
    details.html(Status::OK, page).await
}

/// Sends the temperature every second. A stream keeps its worker: no more of them than leave two workers for the rest.
async fn events<C: Connection>(app: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let _place = app.streams.try_acquire(1).ok_or(Status::SERVICE_UNAVAILABLE)?;
    let Some(mut events) = details.events().await? else { return Ok(()) };
    while events.pause(Duration::from_secs(1)).await.is_some() {
        let text = String::<11>::try_from(app.temperature()).unwrap_or_default();
        events.send(&Event::new(&text)).await?;
    }
    Ok(())
}

/// The buffers of a worker.
struct WorkerMemory {
    receive: [u8; 1024],
    send: [u8; 1024],
    buffers: Buffers<1024, 512>,
}

static MEMORY: ConstStaticCell<[WorkerMemory; WORKERS]> = ConstStaticCell::new(
    [const { WorkerMemory { receive: [0; 1024], send: [0; 1024], buffers: Buffers::new() } }; WORKERS],
);
/// A socket for each worker and one for DHCP.
static RESOURCES: StaticCell<StackResources<{ WORKERS + 1 }>> = StaticCell::new();
static PORT: StaticCell<ServerPort<WORKERS>> = StaticCell::new();
static APP: StaticCell<App> = StaticCell::new();

#[embassy_executor::task(pool_size = WORKERS)]
async fn worker(
    stack: Stack<'static>,
    port: &'static ServerPort<WORKERS>,
    app: &'static App,
    memory: &'static mut WorkerMemory,
) {
    let mut socket = TcpSocket::new(stack, &mut memory.receive, &mut memory.send);
    run_worker(port, &mut socket, app, &mut memory.buffers).await;
}

#[embassy_executor::task]
async fn run_network(mut network: Runner<'static, SynFilter<'static, Interface, WORKERS>>) {
    network.run().await;
}

#[embassy_executor::task]
async fn print_address(stack: Stack<'static>) {
    loop {
        stack.wait_config_up().await;
        if let Some(config) = stack.config_v4() {
            println!("http://{}/", config.address.address());
        }
        stack.wait_config_down().await;
    }
}

#[esp_rtos::main]
async fn main(spawner: Spawner) {
    let p = esp_hal::init(esp_hal::Config::default());
    // The radio's own memory. bantam and embassy-net allocate nothing.
    esp_alloc::heap_allocator!(#[esp_hal::ram(reclaimed)] size: 64 * 1024);
    esp_alloc::heap_allocator!(size: 36 * 1024);
    esp_rtos::start(TimerGroup::new(p.TIMG0).timer0, p.FROM_CPU_INTR0);

    let sensor = TemperatureSensor::new(p.TSENS, Default::default()).expect("the sensor starts");
    let app: &App = APP.init(App { sensor, streams: GreedySemaphore::new(WORKERS - 2) });
    let mut radio = WifiController::new(p.WIFI, Default::default()).expect("the radio starts");
    let access = AuthenticationMethodConfig::Wpa2Personal(NETWORK.1.try_into().expect("at most 64 bytes"));
    let network = NETWORK.0.try_into().expect("at most 32 bytes");
    let station = StationConfig::default().with_ssid(network).with_authentication(access);
    radio.set_config(&wifi::Config::Station(station)).expect("the settings are valid");

    let port: &ServerPort<WORKERS> = PORT.init(ServerPort::new(80, Deadlines::DEFAULT));
    let driver = SynFilter::new(Interface::station(), port);
    let (resources, config) = (RESOURCES.init(StackResources::new()), Config::dhcpv4(Default::default()));
    let seed = u64::from(Rng::new().random()) << 32 | u64::from(Rng::new().random());
    let (stack, network) = embassy_net::new(driver, config, resources, seed);
    spawner.spawn(run_network(network).expect("the pool has one task"));
    for memory in MEMORY.take() {
        spawner.spawn(worker(stack, port, app, memory).expect("the pool has a task for each worker"));
    }
    spawner.spawn(print_address(stack).expect("the pool has one task"));

    loop {
        match radio.connect_async().await {
            Ok(_) => drop(radio.wait_for_disconnect_async().await),
            Err(error) => println!("{} cannot be joined: {error:?}", NETWORK.0),
        }
        Timer::after_secs(5).await;
    }
}
