//! Compression on the fly, of files ([`ServeDir::compress`](crate::ServeDir::compress)) and of pages (a layer): [`Compress`].
//!
//! * [`settings`]: [`Compress`], what a user builds; [`layer`]: the same as a layer.
//! * [`coding`]: the codings, and which one a request gets; [`media_type`]: what is worth compressing.
//! * [`encoder`]: one stream of a coding; [`load`]: what all of them share.
//! * [`connection`]: the connection of a page, which compresses what the page sends; [`held`]: the beginning of that;
//!   [`decision`]: which responses; [`erased`]: the connection below, in a box.

mod coding;
mod connection;
mod decision;
mod encoder;
mod erased;
mod held;
mod layer;
mod load;
mod media_type;
mod settings;

pub use self::settings::Compress;
#[cfg(feature = "files")]
pub(crate) use self::{
    coding::{Coding, FOR_FILES, MIN_LENGTH, asks_for_range},
    decision::has_no_transform,
    encoder::{EncodeError, Op},
    load::Compressor,
    media_type::is_compressible,
};
