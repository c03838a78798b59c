//! Pages that use every answer and every reader of a request, over a stream of which nothing is known.

use bantam::wire::{Event, Status};
use bantam::{
    Buffers, Connection, Freshness, Representation, RequestDetails, Site, StaticFile, StaticFiles, blocking,
    escape, serve,
};
use serde::{Deserialize, Serialize};

use crate::server::stream;

/// JSON of every kind but floats: the compiler cannot prove that core's own parser and formatter of them do not panic.
#[derive(Deserialize, Serialize)]
struct Value<'a> {
    text: &'a str,
    letter: char,
    is: bool,
    bytes: [u8; 2],
    signed: (i8, i16, i32, i64),
    unsigned: (u16, u32, u64),
    optional: Option<Inner<'a>>,
    unit: (),
}

#[derive(Deserialize, Serialize)]
enum Inner<'a> {
    Unit,
    #[serde(borrow)]
    Newtype(Name<'a>),
    Tuple(u8, bool),
    Struct {
        number: u8,
    },
}

#[derive(Deserialize, Serialize)]
struct Name<'a>(&'a str);

/// An object whose names are numbers and texts.
struct Sum(u32);

impl<'de> Deserialize<'de> for Sum {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SumVisitor)
    }
}

struct SumVisitor;

impl<'de> serde::de::Visitor<'de> for SumVisitor {
    type Value = Sum;

    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Sum, A::Error> {
        let mut sum = 0_u32;
        while let Some((name, value)) = map.next_entry::<u16, Option<u16>>()? {
            sum = sum.wrapping_add(u32::from(name)).wrapping_add(value.unwrap_or(1).into());
            let _: Option<(bool, serde::de::IgnoredAny)> = map.next_entry()?;
            let _: Option<(Inner<'de>, ())> = map.next_entry()?;
        }
        Ok(Sum(sum))
    }
}

static STYLE: StaticFile = StaticFile::new(
    "text/css",
    &[
        Representation { coding: Some("gzip"), etag: "\"1\"", bytes: b"ab" },
        Representation { coding: None, etag: "\"2\"", bytes: b"main {}" },
    ],
)
.modified("Sun, 06 Nov 1994 08:49:37 GMT");
static FILES: StaticFiles = StaticFiles::new(&[
    ("/a.css", Freshness::Immutable, &STYLE),
    ("/style.css", Freshness::Revalidated, &STYLE),
]);

struct Pages {
    memory: usize,
}

impl Site for Pages {
    bantam::routes! {
        GET "/text/{number}" => text,
        GET "/html/{name}" => html,
        GET "/pieces/{*rest}" => pieces,
        GET "/redirect/{name}" => redirect,
        POST "/form" => form,
        GET "/json/{name}" => json,
        POST "/json" => json_body,
        POST "/sum" => sum,
        GET "/fill" => fill,
        GET "/events/{name}" => events,
        .. => |_| &FILES,
    }
}

async fn text<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let number: i64 = details.param("number")?;
    let size = details.query().opt::<u16>("size")?;
    let path = details.uri.path;
    details.text(Status::OK, format_args!("{number} {size:?} {path}")).await
}

async fn html<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let name = escape(details.param_raw("name").unwrap_or(""));
    let rest = escape(details.rest());
    details.html(Status::OK, format_args!("<p>{name}</p>{rest}")).await
}

async fn pieces<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let pieces = ["a", details.param_raw("rest").unwrap_or(""), details.host().unwrap_or("")];
    details.pieces(Status::OK, "text/plain", &pieces).await
}

async fn redirect<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let name = details.param_raw("name").unwrap_or("");
    details.redirect(Status::FOUND, name).await
}

async fn form<C: Connection>(app: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let mut memory = [0; 128];
    let form = details.form(memory.get_mut(..app.memory).unwrap_or(&mut [])).await?;
    let (number, mut text) = (form.get::<u32>("number")?, [0; 32]);
    let name = form.text("name", &mut text)?;
    details.text(Status::OK, format_args!("{name} {number}")).await
}

async fn json<C: Connection>(app: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let name = details.param_raw("name").unwrap_or("");
    let number = app.memory as u16;
    let value = Value {
        text: name,
        letter: name.chars().next().unwrap_or('a'),
        is: name.is_empty(),
        bytes: number.to_le_bytes(),
        signed: (number as i8, number as i16, number.into(), number.into()),
        unsigned: (number, number.into(), number.into()),
        optional: match number {
            0 => None,
            1 => Some(Inner::Unit),
            2 => Some(Inner::Newtype(Name(name))),
            3 => Some(Inner::Tuple(1, true)),
            _ => Some(Inner::Struct { number: 1 }),
        },
        unit: (),
    };
    details.json(Status::OK, &value).await
}

async fn json_body<C: Connection>(app: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let mut memory = [0; 256];
    let value: Value<'_> = details.json_body(memory.get_mut(..app.memory).unwrap_or(&mut [])).await?;
    details.json(Status::OK, &value).await
}

async fn sum<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let mut memory = [0; 256];
    let sum: Sum = details.json_body(&mut memory).await?;
    details.json(Status::OK, &sum.0).await
}

async fn fill<C: Connection>(app: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.make_response(bantam::Response::new(Status::OK)).await?;
    let mut write = |free: &mut [u8]| {
        free.fill(7);
        app.memory
    };
    details.connection.fill(&mut write).await?;
    details.connection.flush().await
}

async fn events<C: Connection>(app: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let name = details.param_raw("name").unwrap_or("");
    let last = details.last_event_id().unwrap_or("").len() as u32;
    let Some(mut events) = details.events().await? else { return Ok(()) };
    while events.pause(core::time::Duration::from_secs(app.memory as u64)).await.is_some() {
        let next = core::future::poll_fn(|_| core::task::Poll::Pending::<()>);
        events.wait(next).await;
        events.send(&Event::new(name).name(name).id(name).retry(last)).await?;
    }
    details.connection.gone(core::time::Duration::MAX).await?;
    events_by_hand(details).await
}

async fn events_by_hand<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    use bantam::LowLevelStream;
    use embedded_io_async::{Read, Write};

    let mut stream = details.connection.low_level().await?;
    let mut memory = [0; 16];
    while stream.read(&mut memory).await.is_ok() && !stream.is_ending() {
        let _ = stream.write(&memory).await;
    }
    stream.close();
    Ok(())
}

/// Serves the pages.
#[unsafe(no_mangle)]
pub extern "C" fn serve_pages(memory: usize) -> u8 {
    let mut buffers = Buffers::<1024, 512>::new();
    let mut stream = stream();
    u8::from(blocking::block_on(serve(&mut stream, &mut buffers.state(), &Pages { memory })).is_ok())
}
