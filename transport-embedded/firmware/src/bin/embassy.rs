//! The Ethernet image over embassy-net: one task for the network and one for each of 8 connections, beyond which clients wait.

#![no_std]
#![no_main]

use core::ptr::null_mut;
use core::time::Duration;

use bantam::{Buffers, Deadlines};
use bantam_embedded::embassy::{ServerPort, SynFilter, run_worker};
use bantam_firmware::mac::Mac;
use bantam_firmware::status_page::{DeviceSite, DeviceStatus, StatusText, push_number};
use bantam_firmware::{clock, console, executor, sleep, time};
use cortex_m_rt::entry;
use embassy_executor::raw::Executor;
use embassy_net::tcp::TcpSocket;
use embassy_net::{Config, Ipv4Address, Ipv4Cidr, Runner, Stack, StackResources, StaticConfigV4};
use static_cell::{ConstStaticCell, StaticCell};

/// One task each, and so as many connections at once.
const WORKERS: usize = if cfg!(feature = "two-workers") { 2 } else { 8 };
/// Seeds the initial sequence numbers. The board has no random number generator; a device on a public network needs one.
const SEED: u64 = 0x6261_6e74_616d;

/// The buffers of a worker.
struct WorkerMemory {
    receive: [u8; 1024],
    send: [u8; 1024],
    buffers: Buffers<1024, 512>,
}

static MAC: ConstStaticCell<Mac> = ConstStaticCell::new(Mac::stopped());
static MEMORY: ConstStaticCell<[WorkerMemory; WORKERS]> = ConstStaticCell::new(
    [const { WorkerMemory { receive: [0; 1024], send: [0; 1024], buffers: Buffers::new() } }; WORKERS],
);
static RESOURCES: StaticCell<StackResources<WORKERS>> = StaticCell::new();
static EXECUTOR: StaticCell<Executor> = StaticCell::new();
static SITE: StaticCell<DeviceSite<EmbassyStatus>> = StaticCell::new();

struct EmbassyStatus {
    port: ServerPort<WORKERS>,
}

impl DeviceStatus for EmbassyStatus {
    fn uptime(&self) -> Duration {
        time::now()
    }

    fn push_sockets(&self, text: &mut StatusText) {
        push_number(text, "", self.port.worker_counts().listening, " listening");
    }
}

type FilteredMac = SynFilter<'static, &'static mut Mac, WORKERS>;

#[embassy_executor::task]
async fn run_network(mut runner: Runner<'static, FilteredMac>) {
    runner.run().await;
}

#[embassy_executor::task(pool_size = WORKERS)]
async fn worker(
    stack: Stack<'static>,
    site: &'static DeviceSite<EmbassyStatus>,
    memory: &'static mut WorkerMemory,
) {
    let mut socket = TcpSocket::new(stack, &mut memory.receive, &mut memory.send);
    run_worker(&site.status.port, &mut socket, site, &mut memory.buffers).await;
}

#[entry]
fn main() -> ! {
    time::start(clock::start());
    sleep::enable_interrupts();

    let config = Config::ipv4_static(StaticConfigV4 {
        address: Ipv4Cidr::new(Ipv4Address::new(10, 0, 2, 15), 24),
        gateway: Some(Ipv4Address::new(10, 0, 2, 2)),
        dns_servers: Default::default(),
    });
    let mac = MAC.take();
    mac.start();
    let site: &DeviceSite<EmbassyStatus> =
        SITE.init(DeviceSite::new(EmbassyStatus { port: ServerPort::new(80, Deadlines::DEFAULT) }));
    let driver = FilteredMac::new(mac, &site.status.port);
    let (stack, runner) = embassy_net::new(driver, config, RESOURCES.init(StackResources::new()), SEED);

    let executor: &Executor = EXECUTOR.init(Executor::new(null_mut()));
    let spawner = executor.spawner();
    spawner.spawn(run_network(runner).expect("the pool has one task"));
    for memory in MEMORY.take() {
        spawner.spawn(worker(stack, site, memory).expect("the pool has a task for each worker"));
    }
    console::print(b"READY http://10.0.2.15/\n");
    executor::run(executor)
}
