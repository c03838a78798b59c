//! The pages of a board: a form for its LED, and the values of its sensor as events. They need neither std nor a heap, and run on a
//! microcontroller as they are: what is the board's own is behind [`Pins`].

use core::fmt::Write as _;
use core::time::Duration;

use bantam::wire::{Event, Status};
use bantam::{Connection, RequestDetails, Site};

/// What a board has. `&self`, as all connections share it: a `Cell` or the registers on a device.
pub(crate) trait Pins {
    fn set_led(&self, is_on: bool);
    fn is_led_on(&self) -> bool;
    /// In tenths of a degree Celsius.
    fn temperature(&self) -> i32;
}

pub(crate) struct Board<P>(pub(crate) P);

impl<P: Pins> Site for Board<P> {
    bantam::routes! {
        GET "/" => page,
        POST "/led" => switch,
        GET "/temperatures" => temperatures,
    }
}

async fn page<P: Pins, C: Connection>(
    board: &Board<P>,
    details: &mut RequestDetails<'_, C>,
) -> Result<(), C::Error> {
    let led = if board.0.is_led_on() { "on" } else { "off" };
    let page = format_args!(
        "<!doctype html><meta charset=utf-8><title>Board</title><p>The LED is {led}.\
         <form method=post action=led><button name=on value=true>On</button><button name=on value=false>Off</button></form>\
         <p><output id=degrees></output> \u{b0}C\
         <script>new EventSource('temperatures').onmessage = event => degrees.value = event.data</script>"
    );
    details.html(Status::OK, page).await
}

async fn switch<P: Pins, C: Connection>(
    board: &Board<P>,
    details: &mut RequestDetails<'_, C>,
) -> Result<(), C::Error> {
    board.0.set_led(details.form(&mut [0; 32]).await?.get("on")?);
    details.redirect(Status::SEE_OTHER, "/").await
}

/// Sends the temperature when it has changed. It is measured every second.
async fn temperatures<P: Pins, C: Connection>(
    board: &Board<P>,
    details: &mut RequestDetails<'_, C>,
) -> Result<(), C::Error> {
    let Some(mut events) = details.events().await? else { return Ok(()) };
    let mut last = None;
    loop {
        let now = board.0.temperature();
        if last.replace(now) != Some(now) {
            let mut text = heapless::String::<16>::new();
            let _ = write!(text, "{}{}.{}", if now < 0 { "-" } else { "" }, now.abs() / 10, now.abs() % 10);
            events.send(&Event::new(&text)).await?;
        }
        if events.pause(Duration::from_secs(1)).await.is_none() {
            return Ok(());
        }
    }
}
