//! Tests of `SynFilter`: clients beyond the workers.
//! Invariant: a client is never reset because all workers are busy.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use bantam::{Buffers, Deadlines};
use bantam_embedded::embassy::{ServerPort, WorkerCounts, run_worker};
use embassy_net::IpAddress;
use embassy_net::tcp::TcpSocket;
use embassy_time::{Instant, Timer};

use crate::sim_net::{CLOSE, HOST, HOST_V6, SimNet, TestSite, WhenWoken, join, read_to_end, send};

type Worker<'p> = Pin<Box<dyn Future<Output = Infallible> + 'p>>;

/// Returns a worker with a socket and buffers of its own.
fn worker<'p, const WORKERS: usize>(sim: &SimNet<'p>, port: &'p ServerPort<WORKERS>) -> Worker<'p> {
    let mut socket = sim.socket();
    Box::pin(WhenWoken::new(async move {
        let mut buffers = Buffers::<1024, 512>::new();
        Box::pin(run_worker(port, &mut socket, &TestSite, &mut buffers)).await
    }))
}

fn workers<'p, const WORKERS: usize>(sim: &SimNet<'p>, port: &'p ServerPort<WORKERS>) -> Vec<Worker<'p>> {
    (0..WORKERS).map(|_| worker(sim, port)).collect()
}

/// Waits until the counts of `port` fulfil a condition.
async fn until<const WORKERS: usize>(port: &ServerPort<WORKERS>, condition: impl Fn(WorkerCounts) -> bool) {
    while !condition(port.worker_counts()) {
        Timer::after_millis(1).await;
    }
}

/// Reads a response whose body is the client's address.
async fn read_response(client: &mut TcpSocket<'_>) -> String {
    let address = SocketAddr::from(client.local_endpoint().expect("the client is connected"));
    let end = format!("\r\n\r\n{address}");
    let (mut text, mut buffer) = (String::new(), [0; 512]);
    while !text.ends_with(&end) {
        let count = client.read(&mut buffer).await.expect("no reset");
        assert!(count > 0, "the connection ends behind {text}");
        text.push_str(std::str::from_utf8(&buffer[..count]).expect("ASCII"));
    }
    text
}

/// Sends requests over one connection until a response closes it. Returns how many are answered.
async fn use_connection(client: &mut TcpSocket<'_>, address: IpAddress, requests: usize) -> usize {
    client.connect((address, 80)).await.expect("no reset");
    for answered in 1..=requests {
        client.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("the send buffer has space");
        if read_response(client).await.contains("\r\nConnection: close\r\n") {
            client.close();
            return answered;
        }
    }
    client.close();
    requests
}

/// Closes a connection behind the server's FIN, as a browser does.
async fn close_at_end(client: &mut TcpSocket<'_>) {
    assert_eq!(read_to_end(client).await, (String::new(), true));
    client.close();
}

/// Polls both until one has returned.
async fn select(mut one: impl Future<Output = ()> + Unpin, mut other: impl Future<Output = ()> + Unpin) {
    poll_fn(|context| match Pin::new(&mut one).poll(context) {
        Poll::Pending => Pin::new(&mut other).poll(context),
        ready => ready,
    })
    .await;
}

#[test]
fn six_connections_to_two_workers_are_all_answered_and_none_is_reset() {
    for address in [HOST.into(), HOST_V6.into()] {
        let port = ServerPort::<2>::new(80, Deadlines::DEFAULT);
        let mut sim = SimNet::new(&port);
        let workers = workers(&sim, &port);
        let mut clients: Vec<_> = (0..6).map(|_| sim.socket()).collect();
        let (answered, seconds) = sim.run(&mut pin!(join(workers)), async {
            join(clients.iter_mut().map(|client| use_connection(client, address, 3)).collect()).await
        });
        assert!(answered.iter().all(|count| *count >= 1), "{answered:?}");
        assert!(seconds < 3, "{seconds} s");
    }
}

#[test]
fn without_the_filter_a_further_client_is_reset() {
    let port = ServerPort::<1>::new(80, Deadlines::DEFAULT);
    let mut sim = SimNet::with_driver(|device| device);
    let mut workers = workers(&sim, &port);
    let (mut first, mut second) = (sim.socket(), sim.socket());
    let (connected, _) = sim.run(&mut workers[0].as_mut(), async {
        send(&mut first, "").await;
        until(&port, |counts| counts.idle == 1).await;
        second.connect((HOST, 80)).await
    });
    assert!(connected.is_err());
}

#[test]
fn clients_beyond_those_that_the_filter_holds_repeat_their_syn() {
    let port = ServerPort::<1>::new(80, Deadlines::DEFAULT);
    let mut sim = SimNet::new(&port);
    let mut workers = workers(&sim, &port);
    let mut clients: Vec<_> = (0..9).map(|_| sim.socket()).collect();
    let (answered, seconds) = sim.run(&mut workers[0].as_mut(), async {
        join(clients.iter_mut().map(|client| use_connection(client, HOST.into(), 1)).collect()).await
    });
    assert!(answered.len() == 9 && seconds < 5, "{answered:?} in {seconds} s");
}

#[test]
fn a_connection_that_is_idle_for_a_second_gives_way_to_a_client_and_no_other_does() {
    let port = ServerPort::<2>::new(80, Deadlines::DEFAULT);
    let mut sim = SimNet::new(&port);
    let workers = workers(&sim, &port);
    let [mut first, mut second, mut third] = [(); 3].map(|()| sim.socket());
    sim.run(&mut pin!(join(workers)), async {
        send(&mut first, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert!(!read_response(&mut first).await.contains("\r\nConnection: close\r\n"), "a worker listens");
        Timer::after_millis(400).await;
        send(&mut second, "").await;
        Timer::after_secs(5).await;
        assert_eq!(port.worker_counts().idle, 2, "an idle connection is closed though no client waits");
        // Both have been idle for long enough. One of them is closed at once, and no other.
        let closing = async {
            let (one, other) = (pin!(close_at_end(&mut first)), pin!(close_at_end(&mut second)));
            select(one, other).await;
        };
        let asking = async {
            let start = Instant::now();
            send(&mut third, &format!("GET /{CLOSE}")).await;
            assert!(start.elapsed().as_millis() < 100, "{:?}", start.elapsed());
            let (response, fin) = read_to_end(&mut third).await;
            assert!(response.starts_with("HTTP/1.1 200 OK\r\n") && fin, "{response}");
            Timer::after_secs(3).await;
        };
        join(vec![Box::pin(closing) as Pin<Box<dyn Future<Output = ()>>>, Box::pin(asking)]).await;
        assert_eq!(port.worker_counts().idle, 1, "the other connection is kept");
    });
}

#[test]
fn a_connection_that_has_just_become_idle_has_a_second() {
    for deadlines in [Deadlines::DEFAULT, Deadlines::DEFAULT.idle(Duration::MAX)] {
        let port = ServerPort::<1>::new(80, deadlines);
        let mut sim = SimNet::new(&port);
        let mut workers = workers(&sim, &port);
        let (mut first, mut second) = (sim.socket(), sim.socket());
        sim.run(&mut workers[0].as_mut(), async {
            send(&mut first, "").await;
            until(&port, |counts| counts.idle == 1).await;
            let start = Instant::now();
            let asking = async {
                send(&mut second, "").await;
                assert!((1000..1100).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
            };
            join(vec![
                Box::pin(close_at_end(&mut first)) as Pin<Box<dyn Future<Output = ()>>>,
                Box::pin(asking),
            ])
            .await;
        });
    }
}

/// Polls `future` for `millis`.
async fn stays_pending<F: Future>(mut future: Pin<&mut F>, millis: u64) {
    let end = Instant::now() + embassy_time::Duration::from_millis(millis);
    poll_fn(|context| {
        assert!(future.as_mut().poll(context).is_pending());
        if Instant::now() < end { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
}

#[test]
fn a_worker_that_is_dropped_while_it_accepts_takes_no_place_with_it() {
    for drops_taken_socket in [true, false] {
        let port = ServerPort::<2>::new(80, Deadlines::DEFAULT);
        let mut sim = SimNet::new(&port);
        let [mut first, mut second, mut third] = [(); 3].map(|()| sim.socket());
        // The stack passes a SYN to the first socket that listens.
        let (mut one, mut other) = (worker(&sim, &port), worker(&sim, &port));
        sim.run(&mut one.as_mut(), async { until(&port, |counts| counts.listening == 1).await });
        sim.run(&mut other.as_mut(), async { until(&port, |counts| counts.listening == 2).await });
        let mut none = pin!(std::future::pending::<()>());
        sim.run(&mut none, first.connect((HOST, 80))).0.expect("a socket listens");
        let (dropped, mut remaining) = if drops_taken_socket { (one, other) } else { (other, one) };
        drop(dropped);
        // No worker has looked since. Where the remaining socket is the one that was taken, a client has to wait.
        if !drops_taken_socket {
            sim.run(&mut none, stays_pending(pin!(second.connect((HOST, 80))), 100));
            second.abort();
            first.abort();
        }
        let (_, seconds) = sim.run(&mut remaining.as_mut(), async {
            let clients = [&mut second, &mut third];
            join(clients.into_iter().map(|client| use_connection(client, HOST.into(), 1)).collect()).await
        });
        assert!(seconds < 4, "{seconds} s");
    }
}

#[test]
fn a_client_that_comes_before_any_worker_waits() {
    let port = ServerPort::<1>::new(80, Deadlines::DEFAULT);
    let mut sim = SimNet::new(&port);
    let mut client = sim.socket();
    let mut connecting = pin!(use_connection(&mut client, HOST.into(), 1));
    sim.run(&mut pin!(std::future::pending::<()>()), stays_pending(connecting.as_mut(), 500));
    assert_eq!(port.worker_counts().waiting, 1);
    let mut worker = worker(&sim, &port);
    let (answered, seconds) = sim.run(&mut worker.as_mut(), connecting);
    assert!(answered == 1 && seconds == 0, "{seconds} s");
}

/// Returns a SYN from `source`, whose checksum is wrong.
fn broken_syn(source: u16) -> Vec<u8> {
    let mut packet = vec![0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 9, 10, 0, 0, 1];
    let sum: u32 = packet.chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
    let checksum = !((sum & 0xffff) + (sum >> 16)) as u16;
    packet[10..12].copy_from_slice(&checksum.to_be_bytes());
    packet.extend(source.to_be_bytes());
    packet.extend([0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 4, 0, 0xba, 0xd0, 0, 0]);
    packet
}

#[test]
fn syns_that_take_no_socket_keep_no_client_out() {
    let port = ServerPort::<2>::new(80, Deadlines::DEFAULT);
    let mut sim = SimNet::new(&port);
    let queue = Rc::clone(&sim.queue);
    let workers = workers(&sim, &port);
    let mut client = sim.socket();
    let (answered, seconds) = sim.run(&mut pin!(join(workers)), async {
        until(&port, |counts| counts.listening == 2).await;
        queue.borrow_mut().extend((1..20).map(broken_syn));
        use_connection(&mut client, HOST.into(), 1).await
    });
    assert!(answered == 1 && seconds < 2, "{seconds} s");
    assert_eq!(port.worker_counts().waiting, 0);
}

#[test]
fn a_client_that_repeats_its_syn_keeps_one_place() {
    let port = ServerPort::<1>::new(80, Deadlines::DEFAULT);
    let mut sim = SimNet::new(&port);
    let queue = Rc::clone(&sim.queue);
    let mut workers = workers(&sim, &port);
    let mut first = sim.socket();
    sim.run(&mut workers[0].as_mut(), async {
        send(&mut first, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await;
        until(&port, |counts| counts.serving == 1).await;
        queue.borrow_mut().extend([7, 7, 8, 7, 8].map(broken_syn));
        until(&port, |counts| counts.waiting == 2).await;
        Timer::after_millis(10).await;
        assert_eq!(port.worker_counts().waiting, 2);
    });
}
