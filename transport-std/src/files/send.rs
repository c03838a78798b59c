//! Law: a file is sent as long as was stated, or the connection ends: what has become shorter is never padded, and what
//! has grown is cut.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::Range;

use bantam::{Connection, Misuse};

use super::open::failure;

/// What leaves together with its head: 8 KB.
const SMALL: u64 = 8 * 1024;
/// How much is read at once where the transport does not read by itself: 64 KB.
const PIECE: usize = 64 * 1024;

/// Sends these bytes of a file, in constant memory.
pub(super) async fn send<C: Connection>(
    connection: &mut C,
    file: &File,
    part: Range<u64>,
) -> Result<(), C::Error> {
    let mut at = part.start;
    if part.end - at > SMALL {
        at += connection.send_from(file, at, part.end - at).await?;
    }
    if at == part.end {
        return Ok(());
    }
    let mut memory = vec![0; usize::try_from(part.end - at).map_or(PIECE, |left| left.min(PIECE))];
    while at < part.end {
        let wanted = usize::try_from(part.end - at).map_or(PIECE, |left| left.min(memory.len()));
        let place = &mut memory[..wanted];
        let mut source = file;
        let read = source.seek(SeekFrom::Start(at)).and_then(|_| source.read(place));
        match read.map_err(|error| failure::<C>(&error))? {
            0 => return Err(Misuse::BodyTooShort.into()),
            count => {
                connection.send(&place[..count]).await?;
                at += count as u64;
            }
        }
    }
    Ok(())
}
