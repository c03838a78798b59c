//! Sends a file, or a range of it, as a response body.
//!
//! Invariant: a file that shrinks while it is sent ends the connection and is never padded; one that grows is cut.

use std::cell::Cell;
use std::fs::File;
use std::io;
use std::ops::Range;

use bantam::{Connection, SourceError};

use super::open::io_failure;
use crate::access::warn_limit::WarnLimit;

pub(super) static SHORTENED: WarnLimit = WarnLimit::new();

/// A range of at most so many bytes is copied into the response buffer, so that it leaves with the head: 8 KB.
const INLINE_MAX: u64 = 8 * 1024;
/// The size of a read where the transport has no sendfile: 64 KB.
const READ_SIZE: usize = 64 * 1024;

thread_local! {
    /// Memory of this thread for a range of [`INLINE_MAX`], empty while a response has it.
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Sends these bytes of a file, in constant memory.
///
/// # Errors
/// [`SourceError`] if the file ends before the range or cannot be read; what the connection fails with.
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
    let is_small = range.end - offset <= INLINE_MAX;
    // Taken, and not borrowed: another response of this thread may run while this one waits.
    let mut buffer = if is_small { SPARE.take() } else { Vec::new() };
    if buffer.len() < next_len(offset) {
        buffer.resize(if is_small { INLINE_MAX as usize } else { next_len(offset) }, 0);
    }
    while offset < range.end {
        let chunk = &mut buffer[..next_len(offset)];
        match read_at(file, chunk, offset).map_err(|error| io_failure::<C>(&error))? {
            0 => {
                SHORTENED.warn(format_args!("a file became shorter while it was sent"));
                return Err(SourceError.into());
            }
            count => {
                connection.send(&chunk[..count]).await?;
                offset += count as u64;
            }
        }
    }
    if is_small {
        SPARE.set(buffer);
    }
    Ok(())
}

/// Sends a file without a known size to its end, in constant memory.
pub(super) async fn send_to_end<C: Connection>(connection: &mut C, file: &File) -> Result<(), C::Error> {
    let (mut buffer, mut offset) = (vec![0; INLINE_MAX as usize], 0);
    loop {
        match read_at(file, &mut buffer, offset).map_err(|error| io_failure::<C>(&error))? {
            0 => return Ok(()),
            count => {
                connection.send(&buffer[..count]).await?;
                offset += count as u64;
            }
        }
    }
}

/// Reads at an offset; the position of the file is not used.
pub(super) fn read_at(file: &File, memory: &mut [u8], offset: u64) -> io::Result<usize> {
    loop {
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(file, memory, offset);
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(file, memory, offset);
        match read {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
