//! Law: what a page holds while it waits is memory of every connection; so it is measured.

use core::convert::Infallible;
use core::future::{Ready, ready};
use core::mem::size_of_val;
use core::time::Duration;

use bantam::wire::request_head;
use bantam::{Blocking, Connection, Misuse, Rejection, RequestDetails, Response, SourceError};
use embedded_io::{ErrorType, Read, Write};

// The pages by their names, which the routes do not keep.
#[allow(clippy::duplicate_mod, dead_code, unreachable_pub, reason = "the site's own are behind one match")]
#[path = "../pages/echo.rs"]
mod echo;
#[allow(clippy::duplicate_mod, dead_code, unreachable_pub, reason = "as above")]
#[path = "../pages/index.rs"]
mod index;
#[allow(clippy::duplicate_mod, dead_code, unreachable_pub, reason = "as above")]
#[path = "../pages/sleep.rs"]
mod sleep;

/// A connection whose calls hold nothing, so that what is measured is the page's own.
struct Nowhere;

struct Refused;

impl From<Rejection> for Refused {
    fn from(_: Rejection) -> Self {
        Self
    }
}

impl From<Misuse> for Refused {
    fn from(_: Misuse) -> Self {
        Self
    }
}

impl From<SourceError> for Refused {
    fn from(_: SourceError) -> Self {
        Self
    }
}

#[allow(refining_impl_trait, reason = "the names say that nothing is held")]
impl Connection for Nowhere {
    type Error = Refused;

    fn recv(&mut self, _: &mut [u8]) -> Ready<Result<usize, Refused>> {
        ready(Ok(0))
    }

    fn send(&mut self, _: &[u8]) -> Ready<Result<(), Refused>> {
        ready(Ok(()))
    }

    fn make_response(&mut self, _: Response<'_>) -> Ready<Result<(), Refused>> {
        ready(Ok(()))
    }

    fn response_already_made(&self) -> bool {
        false
    }

    fn pause(&mut self, _: Duration) -> Ready<Result<(), Refused>> {
        ready(Ok(()))
    }

    fn close(&mut self) {}

    fn low_level(&mut self) -> Ready<Result<Blocking<Self>, Refused>> {
        ready(Err(Refused))
    }
}

impl ErrorType for Nowhere {
    type Error = Infallible;
}

impl Read for Nowhere {
    fn read(&mut self, _: &mut [u8]) -> Result<usize, Infallible> {
        Ok(0)
    }
}

impl Write for Nowhere {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// The bytes that a page holds of its own.
macro_rules! own {
    ($page:ident) => {{
        let (_, head) = request_head(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        let mut connection = Nowhere;
        let mut details = RequestDetails::new(head, None, &mut connection);
        let future = $page::request_handler(&mut details);
        size_of_val(&future)
    }};
}

#[test]
fn a_page_that_is_generated_holds_a_few_words() {
    assert!(own!(index) <= 64, "{}", own!(index));
    assert!(own!(sleep) <= 64, "{}", own!(sleep));
}

#[test]
fn the_echo_holds_its_piece_and_little_else() {
    assert!(own!(echo) <= 512 + 128, "{}", own!(echo));
}
