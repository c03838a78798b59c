//! The listeners of a server, in every mode: IPv4 beside IPv6, several addresses of a name, Unix sockets.

#[macro_use]
mod common;

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

use bantam_std::Server;
use common::{Pages, get, has_ipv6, latch, read_response, send};

fn ask(address: SocketAddr) -> String {
    read_response(&mut send(address, &get("/hello"))).expect("a response")
}

in_every_mode! {
fn the_unspecified_ipv6_address_serves_beside_an_ipv4_listener_with_its_port(mode) {
    if !has_ipv6() {
        return;
    }
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = Server::new().mode(mode).workers(3).listener(listener).bind(("::", port)).unwrap();
    let _running = server.start(Pages(latch())).unwrap();
    for host in ["127.0.0.1", "::1"] {
        assert!(ask((host.parse::<IpAddr>().unwrap(), port).into()).ends_with("hello"), "{host}");
    }
}

fn the_unspecified_ipv6_address_serves_ipv4_clients(mode) {
    if !has_ipv6() {
        return;
    }
    let server = Server::new().mode(mode).workers(3).bind("[::]:0").unwrap();
    let running = server.start(Pages(latch())).unwrap();
    let port = running.local_addrs()[0].port();
    assert!(ask((Ipv4Addr::LOCALHOST, port).into()).ends_with("hello"));
}

fn a_listener_of_the_caller_is_served_by_every_worker(mode) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let _running = Server::new().mode(mode).workers(3).listener(listener).start(Pages(latch())).unwrap();
    for _ in 0..8 {
        assert!(ask(address).ends_with("hello"));
    }
}
}

#[test]
fn of_several_addresses_those_that_can_be_bound_are_served() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port();
    let addresses: Vec<SocketAddr> =
        ["127.0.0.1", "127.0.0.2", "127.0.0.2"].map(|host| format!("{host}:{port}").parse().unwrap()).into();
    let running = Server::new().bind(&addresses[..]).unwrap().start(Pages(latch())).unwrap();
    assert_eq!(running.local_addrs(), &addresses[1..2], "the third is the second");
    assert!(ask(addresses[1]).ends_with("hello"));
    let none = Server::new().bind(&addresses[..1]).err().unwrap();
    assert_eq!(none.kind(), std::io::ErrorKind::AddrInUse);
}

#[cfg(unix)]
#[test]
fn a_unix_socket_has_the_mode_that_is_asked_for() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::net::UnixStream;

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s");
    let server = Server::new().bind_unix_with_mode(&path, 0o606).unwrap();
    let running = server.start(Pages(latch())).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o606);
    let mut client = UnixStream::connect(&path).unwrap();
    client.write_all(b"GET /hello HTTP/1.0\r\n\r\n").unwrap();
    let mut response = String::new();
    client.read_to_string(&mut response).unwrap();
    assert!(response.ends_with("hello"));
    running.handle().shutdown(common::TIMEOUT);
    running.wait();
    assert!(!path.exists());
}
