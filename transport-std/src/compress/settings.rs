//! [`Compress`]: the settings of compression on the fly, and what all that it compresses shares.

use std::fmt;
use std::sync::Arc;

use super::coding::Coding;
use super::load::{Compressor, Load};

/// Compression on the fly, by gzip, brotli or zstd: its settings, and what everything that it compresses shares. A clone shares the
/// same.
///
/// * For files: [`ServeDir::compress`](crate::ServeDir::compress), with a cache of the compressed files.
/// * For pages: a layer, `site.layer(compress)`, which compresses each response for itself.
///
/// ```no_run
/// use bantam::Site;
/// use bantam_std::{Compress, ServeDir, Server};
/// # struct App;
/// # impl Site for App {
/// #     async fn request_handler<C: bantam::Connection>(&self, _: &mut bantam::RequestDetails<'_, C>) -> Result<(), C::Error> { Ok(()) }
/// # }
///
/// # fn main() -> std::io::Result<()> {
/// let compress = Compress::new();
/// let files = ServeDir::open("public")?.compress(&compress);
/// let site = App.layer(compress).or(files);
/// Server::new().bind("127.0.0.1:8080")?.start(site)?.wait();
/// # Ok(())
/// # }
/// ```
///
/// # What is compressed
///
/// Content of at least 1 KB, if the client accepts one of the codings with a quality value of at least that of `identity`: the one with
/// the highest value. Among equals the order is br, zstd, gzip for files, as for precompressed ones, and zstd, gzip, br for pages, by the
/// processor time that they take. By its `Content-Type`:
///
/// * `text/*`, but for `text/event-stream`, whose compressor would be held as long as its client stays;
/// * every `+json`, `+xml`, `+yaml` and `+json-seq`, and so `image/svg+xml`;
/// * of `application/`: `ecmascript`, `graphql`, `javascript`, `json`, `jsonl`, `json-seq`, `manifest`, `n-quads`, `n-triples`, `ndjson`,
///   `rtf`, `sql`, `toml`, `vnd.apple.mpegurl`, `vnd.ms-fontobject`, `wasm`, `x-javascript`, `x-json`, `x-ndjson`, `x-sh`, `x-subrip`,
///   `x-tex`, `xml`, `yaml`;
/// * `font/collection`, `font/otf`, `font/ttf`; `image/bmp`, `image/vnd.microsoft.icon`, `image/x-icon`; `model/mtl`, `model/obj`,
///   `model/stl`.
///
/// Never: the response to a GET with `Range`, and what has `Content-Encoding`, `Content-Range`, `Accept-Ranges`, a digest of its content,
/// or `Cache-Control: no-transform`.
///
/// A compressed response has a weak entity tag, so that `If-None-Match` works and neither `If-Match` nor `If-Range` takes it for the content
/// as it is. It and the response as it is have `Vary: Accept-Encoding`.
///
/// # Memory and time
///
/// A compressor has up to 384 KB for gzip, 2 MB for zstd and 5 MB for br while its response is made or sent; there are as many at a time as
/// [`Self::memory_limit`] allows. A response for which there is no memory is sent as it is, and does not wait. Four of gzip are kept for
/// later responses. All compressors together read 64 KB before each lets the other connections of its worker go on.
///
/// # Pages and secrets
///
/// A page that shows a secret beside what an attacker has put into the request, over TLS, tells the secret by its compressed length to
/// an attacker that sees the traffic and makes the browser of a user send requests (BREACH, CVE-2013-3587). Compress the pages of a site only
/// if none of them does that, such as a form with a token beside a search term. Files do not depend on the request.
#[derive(Clone)]
pub struct Compress {
    load: Arc<Load>,
    memory_limit: usize,
    cache_size: usize,
}

impl Compress {
    /// The default of [`Self::memory_limit`]: 64 MB.
    pub const MEMORY_LIMIT: usize = 64 << 20;
    /// The default of [`Self::cache_size`]: 16 MB.
    pub const CACHE_SIZE: usize = 16 << 20;

    /// With the default settings.
    #[must_use]
    pub fn new() -> Self {
        let (memory_limit, cache_size) = (Self::MEMORY_LIMIT, Self::CACHE_SIZE);
        Self { load: Arc::new(Load::new(memory_limit)), memory_limit, cache_size }
    }

    /// Sets the memory of all compressors that are in use at a time, in bytes. Default: 64 MB, which is 170 of gzip, 32 of zstd or 12 of br.
    /// To be called before it is cloned or used.
    #[must_use]
    pub fn memory_limit(self, bytes: usize) -> Self {
        Self { load: Arc::new(Load::new(bytes)), memory_limit: bytes, ..self }
    }

    /// Sets the size of the cache of compressed files, in bytes, of each [`ServeDir`](crate::ServeDir) that is made with it afterwards; 0 is
    /// no cache. Default: 16 MB. The file that has not been sent for longest makes way. A fourth of it is the longest entry. Without a Unix
    /// system no file has an identity, and nothing is cached.
    #[must_use]
    pub const fn cache_size(mut self, bytes: usize) -> Self {
        self.cache_size = bytes;
        self
    }

    /// How many responses are being compressed now.
    #[must_use]
    pub fn in_use(&self) -> usize {
        self.load.in_use()
    }

    #[cfg(feature = "files")]
    pub(crate) const fn cache_bytes(&self) -> usize {
        self.cache_size
    }

    /// A compressor, if there is memory for it. `length`: that of the whole content, if it is known.
    pub(crate) fn start(&self, coding: Coding, length: Option<u64>) -> Option<Compressor> {
        Compressor::start(&self.load, coding, length)
    }
}

impl Default for Compress {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Compress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { memory_limit, cache_size, .. } = self;
        write!(f, "Compress {{ memory_limit: {memory_limit}, cache_size: {cache_size} }}")
    }
}
