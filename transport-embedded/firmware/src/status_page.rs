//! The site of an image: the pages of `www`, and `/status` with counters of the device.

use core::cell::Cell;
use core::time::Duration;

use bantam::wire::Status;
use bantam::{Connection, RequestDetails, Response, Site};
use bantam_www::Www;
use heapless::Vec;

use crate::memory;

/// The text of `/status`. A part that does not fit is dropped.
pub type StatusText = Vec<u8, 192>;

/// What an image adds to `/status`.
pub trait DeviceStatus {
    /// Returns the time since the start.
    fn uptime(&self) -> Duration;

    /// Pushes the states of the sockets.
    fn push_sockets(&self, text: &mut StatusText);
}

/// The pages of `www`, and `/status`.
pub struct DeviceSite<R> {
    /// The status of the image.
    pub status: R,
    www: Www,
    requests: Cell<usize>,
}

impl<R: DeviceStatus> DeviceSite<R> {
    /// Returns a site that has served no request.
    pub const fn new(status: R) -> Self {
        Self { status, www: www(), requests: Cell::new(0) }
    }

    fn status_text(&self) -> StatusText {
        let mut text = Vec::new();
        push_number(&mut text, "uptime ", self.status.uptime().as_secs() as usize, " s\n");
        push_number(&mut text, "requests ", self.requests.get(), "\nsockets ");
        self.status.push_sockets(&mut text);
        push_number(&mut text, "\nstack ", memory::stack_peak(), " bytes at the deepest\n");
        push_number(&mut text, "RAM ", memory::statics(), " bytes static, ");
        push_number(&mut text, "", memory::never_used(), " never used\n");
        text
    }
}

/// The pages of `www`. `/live` displays the RAM that has been in use, if it is there.
const fn www() -> Www {
    #[cfg(feature = "site")]
    return Www::new().memory(|| (memory::statics() + memory::stack_peak()) as u32 / 1024);
    #[cfg(not(feature = "site"))]
    Www::new()
}

impl<R: DeviceStatus> Site for DeviceSite<R> {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        self.requests.set(self.requests.get() + 1);
        #[cfg(feature = "two-workers")]
        if details.uri.path == "/six" {
            return details.connection.make_response(Response::new(Status::OK).body(SIX)).await;
        }
        if details.uri.path != "/status" {
            return self.www.request_handler(details).await;
        }
        let headers = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")];
        let text = self.status_text();
        details.connection.make_response(Response::new(Status::OK).headers(&headers).body(&text)).await
    }
}

/// A page with six subresources.
#[cfg(feature = "two-workers")]
const SIX: &[u8] = b"<!doctype html><title>six</title><link rel=icon href=/favicon.ico>\
    <link rel=stylesheet href=/style.css><img src=/bantam.svg?1><img src=/bantam.svg?2><img src=/bantam.svg?3>\
    <img src=/bantam.svg?4><img src=/bantam.svg?5>";

/// Pushes a number between two words.
pub fn push_number(text: &mut StatusText, before: &str, number: usize, after: &str) {
    for part in [before.as_bytes(), decimal(number).trim_ascii_start(), after.as_bytes()] {
        let _ = text.extend_from_slice(part);
    }
}

/// Formats up to eight digits, right-aligned with spaces. `core::fmt` would cost 2 KB of flash.
pub fn decimal(mut number: usize) -> [u8; 8] {
    let mut digits = *b"       0";
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    digits
}
