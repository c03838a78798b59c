//! The address of the client: of the socket, of a Unix socket, and as trusted proxies state it.

#[macro_use]
mod common;

use std::io::Write as _;
use std::time::Duration;

use bantam_std::{ClientAddrSource, Deadlines, TrustedProxies};
use common::{get, latch, long_deadlines, read_response, read_to_close, send, send_in_time, start};

/// Trusts every proxy on this machine.
fn trust_localhost(source: ClientAddrSource) -> TrustedProxies {
    TrustedProxies::new(source)
        .trust("127.0.0.0/8")
        .and_then(|proxies| proxies.trust("::1"))
        .expect("networks")
}

const REQUEST: &str = "GET /client HTTP/1.1\r\nHost: a\r\n";

in_every_mode! {
fn a_trusted_proxy_states_the_client_in_a_field(mode) {
    for (source, field) in [
        (ClientAddrSource::XForwardedFor, "X-Forwarded-For: 6.6.6.6, 1.2.3.4, 127.0.0.9"),
        (ClientAddrSource::Forwarded, "Forwarded: for=6.6.6.6, for=\"1.2.3.4:0\";proto=http, for=127.0.0.9"),
    ] {
        let (_server, address) = start(mode, latch(), |server| server.proxies(trust_localhost(source)));
        let mut client = send(address, format!("{REQUEST}{field}\r\n\r\n{REQUEST}\r\n").as_bytes());
        let local_addr = client.local_addr().unwrap().to_string();
        assert!(read_response(&mut client).unwrap().ends_with("\r\n\r\n1.2.3.4:0"));
        assert!(read_response(&mut client).unwrap().ends_with(&local_addr), "a header counts for its own request only");
    }
}

fn a_field_of_an_untrusted_client_is_ignored(mode) {
    let proxies = TrustedProxies::new(ClientAddrSource::XForwardedFor).trust("10.0.0.0/8").unwrap();
    let (_server, address) = start(mode, latch(), |server| server.proxies(proxies));
    let mut client = send(address, format!("{REQUEST}X-Forwarded-For: 1.2.3.4\r\n\r\n").as_bytes());
    let local_addr = client.local_addr().unwrap().to_string();
    assert!(read_response(&mut client).unwrap().ends_with(&local_addr));
}

fn a_trusted_proxy_states_the_client_in_a_proxy_header(mode) {
    let proxies = trust_localhost(ClientAddrSource::ProxyProtocol);
    let (_server, address) = start(mode, latch(), |server| server.proxies(proxies).deadlines(long_deadlines()));
    let second = [b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", &[1, 2, 3, 4, 9, 9, 9, 9, 0, 77, 0, 80][..]].concat();
    for header in [b"PROXY TCP4 1.2.3.4 9.9.9.9 77 80\r\n".to_vec(), second] {
        for piece in [header.len(), 1] {
            let mut client = send(address, b"");
            client.set_nodelay(true).unwrap();
            for bytes in header.chunks(piece) {
                client.write_all(bytes).unwrap();
                std::thread::sleep(Duration::from_micros(300));
            }
            client.write_all(&get("/client").repeat(2)).unwrap();
            for _ in 0..2 {
                assert!(read_response(&mut client).unwrap().ends_with("\r\n\r\n1.2.3.4:77"));
            }
        }
    }
    // Header and request in one segment.
    let mut client = send(address, format!("PROXY UNKNOWN\r\n{REQUEST}\r\n").as_bytes());
    let local_addr = client.local_addr().unwrap().to_string();
    assert!(read_response(&mut client).unwrap().ends_with(&local_addr));
}

fn a_trusted_proxy_without_a_proxy_header_is_answered_400_or_closed(mode) {
    let serve = |deadlines: Deadlines| {
        let proxies = trust_localhost(ClientAddrSource::ProxyProtocol);
        start(mode, latch(), |server| server.proxies(proxies).deadlines(deadlines))
    };
    let (_patient, address) = serve(long_deadlines());
    for bytes in [&get("/client")[..], b"PROXY TCP4 nonsense\r\n"] {
        let response = read_to_close(&mut send(address, bytes));
        assert!(response.starts_with("HTTP/1.1 400 ") && response.contains("Connection: close"), "{response}");
    }
    let soon = Duration::from_millis(600);
    let (server, address) = serve(long_deadlines().idle(soon));
    let mut client = send_in_time(address, soon, b"PROXY TC");
    assert_eq!(read_to_close(&mut client), "", "an incomplete header is closed at the deadline");
    common::wait_until(|| server.handle().connections().open == 0);
}

fn a_proxy_header_of_an_untrusted_client_is_a_bad_request(mode) {
    let proxies = TrustedProxies::new(ClientAddrSource::ProxyProtocol).trust("10.0.0.0/8").unwrap();
    let (_server, address) = start(mode, latch(), |server| server.proxies(proxies));
    assert!(read_to_close(&mut send(address, b"PROXY TCP4 1.2.3.4 9.9.9.9 77 80\r\n")).starts_with("HTTP/1.1 400 "));
    assert!(read_response(&mut send(address, &get("/hello"))).unwrap().ends_with("hello"), "without one it is served");
}

fn a_shutdown_closes_a_connection_without_its_proxy_header(mode) {
    let proxies = trust_localhost(ClientAddrSource::ProxyProtocol);
    let (server, address) = start(mode, latch(), |server| server.proxies(proxies).deadlines(long_deadlines()));
    let mut client = send(address, b"PROXY");
    common::wait_until(|| server.handle().connections().open == 1);
    server.handle().shutdown(common::TIMEOUT);
    assert_eq!((server.wait(), read_to_close(&mut client).as_str()), (0, ""));
}
}

#[cfg(unix)]
mod local {
    use std::io::Read as _;
    use std::os::unix::net::UnixStream;

    use bantam_std::Server;

    use super::*;
    use crate::common::Pages;

    /// Sends, and reads until the server closes.
    fn ask(path: &std::path::Path, bytes: &[u8]) -> String {
        let mut client = UnixStream::connect(path).expect("a Unix socket");
        client.set_read_timeout(Some(common::TIMEOUT)).expect("a Unix socket");
        client.write_all(bytes).expect("a Unix socket");
        client.shutdown(std::net::Shutdown::Write).expect("a Unix socket");
        let mut response = String::new();
        client.read_to_string(&mut response).expect("a Unix socket");
        response
    }

    in_every_mode! {
    fn a_unix_socket_is_served_like_an_address(mode) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("socket");
        let proxies = TrustedProxies::default().trust("unix").unwrap();
        let server = Server::new().mode(mode).bind("127.0.0.1:0").unwrap().bind_unix(&path).unwrap();
        let server = server.proxies(proxies).start(Pages(latch())).unwrap();
        assert_eq!(server.unix_paths(), std::slice::from_ref(&path));
        let two = ask(&path, &[get("/hello"), get("/client")].concat());
        assert!(two.contains("\r\n\r\nhelloHTTP/1.1 200 OK\r\n") && two.ends_with("\r\n\r\nnone"), "{two}");
        let named = ask(&path, format!("{REQUEST}X-Forwarded-For: 1.2.3.4\r\n\r\n").as_bytes());
        assert!(named.ends_with("\r\n\r\n1.2.3.4:0"), "{named}");
        assert!(read_response(&mut send(server.local_addrs()[0], &get("/hello"))).unwrap().ends_with("hello"));
        server.handle().shutdown(common::TIMEOUT);
        assert_eq!(server.wait(), 0);
        assert!(!path.exists(), "the file is removed");
    }

    fn a_shutdown_finishes_a_request_on_a_unix_socket(mode) {
        let dir = tempfile::tempdir().unwrap();
        let (path, latch) = (dir.path().join("socket"), latch());
        let server = Server::new().mode(mode).bind_unix(&path).unwrap().start(Pages(latch)).unwrap();
        let client = std::thread::spawn(move || ask(&path, &get("/latch")));
        latch.wait_for(1);
        server.handle().shutdown(common::TIMEOUT);
        latch.open();
        assert!(client.join().unwrap().ends_with("through"));
        assert_eq!(server.wait(), 0);
    }
    }
}
