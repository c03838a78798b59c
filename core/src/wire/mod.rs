//! Bytes and their meaning: the parser, and the encoder of response heads. No I/O, no time, no async: this room can be
//! used alone; the page about that is [`alone`].
//!
//! * [`request_head`], [`response_head`]: a whole head, as nom parsers; [`HeadParser`] where it comes in pieces.
//! * [`ChunkDecoder`]: the chunked coding; [`trailers`]: the fields behind it.
//! * [`Uri`], [`Query`], [`PercentEncoded`]: targets, pairs, percent-decoding.
//! * [`qualities`], [`members`], [`entity_tags`], [`Date`], [`ByteRange`]: what stands in fields.
//! * [`token`], [`field_value`], [`decimal`], [`members`], [`authority`]: the atoms, for grammars of your own.

#[doc = include_str!("alone.md")]
pub mod alone {}

mod body;
mod encode;
mod fields;
mod grammar;
mod head;
mod scan;
mod target;

pub use crate::method::Method;
pub use crate::method_set::MethodSet;
pub use body::chunk::{ChunkDecoder, ChunkStep};
pub use body::trailers::trailers;
pub(crate) use encode::byte_buffer::Staged;
pub(crate) use encode::head::{CHUNK_END, CHUNK_LINE, CONTINUE, LAST_CHUNK, chunk_line, stage};
pub use encode::head::{ConnectionOption, ResponseHeadSpec, encode_response_head};
pub use fields::date::Date;
pub use fields::headers::{Header, HeaderIter, Headers, members};
pub use fields::precondition::{Precondition, Validators, entity_tags};
pub use fields::quality::{Quality, qualities};
pub use fields::range::ByteRange;
pub(crate) use grammar::text;
pub use grammar::{ParseError, ParseResult, decimal, field_value, token};
pub use head::framing::{BodyLength, Version};
pub(crate) use head::message::host;
pub use head::message::{RequestHead, ResponseHead, request_head, response_head};
pub use head::parser::HeadParser;
pub use target::percent::{PercentDecode, PercentEncoded};
pub use target::query::Query;
pub(crate) use target::query::split_once;
pub use target::uri::{Authority, Uri, authority};

pub use crate::status::Status;
