//! Law: a client comes through an address, a Unix socket or a proxy, and is served alike; who he is says nobody but his socket
//! and those who are trusted.

#[macro_use]
mod common;

use std::io::Write as _;
use std::time::Duration;

use bantam_std::{ClientAddrSource, TrustedProxies};
use common::{answer, gate, get, patient, rest, send, start};

/// A proxy at this machine's addresses is trusted to say it in this way.
fn trusting(from: ClientAddrSource) -> TrustedProxies {
    TrustedProxies::new(from).trust("127.0.0.0/8").and_then(|some| some.trust("::1")).expect("networks")
}

const ASKS: &str = "GET /who HTTP/1.1\r\nHost: a\r\n";

in_every_mode! {
fn a_trusted_proxy_says_in_a_field_who_the_client_is(mode) {
    for (from, field) in [
        (ClientAddrSource::XForwardedFor, "X-Forwarded-For: 6.6.6.6, 1.2.3.4, 127.0.0.9"),
        (ClientAddrSource::Forwarded, "Forwarded: for=6.6.6.6, for=\"1.2.3.4:0\";proto=http, for=127.0.0.9"),
    ] {
        let (_server, address) = start(mode, gate(), |server| server.proxies(trusting(from)));
        let mut client = send(address, format!("{ASKS}{field}\r\n\r\n{ASKS}\r\n").as_bytes());
        let own = client.local_addr().unwrap().to_string();
        assert!(answer(&mut client).unwrap().ends_with("\r\n\r\n1.2.3.4:0"));
        assert!(answer(&mut client).unwrap().ends_with(&own), "each request is its own");
    }
}

fn a_client_who_is_not_trusted_says_it_in_vain(mode) {
    let proxies = TrustedProxies::new(ClientAddrSource::XForwardedFor).trust("10.0.0.0/8").unwrap();
    let (_server, address) = start(mode, gate(), |server| server.proxies(proxies));
    let mut client = send(address, format!("{ASKS}X-Forwarded-For: 1.2.3.4\r\n\r\n").as_bytes());
    let own = client.local_addr().unwrap().to_string();
    assert!(answer(&mut client).unwrap().ends_with(&own));
}

fn a_trusted_proxy_says_it_before_the_first_request(mode) {
    let proxies = trusting(ClientAddrSource::ProxyProtocol);
    let (_server, address) = start(mode, gate(), |server| server.proxies(proxies).deadlines(patient()));
    let second = [b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", &[1, 2, 3, 4, 9, 9, 9, 9, 0, 77, 0, 80][..]].concat();
    for header in [b"PROXY TCP4 1.2.3.4 9.9.9.9 77 80\r\n".to_vec(), second] {
        for piece in [header.len(), 1] {
            let mut client = send(address, b"");
            client.set_nodelay(true).unwrap();
            for bytes in header.chunks(piece) {
                client.write_all(bytes).unwrap();
                std::thread::sleep(Duration::from_micros(300));
            }
            client.write_all(&get("/who").repeat(2)).unwrap();
            for _ in 0..2 {
                assert!(answer(&mut client).unwrap().ends_with("\r\n\r\n1.2.3.4:77"));
            }
        }
    }
    // In one piece with the request.
    let mut client = send(address, format!("PROXY UNKNOWN\r\n{ASKS}\r\n").as_bytes());
    let own = client.local_addr().unwrap().to_string();
    assert!(answer(&mut client).unwrap().ends_with(&own));
}

fn a_trusted_proxy_that_does_not_say_it_is_answered_400_or_dropped(mode) {
    let deadlines = patient().idle(Duration::from_millis(300));
    let proxies = trusting(ClientAddrSource::ProxyProtocol);
    let (server, address) = start(mode, gate(), |server| server.proxies(proxies).deadlines(deadlines));
    for said in [&get("/who")[..], b"PROXY TCP4 nonsense\r\n"] {
        let answer = rest(&mut send(address, said));
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("Connection: close"), "{answer}");
    }
    assert_eq!(rest(&mut send(address, b"PROXY TC")), "", "his time is up");
    common::until(|| server.handle().connections().open == 0);
}

fn nobody_else_may_say_it(mode) {
    let proxies = TrustedProxies::new(ClientAddrSource::ProxyProtocol).trust("10.0.0.0/8").unwrap();
    let (_server, address) = start(mode, gate(), |server| server.proxies(proxies));
    assert!(rest(&mut send(address, b"PROXY TCP4 1.2.3.4 9.9.9.9 77 80\r\n")).starts_with("HTTP/1.1 400 "));
    assert!(answer(&mut send(address, &get("/hello"))).unwrap().ends_with("hello"), "and need not");
}

fn a_proxy_that_has_said_nothing_is_let_go_by_a_stop(mode) {
    let proxies = trusting(ClientAddrSource::ProxyProtocol);
    let (server, address) = start(mode, gate(), |server| server.proxies(proxies).deadlines(patient()));
    let mut client = send(address, b"PROXY");
    common::until(|| server.handle().connections().open == 1);
    server.handle().shutdown(common::PATIENCE);
    assert_eq!((server.wait(), rest(&mut client).as_str()), (0, ""));
}
}

#[cfg(unix)]
mod local {
    use std::io::Read as _;
    use std::os::unix::net::UnixStream;

    use bantam_std::Server;

    use super::*;
    use crate::common::Pages;

    /// All that is answered to this.
    fn ask(path: &std::path::Path, bytes: &[u8]) -> String {
        let mut client = UnixStream::connect(path).expect("a Unix socket");
        client.set_read_timeout(Some(common::PATIENCE)).expect("a Unix socket");
        client.write_all(bytes).expect("a Unix socket");
        client.shutdown(std::net::Shutdown::Write).expect("a Unix socket");
        let mut answer = String::new();
        client.read_to_string(&mut answer).expect("a Unix socket");
        answer
    }

    in_every_mode! {
    fn a_unix_socket_is_served_as_an_address_is(mode) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let proxies = TrustedProxies::default().trust("unix").unwrap();
        let server = Server::new().mode(mode).bind("127.0.0.1:0").unwrap().bind_unix(&path).unwrap();
        let server = server.proxies(proxies).start(Pages(gate())).unwrap();
        assert_eq!(server.unix_paths(), std::slice::from_ref(&path));
        let two = ask(&path, &[get("/hello"), get("/who")].concat());
        assert!(two.contains("\r\n\r\nhelloHTTP/1.1 200 OK\r\n") && two.ends_with("\r\n\r\nnobody"), "{two}");
        let named = ask(&path, format!("{ASKS}X-Forwarded-For: 1.2.3.4\r\n\r\n").as_bytes());
        assert!(named.ends_with("\r\n\r\n1.2.3.4:0"), "{named}");
        assert!(answer(&mut send(server.local_addrs()[0], &get("/hello"))).unwrap().ends_with("hello"));
        server.handle().shutdown(common::PATIENCE);
        assert_eq!(server.wait(), 0);
        assert!(!path.exists(), "its file goes with it");
    }

    fn a_stop_finishes_what_has_come_through_a_unix_socket(mode) {
        let folder = tempfile::tempdir().unwrap();
        let (path, gate) = (folder.path().join("socket"), gate());
        let server = Server::new().mode(mode).bind_unix(&path).unwrap().start(Pages(gate)).unwrap();
        let asked = std::thread::spawn(move || ask(&path, &get("/gate")));
        gate.wait_for(1);
        server.handle().shutdown(common::PATIENCE);
        gate.open();
        assert!(asked.join().unwrap().ends_with("through"));
        assert_eq!(server.wait(), 0);
    }
    }
}
