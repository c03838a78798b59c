//! Bytes and their meaning: the parser, and the encoder of response heads. No I/O, no time, no async: this room can be
//! used alone; the page about that is [`alone`].
//!
//! * [`request_head`], [`response_head`]: a whole head, as nom parsers; [`HeadParser`] where it comes in pieces.
//! * [`ChunkDecoder`]: the chunked coding; [`trailers`]: the fields behind it.
//! * [`Uri`], [`Query`], [`Encoded`]: targets, pairs, percent-decoding.
//! * [`weights`], [`members`], [`entity_tags`], [`Date`], [`Part`]: what stands in fields.
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
pub use crate::method_set::Methods;
pub use body::chunk::{ChunkDecoder, Step};
pub use body::trailers::trailers;
pub(crate) use encode::byte_buffer::Staged;
pub(crate) use encode::head::{CHUNK_END, CHUNK_LINE, CONTINUE, LAST_CHUNK, chunk_line, stage};
pub use encode::head::{ConnectionOption, HeadPlan, response};
pub use fields::date::Date;
pub use fields::headers::{Header, Headers, Iter, members};
pub use fields::precondition::{Validators, Verdict, entity_tags};
pub use fields::quality::{Weighted, weights};
pub use fields::range::Part;
pub(crate) use grammar::text;
pub use grammar::{Flaw, Parsed, decimal, field_value, token};
pub use head::framing::{BodyLength, Version};
pub(crate) use head::message::host;
pub use head::message::{RequestHead, ResponseHead, request_head, response_head};
pub use head::parser::HeadParser;
pub use target::percent::{Decoded, Encoded};
pub use target::query::Query;
pub(crate) use target::query::split_once;
pub use target::uri::{Authority, Uri, authority};

pub use crate::status::Status;
