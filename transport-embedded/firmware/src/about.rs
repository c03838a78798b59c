//! Law: one page is about the device; every other is the site's, and the same on every machine.

use core::fmt::Write;
use core::time::Duration;

use bantam::wire::Status;
use bantam::{Connection, RequestDetails, Response, Site};
use bantam_www::Www;
use heapless::String;

use crate::memory;

/// What an image knows of itself.
pub trait Report {
    /// How long it has been running.
    fn uptime(&self) -> Duration;

    /// What its sockets do, in a few words.
    ///
    /// # Errors
    /// When there is no more room for them.
    fn sockets(&self, text: &mut impl Write) -> core::fmt::Result;
}

/// The site, and `/status`.
pub struct Device<R>(pub R);

impl<R: Report> Site for Device<R> {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        if details.uri.path != "/status" {
            return Www.request_handler(details).await;
        }
        let text = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")];
        let mut status = String::new();
        // What does not fit is left out.
        let _ = self.status(&mut status);
        details
            .connection
            .make_response(Response::new(Status::OK).headers(&text).body(status.as_bytes()))
            .await
    }
}

impl<R: Report> Device<R> {
    fn status(&self, text: &mut String<192>) -> core::fmt::Result {
        write!(text, "uptime {} s\nsockets ", self.0.uptime().as_secs())?;
        self.0.sockets(text)?;
        write!(
            text,
            "\nstack {} bytes at the deepest\nRAM {} bytes static, {} never used\n",
            memory::stack_peak(),
            memory::statics(),
            memory::never_used(),
        )
    }
}
