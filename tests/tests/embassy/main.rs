//! Tests of `bantam_embedded::embassy` over a loopback device and a mock clock, with the client in the same network stack.
//! Invariant: a worker ends a connection at the deadline of its phase, and its socket listens again.

mod board;
mod events;
mod layer;
mod sim_net;
mod waiting;

use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use bantam::{Buffers, Deadlines};
use bantam_embedded::embassy::{ServerPort, run_worker};
use embassy_net::tcp::TcpSocket;
use embassy_time::Timer;
use sim_net::{CLOSE, HOST, SimNet, TestSite, read_to_end, send, until_listening};

#[test]
fn a_connection_is_served_and_closed_with_fin() {
    let port = ServerPort::<1>::new(80, Deadlines::DEFAULT);
    let mut sim = SimNet::new(&port);
    let (mut socket, mut client, mut buffers) = (sim.socket(), sim.socket(), Buffers::<1024, 512>::new());
    let mut worker = pin!(run_worker(&port, &mut socket, &TestSite, &mut buffers));
    for _ in 0..3 {
        let ((response, fin), seconds) = sim.run(&mut worker, async {
            send(&mut client, &format!("GET /{CLOSE}")).await;
            let peer = client.local_endpoint().expect("the client is connected").to_string();
            let (response, fin) = read_to_end(&mut client).await;
            assert!(response.ends_with(&format!("\r\n\r\n{peer}")), "{response}");
            client.close();
            // TIME-WAIT would take ten seconds.
            until_listening(&port, 1).await;
            (response, fin)
        });
        assert!(response.starts_with("HTTP/1.1 200 OK\r\n") && fin && seconds < 1, "{seconds} s: {response}");
    }
}

#[test]
fn each_phase_has_its_deadline() {
    let port = ServerPort::<1>::new(80, Deadlines::DEFAULT);
    let mut sim = SimNet::new(&port);
    let (mut socket, mut client, mut buffers) = (sim.socket(), sim.socket(), Buffers::<1024, 512>::new());
    let mut worker = pin!(run_worker(&port, &mut socket, &TestSite, &mut buffers));
    let mut exchange = |text: &str| {
        sim.run(&mut worker, async {
            send(&mut client, text).await;
            let received = read_to_end(&mut client).await;
            client.close();
            until_listening(&port, 1).await;
            received
        })
    };
    assert_eq!(exchange(""), ((String::new(), true), 15));
    let ((head, _), seconds) = exchange("GET / HT");
    assert!(head.starts_with("HTTP/1.1 408 ") && seconds == 10, "{seconds} s: {head}");
    // A page may pause for longer than any deadline, without any packet.
    let ((slow, _), seconds) = exchange(&format!("GET /slow{CLOSE}"));
    assert!(slow.starts_with("HTTP/1.1 200 ") && seconds == 60, "{seconds} s: {slow}");
}

#[test]
fn an_incomplete_handshake_times_out() {
    let port = ServerPort::<1>::new(80, Deadlines::DEFAULT);
    let mut sim = SimNet::new(&port);
    let (mut socket, mut client, mut buffers) = (sim.socket(), sim.socket(), Buffers::<1024, 512>::new());
    let mut worker = pin!(run_worker(&port, &mut socket, &TestSite, &mut buffers));
    let deliverable = Rc::clone(&sim.deliverable);
    // Only the SYN is delivered.
    deliverable.set(1);
    client.set_timeout(Some(embassy_time::Duration::from_secs(5)));
    assert!(sim.run(&mut worker, client.connect((HOST, 80))).0.is_err());
    sim.run(&mut worker, Timer::after_secs(26));
    deliverable.set(usize::MAX);
    let ((response, _), _) = sim.run(&mut worker, async {
        send(&mut client, &format!("GET /{CLOSE}")).await;
        read_to_end(&mut client).await
    });
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
}

#[test]
fn a_client_that_does_not_read_is_reset() {
    let port = ServerPort::<1>::new(80, Deadlines::DEFAULT);
    let mut sim = SimNet::new(&port);
    let (mut socket, mut client, mut buffers) = (sim.socket(), sim.socket(), Buffers::<1024, 512>::new());
    let mut worker = pin!(run_worker(&port, &mut socket, &TestSite, &mut buffers));
    let (_, seconds) = sim.run(&mut worker, async {
        send(&mut client, &format!("GET /large{CLOSE}")).await;
        until_listening(&port, 0).await;
        until_listening(&port, 1).await;
    });
    assert_eq!(seconds, 30);
    assert!(!sim.run(&mut worker, read_to_end(&mut client)).0.1, "a response that is cut off ends with RST");
    // A client that reads gets the whole response.
    let ((large, fin), _) = sim.run(&mut worker, async {
        send(&mut client, &format!("GET /large{CLOSE}")).await;
        read_to_end(&mut client).await
    });
    assert!(fin && large.ends_with("x\r\n0\r\n\r\n") && large.len() > 100_000, "{} bytes", large.len());
}

/// Sends bytes until they are sent or the connection fails. Returns true if all of them are.
async fn send_large(client: &mut TcpSocket<'_>, path: &str, length: usize) -> bool {
    send(client, &format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n")).await;
    let mut left = length;
    while left > 0 {
        match client.write(&[b'x'; 1024][..left.min(1024)]).await {
            Ok(count) => left -= count,
            Err(_) => return false,
        }
    }
    true
}

#[test]
fn an_early_answer_reaches_a_client_that_writes_everything_before_it_reads() {
    let port = ServerPort::<1>::new(80, Deadlines::DEFAULT);
    let mut sim = SimNet::new(&port);
    let (mut socket, mut client, mut buffers) = (sim.socket(), sim.socket(), Buffers::<1024, 512>::new());
    let mut worker = pin!(run_worker(&port, &mut socket, &TestSite, &mut buffers));
    let ((response, fin), seconds) = sim.run(&mut worker, async {
        assert!(send_large(&mut client, "/", 3_000_000).await, "reset");
        read_to_end(&mut client).await
    });
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n") && fin, "{response}");
    assert!(seconds > Deadlines::DEFAULT.close.as_secs(), "{seconds} s");
    // A client that does not end is dropped.
    let (_, seconds) = sim.run(&mut worker, async {
        client.abort();
        until_listening(&port, 1).await;
        assert!(!send_large(&mut client, "/", usize::MAX).await);
        until_listening(&port, 1).await;
    });
    assert!((30..32).contains(&seconds), "{seconds} s");
}

#[test]
fn a_body_that_is_always_ahead_of_its_page_has_an_end() {
    let port = ServerPort::<1>::new(80, Deadlines::DEFAULT.body_total(Duration::from_secs(30)));
    let mut sim = SimNet::new(&port);
    let (mut socket, mut client, mut buffers) = (sim.socket(), sim.socket(), Buffers::<1024, 512>::new());
    let mut worker = pin!(run_worker(&port, &mut socket, &TestSite, &mut buffers));
    let (response, _) = sim.run(&mut worker, async {
        assert!(send_large(&mut client, "/reader", 50_000).await, "the rest is dropped");
        read_to_end(&mut client).await.0
    });
    assert!(response.starts_with("HTTP/1.1 408 "), "{response}");
}

#[test]
fn a_dropped_worker_leaves_a_usable_socket() {
    let port = ServerPort::<1>::new(80, Deadlines::DEFAULT);
    let mut sim = SimNet::new(&port);
    let (mut socket, mut client, mut buffers) = (sim.socket(), sim.socket(), Buffers::<1024, 512>::new());
    {
        let mut worker = pin!(run_worker(&port, &mut socket, &TestSite, &mut buffers));
        sim.run(&mut worker, async {
            send(&mut client, &format!("GET /slow{CLOSE}")).await;
            Timer::after_secs(1).await;
        });
        assert_eq!(port.worker_counts().listening, 0, "the worker serves");
    }
    // The worker was dropped while the page paused. The network task sends RST.
    let mut no_worker = pin!(std::future::pending::<()>());
    assert_eq!(sim.run(&mut no_worker, read_to_end(&mut client)).0, (String::new(), false));
    {
        let mut worker = pin!(run_worker(&port, &mut socket, &TestSite, &mut buffers));
        let (response, _) = sim.run(&mut worker, async {
            send(&mut client, &format!("GET /{CLOSE}")).await;
            read_to_end(&mut client).await.0
        });
        assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    }
    assert_eq!(port.worker_counts().listening, 0, "a dropped worker is not counted");
}

#[test]
fn a_deadline_of_any_length_serves() {
    for limit in [1 << 52, i64::MAX as u64, 1 << 63, u64::MAX]
        .map(Duration::from_micros)
        .into_iter()
        .chain([Duration::MAX])
    {
        let deadlines = Deadlines::DEFAULT.idle(limit).head(limit).response(limit).close(limit);
        let port = ServerPort::<1>::new(80, deadlines);
        let mut sim = SimNet::new(&port);
        let (mut socket, mut client, mut buffers) = (sim.socket(), sim.socket(), Buffers::<1024, 512>::new());
        let mut worker = pin!(run_worker(&port, &mut socket, &TestSite, &mut buffers));
        let ((response, fin), _) = sim.run(&mut worker, async {
            send(&mut client, &format!("GET /{CLOSE}")).await;
            read_to_end(&mut client).await
        });
        assert!(response.starts_with("HTTP/1.1 200 OK\r\n") && fin, "{limit:?}: {response}");
    }
}
