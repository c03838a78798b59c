//! The response with a file that is compressed on the fly.
//!
//! Invariant: a client gets a range, and a strong entity tag, of a file as it is only; what is in the cache was compressed from the version of
//! the file that its tag names.

use std::fs::File;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bantam::wire::{Method, Precondition, Status, Validators};
use bantam::{Connection, RequestDetails, Response, SourceError};

use super::coded_cache::{Coded, CodedCache, Filling, Key};
use super::facts::Etag;
use super::file::FileResponse;
use super::open::io_failure;
use super::send::{SHORTENED, read_at};
use super::stat::FileStat;
use super::text::Text;
use crate::compress::{
    Coding, Compress, Compressor, EncodeError, FOR_FILES, MIN_LENGTH, Op, asks_for_range, has_no_transform,
    is_compressible,
};

/// Up to this length a file is compressed before it is sent, so that its length is known: 512 KB.
const WHOLE_MAX: u64 = 512 * 1024;
/// The size of a read: 32 KB.
const READ_SIZE: usize = 32 * 1024;
/// How long a request waits for another one that compresses the same file, and how often it looks.
const MAX_WAIT: Duration = Duration::from_millis(500);
const INTERVAL: Duration = Duration::from_millis(2);

/// Compresses the files of a `ServeDir`.
pub(super) struct FileCoder {
    compress: Compress,
    cache: CodedCache,
}

/// How a file is to be sent.
pub(super) struct Plan {
    coding: Coding,
    etag: Etag,
}

/// The content of a response.
enum Content {
    AsItIs,
    Whole(Arc<[u8]>),
    Stream(Compressor),
}

impl FileCoder {
    pub(super) fn new(compress: &Compress) -> Self {
        Self { compress: compress.clone(), cache: CodedCache::new(compress.cache_bytes()) }
    }

    /// Decides whether this response is compressed, as far as the request and the file say.
    pub(super) fn plan<C: Connection>(
        &self,
        file: &mut FileResponse,
        details: &RequestDetails<'_, C>,
        cache_control: Option<&str>,
    ) -> Option<Plan> {
        let is_codable = file.coding.is_none()
            && file.length? >= MIN_LENGTH
            && is_compressible(file.content_type.as_str().as_bytes())
            && !cache_control.is_some_and(|value| has_no_transform(value.as_bytes()));
        let coding = Coding::choose(&details.headers, FOR_FILES).filter(|_| is_codable)?;
        if asks_for_range(details.method, &details.headers) {
            // A part of the compressed file may be what the client has with this date.
            file.modified_is_strong = false;
            return None;
        }
        // It is compared with the tag of the file as it is: a weak one never matches.
        if details.headers.first("if-match").is_some() {
            return None;
        }
        Some(Plan { coding, etag: file.facts.coded_etag(file.version.stat.size, coding.name())? })
    }

    /// Answers a GET or HEAD.
    pub(super) async fn respond<C: Connection>(
        &self,
        file: Box<FileResponse>,
        plan: Plan,
        details: &mut RequestDetails<'_, C>,
        cache_control: Option<&str>,
        error_page: impl Fn(Status) -> Option<Box<FileResponse>>,
    ) -> Result<(), C::Error> {
        let modified = file.modified.as_ref().map(Text::as_str);
        let coded = Validators { etag: Some(plan.etag.as_str()), modified, modified_is_strong: false };
        let plain = Validators { etag: file.etag.as_ref().map(Text::as_str), ..coded };
        let not_modified =
            |of: &Validators<'_>| of.evaluate(&details.headers, true) == Precondition::NotModified;
        let content = if not_modified(&coded) {
            let fields = fields(&file, &plan, cache_control, Status::NOT_MODIFIED);
            return details
                .connection
                .make_response(Response::new(Status::NOT_MODIFIED).headers(&fields))
                .await;
        } else if not_modified(&plain) || coded.evaluate(&details.headers, true) == Precondition::Failed {
            Content::AsItIs
        } else {
            self.content(&file, plan.coding, details.connection).await?
        };
        let response = Response::new(Status::OK);
        let is_head = details.method == Method::Head;
        match content {
            Content::AsItIs => file.respond(details, cache_control, error_page).await,
            Content::Whole(bytes) => {
                let fields = fields(&file, &plan, cache_control, Status::OK);
                let response = response.headers(&fields).length(bytes.len() as u64);
                details.connection.make_response(response).await?;
                if is_head { Ok(()) } else { details.connection.send(&bytes).await }
            }
            Content::Stream(mut compressor) => {
                details
                    .connection
                    .make_response(response.headers(&fields(&file, &plan, cache_control, Status::OK)))
                    .await?;
                if is_head {
                    return Ok(());
                }
                self.stream(&file, &mut compressor, details.connection).await
            }
        }
    }

    /// The key of a file that may be kept. `None` if its version is not certain: it has changed a moment ago, or has no inode.
    fn key(file: &FileResponse, coding: Coding) -> Option<Key> {
        let (stat, digest) = (file.version.stat, file.facts.digest);
        (cfg!(unix) && stat.is_settled(SystemTime::now())).then_some(Key { stat, digest, coding })
    }

    /// Finds or compresses the content of a short file.
    async fn content<C: Connection>(
        &self,
        file: &FileResponse,
        coding: Coding,
        connection: &mut C,
    ) -> Result<Content, C::Error> {
        let size = file.version.stat.size;
        let key = Self::key(file, coding);
        if let Some(coded) = key.and_then(|key| self.cache.find(&key)) {
            return Ok(coded.map_or(Content::AsItIs, Content::Whole));
        }
        if size > WHOLE_MAX {
            let compressor = self.compress.start(coding, Some(size));
            return Ok(compressor.map_or(Content::AsItIs, Content::Stream));
        }
        let filling = match key {
            Some(key) => match self.wait(key, connection).await? {
                ControlFlow::Continue(filling) => Some(filling),
                ControlFlow::Break(coded) => return Ok(coded.map_or(Content::AsItIs, Content::Whole)),
            },
            None => None,
        };
        let Some(mut compressor) = self.compress.start(coding, Some(size)) else {
            return Ok(Content::AsItIs);
        };
        let mut coded = Vec::new();
        compress_file::<C>(
            &file.file,
            size,
            &mut compressor,
            async |compressor: &mut Compressor, input: &[u8], op| {
                let end = coded.len();
                coded.resize(end + READ_SIZE, 0);
                let step = compressor.step(input, coded.get_mut(end..).unwrap_or_default(), op);
                coded.truncate(end + step.map_or(0, |step| step.written));
                step.map(|step| (step.read, step.is_done)).map_err(|EncodeError| SourceError.into())
            },
        )
        .await?;
        drop(compressor);
        let coded: Coded = saves_a_tenth(coded.len() as u64, size).then(|| coded.into());
        if let Some(filling) = filling
            && is_unchanged(file)
        {
            filling.put(coded.clone());
        }
        Ok(coded.map_or(Content::AsItIs, Content::Whole))
    }

    /// Waits until nothing else compresses the same file: then it is in the cache, or this request does it. After a while it is sent as it
    /// is.
    async fn wait<C: Connection>(
        &self,
        key: Key,
        connection: &mut C,
    ) -> Result<ControlFlow<Coded, Filling<'_>>, C::Error> {
        let start = Instant::now();
        loop {
            let filling = self.cache.begin(key);
            if let Some(coded) = self.cache.find(&key) {
                return Ok(ControlFlow::Break(coded));
            }
            match filling {
                Some(filling) => return Ok(ControlFlow::Continue(filling)),
                None if start.elapsed() > MAX_WAIT => return Ok(ControlFlow::Break(None)),
                None => connection.pause(INTERVAL).await?,
            }
        }
    }

    /// Sends a long file as it is compressed. The first one at a time keeps what it sends, for the cache.
    async fn stream<C: Connection>(
        &self,
        file: &FileResponse,
        compressor: &mut Compressor,
        connection: &mut C,
    ) -> Result<(), C::Error> {
        let size = file.version.stat.size;
        let mut filling = Self::key(file, compressor.coding()).and_then(|key| self.cache.begin(key));
        let (mut kept, longest) = (Vec::new(), self.cache.longest());
        compress_file::<C>(
            &file.file,
            size,
            compressor,
            async |compressor: &mut Compressor, input: &[u8], op| {
                let mut stepped = Err(EncodeError);
                let mut write = |free: &mut [u8]| {
                    stepped = compressor.step(input, free, op);
                    let written = stepped.map_or(0, |step| step.written);
                    if filling.is_some() {
                        kept.extend_from_slice(free.get(..written).unwrap_or_default());
                    }
                    written
                };
                connection.fill(&mut write).await?;
                if kept.len() > longest {
                    (filling, kept) = (None, Vec::new());
                }
                stepped.map(|step| (step.read, step.is_done)).map_err(|EncodeError| SourceError.into())
            },
        )
        .await?;
        if let Some(filling) = filling
            && is_unchanged(file)
        {
            filling.put(saves_a_tenth(kept.len() as u64, size).then(|| kept.into()));
        }
        Ok(())
    }
}

impl std::fmt::Debug for FileCoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.compress.fmt(f)
    }
}

/// Reads the first `size` bytes of a file, and calls `step` with them, which returns how many it has read and whether it is done with what it
/// was asked for.
///
/// # Errors
/// Those of a file that is read, as in [`send`](super::send::send), and of `step`.
async fn compress_file<C: Connection>(
    file: &File,
    size: u64,
    compressor: &mut Compressor,
    mut step: impl AsyncFnMut(&mut Compressor, &[u8], Op) -> Result<(usize, bool), C::Error>,
) -> Result<(), C::Error> {
    let (mut buffer, mut offset) = (vec![0; READ_SIZE], 0);
    loop {
        let wanted = usize::try_from(size - offset).map_or(READ_SIZE, |left| left.min(READ_SIZE));
        let place = buffer.get_mut(..wanted).unwrap_or_default();
        let count = if wanted == 0 {
            0
        } else {
            read_at(file, place, offset).map_err(|error| io_failure::<C>(&error))?
        };
        if count == 0 && wanted > 0 {
            SHORTENED.warn(format_args!("a file became shorter while it was compressed"));
            return Err(SourceError.into());
        }
        offset += count as u64;
        let op = if offset == size { Op::End } else { Op::Continue };
        let mut input = buffer.get(..count).unwrap_or_default();
        loop {
            let (read, is_done) = step(compressor, input, op).await?;
            input = input.get(read..).unwrap_or_default();
            compressor.rest().await;
            if is_done {
                break;
            }
        }
        if op == Op::End {
            return Ok(());
        }
    }
}

/// Returns true if the file is still the version that was compressed.
fn is_unchanged(file: &FileResponse) -> bool {
    FileStat::of(&file.file).is_ok_and(|(_, stat)| stat == file.version.stat)
}

const fn saves_a_tenth(coded: u64, plain: u64) -> bool {
    coded <= plain - plain.div_ceil(10)
}

/// The fields of a compressed response, or of a 304 to a client that has it.
fn fields<'f>(
    file: &'f FileResponse,
    plan: &'f Plan,
    cache_control: Option<&'f str>,
    status: Status,
) -> Vec<(&'f str, &'f str)> {
    let mut fields = Vec::with_capacity(8);
    fields.extend(file.chosen_by.vary().map(|vary| ("Vary", vary)));
    fields.push(("ETag", plan.etag.as_str()));
    fields.extend(file.modified.as_ref().map(|modified| ("Last-Modified", modified.as_str())));
    fields.push(("Cache-Control", cache_control.unwrap_or("no-cache")));
    if status == Status::OK {
        fields.push(("Content-Type", file.content_type.as_str()));
        fields.push(("Content-Encoding", plan.coding.name()));
        fields.extend(file.saved_as.as_deref().map(|value| ("Content-Disposition", value)));
    }
    fields
}
