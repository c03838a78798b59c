//! The site of a board: the pages of `www`, and `/board` with the LED and the temperature, which it follows by server-sent events.

use core::fmt::{self, Write};

use bantam::wire::{Event, Status};
use bantam::{Connection, RequestDetails, Site};
use bantam_www::Www;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::signal::Signal;
use embassy_sync::watch::Watch;
use embassy_time::{Duration, with_timeout};
use heapless::String;

/// Streams of `/board/events` at once. Each keeps its worker, and the others serve everything else.
const STREAMS: usize = 2;

/// The pages, and what they share with the board's own task. It belongs to one executor.
pub struct BoardSite {
    name: &'static str,
    state: Watch<NoopRawMutex, BoardState, STREAMS>,
    led_changed: Signal<NoopRawMutex, ()>,
    www: Www,
}

/// What the page about the board displays.
#[derive(Clone, Copy, PartialEq)]
struct BoardState {
    is_led_on: bool,
    temperature: Temperature,
}

/// In tenths of a degree Celsius.
#[derive(Clone, Copy, PartialEq)]
struct Temperature(i32);

impl fmt::Display for Temperature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{}", self.0.unsigned_abs() / 10, self.0.unsigned_abs() % 10)
    }
}

impl BoardState {
    const START: Self = Self { is_led_on: false, temperature: Temperature(0) };

    const fn led(&self) -> &'static str {
        if self.is_led_on { "on" } else { "off" }
    }
}

impl BoardSite {
    pub(crate) const fn new(name: &'static str) -> Self {
        let state = Watch::new_with(BoardState::START);
        Self { name, state, led_changed: Signal::new(), www: Www::new() }
    }

    /// Records the temperature of the chip, in tenths of a degree Celsius. Waits until the form on `/board` switches the LED,
    /// for one second at most. Returns true if the LED is to be on.
    pub async fn exchange(&self, temperature: i32) -> bool {
        self.change(|state| state.temperature = Temperature(temperature));
        let _ = with_timeout(Duration::from_secs(1), self.led_changed.wait()).await;
        self.state().is_led_on
    }

    fn state(&self) -> BoardState {
        self.state.try_get().unwrap_or(BoardState::START)
    }

    /// Changes the state. Wakes the streams of events if it is another one then.
    fn change(&self, change: impl FnOnce(&mut BoardState)) {
        let mut state = self.state();
        change(&mut state);
        if state != self.state() {
            self.state.sender().send(state);
        }
    }
}

impl Site for BoardSite {
    bantam::routes! {
        GET "/board" => board,
        POST "/board" => switch,
        GET "/board/events" => events,
        GET "/board/temperature" => temperature,
        .. => |site| &site.www,
    }
}

async fn board<C: Connection>(site: &BoardSite, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let (name, state) = (site.name, site.state());
    let page = format_args!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <noscript><meta http-equiv=refresh content=5></noscript><title>{name}</title><link rel=stylesheet href=/style.css>\
         <main><h1>{name}</h1><p>The chip has <span id=degrees>{}</span> \u{b0}C.<p>The LED is <span id=led>{}</span>.\
         <form method=post><button name=led value=on>On</button> <button name=led value=off>Off</button></form></main>\
         <script>new EventSource('/board/events').onmessage=e=>\
         [degrees.textContent,led.textContent]=e.data.split(' ')</script>",
        state.temperature,
        state.led(),
    );
    details.html(Status::OK, page).await
}

/// Switches the LED by the form, and shows the page again.
async fn switch<C: Connection>(
    site: &BoardSite,
    details: &mut RequestDetails<'_, C>,
) -> Result<(), C::Error> {
    let mut memory = [0; 32];
    let is_on = details.form(&mut memory).await?.text("led", &mut [0; 8])? == "on";
    site.change(|state| state.is_led_on = is_on);
    site.led_changed.signal(());
    details.redirect(Status::SEE_OTHER, "/board").await
}

/// Sends the temperature and the state of the LED, and every change of them.
async fn events<C: Connection>(
    site: &BoardSite,
    details: &mut RequestDetails<'_, C>,
) -> Result<(), C::Error> {
    let Some(mut state) = site.state.receiver() else { return Err(Status::SERVICE_UNAVAILABLE.into()) };
    let Some(mut events) = details.events().await? else { return Ok(()) };
    while let Some(state) = events.wait(state.changed()).await {
        // `-214748364.8 off` is the longest.
        let mut text = String::<16>::new();
        let _ = write!(text, "{} {}", state.temperature, state.led());
        events.send(&Event::new(&text)).await?;
    }
    Ok(())
}

/// Returns the temperature in degrees Celsius, for a program.
async fn temperature<C: Connection>(
    site: &BoardSite,
    details: &mut RequestDetails<'_, C>,
) -> Result<(), C::Error> {
    details.text(Status::OK, format_args!("{}\n", site.state().temperature)).await
}

/// Converts a sample of an RP2040's or RP2350's temperature sensor to tenths of a degree Celsius: 27 degrees at 0.706 V, and
/// 1.721 mV less a degree more (RP2040 data sheet, section 4.9.5).
#[must_use]
pub const fn pico_temperature(sample: u16) -> i32 {
    let microvolts = sample as i32 * 3300 / 4096 * 1000;
    270 - (microvolts - 706_000) * 10 / 1721
}
