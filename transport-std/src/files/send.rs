//! Sends a range of a file as a response body.
//!
//! Invariant: a file that shrinks while it is sent ends the connection and is never padded; one that grows is cut.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::Range;

use bantam::{Connection, Misuse};

use super::open::io_failure;

/// A range of at most so many bytes is copied into the response buffer, so that it leaves with the head: 8 KB.
const INLINE_MAX: u64 = 8 * 1024;
/// The size of a read where the transport has no sendfile: 64 KB.
const READ_SIZE: usize = 64 * 1024;

/// Sends these bytes of a file, in constant memory.
pub(super) async fn send<C: Connection>(
    connection: &mut C,
    file: &File,
    range: Range<u64>,
) -> Result<(), C::Error> {
    let mut offset = range.start;
    if range.end - offset > INLINE_MAX {
        offset += connection.send_from(file, offset, range.end - offset).await?;
    }
    if offset == range.end {
        return Ok(());
    }
    let next_len = |offset| usize::try_from(range.end - offset).map_or(READ_SIZE, |left| left.min(READ_SIZE));
    let mut buffer = vec![0; next_len(offset)];
    while offset < range.end {
        let chunk = &mut buffer[..next_len(offset)];
        let mut source = file;
        let read = source.seek(SeekFrom::Start(offset)).and_then(|_| source.read(chunk));
        match read.map_err(|error| io_failure::<C>(&error))? {
            0 => return Err(Misuse::BodyTooShort.into()),
            count => {
                connection.send(&chunk[..count]).await?;
                offset += count as u64;
            }
        }
    }
    Ok(())
}
