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

mod address;
mod chunk;
mod condition;
mod date;
mod encode;
mod extension;
mod framing;
mod grammar;
mod head;
mod headers;
mod message;
mod method;
mod methods;
mod percent;
mod query;
mod range;
mod scan;
mod staged;
mod trailers;
mod uri;
mod weights;
mod whole;

pub use chunk::{ChunkDecoder, Step};
pub use condition::{Validators, Verdict, entity_tags};
pub use date::Date;
pub(crate) use encode::{CHUNK_END, CHUNK_LINE, CONTINUE, LAST_CHUNK, chunk_line, stage};
pub use encode::{ConnectionOption, HeadPlan, response};
pub use framing::{BodyLength, Version};
pub(crate) use grammar::text;
pub use grammar::{Flaw, Parsed, decimal, field_value, token};
pub use head::HeadParser;
pub use headers::{Header, Headers, Iter, members};
pub(crate) use message::host;
pub use message::{RequestHead, ResponseHead, request_head, response_head};
pub use method::Method;
pub use methods::Methods;
pub use percent::{Decoded, Encoded};
pub use query::Query;
pub(crate) use query::split_once;
pub use range::Part;
pub(crate) use staged::Staged;
pub use trailers::trailers;
pub use uri::{Authority, Uri, authority};
pub use weights::{Weighted, weights};

pub use crate::status::Status;
