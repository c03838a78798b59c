//! [`Pass`]: one pass over text that is written into the free part of the response buffer.
//! Invariant: what is sent is a beginning of the text, each byte once; text that changes between two passes changes no framing.

use core::fmt;
use core::future::Future;

use super::connection::{Connection, Response};
use crate::error::Misuse;
use crate::slice::split_at;
use crate::wire::Status;

/// One pass over a text: takes as much as fits of what lies behind its first bytes.
pub(super) struct Pass<'a> {
    free: &'a mut [u8],
    /// How many bytes of the text were sent before, and are still to come.
    skip: usize,
    length: usize,
    is_full: bool,
}

impl fmt::Write for Pass<'_> {
    // Not inlined: every piece of a text calls it.
    #[inline(never)]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let (skipped, text) = split_at(text.as_bytes(), self.skip);
        self.skip -= skipped.len();
        let free = self.free.get_mut(self.length..).unwrap_or(&mut []);
        let (now, later) = split_at(text, free.len());
        if let Some(place) = free.get_mut(..now.len()) {
            place.copy_from_slice(now);
        }
        self.length += now.len();
        self.is_full |= !later.is_empty();
        if later.is_empty() { Ok(()) } else { Err(fmt::Error) }
    }
}

/// Answers with the text of `write`, in as many passes as the response buffer makes necessary.
pub(super) fn respond<C: Connection>(
    connection: &mut C,
    status: Status,
    headers: &'static [(&'static str, &'static str)],
    write: impl Fn(&mut Pass<'_>) -> fmt::Result,
) -> impl Future<Output = Result<(), C::Error>> {
    async move {
        connection.make_response(Response::new(status).headers(headers)).await?;
        let mut sent = 0;
        loop {
            let mut end = Ok(true);
            sent += connection
                .fill(&mut |free| {
                    let mut pass = Pass { free, skip: sent, length: 0, is_full: false };
                    let written = write(&mut pass);
                    // A `Display` may hide that the memory is full.
                    end = if pass.is_full { Ok(false) } else { written.map(|()| true) };
                    Some(pass.length)
                })
                .await?;
            if end.map_err(|fmt::Error| Misuse::FormatFailed)? {
                return Ok(());
            }
        }
    }
}
