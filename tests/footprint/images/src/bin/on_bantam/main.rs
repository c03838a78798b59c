//! bantam: `serve` over the stream, with a site by hand.

#![no_std]
#![no_main]

#[cfg(any(feature = "text", feature = "json"))]
mod answers;
#[cfg(feature = "pages")]
mod pages;
mod table;

use core::pin::pin;

use bantam::wire::Status;
use bantam::{Buffers, Connection, Rejection, RequestDetails, Response, Site, serve};
use cortex_m_rt::entry;
use footprint_images::TestStream;
#[cfg(feature = "routes")]
use footprint_images::extra;
use footprint_images::greeting::LONGEST;
use footprint_images::measure::{record_future, run_task};
use footprint_images::requests::{BY_QUERY, HOME, HTML, TEXT};
use static_cell::ConstStaticCell;

static BUFFERS: ConstStaticCell<Buffers<1024, 512>> = ConstStaticCell::new(Buffers::new());

struct Pages;

impl Site for Pages {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let body = match details.uri.path {
            "/" => HOME,
            "/greet" => return greet(details).await,
            #[cfg(feature = "routes")]
            "/about" => extra!("about"),
            #[cfg(feature = "routes")]
            "/setup" => extra!("setup"),
            #[cfg(feature = "routes")]
            "/login" => extra!("login"),
            #[cfg(feature = "routes")]
            "/reset" => extra!("reset"),
            #[cfg(feature = "routes")]
            "/hosts" => extra!("hosts"),
            #[cfg(feature = "routes")]
            "/users" => extra!("users"),
            #[cfg(feature = "routes")]
            "/ports" => extra!("ports"),
            #[cfg(feature = "routes")]
            "/clock" => extra!("clock"),
            #[cfg(feature = "routes")]
            "/power" => extra!("power"),
            #[cfg(feature = "routes")]
            "/model" => extra!("model"),
            #[cfg(feature = "pages")]
            "/about" => return pages::about(details).await,
            #[cfg(feature = "pages")]
            "/setup" => return pages::setup(details).await,
            #[cfg(feature = "pages")]
            "/login" => return pages::login(details).await,
            #[cfg(feature = "pages")]
            "/reset" => return pages::reset(details).await,
            #[cfg(feature = "pages")]
            "/hosts" => return pages::hosts(details).await,
            #[cfg(feature = "pages")]
            "/users" => return pages::users(details).await,
            #[cfg(feature = "pages")]
            "/ports" => return pages::ports(details).await,
            #[cfg(feature = "pages")]
            "/clock" => return pages::clock(details).await,
            #[cfg(feature = "pages")]
            "/power" => return pages::power(details).await,
            #[cfg(feature = "pages")]
            "/model" => return pages::model(details).await,
            #[cfg(feature = "text")]
            "/sender" => return answers::text(details).await,
            #[cfg(feature = "json")]
            "/sender" => return answers::json(details).await,
            path => table::find(path).ok_or(Rejection::NotFound)?,
        };
        let html = [("Content-Type", HTML)];
        let response = Response::new(Status::OK).headers(&html).body(body.as_bytes());
        details.connection.make_response(response).await
    }

    #[cfg(feature = "fields")]
    fn fields(&self, fields: &mut bantam::Fields<'_>) {
        fields.add("X-Content-Type-Options", "nosniff");
        fields.add("Referrer-Policy", "same-origin");
    }

    #[cfg(feature = "refused")]
    async fn refused<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
        status: Status,
        reason: &'static str,
    ) -> Result<(), C::Error> {
        let plain = [("Content-Type", TEXT)];
        let response = Response::new(status).headers(&plain).body(reason.as_bytes());
        details.connection.make_response(response).await
    }
}

async fn greet<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let mut text = heapless::Vec::<u8, { "Hello, !".len() + LONGEST }>::new();
    let name = details.parsers().query().first("name").ok_or(Rejection::BadInput)?;
    let full = text.extend_from_slice(b"Hello, ").is_err()
        | name.bytes().take(LONGEST + 1).any(|byte| text.push(byte).is_err())
        | text.push(b'!').is_err();
    if full {
        return Err(Rejection::BadInput.into());
    }
    let plain = [("Content-Type", TEXT)];
    details.connection.make_response(Response::new(Status::OK).headers(&plain).body(&text)).await
}

async fn connection() {
    let mut stream = TestStream::new(&BY_QUERY);
    let mut state = BUFFERS.take().state();
    let _ = record_future(serve(&mut stream, &mut state, &Pages)).await;
}

#[entry]
fn main() -> ! {
    run_task(pin!(connection()))
}
