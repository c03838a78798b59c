//! What an observer is told about the client: of heads that are not whole, and by a socket of both address families.

#[macro_use]
mod common;

use std::io::Write as _;
use std::net::{Shutdown, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bantam_std::{AccessRecord, ClientAddrSource, Deadlines, LogFormat, Observer, TrustedProxies};
use common::{get, latch, long_deadlines, read_response, read_to_close, send, start, wait_until};

/// What a record states.
#[derive(Clone, Debug)]
struct Seen {
    client: Option<SocketAddr>,
    status: u16,
    fields: usize,
    line: String,
}

/// Keeps what it is told.
#[derive(Clone, Debug, Default)]
struct Records(Arc<Mutex<Vec<Seen>>>);

impl Observer for Records {
    fn on_response(&self, access: &AccessRecord<'_>) {
        let (client, record) = (access.client, access.record);
        let (status, fields) = (record.status.code(), record.headers().iter().count());
        let mut line = Vec::new();
        LogFormat::Combined.append(&mut line, access);
        let line = String::from_utf8(line).expect("ASCII").trim_end().to_owned();
        self.0.lock().expect("no panic").push(Seen { client, status, fields, line });
    }
}

impl Records {
    /// Waits for one record, and takes it.
    fn next(&self) -> Seen {
        wait_until(|| !self.0.lock().expect("no panic").is_empty());
        self.0.lock().expect("no panic").remove(0)
    }
}

/// A field of 4 KB.
fn long_field() -> String {
    format!("X: {}\r\n", "x".repeat(4096))
}

in_every_mode! {
fn a_head_that_is_not_whole_is_recorded_under_the_address_of_the_socket(mode) {
    for (source, field) in [
        (ClientAddrSource::XForwardedFor, "X-Forwarded-For: 203.0.113.99\r\n"),
        (ClientAddrSource::Forwarded, "Forwarded: for=203.0.113.99\r\n"),
    ] {
        let records = Records::default();
        let serve = |deadlines: Deadlines| {
            let proxies = TrustedProxies::new(source).trust("127.0.0.1").unwrap();
            let records = records.clone();
            start(mode, latch(), |server| server.proxies(proxies).deadlines(deadlines).observer(records))
        };
        let ((_patient, patient), (_quick, quick)) =
            (serve(long_deadlines()), serve(long_deadlines().head(Duration::from_millis(100))));
        let begin = format!("GET /hello HTTP/1.1\r\nHost: a\r\nReferer: r\r\n{field}");
        let cut = &begin[..begin.len() - 3];
        let beyond_limit = format!("{begin}{}{}\r\n", long_field(), long_field());
        let beyond_buffer = format!("{begin}{}{}", long_field(), long_field().repeat(4));
        for (address, head, status) in [
            (quick, cut, 408),
            (quick, &begin, 408),
            (patient, cut, 400),
            (patient, &begin, 400),
            (patient, &beyond_limit, 431),
            (patient, &beyond_buffer, 431),
            (patient, &format!("{begin}a b: c\r\n\r\n"), 400),
            (patient, &format!("{begin}\x01"), 400),
            (patient, &format!("{begin}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"), 400),
        ] {
            let client = send(address, head.as_bytes());
            if status == 400 {
                client.shutdown(Shutdown::Write).unwrap();
            }
            let seen = records.next();
            assert_eq!((seen.client, seen.status, seen.fields), (client.local_addr().ok(), status, 0), "{head:?}");
            assert!(seen.line.ends_with(r#" "-" "-""#), "{}", seen.line);
        }
        // A refusal of a whole head is recorded under the client that the head states.
        for (line, status) in [("GET /nothing HTTP/1.1", 404), ("BREW / HTTP/1.1", 501)] {
            let request = format!("{line}\r\nHost: a\r\nConnection: close\r\n{field}\r\n");
            read_to_close(&mut send(patient, request.as_bytes()));
            let seen = records.next();
            assert_eq!((seen.client, seen.status, seen.fields), ("203.0.113.99:0".parse().ok(), status, 3));
        }
    }
}

fn what_a_client_appends_to_is_recorded_as_its_page_sees_it(mode) {
    let records = Records::default();
    let proxies = TrustedProxies::new(ClientAddrSource::Forwarded).trust("127.0.0.1").unwrap();
    let (_server, address) = start(mode, latch(), |server| server.proxies(proxies).observer(records.clone()));
    let forged = "GET /client HTTP/1.1\r\nHost: a\r\nForwarded: for=6.6.6.6;x=\", for=203.0.113.9\r\n\r\n";
    let mut client = send(address, forged.as_bytes());
    let local_addr = client.local_addr().unwrap();
    assert!(read_response(&mut client).unwrap().ends_with(&format!("\r\n\r\n{local_addr}")));
    assert_eq!(records.next().client, Some(local_addr));
}

fn a_connection_of_the_proxy_itself_is_recorded_under_its_address(mode) {
    let records = Records::default();
    let proxies = TrustedProxies::new(ClientAddrSource::ProxyProtocol).trust("127.0.0.1").unwrap();
    let (_server, address) = start(mode, latch(), |server| {
        server.proxies(proxies).deadlines(long_deadlines()).observer(records.clone())
    });
    let local = |family: u8, rest: &[u8]| {
        [b"\r\n\r\n\0\r\nQUIT\n\x20", &[family, 0, rest.len() as u8][..], rest].concat()
    };
    for header in [local(0, b""), local(0x11, &[1; 12]), local(0x21, b"short"), local(0x5f, b"anything")] {
        let mut client = send(address, &header);
        client.write_all(&get("/client")).unwrap();
        let local_addr = client.local_addr().unwrap();
        assert!(read_response(&mut client).unwrap().ends_with(&format!("\r\n\r\n{local_addr}")), "{header:?}");
        assert_eq!(records.next().client, Some(local_addr));
    }
}
}

// Elsewhere a socket of [::] may not take IPv4.
#[cfg(target_os = "linux")]
in_every_mode! {
fn an_ipv4_client_of_an_ipv6_socket_has_an_ipv4_address(mode) {
    use bantam_std::Server;
    use common::{Pages, connect, has_ipv6};

    if !has_ipv6() {
        return;
    }
    let records = Records::default();
    let trusted = TrustedProxies::default().trust("::ffff:127.0.0.0/104").unwrap();
    let field = "X-Forwarded-For: ::ffff:6.6.6.6, ::ffff:1.2.3.4, ::ffff:127.0.0.9\r\n";
    for (proxies, named) in [(TrustedProxies::default(), None), (trusted, Some("1.2.3.4:0"))] {
        let server = Server::new().mode(mode).proxies(proxies).observer(records.clone()).bind("[::]:0").unwrap();
        let server = server.start(Pages(latch())).unwrap();
        let mut client = connect(SocketAddr::from(([127, 0, 0, 1], server.local_addrs()[0].port())));
        let local_addr = client.local_addr().unwrap().to_string();
        for (field, expected) in [("", &*local_addr), (field, named.unwrap_or(&local_addr))] {
            client.write_all(format!("GET /client HTTP/1.1\r\nHost: a\r\n{field}\r\n").as_bytes()).unwrap();
            assert!(read_response(&mut client).unwrap().ends_with(&format!("\r\n\r\n{expected}")), "{expected}");
            let seen = records.next();
            assert_eq!(seen.client.map(|client| client.to_string()).as_deref(), Some(expected));
            assert!(!seen.line.contains("ffff"), "{}", seen.line);
        }
    }
}
}
