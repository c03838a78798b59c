//! The firmware's captive portal over a simulated network: what phones and computers ask when they join a network.
//! Invariant: a probe of every system is resolved to the board and leads to its form, and so does any other name.

#[path = "../../../transport-embedded/firmware/src/bin/captive_portal/dns.rs"]
#[allow(unreachable_pub, reason = "it is a part of the firmware")]
pub(crate) mod dns;
#[path = "../../../transport-embedded/firmware/src/bin/captive_portal/dns_socket.rs"]
#[allow(unreachable_pub, clippy::new_without_default, reason = "it is a part of the firmware")]
mod dns_socket;
#[path = "../../../transport-embedded/firmware/src/bin/captive_portal/portal.rs"]
#[allow(unreachable_pub, reason = "it is a part of the firmware")]
mod portal;

use std::net::Ipv4Addr;

use bantam::{Buffers, Deadlines, Site};
use bantam_embedded::tcp::{TcpServer, serve_slot};
use bantam_tests::answers::{Answer, read};
use bantam_tests::net::{Faults, Net};
use dns_socket::{DnsMemory, DnsSocket};
use portal::{RedirectHosts, Setup};
use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::dns::{GetQueryResultError, QueryHandle, Socket};
use smoltcp::wire::{DnsQueryType, IpAddress};

use crate::sim_net::{Clients, NO_FAULTS, interface};

const BOARD: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const FORM: &str = "<form method=post>";

/// The probes of Android, iOS and macOS, Windows 10 and 11, Windows before, Firefox, and GNOME. The first word is the host.
const PROBES: [(&str, &str); 7] = [
    (
        "connectivitycheck.gstatic.com",
        "GET /generate_204 HTTP/1.1\r\nHost: connectivitycheck.gstatic.com\r\nConnection: close\r\n\
         User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r\nAccept-Encoding: gzip\r\n\r\n",
    ),
    (
        "captive.apple.com",
        "GET /hotspot-detect.html HTTP/1.0\r\nHost: captive.apple.com\r\nConnection: close\r\n\
         User-Agent: CaptiveNetworkSupport-443.120.2 wispr\r\n\r\n",
    ),
    (
        "www.msftconnecttest.com",
        "GET /connecttest.txt HTTP/1.1\r\nConnection: Close\r\nUser-Agent: Microsoft NCSI\r\n\
         Host: www.msftconnecttest.com\r\n\r\n",
    ),
    ("www.msftconnecttest.com", "GET /redirect HTTP/1.1\r\nHost: www.msftconnecttest.com\r\n\r\n"),
    (
        "www.msftncsi.com",
        "GET /ncsi.txt HTTP/1.1\r\nConnection: Close\r\nUser-Agent: Microsoft NCSI\r\nHost: www.msftncsi.com\r\n\r\n",
    ),
    (
        "detectportal.firefox.com",
        "GET /success.txt?ipv4 HTTP/1.1\r\nHost: detectportal.firefox.com\r\nCache-Control: no-cache\r\n\r\n",
    ),
    ("nmcheck.gnome.org", "GET /check_network_status.txt HTTP/1.1\r\nHost: nmcheck.gnome.org\r\n\r\n"),
];

/// Runs the portal, and calls `step` after every poll with the clients and the client of DNS, until it returns true.
fn run(faults: Faults, setup: &Setup, mut step: impl FnMut(&mut Clients, SocketHandle) -> bool) {
    let net = Net::new(1, faults);
    let (mut device, mut wire) = (net.end(0), net.end(1));
    let mut device_interface = interface(&mut device, 1);
    // The clients are told by DNS where to connect.
    let mut clients = Clients::new(&mut wire, IpAddress::v4(0, 0, 0, 0));
    let resolver = clients.sockets.add(Socket::new(&[IpAddress::Ipv4(BOARD)], Vec::new()));

    let site = setup.layer(RedirectHosts(BOARD));
    let (mut bytes, mut memory) = ([[[0; 512]; 2]; 8], DnsMemory::new());
    let mut server = TcpServer::<8>::new(SocketSet::new(Vec::new()), 80, Deadlines::DEFAULT);
    for [receive, send] in &mut bytes {
        server.add(receive, send);
    }
    let dns = DnsSocket::new(&mut server, &mut memory, BOARD);
    let mut buffers = [const { Buffers::<1024, 512>::new() }; 4];
    let mut slots: Vec<_> =
        buffers.iter_mut().map(|buffers| Box::pin(serve_slot(&server, &site, buffers))).collect();
    for _ in 0..1_000_000 {
        let mut wake = server.poll(net.now(), &mut device, &mut device_interface, &mut slots);
        if dns.poll(&server) {
            wake = server.poll(net.now(), &mut device, &mut device_interface, &mut slots);
        }
        let clients_wake = clients.poll(net.now(), &mut wire);
        if step(&mut clients, resolver) {
            return;
        }
        net.pass(wake.into_iter().chain(clients_wake).min());
    }
    panic!(
        "the test does not end: {:?}",
        clients.all.iter().map(|client| &client.received).collect::<Vec<_>>()
    );
}

/// Asks for the address of a host. `None` until there is a response, and then no address where it has none.
fn resolve(
    clients: &mut Clients,
    resolver: SocketHandle,
    query: &mut Option<QueryHandle>,
    host: &str,
    kind: DnsQueryType,
) -> Option<Option<IpAddress>> {
    let context = clients.interface.context();
    let socket = clients.sockets.get_mut::<Socket<'_>>(resolver);
    let handle = *query
        .get_or_insert_with(|| socket.start_query(context, host, kind).expect("a name and a free place"));
    match socket.get_query_result(handle) {
        Ok(addresses) => Some(addresses.first().copied()),
        Err(GetQueryResultError::Pending) => return None,
        Err(GetQueryResultError::Failed) => Some(None),
    }
    .inspect(|_| *query = None)
}

/// Resolves a host, and sends each of the requests in a connection of its own to the address. Returns the responses.
fn visit(faults: Faults, setup: &Setup, host: &str, requests: &[&str]) -> Vec<Answer> {
    let (mut address, mut query, mut answers) = (None, None, Vec::new());
    run(faults, setup, |clients, resolver| {
        if address.is_none() {
            let resolved = resolve(clients, resolver, &mut query, host, DnsQueryType::A);
            // A resolver asks again until the response is not lost.
            address = resolved.flatten();
            clients.device_address = address.unwrap_or(clients.device_address);
        }
        if address.is_none() {
            return false;
        }
        if clients.all.len() == answers.len() {
            clients.connect(requests[answers.len()]);
        }
        let received = &clients.all[answers.len()].received;
        answers.extend(read(received, |_| false).into_iter().flatten().find(|answer| answer.complete));
        answers.len() == requests.len()
    });
    assert_eq!(address, Some(IpAddress::Ipv4(BOARD)), "{host}");
    answers
}

fn get(host: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")
}

fn post(form: &str) -> String {
    format!(
        "POST / HTTP/1.1\r\nHost: 10.0.0.1\r\nOrigin: http://10.0.0.1\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    )
}

#[test]
fn the_probe_of_every_system_leads_to_the_form() {
    for (host, probe) in PROBES {
        let answers = visit(NO_FAULTS, &Setup::new(), host, &[probe]);
        assert_eq!(answers[0].status, 302, "{host}");
        let location = answers[0].field("location").expect("a redirect");
        assert_eq!((location, answers[0].field("cache-control")), ("http://10.0.0.1/", Some("no-store")));
        // The system opens it, with the host of the URL.
        let page = visit(NO_FAULTS, &Setup::new(), "10.0.0.1.example", &[&get("10.0.0.1")]).remove(0);
        assert_eq!(page.status, 200);
        assert!(String::from_utf8_lossy(&page.body).contains(FORM));
    }
}

#[test]
fn a_page_is_reached_through_a_network_that_loses_and_doubles_frames() {
    let faults = Faults { lost: 10, doubled: 10, late: 10, spoilt: 5 };
    let answers = visit(faults, &Setup::new(), PROBES[0].0, &[PROBES[0].1, &get("10.0.0.1:80")]);
    assert_eq!(answers.iter().map(|answer| answer.status).collect::<Vec<_>>(), [302, 200]);
}

#[test]
fn a_name_has_no_ipv6_address_at_once() {
    let mut query = None;
    run(NO_FAULTS, &Setup::new(), |clients, resolver| {
        match resolve(clients, resolver, &mut query, "captive.apple.com", DnsQueryType::Aaaa) {
            None => false,
            // smoltcp takes a response without an answer for a failure.
            Some(address) => {
                assert_eq!(address, None);
                true
            }
        }
    });
}

#[test]
fn the_form_takes_a_network_and_keeps_its_password() {
    let setup = Setup::new();
    let requests = [post("network=My+%3Cb%3Ehome&password=secret+%26+more"), get("10.0.0.1")];
    let answers = visit(NO_FAULTS, &setup, "any.name", &[&requests[0], &requests[1]]);
    assert_eq!((answers[0].status, answers[0].field("location")), (303, Some("/")));
    let page = String::from_utf8_lossy(&answers[1].body);
    assert!(page.contains("joins the network My &lt;b&gt;home<") && page.contains(FORM), "{page}");
    assert!(!page.contains("secret"), "{page}");
    let network = setup.new_network().expect("it was entered");
    assert_eq!((&*network.name, &*network.password), ("My <b>home", "secret & more"));
    assert!(setup.new_network().is_none(), "it is no longer new");
}

#[test]
fn a_network_that_cannot_be_joined_is_refused() {
    let long = "%c3%a4".repeat(16);
    let password = "p".repeat(63);
    for (form, status) in [
        (format!("network={long}&password={password}"), 303),
        ("network=open&password=".to_owned(), 303),
        ("network=&password=".to_owned(), 422),
        ("network=home&password=seven77".to_owned(), 422),
        (format!("network=home&password={password}p"), 422),
        (format!("network={long}x&password="), 422),
        (format!("network={long}xx&password="), 400),
        (format!("network=home&password={password}pp"), 422),
        (format!("network=home&password={password}%70%70"), 400),
        ("network=%ff&password=".to_owned(), 400),
        ("password=".to_owned(), 400),
        ("network=home".to_owned(), 400),
        ("x".repeat(321), 413),
    ] {
        let setup = Setup::new();
        let answers = visit(NO_FAULTS, &setup, "any.name", &[&post(&form)]);
        assert_eq!(answers[0].status, status, "{form}");
        assert_eq!(setup.new_network().is_some(), status == 303, "{form}");
    }
}

#[test]
fn every_host_but_the_board_is_redirected() {
    for (host, status) in [
        ("10.0.0.1", 200),
        ("10.0.0.1:80", 200),
        ("10.0.0.2", 302),
        ("10.0.0.1.example", 302),
        ("[fd00::1]", 302),
        ("[::ffff:10.0.0.1]:80", 302),
        ("bantam", 302),
    ] {
        let answers = visit(NO_FAULTS, &Setup::new(), "any.name", &[&get(host)]);
        assert_eq!(answers[0].status, status, "{host}");
    }
    let old = visit(NO_FAULTS, &Setup::new(), "any.name", &["GET / HTTP/1.0\r\n\r\n"]);
    assert_eq!(old[0].status, 200, "HTTP/1.0 without a host");
}
