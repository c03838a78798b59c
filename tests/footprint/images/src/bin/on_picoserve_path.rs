//! picoserve, with the name as a parameter of the path.

#![no_std]
#![no_main]

use core::pin::pin;

use cortex_m_rt::entry;
#[cfg(any(feature = "routes", feature = "table"))]
use footprint_images::extra;
use footprint_images::greeting::LONGEST;
use footprint_images::measure::{record_future, run_task};
use footprint_images::requests::{BY_PATH, HOME, HTML};
use footprint_images::{BufferedStream, TestStream};
use heapless::String;
#[cfg(feature = "socket")]
use picoserve::futures::Either;
#[cfg(feature = "socket")]
use picoserve::io::{Read, Write};
#[cfg(feature = "json")]
use picoserve::response::Json;
use picoserve::response::Response;
#[cfg(feature = "table")]
use picoserve::response::fs::{Directory, File};
#[cfg(feature = "socket")]
use picoserve::response::ws::{Message, SocketRx, SocketTx, WebSocketCallback, WebSocketUpgrade};
use picoserve::routing::{get, parse_path_segment};
use picoserve::time::Duration;
use picoserve::{Config, Router, Server, Timer};
use static_cell::ConstStaticCell;

static INPUT: ConstStaticCell<[u8; 1024]> = ConstStaticCell::new([0; 1024]);
static OUTPUT: ConstStaticCell<[u8; 512]> = ConstStaticCell::new([0; 512]);
#[cfg(feature = "table")]
const PAGES: Directory = Directory {
    files: &[
        ("about", File::html(extra!("about"))),
        ("setup", File::html(extra!("setup"))),
        ("login", File::html(extra!("login"))),
        ("reset", File::html(extra!("reset"))),
        ("hosts", File::html(extra!("hosts"))),
        ("users", File::html(extra!("users"))),
        ("ports", File::html(extra!("ports"))),
        ("clock", File::html(extra!("clock"))),
        ("power", File::html(extra!("power"))),
        ("model", File::html(extra!("model"))),
    ],
    sub_directories: &[],
};
static CONFIG: Config = Config::const_default().keep_connection_alive();

/// A timer that never expires: no image has a clock.
struct Never;

impl Timer<()> for Never {
    fn delay(&self, _: Duration) -> impl Future<Output = ()> {
        core::future::pending()
    }
}

type Text = String<{ "Hello, !".len() + LONGEST }>;

fn greeting(name: &str) -> Text {
    let mut text = Text::new();
    for part in ["Hello, ", name, "!"] {
        let _ = text.push_str(part);
    }
    text
}

/// A page that sends WebSocket messages back.
#[cfg(feature = "socket")]
struct Chat;

#[cfg(feature = "socket")]
impl WebSocketCallback for Chat {
    async fn run<R: Read, W: Write<Error = R::Error>>(
        self,
        mut from: SocketRx<R>,
        mut to: SocketTx<W>,
    ) -> Result<(), W::Error> {
        let mut memory = [0; 64];
        let never = core::future::pending::<()>;
        while let Either::First(Ok(message)) = from.next_message(&mut memory, never()).await? {
            match message {
                Message::Text(text) => to.send_text(text).await?,
                Message::Binary(data) => to.send_binary(data).await?,
                Message::Ping(data) => to.send_pong(data).await?,
                Message::Pong(_) => {}
                Message::Close(reason) => return to.close(reason).await,
            }
        }
        to.close(None).await
    }
}

async fn connection() {
    #[cfg(not(feature = "table"))]
    let app = Router::new();
    #[cfg(feature = "table")]
    let app = Router::from_service(PAGES);
    let app = app.route("/", get(async || Response::ok(HOME).with_content_type(HTML))).route(
        ("/greet", parse_path_segment::<String<LONGEST>>()),
        get(async |name: String<LONGEST>| greeting(&name)),
    );
    #[cfg(feature = "routes")]
    let app = app
        .route("/about", get(async || Response::ok(extra!("about")).with_content_type(HTML)))
        .route("/setup", get(async || Response::ok(extra!("setup")).with_content_type(HTML)))
        .route("/login", get(async || Response::ok(extra!("login")).with_content_type(HTML)))
        .route("/reset", get(async || Response::ok(extra!("reset")).with_content_type(HTML)))
        .route("/hosts", get(async || Response::ok(extra!("hosts")).with_content_type(HTML)))
        .route("/users", get(async || Response::ok(extra!("users")).with_content_type(HTML)))
        .route("/ports", get(async || Response::ok(extra!("ports")).with_content_type(HTML)))
        .route("/clock", get(async || Response::ok(extra!("clock")).with_content_type(HTML)))
        .route("/power", get(async || Response::ok(extra!("power")).with_content_type(HTML)))
        .route("/model", get(async || Response::ok(extra!("model")).with_content_type(HTML)));
    #[cfg(feature = "json")]
    let app = app.route(
        ("/sender", parse_path_segment::<String<LONGEST>>()),
        get(async |name: String<LONGEST>| {
            let number = name.len() as u32;
            Json(footprint_images::Sender { name, number, known: number > 4 })
        }),
    );
    #[cfg(feature = "socket")]
    let app = app.route("/chat", get(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(Chat)));
    let socket = BufferedStream { stream: TestStream::new(&BY_PATH), memory: OUTPUT.take() };
    let _ = record_future(Server::custom(&app, Never, &CONFIG, INPUT.take()).serve(socket)).await;
}

#[entry]
fn main() -> ! {
    run_task(pin!(connection()))
}
