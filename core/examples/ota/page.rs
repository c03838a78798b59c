//! A page that takes a firmware image from a form: streams it into the flash, and installs it when the form is whole.
//!
//! Invariant: the flash is back in its place when the page has ended, however it ends.

use core::cell::Cell;

use bantam::wire::Status;
use bantam::{Connection, Failure, Refusal, RequestDetails, Response, Site};
use embedded_storage::nor_flash::NorFlash;

use crate::update::{Update, UpdateError};

/// A site with the page. One update at a time has the flash.
pub(crate) struct Ota<F> {
    flash: Cell<Option<F>>,
}

impl<F> Ota<F> {
    pub(crate) const fn new(flash: F) -> Self {
        Self { flash: Cell::new(Some(flash)) }
    }

    /// Works with the flash, if no update has it.
    pub(crate) fn with_flash<R>(&self, work: impl FnOnce(&mut F) -> R) -> Option<R> {
        self.lease().and_then(|mut lease| lease.flash.as_mut().map(work))
    }

    fn lease(&self) -> Option<Lease<'_, F>> {
        self.flash.take().map(|flash| Lease { flash: Some(flash), place: &self.flash })
    }
}

/// The flash while a page works with it. Dropping it gives it back: also where the client has gone, and the page is dropped.
struct Lease<'o, F> {
    flash: Option<F>,
    place: &'o Cell<Option<F>>,
}

impl<F> Drop for Lease<'_, F> {
    fn drop(&mut self) {
        self.place.set(self.flash.take());
    }
}

impl<F: NorFlash> Site for Ota<F> {
    bantam::routes! {
        GET "/" => form,
        POST "/" => update,
    }
}

const FORM: &str = "<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<title>Update</title>
<h1>Update</h1>
<form method=\"post\" enctype=\"multipart/form-data\">
<input type=\"file\" name=\"image\" required>
<button>Install</button>
</form>
";

async fn form<F, C: Connection>(_: &Ota<F>, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let html = [("Content-Type", "text/html; charset=utf-8")];
    details.connection.make_response(Response::new(Status::OK).headers(&html).body(FORM.as_bytes())).await
}

async fn update<F: NorFlash, C: Connection>(
    ota: &Ota<F>,
    details: &mut RequestDetails<'_, C>,
) -> Result<(), Failure> {
    let mut lease = ota.lease().ok_or(&BUSY)?;
    let flash = lease.flash.as_mut().ok_or(&BUSY)?;
    let mut memory = [0; 512];
    let mut form = details.multipart(&mut memory)?;
    let mut verified = None;
    while let Some(mut part) = form.next_part().await? {
        // What no form of this page sends is skipped.
        if part.head().name != "image" {
            continue;
        }
        if verified.is_some() {
            return Err((&TWO_IMAGES).into());
        }
        let mut update = Update::begin(flash)?;
        while let Some(bytes) = part.data().await? {
            update.write(flash, bytes)?;
        }
        verified = Some(update.verify(flash)?);
    }
    // Only a form that is whole installs its image.
    verified.ok_or(&NO_IMAGE)?.commit(flash)?;
    let text = [("Content-Type", "text/plain; charset=utf-8")];
    let body = b"The image is installed. The next start runs it.\n";
    details.connection.make_response(Response::new(Status::OK).headers(&text).body(body)).await?;
    Ok(())
}

static BUSY: Refusal = Refusal::new(Status::CONFLICT).reason("Another update is under way.");
static NO_IMAGE: Refusal = Refusal::new(Status::BAD_REQUEST).reason("The form has no image.");
static TWO_IMAGES: Refusal = Refusal::new(Status::BAD_REQUEST).reason("The form has two images.");
static NOT_AN_IMAGE: Refusal = Refusal::new(Status::BAD_REQUEST).reason("The file is no image.");
static TOO_LONG: Refusal = Refusal::new(Status::CONTENT_TOO_LARGE).reason("The image is too long.");
static TOO_SHORT: Refusal = Refusal::new(Status::BAD_REQUEST).reason("The image is cut off.");
static WRONG_HASH: Refusal =
    Refusal::new(Status::BAD_REQUEST).reason("The image has another hash than it says.");
static FLASH: Refusal = Refusal::new(Status::INTERNAL_SERVER_ERROR).reason("The flash has failed.");

impl From<UpdateError> for Failure {
    fn from(error: UpdateError) -> Self {
        Self::from(match error {
            UpdateError::NotAnImage => &NOT_AN_IMAGE,
            UpdateError::TooLong => &TOO_LONG,
            UpdateError::TooShort => &TOO_SHORT,
            UpdateError::WrongHash => &WRONG_HASH,
            UpdateError::Flash => &FLASH,
        })
    }
}
