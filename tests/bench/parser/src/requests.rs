//! Plaintext requests, served from memory: what `serve` costs without a system call.
//!
//! Invariant: bytes are read and written as a socket would, and the transport has a date.

use std::cell::RefCell;
use std::convert::Infallible;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bantam::{
    Connection, ConnectionState, RequestDetails, Response, Site, Transport, serve_until_idle, wire::Status,
};
use embedded_io_async::{ErrorType, Read, Write};

use crate::contenders::{Case, Work};

const REQUEST: &[u8] = b"GET /plaintext HTTP/1.1\r\nHost: 127.0.0.1:9150\r\n\r\n";
const BODY: &[u8] = b"Hello, World!";
const BUFFER: usize = 8192;

/// A page that states its length, or leaves that to the core.
struct Plaintext {
    states_length: bool,
}

impl Site for Plaintext {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let headers = [("Content-Type", "text/plain"), ("Server", "bantam")];
        let response = Response::new(Status::OK).headers(&headers);
        if self.states_length {
            return details.connection.make_response(response.body(BODY)).await;
        }
        details.connection.make_response(response).await?;
        details.connection.send(BODY).await
    }
}

/// Has one read of requests for each call of `serve_until_idle`.
struct Memory<'a> {
    requests: &'a [u8],
}

impl ErrorType for Memory<'_> {
    type Error = Infallible;
}

impl Read for Memory<'_> {
    async fn read(&mut self, memory: &mut [u8]) -> Result<usize, Infallible> {
        let count = self.requests.len().min(memory.len());
        memory[..count].copy_from_slice(&self.requests[..count]);
        Ok(count)
    }
}

impl Write for Memory<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        Ok(black_box(bytes).len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Transport for Memory<'_> {
    fn date(&mut self) -> Option<[u8; 29]> {
        Some(black_box(*b"Sun, 06 Nov 1994 08:49:37 GMT"))
    }
}

/// Requests one at a time and pipelined, with either page.
pub fn cases() -> impl Iterator<Item = Case> {
    let ways = [(1, true), (1, false), (16, true), (16, false)];
    ways.into_iter().map(|(count, states_length)| {
        let requests = if count == 1 { "a request" } else { "16 pipelined requests" };
        let states = if states_length { "the page" } else { "the core" };
        Case {
            name: format!("{requests} served, {states} states the length"),
            ours: serving(count, states_length),
            theirs: None,
            pico: None,
        }
    })
}

fn serving(count: usize, states_length: bool) -> Work {
    let (requests, buffers) = (REQUEST.repeat(count), RefCell::new(([0; BUFFER], [0; BUFFER])));
    Box::new(move || {
        let (input, output) = &mut *buffers.borrow_mut();
        let mut state = ConnectionState::new(input, output);
        let (site, mut transport) = (Plaintext { states_length }, Memory { requests: &requests });
        let mut serving = pin!(serve_until_idle(&mut transport, &mut state, &site));
        let served = serving.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(served, Poll::Ready(Ok(_))), "memory never waits");
    })
}
