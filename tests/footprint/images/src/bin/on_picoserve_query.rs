//! picoserve, with the name in the query, by serde.

#![no_std]
#![no_main]

use core::pin::pin;

use cortex_m_rt::entry;
use footprint_images::greeting::LONGEST;
use footprint_images::measure::{record_future, run_task};
use footprint_images::requests::{BY_QUERY, HOME, HTML};
use footprint_images::{BufferedStream, TestStream};
use heapless::String;
use picoserve::extract::Query;
use picoserve::response::Response;
use picoserve::routing::get;
use picoserve::time::Duration;
use picoserve::{Config, Router, Server, Timer};
use static_cell::ConstStaticCell;

static INPUT: ConstStaticCell<[u8; 1024]> = ConstStaticCell::new([0; 1024]);
static OUTPUT: ConstStaticCell<[u8; 512]> = ConstStaticCell::new([0; 512]);
static CONFIG: Config = Config::const_default().keep_connection_alive();

/// A timer that never expires: no image has a clock.
struct Never;

impl Timer<()> for Never {
    fn delay(&self, _: Duration) -> impl Future<Output = ()> {
        core::future::pending()
    }
}

#[derive(serde::Deserialize)]
struct Parameters {
    name: String<LONGEST>,
}

type Text = String<{ "Hello, !".len() + LONGEST }>;

fn greeting(name: &str) -> Text {
    let mut text = Text::new();
    for part in ["Hello, ", name, "!"] {
        let _ = text.push_str(part);
    }
    text
}

async fn connection() {
    let app = Router::new()
        .route("/", get(async || Response::ok(HOME).with_content_type(HTML)))
        .route("/greet", get(async |Query(Parameters { name })| greeting(&name)));
    let socket = BufferedStream { stream: TestStream::new(&BY_QUERY), memory: OUTPUT.take() };
    let _ = record_future(Server::custom(&app, Never, &CONFIG, INPUT.take()).serve(socket)).await;
}

#[entry]
fn main() -> ! {
    run_task(pin!(connection()))
}
