//! Tests of the sizes of the pages' futures, which are RAM of every connection.

use core::convert::Infallible;
use core::fmt::Debug;
use core::future::{Ready, ready};
use core::mem::size_of_val;
use core::time::Duration;

use bantam::wire::request_head;
use bantam::{Blocking, Connection, Fault, PageError, RequestDetails, Response};
use embedded_io::{ErrorType, Read, Write};

// The generated routes have the pages by number.
#[allow(clippy::duplicate_mod, dead_code, unreachable_pub, reason = "the generated modules have numbers")]
#[path = "../pages/api/counter.rs"]
mod counter;
#[allow(clippy::duplicate_mod, dead_code, unreachable_pub, reason = "as above")]
#[path = "../pages/echo.rs"]
mod echo;
#[allow(clippy::duplicate_mod, dead_code, unreachable_pub, reason = "as above")]
#[path = "../pages/hello/[name].rs"]
mod hello;
#[allow(clippy::duplicate_mod, dead_code, unreachable_pub, reason = "as above")]
#[path = "../pages/index.rs"]
mod index;
#[allow(clippy::duplicate_mod, dead_code, unreachable_pub, reason = "as above")]
#[path = "../pages/sleep.rs"]
mod sleep;

/// A connection whose futures have no state, so that only the state of the page is measured.
struct NullConnection;

struct NullError;

impl<E: Debug> From<E> for NullError {
    fn from(_: E) -> Self {
        Self
    }
}

impl PageError for NullError {
    fn fault(&self) -> Fault {
        Fault::Stream
    }
}

#[allow(refining_impl_trait, reason = "`Ready` shows that a future has no state")]
impl Connection for NullConnection {
    type Error = NullError;

    fn recv(&mut self, _: &mut [u8]) -> Ready<Result<usize, NullError>> {
        ready(Ok(0))
    }

    fn limit_body(&mut self, _: u64) -> Result<(), NullError> {
        Ok(())
    }

    fn send(&mut self, _: &[u8]) -> Ready<Result<(), NullError>> {
        ready(Ok(()))
    }

    fn make_response(&mut self, _: Response<'_>) -> Ready<Result<(), NullError>> {
        ready(Ok(()))
    }

    fn response_already_made(&self) -> bool {
        false
    }

    fn pause(&mut self, _: Duration) -> Ready<Result<(), NullError>> {
        ready(Ok(()))
    }

    fn fill(&mut self, write: &mut dyn FnMut(&mut [u8]) -> Option<usize>) -> Ready<Result<usize, NullError>> {
        ready(write(&mut []).ok_or(NullError))
    }

    fn flush(&mut self) -> Ready<Result<(), NullError>> {
        ready(Ok(()))
    }

    fn close(&mut self) {}

    fn low_level(&mut self) -> Ready<Result<Blocking<Self>, NullError>> {
        ready(Err(NullError))
    }
}

impl ErrorType for NullConnection {
    type Error = Infallible;
}

impl Read for NullConnection {
    fn read(&mut self, _: &mut [u8]) -> Result<usize, Infallible> {
        Ok(0)
    }
}

impl Write for NullConnection {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// The size of the future of a handler.
macro_rules! future_size {
    ($page:ident) => {
        future_size!($page::request_handler())
    };
    ($page:ident :: $handler:ident ($($site:expr)?)) => {{
        let (_, head) = request_head(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        let mut connection = NullConnection;
        let mut details = RequestDetails::new(head, None, &mut connection);
        let future = $page::$handler($($site,)? &mut details);
        size_of_val(&future)
    }};
}

#[test]
fn the_future_of_a_generated_page_is_at_most_64_bytes() {
    assert!(future_size!(index) <= 64, "{}", future_size!(index));
    assert!(future_size!(sleep) <= 64, "{}", future_size!(sleep));
    assert!(future_size!(hello::get()) <= 64, "{}", future_size!(hello::get()));
}

#[test]
fn the_future_of_the_echo_is_at_most_its_buffer_and_128_bytes() {
    assert!(future_size!(echo) <= 512 + 128, "{}", future_size!(echo));
}

#[test]
fn the_future_of_the_counter_is_at_most_its_text_its_fields_and_128_bytes() {
    let www = crate::Www::new();
    assert!(future_size!(counter::post(&www)) <= 22 + 64 + 128, "{}", future_size!(counter::post(&www)));
}
