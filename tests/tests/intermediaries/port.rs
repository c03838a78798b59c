//! Ports for servers that restart.
//!
//! Invariant: the system gives no such port to an outgoing connection.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// The first port of the ephemeral range.
fn first_ephemeral() -> u16 {
    let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    range.split_whitespace().next().and_then(|first| first.parse().ok()).unwrap_or(32768)
}

/// A free loopback address below the ephemeral range.
pub(crate) fn free() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Tests run in parallel: each begins at another port. Browsers refuse some of the ports below.
    let (first, start) = (10_100, std::process::id() as u16);
    loop {
        let step = start.wrapping_mul(31).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = first + step % first_ephemeral().saturating_sub(first).max(1);
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            return listener.local_addr().expect("its address");
        }
    }
}
