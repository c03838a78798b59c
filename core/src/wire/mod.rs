//! The parsers, and the encoder of response heads, which can be used alone: no I/O, no time, no async. [`alone`] shows how.
//!
//! * [`request_head`], [`response_head`]: complete heads, as nom parsers; [`HeadParser`], [`ResponseHeadParser`]: heads that arrive in
//!   parts.
//! * [`ChunkDecoder`]: the chunked transfer coding; [`trailers`]: its trailer section.
//! * [`MultipartDecoder`], [`MultipartEncoder`]: bodies of `multipart/form-data`; [`Boundary`], [`PartHead`]: their parts.
//! * [`Event`]: server-sent events.
//! * [`Uri`], [`Query`], [`PercentEncoded`]: request targets, pairs, percent-decoding.
//! * [`qualities`], [`members`], [`entity_tags`], [`Date`], [`ByteRange`], [`ByteRanges`], [`ContentDisposition`]: values of fields.
//! * [`Headers::cookie`], [`SetCookie`], [`Headers::basic_auth`], [`Headers::bearer`]: cookies and credentials.
//! * With the feature `ws`: `WebSocketRequest`, `WebSocketDecoder`, `FrameHeader`: the WebSocket protocol; `DeflateOptions`: the negotiation of
//!   its compression.
//! * [`token`], [`field_value`], [`decimal`], [`split_unquoted`], [`authority`]: atoms for other grammars.

#[doc = include_str!("alone.md")]
pub mod alone {}

mod body;
mod byte_buffer;
mod class;
mod encode;
mod event;
mod fields;
mod grammar;
mod head;
mod multipart;
mod scan;
mod target;
#[cfg(feature = "ws")]
mod websocket;
mod words;

pub use crate::method::{Method, MethodSet};
pub use crate::status::Status;
pub use body::chunk::{ChunkDecoder, ChunkStep};
pub use body::trailers::{response_trailers, trailers};
pub(crate) use byte_buffer::{ByteBuffer, decimal_digits};
pub(crate) use encode::{
    CHUNK_END, CHUNK_LINE, CONTINUE, HEAD_END, LAST_CHUNK, chunk_line, encode_end, encode_front, is_value,
    push_allow, push_field, validate_field,
};
pub use encode::{ConnectionOption, ResponseHeadSpec, encode_response_head};
pub use event::{Event, EventError, EventPieces};
pub use fields::authorization::{BasicCredentials, BearerToken};
pub use fields::content_disposition::ContentDisposition;
pub use fields::date::Date;
pub use fields::headers::{Header, HeaderIter, Headers, members, split_unquoted};
pub(crate) use fields::index::{INDEXED, IndexView};
pub use fields::precondition::{Precondition, Validators, entity_tags};
pub use fields::quality::{Quality, qualities};
pub use fields::range::ByteRange;
pub use fields::ranges::ByteRanges;
pub use fields::set_cookie::{CookieField, SameSite, SetCookie};
pub use grammar::{ParseError, ParseResult, decimal, field_value, token};
pub use head::framing::BodyLength;
pub(crate) use head::message::host;
pub use head::message::{RequestHead, request_head};
pub use head::parser::HeadParser;
pub use head::response::ResponseHead;
pub use head::response_parser::{ResponseHeadParser, response_head, unfold};
pub use head::version::Version;
pub use multipart::boundary::Boundary;
pub(crate) use multipart::decode::MultipartPiece;
pub use multipart::decode::{MultipartDecoder, MultipartEvent, MultipartStep};
pub use multipart::encode::{MultipartEncoder, PartSpec};
pub use multipart::error::MultipartError;
pub use multipart::form_text::FormText;
pub use multipart::part::PartHead;
pub(crate) use scan::FAST;
pub use target::percent::{PercentDecode, PercentEncoded};
pub use target::query::Query;
pub use target::uri::{Authority, Uri, authority};
#[cfg(feature = "ws")]
pub use websocket::{
    close::CloseCode,
    decode::{WebSocketDecoder, WebSocketPiece, WebSocketStep},
    deflate::{DeflateOptions, DeflateParams},
    error::WebSocketError,
    extension::ExtensionOffer,
    frame::{FrameHeader, Opcode},
    handshake::{HandshakeError, WebSocketRequest},
    mask::mask,
};
