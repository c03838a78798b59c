//! PUT of a file (RFC 9110 section 9.3.4): the body becomes the content of the path.
//!
//! Invariant: memory is one piece of 64 KB, and what is refused for its head is refused before its body is received.

use std::path::Path;

use bantam::wire::Status;
use bantam::{Connection, Failure, RequestDetails, Response};

use super::failure::{CODED, PARTIAL};
use super::handler::{Place, UploadHandler};
use super::target::Target;
use crate::files::facts::Etag;
use crate::files::path::encode;

/// The size of a piece: 64 KB.
pub(super) const PIECE: usize = 64 * 1024;

impl UploadHandler {
    pub(super) async fn put<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
        place: Place<'_>,
        path: &Path,
    ) -> Result<(), Failure> {
        let headers = details.headers;
        // RFC 9110 section 14.5.
        if headers.first("content-range").is_some() {
            return Err((&PARTIAL).into());
        }
        if headers.all("content-encoding").any(|coding| !coding.eq_ignore_ascii_case(b"identity")) {
            return Err((&CODED).into());
        }
        let target = Target::find::<C>(place.root, path)?;
        self.check::<C>(&place, &target, Some(&headers))?;
        details.connection.limit_body(self.options.max)?;
        self.check_space(&target, content_length(details).unwrap_or(0))?;
        let _permit = self.permit()?;
        let mut incoming = self.begin::<C>(target)?;
        let mut piece = vec![0; PIECE];
        loop {
            match details.connection.recv(&mut piece).await? {
                0 => break,
                count => self.append::<C>(&mut incoming, piece.get(..count).unwrap_or_default())?,
            }
        }
        drop(piece);
        if self.options.fsync {
            // The responses to the requests before.
            details.connection.flush().await?;
        }
        self.sync_content::<C>(&incoming).await?;
        let stored = self.store::<C>(&place, incoming, Some(&headers))?;
        self.sync_names::<C>(&stored.target).await?;
        // Relative: a proxy may have removed a prefix.
        let location = encode(stored.target.name.as_encoded_bytes()).to_string();
        let mut fields: Vec<_> =
            stored.etag.as_ref().map(|etag| ("ETag", Etag::as_str(etag))).into_iter().collect();
        if stored.has_replaced {
            let response = Response::new(Status::NO_CONTENT).headers(&fields);
            return Ok(details.connection.make_response(response).await?);
        }
        fields.push(("Location", &location));
        let response = Response::new(Status::CREATED).headers(&fields).body(b"");
        Ok(details.connection.make_response(response).await?)
    }
}

/// The length of the body, if the request states it.
pub(super) fn content_length<C: Connection>(details: &RequestDetails<'_, C>) -> Option<u64> {
    details.headers.text("content-length")?.parse().ok()
}
