//! The parsers, and the encoder of response heads, which can be used alone: no I/O, no time, no async. [`alone`] shows how.
//!
//! * [`request_head`], [`response_head`]: complete heads, as nom parsers; [`HeadParser`], [`ResponseHeadParser`]: heads that arrive in
//!   parts.
//! * [`ChunkDecoder`]: the chunked transfer coding; [`trailers`]: its trailer section.
//! * [`Uri`], [`Query`], [`PercentEncoded`]: request targets, pairs, percent-decoding.
//! * [`qualities`], [`members`], [`entity_tags`], [`Date`], [`ByteRange`]: values of fields.
//! * [`token`], [`field_value`], [`decimal`], [`split_unquoted`], [`authority`]: atoms for other grammars.

#[doc = include_str!("alone.md")]
pub mod alone {}

mod body;
mod byte_buffer;
mod class;
mod encode;
mod fields;
mod grammar;
mod head;
mod scan;
mod target;

pub use crate::method::{Method, MethodSet};
pub use crate::status::Status;
pub use body::chunk::{ChunkDecoder, ChunkStep};
pub use body::trailers::{response_trailers, trailers};
pub(crate) use byte_buffer::ByteBuffer;
pub(crate) use encode::{CHUNK_END, CHUNK_LINE, CONTINUE, LAST_CHUNK, chunk_line, encode_at_end};
pub use encode::{ConnectionOption, ResponseHeadSpec, encode_response_head};
pub use fields::date::Date;
pub use fields::headers::{Header, HeaderIter, Headers, members, split_unquoted};
pub(crate) use fields::index::{INDEXED, IndexView};
pub use fields::precondition::{Precondition, Validators, entity_tags};
pub use fields::quality::{Quality, qualities};
pub use fields::range::ByteRange;
pub use grammar::{ParseError, ParseResult, decimal, field_value, token};
pub use head::framing::{BodyLength, Version};
pub(crate) use head::message::host;
pub use head::message::{RequestHead, request_head};
pub use head::parser::HeadParser;
pub use head::response::ResponseHead;
pub use head::response_parser::{ResponseHeadParser, response_head, unfold};
pub use target::percent::{PercentDecode, PercentEncoded};
pub use target::query::Query;
pub use target::uri::{Authority, Uri, authority};
