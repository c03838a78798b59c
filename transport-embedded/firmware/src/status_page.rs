//! Law: one page is about the device; every other is the site's, and the same on every machine.

use core::cell::Cell;
use core::time::Duration;

use bantam::wire::Status;
use bantam::{Connection, RequestDetails, Response, Site};
use bantam_www::Www;
use heapless::Vec;

use crate::memory;

/// What `/status` says. What does not fit is left out.
pub type Text = Vec<u8, 192>;

/// What an image knows of itself.
pub trait Report {
    /// How long it has been running.
    fn uptime(&self) -> Duration;

    /// What its sockets do, in a few words.
    fn sockets(&self, text: &mut Text);
}

/// The site, and `/status`.
pub struct Device<R> {
    /// What the image knows of itself.
    pub report: R,
    requests: Cell<usize>,
}

impl<R: Report> Device<R> {
    /// Without a request so far.
    pub const fn new(report: R) -> Self {
        Self { report, requests: Cell::new(0) }
    }

    fn status(&self) -> Text {
        let mut text = Vec::new();
        say(&mut text, "uptime ", self.report.uptime().as_secs() as usize, " s\n");
        say(&mut text, "requests ", self.requests.get(), "\nsockets ");
        self.report.sockets(&mut text);
        say(&mut text, "\nstack ", memory::stack_peak(), " bytes at the deepest\n");
        say(&mut text, "RAM ", memory::statics(), " bytes static, ");
        say(&mut text, "", memory::never_used(), " never used\n");
        text
    }
}

impl<R: Report> Site for Device<R> {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        self.requests.set(self.requests.get() + 1);
        if details.uri.path != "/status" {
            return Www.request_handler(details).await;
        }
        let text = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")];
        let status = self.status();
        details.connection.make_response(Response::new(Status::OK).headers(&text).body(&status)).await
    }
}

/// Adds a number between words.
pub fn say(text: &mut Text, before: &str, number: usize, behind: &str) {
    for part in [before.as_bytes(), decimal(number).trim_ascii_start(), behind.as_bytes()] {
        let _ = text.extend_from_slice(part);
    }
}

/// A number of up to eight digits, behind spaces; without what formats anything else there is, for that is 2 KB of flash.
pub fn decimal(mut number: usize) -> [u8; 8] {
    let mut digits = *b"       0";
    for place in digits.iter_mut().rev() {
        *place = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    digits
}
