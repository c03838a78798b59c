//! Edges that come once: what has arrived is read although a read returns less, behind a message with descriptors on a Unix
//! socket (unix(7)) and at the mark of urgent data on TCP (tcp(7)).
//!
//! Invariant: what has arrived is read, and accepted, without another event.

#![cfg(target_os = "linux")]

#[macro_use]
mod common;

use std::io::{IoSlice, Write as _};
use std::mem::MaybeUninit;
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;

use bantam::{Connection, RequestDetails, Response, Site, wire::Status};
use bantam_std::{ClientAddrSource, Mode, RunningServer, Server, TrustedProxies};
use common::{Latch, TIMEOUT, connect, get, latch, long_deadlines, read_response, read_to_close, send};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use socket2::SockRef;

/// A page that blocks its worker until the latch is open, and one that returns the body of its request.
struct Blocking(&'static Latch);

impl Site for Blocking {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        if details.uri.path == "/block" {
            self.0.block();
        }
        let mut memory = [0; 64];
        let body = details.body(&mut memory).await?;
        details.connection.make_response(Response::new(Status::OK).body(body)).await
    }
}

/// Starts a server on TCP, and on a Unix socket of a proxy, whose worker is blocked until the latch is opened.
fn start_blocked(mode: Mode, dir: &std::path::Path, latch: &'static Latch) -> (RunningServer, TcpStream) {
    let workers = if mode == Mode::Threads { 8 } else { 1 };
    let proxies = TrustedProxies::new(ClientAddrSource::ProxyProtocol).trust("unix").expect("a peer");
    let server = Server::new().mode(mode).workers(workers).deadlines(long_deadlines()).proxies(proxies);
    let server =
        server.bind("127.0.0.1:0").expect("a free port").bind_unix(dir.join("socket")).expect("a free path");
    let server = server.start(Blocking(latch)).expect("started");
    let blocked = send(server.local_addrs()[0], &get("/block"));
    latch.wait_for(1);
    (server, blocked)
}

/// Connects to the Unix socket.
fn connect_unix(dir: &std::path::Path) -> TcpStream {
    let client = TcpStream::from(OwnedFd::from(UnixStream::connect(dir.join("socket")).expect("connected")));
    client.set_read_timeout(Some(TIMEOUT)).expect("a time-out");
    client
}

/// Sends bytes and a descriptor.
fn send_with_descriptor(client: &TcpStream, bytes: &[u8]) {
    let descriptors = [client.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    assert!(ancillary.push(SendAncillaryMessage::ScmRights(&descriptors)));
    let sent = sendmsg(client, &[IoSlice::new(bytes)], &mut ancillary, SendFlags::empty());
    assert_eq!(sent, Ok(bytes.len()));
}

const POST: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\nabcdefghijkl";

in_every_mode! {
/// The message is split in the header of its proxy, in its head and in its body, and between two requests.
fn a_message_behind_descriptors_is_read(mode) {
    let (dir, latch) = (tempfile::tempdir().unwrap(), latch());
    let (_server, mut blocked) = start_blocked(mode, dir.path(), latch);
    let mut clients = Vec::new();
    let first = [b"PROXY UNKNOWN\r\n", POST].concat();
    for split in [5, 15, 25, 35, first.len() - 5, first.len()] {
        let mut client = connect_unix(dir.path());
        send_with_descriptor(&client, &first[..split]);
        client.write_all(&first[split..]).unwrap();
        send_with_descriptor(&client, POST);
        client.write_all(POST).unwrap();
        clients.push(client);
    }
    latch.open();
    read_response(&mut blocked).unwrap();
    for mut client in clients {
        for _ in 0..3 {
            assert!(read_response(&mut client).unwrap().ends_with("\r\n\r\nabcdefghijkl"));
        }
    }
}

/// The end comes with the requests, which fill the request buffer more than once.
fn a_client_that_has_ended_gets_every_response(mode) {
    let (dir, latch) = (tempfile::tempdir().unwrap(), latch());
    let (server, mut blocked) = start_blocked(mode, dir.path(), latch);
    let mut client = send(server.local_addrs()[0], &POST.repeat(500));
    client.shutdown(Shutdown::Write).unwrap();
    latch.open();
    read_response(&mut blocked).unwrap();
    assert_eq!(read_to_close(&mut client).matches("\r\n\r\nabcdefghijkl").count(), 500);
}

/// One event reports all of them, and they are more than are accepted in a turn.
fn clients_that_connect_at_the_same_time_are_accepted(mode) {
    let (dir, latch) = (tempfile::tempdir().unwrap(), latch());
    let (server, mut blocked) = start_blocked(mode, dir.path(), latch);
    let clients: Vec<_> = (0..200).map(|_| send(server.local_addrs()[0], POST)).collect();
    latch.open();
    read_response(&mut blocked).unwrap();
    for mut client in clients {
        assert!(read_response(&mut client).unwrap().ends_with("\r\n\r\nabcdefghijkl"));
    }
}

/// The last byte that is sent as urgent data is the mark.
fn a_message_behind_urgent_data_is_read_whole(mode) {
    let (dir, latch) = (tempfile::tempdir().unwrap(), latch());
    let (server, mut blocked) = start_blocked(mode, dir.path(), latch);
    let mut clients = Vec::new();
    for split in [10, 20, POST.len() - 5] {
        let mut client = connect(server.local_addrs()[0]);
        SockRef::from(&client).send_out_of_band(&POST[..split]).unwrap();
        client.write_all(&POST[split..]).unwrap();
        clients.push(client);
    }
    latch.open();
    read_response(&mut blocked).unwrap();
    for mut client in clients {
        assert!(read_response(&mut client).unwrap().ends_with("\r\n\r\nabcdefghijkl"));
        client.write_all(POST).unwrap();
        assert!(read_response(&mut client).unwrap().ends_with("\r\n\r\nabcdefghijkl"));
    }
}
}

/// On tokio it is read with the next bytes of the client.
#[test]
fn a_request_behind_an_urgent_one_is_read() {
    for mode in [Mode::EventLoop, Mode::Threads] {
        let (dir, latch) = (tempfile::tempdir().unwrap(), latch());
        let (server, mut blocked) = start_blocked(mode, dir.path(), latch);
        let mut client = connect(server.local_addrs()[0]);
        client.write_all(POST).unwrap();
        SockRef::from(&client).send_out_of_band(&POST[..1]).unwrap();
        client.write_all(&POST[1..]).unwrap();
        latch.open();
        read_response(&mut blocked).unwrap();
        for _ in 0..2 {
            assert!(read_response(&mut client).unwrap().ends_with("\r\n\r\nabcdefghijkl"));
        }
    }
}
