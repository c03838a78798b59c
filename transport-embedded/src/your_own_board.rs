//! A guide: what a board needs to serve over `tcp`. It has no code.
//!
//! 1. **A start.** The runtime of the processor (`cortex-m-rt`, `riscv-rt`, or that of the chip's HAL) with a `memory.x` that says where flash
//!    and RAM are, `-Clink-arg=-Tlink.x` in `.cargo/config.toml`, and a panic handler. A panic of an image that prints no message is a
//!    sixth smaller.
//! 2. **The crate** with `default-features = false, features = ["smoltcp"]`: IPv6 is in the default features and takes 21 KB of flash.
//!    smoltcp has to be of the same version, 0.14, with `default-features = false`.
//! 3. **A clock:** the time since any fixed moment, as a `Duration`. A free-running counter is better than counted interrupts, of which a
//!    busy processor misses some.
//! 4. **A driver** that implements `smoltcp::phy::Device` and gives and takes one frame at a time. HALs have one (`embassy-stm32`,
//!    `stm32-eth`); one by hand is 60 to 180 lines.
//! 5. **Sleep** until a frame or a time: WFI with the interrupts of both enabled. A frame that arrives before the WFI has to end it.
//! 6. **A random number** for `Config::random_seed`, which chooses local ports and initial sequence numbers: of the chip's generator, or of the
//!    noise of an ADC. A constant one lets others guess them.
//! 7. **Memory** in statics, so that the linker counts it: the stack grows into what is too large for it without a message. A browser
//!    opens six connections: with eight sockets none waits. An idle connection costs its socket alone, so two slots are enough for most
//!    sites; a page that pauses or sends events holds one, and so does a client that stalls in a request, until its deadline: as many of them as
//!    there are slots delay all other clients. Where clients are not known, take as many slots as sockets, or shorten
//!    [`Deadlines::head`](bantam::Deadlines::head). The futures of the slots, of 0.8 KB each, are in the frame of the function that pins them, and
//!    an array that a static is filled with is on the stack first: `main` below takes 6 KB of stack.
//!
//! The dependencies of an image for a Cortex-M, beside those of its HAL:
//!
//! ```toml
//! bantam = "0.1"
//! bantam-embedded = { version = "0.1", default-features = false, features = ["smoltcp"] }
//! cortex-m = { version = "0.7", features = ["critical-section-single-core"] }
//! cortex-m-rt = "0.7"
//! panic-halt = "1"
//! smoltcp = { version = "0.14", default-features = false, features = ["medium-ethernet", "proto-ipv4", "socket-tcp"] }
//! static_cell = "2"
//!
//! [profile.release]
//! opt-level = "z" # 49 KB of flash for two pages that format text, instead of 85 KB
//! lto = "fat"
//! codegen-units = 1
//! panic = "abort"
//! ```
//!
//! `transport-embedded/firmware/.cargo/config.toml` has flags of the linker and of LLVM for 2 KB more.
//!
//! What `main` does at its end, whatever the chip. The pages are those of any site: [`crate::tcp::serve_slot`] has an example with
//! routes, state and events.
//!
//! ```no_run
//! use core::pin::pin;
//! use core::time::Duration;
//!
//! use bantam::{Buffers, Deadlines, Site};
//! use bantam_embedded::tcp::{TcpServer, serve_slot};
//! use smoltcp::iface::{Config, Interface, SocketSet, SocketStorage};
//! use smoltcp::phy::Device;
//! use smoltcp::time::Instant;
//! use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr};
//! use static_cell::{ConstStaticCell, StaticCell};
//!
//! const SOCKETS: usize = 8;
//! static STORAGE: StaticCell<[SocketStorage<'static>; SOCKETS]> = StaticCell::new();
//! static BYTES: ConstStaticCell<[[[u8; 512]; 2]; SOCKETS]> = ConstStaticCell::new([[[0; 512]; 2]; SOCKETS]);
//! static BUFFERS: ConstStaticCell<[Buffers<1024, 512>; 2]> = ConstStaticCell::new([const { Buffers::new() }; 2]);
//! static SERVER: StaticCell<TcpServer<'static, SOCKETS>> = StaticCell::new();
//!
//! /// Call it at the end of `main`, with the driver, the clock and the sleep of the board.
//! fn run(
//!     device: &mut impl Device,
//!     now: impl Fn() -> Duration,
//!     sleep_until: impl Fn(Option<Duration>),
//!     random: u64,
//!     site: &impl Site,
//! ) -> ! {
//!     let address = EthernetAddress([0x02, 0, 0, 0, 0, 1]); // of the board: no other in the network may have it
//!     let mut config = Config::new(address.into());
//!     config.random_seed = random;
//!     let mut interface = Interface::new(config, device, Instant::ZERO);
//!     interface.update_ip_addrs(|addresses| {
//!         let _ = addresses.push(IpCidr::new(IpAddress::v4(192, 168, 1, 50), 24)); // or `tcp::Dhcp`
//!     });
//!     let sockets = SocketSet::new(&mut STORAGE.init([SocketStorage::EMPTY; SOCKETS])[..]);
//!     let server = SERVER.init(TcpServer::new(sockets, 80, Deadlines::DEFAULT));
//!     for [receive, send] in BYTES.take() {
//!         server.add(receive, send);
//!     }
//!     let server = &*server;
//!     let [first, second] = BUFFERS.take();
//!     let mut slots = [pin!(serve_slot(server, site, first)), pin!(serve_slot(server, site, second))];
//!     loop {
//!         let wake = server.poll(now(), device, &mut interface, &mut slots);
//!         sleep_until(wake); // returns early when a frame arrives
//!     }
//! }
//! ```
//!
//! `transport-embedded/firmware` does all of this for two boards in QEMU. `tests/device path/to/elf` boots an image of yours on the Arm one and
//! `tests/device riscv path/to/elf` on the RISC-V one, where it has the address 10.0.2.15/24. For HTTPS see [`crate::StreamLayer`] and
//! `transport-embedded/firmware-tls`. With embassy's executor see `embassy`; without a network, [`crate::serial`].
