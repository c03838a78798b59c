//! Law: a port that somebody comes back to is none that the system gives to outgoing connections meanwhile.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// Where the ports begin that the system gives away.
fn given_away() -> u16 {
    let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    range.split_whitespace().next().and_then(|first| first.parse().ok()).unwrap_or(32768)
}

/// An address of this machine at which nobody listens.
pub(crate) fn free() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Other tests look at the same time, each from a place of its own.
    let (first, start) = (2048, std::process::id() as u16);
    loop {
        let step = start.wrapping_mul(31).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = first + step % given_away().saturating_sub(first).max(1);
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            return listener.local_addr().expect("its address");
        }
    }
}
