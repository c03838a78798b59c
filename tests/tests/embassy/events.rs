//! Streams of server-sent events in tasks of embassy.
//!
//! Invariant: a page whose stream has ended is dropped, and its worker listens again.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use bantam::wire::Event;
use bantam::{Buffers, Connection, Deadlines, RequestDetails, Site};
use bantam_embedded::embassy::{ServerPort, run_worker};
use embassy_net::tcp::TcpSocket;
use embassy_time::{Instant, Timer};

use crate::sim_net::{CLOSE, SimNet, WhenWoken, read_to_end, send, until_listening};

/// `/events` sends the numbers that are published, and says goodbye. Counts the pages that are under way.
#[derive(Default)]
struct LiveSite(Cell<u32>, Cell<u32>);

/// A page that is under way.
struct Page<'s>(&'s Cell<u32>);

impl<'s> Page<'s> {
    fn enter(count: &'s Cell<u32>) -> Self {
        count.set(count.get() + 1);
        Self(count)
    }
}

impl Drop for Page<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl Site for LiveSite {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let _page = Page::enter(&self.1);
        let Some(mut events) = details.events().await? else { return Ok(()) };
        let mut seen = self.0.get();
        let next = |seen| {
            poll_fn(move |_| Some(self.0.get()).filter(|n| *n > seen).map_or(Poll::Pending, Poll::Ready))
        };
        while let Some(number) = events.wait(next(seen)).await {
            events.send(&Event::new("next")).await?;
            seen = number;
        }
        events.send(&Event::new("bye")).await
    }
}

#[test]
fn a_stream_of_events_ends_with_its_client_and_with_the_server() {
    let (port, site) = (ServerPort::<1>::new(80, Deadlines::DEFAULT), LiveSite::default());
    let mut sim = SimNet::new(&port);
    let (mut socket, mut client, mut buffers) = (sim.socket(), sim.socket(), Buffers::<1024, 512>::new());
    let mut worker = pin!(run_worker(&port, &mut socket, &site, &mut buffers));
    for stops in [false, true] {
        let (text, seconds) = sim.run(&mut worker, async {
            send(&mut client, STREAM).await;
            let (mut text, mut buffer) = (String::new(), [0; 512]);
            while !text.contains("\r\n: \n\n") {
                let count = client.read(&mut buffer).await.expect("open");
                text.push_str(std::str::from_utf8(&buffer[..count]).expect("ASCII"));
            }
            site.0.set(site.0.get() + 1);
            while !text.contains("data: next\n") {
                let count = client.read(&mut buffer).await.expect("open");
                text.push_str(std::str::from_utf8(&buffer[..count]).expect("ASCII"));
            }
            if stops {
                port.stop();
            } else {
                client.close();
            }
            text + &read_to_end(&mut client).await.0
        });
        assert!(text.ends_with("data: bye\n\n\r\n0\r\n\r\n"), "{text}");
        assert!((15..20).contains(&seconds), "a comment after 15 s, and an end within a second: {seconds} s");
        client.abort();
    }
}

/// Reads a stream up to this text.
async fn read_until(client: &mut TcpSocket<'_>, end: &str) {
    let (mut text, mut buffer) = (String::new(), [0; 512]);
    while !text.contains(end) {
        let count = client.read(&mut buffer).await.expect("open");
        text.push_str(std::str::from_utf8(&buffer[..count]).expect("ASCII"));
    }
}

const STREAM: &str = "GET /events HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn a_stream_that_is_reset_or_whose_client_vanishes_leaves_nothing_behind() {
    // The deadlines of a stream: a comment every 15 s, which has 30 s to leave and be acknowledged.
    let deadlines = Deadlines::DEFAULT.response(Duration::from_secs(30));
    let (port, site) = (ServerPort::<1>::new(80, deadlines), LiveSite::default());
    let mut sim = SimNet::new(&port);
    let (mut socket, mut client, mut buffers) = (sim.socket(), sim.socket(), Buffers::<1024, 512>::new());
    let mut worker = pin!(run_worker(&port, &mut socket, &site, &mut buffers));
    let deliverable = std::rc::Rc::clone(&sim.deliverable);
    for vanishes in [false, true, false] {
        let (_, seconds) = sim.run(&mut worker, async {
            send(&mut client, STREAM).await;
            read_until(&mut client, "\r\n\r\n").await;
            assert_eq!(site.1.get(), 1, "a page is under way");
            if vanishes {
                deliverable.set(0);
            } else {
                client.abort();
            }
            until_listening(&port, 1).await;
        });
        assert_eq!(site.1.get(), 0, "dropped");
        assert!(seconds < if vanishes { 61 } else { 1 }, "vanishes {vanishes}: {seconds} s");
        deliverable.set(usize::MAX);
    }
    // And the worker serves.
    let (text, _) = sim.run(&mut worker, async {
        send(&mut client, &format!("HEAD /events{CLOSE}")).await;
        read_to_end(&mut client).await.0
    });
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
}

#[test]
fn a_stream_whose_client_does_not_read_ends_at_its_deadline() {
    let (port, site) = (ServerPort::<1>::new(80, Deadlines::DEFAULT), LiveSite::default());
    let mut sim = SimNet::new(&port);
    let (mut socket, mut client, mut buffers) = (sim.socket(), sim.socket(), Buffers::<1024, 512>::new());
    let mut worker = pin!(run_worker(&port, &mut socket, &site, &mut buffers));
    let ((), seconds) = sim.run(&mut worker, async {
        send(&mut client, STREAM).await;
        read_until(&mut client, "\r\n\r\n").await;
        // More than the buffers of both sockets take.
        while port.worker_counts().listening == 0 {
            site.0.set(site.0.get() + 1);
            Timer::after_millis(1).await;
        }
    });
    assert_eq!(site.1.get(), 0, "dropped");
    assert!((30..35).contains(&seconds), "{seconds} s");
}

#[test]
fn a_worker_that_is_dropped_drops_the_page_of_its_stream() {
    let (port, site) = (ServerPort::<1>::new(80, Deadlines::DEFAULT), LiveSite::default());
    let mut sim = SimNet::new(&port);
    let (mut socket, mut client, mut buffers) = (sim.socket(), sim.socket(), Buffers::<1024, 512>::new());
    for _ in 0..2 {
        {
            let mut worker = pin!(run_worker(&port, &mut socket, &site, &mut buffers));
            sim.run(&mut worker, async {
                send(&mut client, STREAM).await;
                read_until(&mut client, "\r\n\r\n").await;
            });
            assert_eq!((site.1.get(), port.worker_counts().listening), (1, 0));
        }
        assert_eq!(site.1.get(), 0, "dropped");
        let mut no_worker = pin!(std::future::pending::<()>());
        let (text, fin) = sim.run(&mut no_worker, read_to_end(&mut client)).0;
        assert!(!fin, "{text}: a stream that is cut off ends with RST");
    }
}

/// The worker is polled when it is woken, and at no other time.
#[test]
fn a_port_that_begins_to_stop_wakes_its_streams_and_its_idle_connections() {
    for request in [STREAM, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"] {
        let (port, site) = (ServerPort::<1>::new(80, Deadlines::DEFAULT), LiveSite::default());
        let mut sim = SimNet::new(&port);
        let (mut socket, mut client, mut buffers) = (sim.socket(), sim.socket(), Buffers::<1024, 512>::new());
        let mut worker = pin!(WhenWoken::new(async {
            Box::pin(run_worker(&port, &mut socket, &site, &mut buffers)).await;
        }));
        let ((text, fin), _) = sim.run(&mut worker, async {
            send(&mut client, request).await;
            read_until(&mut client, "\r\n\r\n").await;
            // An idle connection has a second for its next request.
            Timer::after_millis(1300).await;
            let stopped = Instant::now();
            port.stop();
            let end = read_to_end(&mut client).await;
            let elapsed = stopped.elapsed().as_millis();
            assert!(elapsed < 100, "{request}: {elapsed} ms");
            end
        });
        assert!(
            fin && text.ends_with("data: bye\n\n\r\n0\r\n\r\n") == (request == STREAM),
            "{request}: {text}"
        );
    }
}
