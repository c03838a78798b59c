//! What the images of the boards share: the network stack, its workers, and the site with a page about the board.
//!
//! A board brings a network driver, an LED and a temperature; see any `main.rs` beside this crate.

#![no_std]

mod site;

use bantam::{Buffers, Deadlines};
use bantam_embedded::embassy::{ServerPort, SynFilter, run_worker};
use embassy_executor::Spawner;
use embassy_net::driver::Driver;
use embassy_net::tcp::TcpSocket;
use embassy_net::{Config, Runner, Stack, StackResources};
use static_cell::{ConstStaticCell, StaticCell};

pub use site::{BoardSite, pico_temperature};

/// Connections that are served at once. Further clients wait.
pub const WORKERS: usize = 4;

/// The network task's part: spawn a task of the board that calls `run`.
pub type Network<D> = Runner<'static, SynFilter<'static, D, WORKERS>>;

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
static SITE: StaticCell<BoardSite> = StaticCell::new();

#[embassy_executor::task(pool_size = WORKERS)]
async fn worker(
    stack: Stack<'static>,
    port: &'static ServerPort<WORKERS>,
    site: &'static BoardSite,
    memory: &'static mut WorkerMemory,
) {
    let mut socket = TcpSocket::new(stack, &mut memory.receive, &mut memory.send);
    run_worker(port, &mut socket, site, &mut memory.buffers).await;
}

/// Logs the address that DHCP brings.
#[embassy_executor::task]
async fn log_address(stack: Stack<'static>) {
    loop {
        stack.wait_config_up().await;
        if let Some(config) = stack.config_v4() {
            defmt::info!("http://{}/board", defmt::Display2Format(&config.address.address()));
        }
        stack.wait_config_down().await;
    }
}

/// Starts the workers of a board, on port 80 of an address that comes by DHCP. `seed` has to be random: it chooses the initial
/// sequence numbers. Call it once.
///
/// # Panics
/// Panics at the second call.
pub fn start<D: Driver>(
    spawner: Spawner,
    name: &'static str,
    driver: D,
    seed: u64,
) -> (&'static BoardSite, Network<D>) {
    let site: &BoardSite = SITE.init(BoardSite::new(name));
    let port: &ServerPort<WORKERS> = PORT.init(ServerPort::new(80, Deadlines::DEFAULT));
    let config = Config::dhcpv4(Default::default());
    let driver = SynFilter::new(driver, port);
    let (stack, network) = embassy_net::new(driver, config, RESOURCES.init(StackResources::new()), seed);
    for memory in MEMORY.take() {
        spawner.spawn(worker(stack, port, site, memory).expect("the pool has a task for each worker"));
    }
    spawner.spawn(log_address(stack).expect("the pool has one task"));
    (site, network)
}
