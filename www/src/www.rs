//! [`Www`]: the site, which counts its requests.

use core::future::Future;

use bantam::wire::Status;
use bantam::{Connection, Fields, RequestDetails, Site};

use crate::site::Shared;

/// The site of the folder `www`, with what its pages share.
#[derive(Debug)]
pub struct Www {
    shared: Shared,
}

impl Www {
    /// A site that has served no request.
    #[must_use]
    pub const fn new() -> Self {
        Self { shared: Shared::new() }
    }

    /// Tells the page `/live` the memory in use, in KB. `read` is called once a second for each of its viewers, and must not block.
    #[cfg(feature = "live")]
    #[must_use]
    pub const fn memory(mut self, read: fn() -> u32) -> Self {
        self.shared.memory = Some(read);
        self
    }
}

impl Default for Www {
    fn default() -> Self {
        Self::new()
    }
}

/// What the folders are does all the rest.
impl Site for Www {
    fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> impl Future<Output = Result<(), C::Error>> {
        #[cfg(feature = "live")]
        self.shared.requests.increment();
        self.shared.request_handler(details)
    }

    fn refused<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
        status: Status,
        reason: &'static str,
    ) -> impl Future<Output = Result<(), C::Error>> {
        self.shared.refused(details, status, reason)
    }

    fn fields(&self, fields: &mut Fields<'_>) {
        self.shared.fields(fields);
    }
}
