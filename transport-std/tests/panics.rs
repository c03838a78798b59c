//! Panics of the application's code outside of a page's own run: observers, loggers, payloads, and whatever is dropped.
//!
//! Invariant: such a panic costs at most the connection that it happens on; the counts return to 0, and the stop works.

#[macro_use]
mod common;

use std::io::Write as _;
use std::net::SocketAddr;
use std::panic::panic_any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bantam::{Connection, RequestDetails, Response, Site, wire::Status};
use bantam_std::{AccessRecord, Mode, Observer, Observes, RejectedConnection, RunningServer, Server};
use common::{
    Latch, TIMEOUT, connect, get, latch, long_deadlines, read_response, read_to_close, send, wait_until,
};

/// Panics when it is dropped, with a payload that does so, too.
struct Bomb(u32);

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking()
            && let Some(next) = self.0.checked_sub(1)
        {
            panic_any(Self(next));
        }
    }
}

/// A logger that panics on every line, in every test of this file.
struct PanickingLogger;

static LINES: AtomicUsize = AtomicUsize::new(0);

impl log::Log for PanickingLogger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, _: &log::Record<'_>) {
        LINES.fetch_add(1, Ordering::Relaxed);
        panic_any(Bomb(2));
    }

    fn flush(&self) {}
}

/// What has been called and dropped.
#[derive(Default)]
struct Seen {
    responses: AtomicUsize,
    rejections: AtomicUsize,
    sites_dropped: AtomicUsize,
    observers_dropped: AtomicUsize,
}

/// An observer that panics whatever it is called for.
struct PanickingObserver(Arc<Seen>);

impl Observer for PanickingObserver {
    fn on_response(&self, _: &AccessRecord<'_>) {
        self.0.responses.fetch_add(1, Ordering::Relaxed);
        panic_any(Bomb(2));
    }

    fn observes(&self) -> Observes {
        panic_any(Bomb(2));
    }

    fn needs_duration(&self) -> bool {
        panic_any(Bomb(2));
    }

    fn on_rejected(&self, _: &AccessRecord<'_>, _: RejectedConnection) {
        self.0.rejections.fetch_add(1, Ordering::Relaxed);
        panic_any(Bomb(2));
    }
}

impl Drop for PanickingObserver {
    fn drop(&mut self) {
        self.0.observers_dropped.fetch_add(1, Ordering::Relaxed);
        drop(Bomb(2));
    }
}

struct PanickingSite {
    seen: Arc<Seen>,
    latch: &'static Latch,
}

impl Site for PanickingSite {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let connection = &mut *details.connection;
        match details.uri.path {
            "/payload" => panic_any(Bomb(2)),
            "/hold" => {
                let _bomb = Bomb(2);
                self.latch.pass(connection).await?;
            }
            "/latch" => self.latch.pass(connection).await?,
            _ => {}
        }
        connection.make_response(Response::new(Status::OK).body(b"hello")).await
    }
}

impl Drop for PanickingSite {
    fn drop(&mut self) {
        self.seen.sites_dropped.fetch_add(1, Ordering::Relaxed);
        drop(Bomb(2));
    }
}

/// Starts a server of code that panics everywhere.
fn start(
    mode: Mode,
    latch: &'static Latch,
    adapt: impl FnOnce(Server) -> Server,
) -> (RunningServer, SocketAddr, Arc<Seen>) {
    // Fails where another test has set it.
    let _ = log::set_logger(&PanickingLogger);
    log::set_max_level(log::LevelFilter::Trace);
    let seen = Arc::<Seen>::default();
    let server =
        Server::new().mode(mode).deadlines(long_deadlines()).observer(PanickingObserver(seen.clone()));
    let server = adapt(server.bind("127.0.0.1:0").expect("a free port"));
    let running = server.start(PanickingSite { seen: seen.clone(), latch }).expect("started");
    let address = running.local_addrs()[0];
    (running, address, seen)
}

/// Stops a server that has no connection left, and has lost none.
fn stop(server: RunningServer) {
    let handle = server.handle();
    wait_until(|| handle.connections().open == 0);
    handle.shutdown(TIMEOUT);
    assert_eq!((server.wait(), handle.worker_panics()), (0, 0));
}

in_every_mode! {
fn an_observer_and_a_logger_that_panic_cost_no_response(mode) {
    let latch = latch();
    let (server, address, seen) = start(mode, latch, |server| server.workers(2).max_connections(2));
    let lines = LINES.load(Ordering::Relaxed);
    for _ in 0..4 {
        let mut kept = send(address, &get("/hello").repeat(2));
        for _ in 0..2 {
            assert!(read_response(&mut kept).unwrap().ends_with("hello"));
        }
        assert!(read_to_close(&mut send(address, b"BAD\r\n")).starts_with("HTTP/1.1 400 "));
        kept.write_all(&get("/hello")).unwrap();
        assert!(read_response(&mut kept).unwrap().ends_with("hello"), "another connection of the worker");
        drop(kept);
        wait_until(|| server.handle().connections().open == 0);
    }
    assert_eq!(seen.responses.load(Ordering::Relaxed), 4 * 4);
    let held = [(); 2].map(|()| send(address, &get("/latch")));
    latch.wait_for(2);
    for _ in 0..4 {
        assert!(read_to_close(&mut connect(address)).starts_with("HTTP/1.1 503 "));
    }
    assert_eq!(seen.rejections.load(Ordering::Relaxed), 4);
    latch.open();
    for mut held in held {
        assert!(read_response(&mut held).unwrap().ends_with("hello"));
    }
    assert!(LINES.load(Ordering::Relaxed) > lines);
    stop(server);
}

fn a_payload_that_panics_when_it_is_dropped_costs_its_own_connection(mode) {
    let (server, address, _) = start(mode, latch(), |server| server.workers(2));
    let mut other = send(address, &get("/hello"));
    read_response(&mut other).unwrap();
    for _ in 0..4 {
        assert!(read_to_close(&mut send(address, &get("/payload"))).starts_with("HTTP/1.1 500 "));
    }
    other.write_all(&get("/hello")).unwrap();
    assert!(read_response(&mut other).unwrap().ends_with("hello"));
    drop(other);
    stop(server);
}

fn pages_that_panic_when_they_are_dropped_do_not_hinder_the_stop(mode) {
    let latch = latch();
    let (server, address, _) = start(mode, latch, |server| server.workers(3));
    let held = [(); 3].map(|()| send(address, &get("/hold")));
    latch.wait_for(3);
    let handle = server.handle();
    handle.shutdown(Duration::from_millis(20));
    assert_eq!((server.wait(), handle.worker_panics()), (3, 0));
    for mut held in held {
        assert_eq!(read_to_close(&mut held), "");
    }
    latch.open();
    wait_until(|| handle.connections().open == 0);
}

fn a_site_and_an_observer_that_panic_when_they_are_dropped_do_not_hinder_the_stop(mode) {
    let (server, address, seen) = start(mode, latch(), |server| server.workers(2));
    assert!(read_response(&mut send(address, &get("/hello"))).unwrap().ends_with("hello"));
    stop(server);
    let dropped = |count: &AtomicUsize| count.load(Ordering::Relaxed) == 1;
    wait_until(|| dropped(&seen.sites_dropped) && dropped(&seen.observers_dropped));
}
}
