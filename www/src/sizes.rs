//! Tests of the sizes of the pages' futures, which are RAM of every connection.

use core::convert::Infallible;
use core::fmt::Debug;
use core::future::{Ready, ready};
use core::mem::size_of_val;
use core::time::Duration;

use bantam::wire::request_head;
use bantam::{Connection, Fault, LowLevelStream, PageError, RequestDetails, Response};
use embedded_io_async::{ErrorType, Read, Write};

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

#[cfg(feature = "chat")]
#[allow(clippy::duplicate_mod, dead_code, unreachable_pub, reason = "as above")]
#[path = "../pages/api/chat.rs"]
mod chat;
#[cfg(feature = "live")]
#[allow(clippy::duplicate_mod, dead_code, unreachable_pub, reason = "as above")]
#[path = "../pages/api/live.rs"]
mod live;
#[cfg(feature = "upload")]
#[allow(clippy::duplicate_mod, dead_code, unreachable_pub, reason = "as above")]
#[path = "../pages/upload.rs"]
mod upload;

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

    fn fill(&mut self, write: &mut dyn FnMut(&mut [u8]) -> usize) -> Ready<Result<usize, NullError>> {
        ready(Ok(write(&mut [])))
    }

    fn flush(&mut self) -> Ready<Result<(), NullError>> {
        ready(Ok(()))
    }

    fn gone(&mut self, _: Duration) -> Ready<Result<bool, NullError>> {
        ready(Ok(true))
    }

    fn is_ending(&self) -> bool {
        false
    }

    fn close(&mut self) {}

    fn low_level(&mut self) -> Ready<Result<NullStream, NullError>> {
        ready(Err(NullError))
    }
}

struct NullStream;

impl LowLevelStream for NullStream {
    fn is_ending(&self) -> bool {
        false
    }

    fn close(&mut self) {}
}

impl ErrorType for NullStream {
    type Error = Infallible;
}

impl Read for NullStream {
    async fn read(&mut self, _: &mut [u8]) -> Result<usize, Infallible> {
        Ok(0)
    }
}

impl Write for NullStream {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
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
    let shared = crate::Shared::new();
    assert!(
        future_size!(counter::post(&shared)) <= 22 + 64 + 128,
        "{}",
        future_size!(counter::post(&shared))
    );
}

#[cfg(feature = "upload")]
#[test]
fn the_future_of_the_upload_is_at_most_its_memory_the_state_of_its_hash_and_512_bytes() {
    let size = future_size!(upload::post());
    assert!(size <= 512 + size_of::<sha2::Sha256>() + 512, "{size}");
}

#[cfg(feature = "live")]
#[test]
fn the_future_of_the_events_is_at_most_their_text_and_256_bytes() {
    let shared = crate::Shared::new();
    let size = future_size!(live::get(&shared));
    assert!(size <= 128 + 256, "{size}");
}

#[cfg(feature = "chat")]
#[test]
fn the_future_of_the_chat_is_at_most_its_memory_two_messages_a_frame_and_400_bytes() {
    let shared = crate::Shared::new();
    let size = future_size!(chat::get(&shared));
    assert!(size <= 64 + 2 * size_of::<crate::message::Message>() + 140 + 400, "{size}");
}
