//! A directory as a `.tar.gz`, made while it is sent.
//!
//! Invariant: an archive has what a GET of each path would give, memory is bounded for a tree of any size, and an archive that ends
//! with its last chunk is whole.

mod gzip;
mod tar_header;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use bantam::wire::{ContentDisposition, Method, Status};
use bantam::{Connection, Refusal, RequestDetails, Response, SourceError};
use cap_std::fs::{Dir, DirEntry, ReadDir};

use self::gzip::GzipBody;
use self::tar_header::{BLOCK, EntryKind, push_entry};
use super::listing_load::ListingLoad;
use super::open::{Opened, RootDir, Symlinks, io_failure};
use super::path::is_hidden;
use super::send::read_at;
use super::stat::FileStat;
use super::temporary_name::is_temporary;
use crate::access::warn_limit::WarnLimit;

static TOO_DEEP: WarnLimit = WarnLimit::new();
static SHORTENED: WarnLimit = WarnLimit::new();
static TOO_MANY: Refusal = Refusal::new(Status::SERVICE_UNAVAILABLE)
    .reason("Too many archives are being made at the moment.")
    .fields(&[("Retry-After", "10")]);

/// How many directories may be inside each other. Each is open while those in it are read.
const MAX_DEPTH: usize = 64;
/// The size of a read, in bytes: 16 KB.
const READ_SIZE: usize = 16 * 1024;
/// The name of the root in an archive: its own says where it is on this machine.
const ROOT_NAME: &str = "files";

/// A directory to send: its path below the root, and whether to send hidden names.
#[derive(Debug)]
pub(super) struct Archive {
    pub(super) root: RootDir,
    pub(super) path: PathBuf,
    pub(super) hidden: bool,
}

/// A directory whose entries are being read.
struct Level {
    entries: ReadDir,
    id: (u64, u64),
}

impl Archive {
    /// Answers a GET, or a HEAD; 503 if too many archives are being made. The memory is that of a compressor (300 KB), 32 KB of pieces, and
    /// the buffers of the open directories.
    pub(super) async fn respond<C: Connection>(
        self,
        details: &mut RequestDetails<'_, C>,
        dir: Dir,
        load: &ListingLoad,
    ) -> Result<(), C::Error> {
        let Some(_permit) = load.archive_permit() else { return Err(details.refuse(&TOO_MANY)) };
        let top = self.path.file_name().unwrap_or(ROOT_NAME.as_ref());
        let name = format!("{}.tar.gz", top.to_string_lossy());
        {
            let disposition = ContentDisposition::attachment(&name).to_string();
            let fields = [
                ("Content-Type", "application/gzip"),
                ("Content-Disposition", &*disposition),
                ("Cache-Control", "no-cache"),
            ];
            details.connection.make_response(Response::new(Status::OK).headers(&fields)).await?;
        }
        if details.method == Method::Head {
            return Ok(());
        }
        // The client gets the name at once, and a short archive has the form of a long one.
        details.connection.flush().await?;
        let mut body = GzipBody::new(load.begin());
        let mut name = top.as_encoded_bytes().to_vec();
        self.send(&mut body, dir, &mut name, details.connection).await?;
        body.write(&[0; 2 * BLOCK], details.connection).await?;
        body.finish(details.connection).await
    }

    /// Sends a directory and what is below it. `name` is that of the directory in the archive.
    async fn send<C: Connection>(
        &self,
        body: &mut GzipBody<'_>,
        dir: Dir,
        name: &mut Vec<u8>,
        connection: &mut C,
    ) -> Result<(), C::Error> {
        let failed = |error: io::Error| io_failure::<C>(&error);
        let (mut path, mut levels, mut headers) = (self.path.clone(), Vec::new(), Vec::new());
        let mut piece = vec![0; READ_SIZE];
        let mut next = Some(dir);
        loop {
            if let Some(dir) = next.take() {
                let (level, stat) = Level::open(&dir).map_err(failed)?;
                push_entry(&mut headers, EntryKind::Directory, name, &stat);
                body.write(&headers, connection).await?;
                headers.clear();
                levels.push(level);
            }
            body.begin_entry(connection).await?;
            let Some(level) = levels.last_mut() else { return Ok(()) };
            let Some(entry) = level.entries.next() else {
                levels.pop();
                path.pop();
                truncate(name);
                continue;
            };
            // An archive without the rest of the directory would look whole.
            let entry = entry.map_err(failed)?;
            let file_name = entry.file_name();
            path.push(&file_name);
            name.push(b'/');
            name.extend(file_name.as_encoded_bytes());
            match self.open(&entry, &path, &levels).map_err(failed)? {
                Some(Opened::Directory(_)) if levels.len() == MAX_DEPTH => {
                    TOO_DEEP.warn(format_args!("{path:?} is too deep for an archive, which was cut off"));
                    return Err(SourceError.into());
                }
                Some(Opened::Directory(dir)) => {
                    next = Some(dir);
                    continue;
                }
                Some(Opened::File(file, stat)) => {
                    push_entry(&mut headers, EntryKind::File, name, &stat);
                    body.write(&headers, connection).await?;
                    headers.clear();
                    send_file(body, &file, stat.size, &mut piece, connection).await?;
                }
                None => {}
            }
            path.pop();
            truncate(name);
        }
    }

    /// Opens an entry as a GET of its path would. `None` for one that a request would find as 404, and for a link to a directory that it
    /// is in.
    fn open(&self, entry: &DirEntry, path: &Path, levels: &[Level]) -> io::Result<Option<Opened>> {
        let name = entry.file_name();
        let is_left_out =
            !self.hidden && is_hidden(name.as_encoded_bytes()) || is_temporary(name.as_encoded_bytes());
        if is_left_out || cfg!(not(unix)) && name.to_str().is_none() {
            return Ok(None);
        }
        let Ok(kind) = entry.file_type() else { return Ok(None) };
        let is_followed = kind.is_symlink() && self.root.symlinks == Symlinks::Inside;
        if !(kind.is_file() || kind.is_dir() || is_followed) {
            return Ok(None);
        }
        let opened = self.root.open_path(path)?;
        if let Some(Opened::Directory(dir)) = &opened
            && kind.is_symlink()
        {
            let stat = stat(dir)?;
            // Only Unix tells a directory from another.
            if cfg!(not(unix)) || levels.iter().any(|level| level.id == (stat.device, stat.inode)) {
                return Ok(None);
            }
        }
        Ok(opened)
    }
}

impl Level {
    fn open(dir: &Dir) -> io::Result<(Self, FileStat)> {
        let stat = stat(dir)?;
        Ok((Self { entries: dir.entries()?, id: (stat.device, stat.inode) }, stat))
    }
}

fn stat(dir: &Dir) -> io::Result<FileStat> {
    FileStat::of(&dir.try_clone()?.into_std_file()).map(|(_, stat)| stat)
}

/// Removes the last component of the name of an entry.
fn truncate(name: &mut Vec<u8>) {
    name.truncate(name.iter().rposition(|byte| *byte == b'/').unwrap_or(0));
}

/// Sends the content of a file, of the length that its header states, and fills the block.
async fn send_file<C: Connection>(
    body: &mut GzipBody<'_>,
    file: &File,
    size: u64,
    piece: &mut [u8],
    connection: &mut C,
) -> Result<(), C::Error> {
    let mut offset = 0;
    while offset < size {
        let length = usize::try_from(size - offset).map_or(READ_SIZE, |left| left.min(READ_SIZE));
        let place = &mut piece[..length];
        match read_at(file, place, offset).map_err(|error| io_failure::<C>(&error))? {
            0 => {
                SHORTENED.warn(format_args!("a file became shorter while it was archived"));
                return Err(SourceError.into());
            }
            count => {
                body.write(&place[..count], connection).await?;
                offset += count as u64;
            }
        }
    }
    let end = (size % BLOCK as u64) as usize;
    if end > 0 { body.write(&[0; BLOCK][end..], connection).await } else { Ok(()) }
}
