//! bantam: `serve` over the stream, with a site of `routes!`.

#![no_std]
#![no_main]

#[cfg(feature = "chat")]
mod chat;
#[cfg(feature = "live")]
mod live;
#[cfg(feature = "pages")]
mod pages;
#[cfg(feature = "routes")]
mod statics;
#[cfg(feature = "upload")]
mod uploads;

use core::pin::pin;

use bantam::wire::Status;
use bantam::{Buffers, Connection, Rejection, RequestDetails, Response, Site, serve};
use cortex_m_rt::entry;
use footprint_images::TestStream;
use footprint_images::greeting::LONGEST;
use footprint_images::measure::{record_future, run_task};
#[cfg(not(feature = "upload"))]
use footprint_images::requests::BY_QUERY;
#[cfg(feature = "upload")]
use footprint_images::requests::WITH_FORM;
use footprint_images::requests::{HOME, HTML, TEXT};
use static_cell::ConstStaticCell;

static BUFFERS: ConstStaticCell<Buffers<1024, 512>> = ConstStaticCell::new(Buffers::new());

struct Pages;

#[cfg(not(any(
    feature = "routes",
    feature = "pages",
    feature = "paths",
    feature = "upload",
    feature = "chat",
    feature = "live"
)))]
impl Site for Pages {
    bantam::routes! {
        GET "/" => home,
        GET "/greet" => greet,
    }
}

#[cfg(feature = "routes")]
impl Site for Pages {
    bantam::routes! {
        GET "/" => home,
        GET "/greet" => greet,
        GET "/about" => statics::about,
        GET "/setup" => statics::setup,
        GET "/login" => statics::login,
        GET "/reset" => statics::reset,
        GET "/hosts" => statics::hosts,
        GET "/users" => statics::users,
        GET "/ports" => statics::ports,
        GET "/clock" => statics::clock,
        GET "/power" => statics::power,
        GET "/model" => statics::model,
    }
}

#[cfg(feature = "chat")]
impl Site for Pages {
    bantam::routes! {
        GET "/" => home,
        GET "/greet" => greet,
        GET "/chat" => chat::chat,
    }
}

#[cfg(feature = "live")]
impl Site for Pages {
    bantam::routes! {
        GET "/" => home,
        GET "/greet" => greet,
        GET "/live" => live::live,
    }
}

#[cfg(feature = "upload")]
impl Site for Pages {
    bantam::routes! {
        GET "/" => home,
        GET "/greet" => greet,
        POST "/upload" => uploads::upload,
    }
}

#[cfg(feature = "pages")]
impl Site for Pages {
    bantam::routes! {
        GET "/" => home,
        GET "/greet" => greet,
        GET "/about" => pages::about,
        GET "/setup" => pages::setup,
        GET "/login" => pages::login,
        GET "/reset" => pages::reset,
        GET "/hosts" => pages::hosts,
        GET "/users" => pages::users,
        GET "/ports" => pages::ports,
        GET "/clock" => pages::clock,
        GET "/power" => pages::power,
        GET "/model" => pages::model,
    }
}

#[cfg(feature = "paths")]
impl Site for Pages {
    bantam::routes! {
        GET "/" => home,
        GET "/greet" => greet,
        GET "/about" => greet,
        GET "/setup" => greet,
        GET "/login" => greet,
        GET "/reset" => greet,
        GET "/hosts" => greet,
        GET "/users" => greet,
        GET "/ports" => greet,
        GET "/clock" => greet,
        GET "/power" => greet,
        GET "/model" => greet,
    }
}

async fn home<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let html = [("Content-Type", HTML)];
    let response = Response::new(Status::OK).headers(&html).body(HOME.as_bytes());
    details.connection.make_response(response).await
}

async fn greet<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let mut text = heapless::Vec::<u8, { "Hello, !".len() + LONGEST }>::new();
    let name = details.query().first("name").ok_or(Rejection::BadInput)?;
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
    #[cfg(not(feature = "upload"))]
    let mut stream = TestStream::new(&BY_QUERY);
    #[cfg(feature = "upload")]
    let mut stream = TestStream::new(&WITH_FORM);
    let mut state = BUFFERS.take().state();
    let _ = record_future(serve(&mut stream, &mut state, &Pages)).await;
}

#[entry]
fn main() -> ! {
    run_task(pin!(connection()))
}
