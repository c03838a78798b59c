//! `Uploads`: what clients may store, and how it is stored.

/// What clients may store below the root of a [`ServeDir`](crate::ServeDir), and how it is stored. See
/// [`ServeDir::uploads`](crate::ServeDir::uploads).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uploads {
    pub(super) max: u64,
    pub(super) overwrite: bool,
    pub(super) min_free: u64,
    pub(super) fsync: bool,
    pub(super) at_once: usize,
}

impl Uploads {
    /// The longest file unless [`Self::max`] sets another: 1 GB, which is 2^30 bytes.
    pub const DEFAULT_MAX: u64 = 1 << 30;
    /// What stays free unless [`Self::min_free`] sets another: 64 MB, which is 2^26 bytes.
    pub const DEFAULT_MIN_FREE: u64 = 64 << 20;
    /// The number of uploads at a time unless [`Self::at_once`] sets another.
    pub const DEFAULT_AT_ONCE: usize = 64;

    /// New files of up to 1 GB, while 64 MB stay free, 64 uploads at a time.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            max: Self::DEFAULT_MAX,
            overwrite: false,
            min_free: Self::DEFAULT_MIN_FREE,
            fsync: false,
            at_once: Self::DEFAULT_AT_ONCE,
        }
    }

    /// Sets the length of the longest file, in bytes. A longer one is refused with 413: before it is received if the request states its
    /// length, else when it exceeds the limit.
    #[must_use]
    pub const fn max(mut self, bytes: u64) -> Self {
        self.max = bytes;
        self
    }

    /// Sets whether a file may take the place of another one, with the permissions of that one. Default: it is refused with 409.
    #[must_use]
    pub const fn overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Sets how many bytes have to stay free on the file system for users without privileges. An upload that would leave less is
    /// refused with 507, like one for which the disk or a quota has no room. Other systems than Unix are not asked.
    #[must_use]
    pub const fn min_free(mut self, bytes: u64) -> Self {
        self.min_free = bytes;
        self
    }

    /// Sets whether a file, and then its name, is on the disk before the client is answered (fsync). Default: the system writes when it
    /// likes, and what was acknowledged shortly before a loss of power may be lost. A thread waits for the disk, not the worker.
    #[must_use]
    pub const fn fsync(mut self, fsync: bool) -> Self {
        self.fsync = fsync;
        self
    }

    /// Sets how many uploads are received at a time, each with 64 KB of memory. Further ones are refused with 503.
    #[must_use]
    pub const fn at_once(mut self, uploads: usize) -> Self {
        self.at_once = uploads;
        self
    }
}

impl Default for Uploads {
    fn default() -> Self {
        Self::new()
    }
}
