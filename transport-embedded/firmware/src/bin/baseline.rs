//! The upper bound of `ethernet` in a benchmark: the same network stack, sockets and processor, and a constant response to
//! every empty line. It has no parser, no pages and no deadlines.

#![no_std]
#![no_main]

use bantam_firmware::board::{Mac, clock, entry, sleep};
use bantam_firmware::{console, smoltcp_device};
use smoltcp::iface::{SocketSet, SocketStorage};
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use smoltcp::time::Instant;
use static_cell::{ConstStaticCell, StaticCell};

const SOCKETS: usize = 9;
const RECEIVE: usize = 512;
const SEND: usize = 640;

static MAC: ConstStaticCell<Mac> = ConstStaticCell::new(Mac::stopped());
static STORAGE: StaticCell<[SocketStorage<'static>; SOCKETS]> = StaticCell::new();
static BYTES: ConstStaticCell<[[u8; RECEIVE + SEND]; SOCKETS]> =
    ConstStaticCell::new([[0; RECEIVE + SEND]; SOCKETS]);

/// As long as the response of `ethernet` to `GET /robots.txt`.
const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nETag: \"47c05f6828e42748\"\r\n\
    Last-Modified: Mon, 23 Nov 2026 08:00:00 GMT\r\nCache-Control: no-cache\r\nAccept-Ranges: bytes\r\n\
    Content-Type: text/plain; charset=utf-8\r\nContent-Length: 31\r\n\r\nUser-agent: *\nDisallow: /sleep\n";
const END: &[u8] = b"\r\n\r\n";

#[entry]
fn main() -> ! {
    let clock = clock::start();
    sleep::enable_interrupts();
    let mac = MAC.take();
    let mut interface = smoltcp_device::start(mac);
    smoltcp_device::set_address(&mut interface);
    let mut sockets = SocketSet::new(&mut STORAGE.init_with(|| [SocketStorage::EMPTY; SOCKETS])[..]);
    let mut clients = BYTES.take().each_mut().map(|memory| {
        let (receive, send) = memory.split_at_mut(RECEIVE);
        let mut socket = Socket::new(SocketBuffer::new(receive), SocketBuffer::new(send));
        socket.set_nagle_enabled(false);
        // How many bytes of END have been received.
        (sockets.add(socket), 0)
    });
    console::print(b"READY http://10.0.2.15/\n");
    loop {
        let now = clock.now();
        let instant = Instant::from_micros(now.as_secs() as i64 * 1_000_000 + i64::from(now.subsec_micros()));
        interface.poll(instant, mac, &mut sockets);
        for (handle, seen) in &mut clients {
            let socket = sockets.get_mut::<Socket<'_>>(*handle);
            match socket.state() {
                State::Closed | State::TimeWait => {
                    socket.abort();
                    let _ = socket.listen(80);
                }
                State::CloseWait => socket.close(),
                _ => {}
            }
            let mut requests = 0;
            let _ = socket.recv(|bytes| {
                for byte in &*bytes {
                    *seen =
                        if END.get(*seen) == Some(byte) { *seen + 1 } else { usize::from(*byte == END[0]) };
                    if *seen == END.len() {
                        (*seen, requests) = (0, requests + 1);
                    }
                }
                (bytes.len(), ())
            });
            for _ in 0..requests {
                let _ = socket.send_slice(RESPONSE);
            }
        }
        interface.poll(instant, mac, &mut sockets);
        let wake = interface.poll_delay(instant, &sockets).map(|delay| delay.total_micros());
        sleep::until(&clock, wake.map(|micros| now + core::time::Duration::from_micros(micros)));
    }
}
