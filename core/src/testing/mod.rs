//! Tests of pages without a socket: a request to a [`Site`], its response, and the peer that the tests of this crate use.
//!
//! With the feature `testing`, which needs std: a site for a device is tested on the host. In the `Cargo.toml` of the site:
//!
//! ```toml
//! [dev-dependencies]
//! bantam = { version = "0.1", features = ["testing"] }
//! ```
//!
//! A test sends a request, and looks at the response:
//!
//! ```
//! use bantam::wire::Status;
//! use bantam::{Connection, RequestDetails, Site, testing};
//!
//! struct App;
//! impl Site for App {
//!     bantam::routes! { GET "/double" => double }
//! }
//! async fn double<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
//!     let number: u32 = details.query().get("number")?;
//!     details.text(Status::OK, format_args!("{}", u64::from(number) * 2)).await
//! }
//!
//! // #[test]
//! fn a_number_is_doubled() {
//!     let response = testing::get(&App, "/double?number=4").wait().expect_status(Status::OK);
//!     assert_eq!(response.text(), "8");
//!     assert_eq!(response.header("Content-Type"), Some("text/plain; charset=utf-8"));
//! }
//! # a_number_is_doubled();
//! ```
//!
//! `testing::get(&App, "/double").await` does the same on any executor. With `number=four` the test fails and prints:
//!
//! ```text
//! 200 OK was expected
//! GET /double?number=four
//! 400 Bad Request, refused: The request does not hold what this page needs.
//! Content-Type: text/html; charset=utf-8
//! ...
//!
//! <!doctype html>
//! ...
//! ```
//!
//! [`request()`] takes any method, and [`TestRequest`] has fields, bodies, the client's address and the sizes of the buffers. Time is virtual: a
//! page that pauses for an hour is tested at once. What a page awaits besides its connection has to be ready, or another thread has to wake
//! it.
//!
//! [`ScriptedPeer`] is the transport below it, for what one request cannot show: pipelined requests, slow clients, failing streams.

mod block_on;
mod environment;
mod peer;
mod request;
mod response;
mod script;

pub use self::block_on::block_on;
pub use self::environment::{Environment, LoggedExchange};
pub use self::peer::ScriptedPeer;
pub use self::request::TestRequest;
pub use self::response::TestResponse;
pub use self::script::{IoFault, PeerEvent, Step};
use crate::page::Site;

/// A GET of `target`, a path with its query: `testing::get(&site, "/a?b=c").await`, or `.wait()`.
pub fn get<'s, S: Site>(site: &'s S, target: &str) -> TestRequest<'s, S> {
    TestRequest::new(site, "GET", target)
}

/// A request with any method:
///
/// ```
/// # use bantam::{Connection, RequestDetails, Response, Site, testing, wire::Status};
/// # struct App;
/// # impl Site for App { bantam::routes! { POST "/notes" => note } }
/// # async fn note<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
/// #     let mut memory = [0; 64];
/// #     let text = details.body(&mut memory).await?.to_vec();
/// #     details.connection.make_response(Response::new(Status::CREATED).body(&text)).await
/// # }
/// let note = testing::request(&App, "POST", "/notes").header("Content-Type", "text/plain").body("milk").wait();
/// assert_eq!((note.status, note.text().as_ref()), (Status::CREATED, "milk"));
/// ```
pub fn request<'s, S: Site>(site: &'s S, method: &str, target: &str) -> TestRequest<'s, S> {
    TestRequest::new(site, method, target)
}
