//! The states of the chunked decoder, and the grammar of chunk extensions (RFC 9112 section 7.1.1) as a table of them.
//! Extensions are ignored; those of requests are checked.

use crate::wire::class::{FIELD_VALUE, TOKEN, is};

/// The position of the next byte, RFC 9112 section 7.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChunkState {
    /// Before the first digit of a chunk's size.
    Size,
    /// After a digit. This and the next nine states are the rows of [`NEXT`].
    SizeMore,
    /// After white space, which only an extension may follow.
    Space,
    /// Before an extension's name.
    Extension,
    Name,
    /// After a name and white space.
    NameSpace,
    /// After the equals sign.
    Value,
    Token,
    Quoted,
    /// After a backslash in a quoted value.
    Escape,
    QuotedEnd,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    /// At the start of a trailer line, or of the empty line that ends the body.
    Trailer,
    TrailerName,
    TrailerValue,
    TrailerLf,
    LastLf,
    Done,
    /// Like [`Self::Trailer`], behind a trailer line of a response.
    NextTrailer,
    /// After white space between a name and its colon, in a response.
    TrailerSpace,
}

/// The state after a byte of each kind, in each state; [`ChunkState::Done`] if the byte is refused. A table is half as large
/// as a `match`.
const NEXT: [[ChunkState; 8]; 10] = {
    use ChunkState::{
        Done as X, Escape as E, Extension as B, Name as N, NameSpace as W, Quoted as Q, QuotedEnd as Z,
        SizeLf as L, Space as S, Token as T, Value as V,
    };
    [
        // CR, semicolon, space or tab, equals sign, quote, backslash, the rest of a token, the rest of a field.
        [L, B, S, X, X, X, X, X], // SizeMore
        [X, B, S, X, X, X, X, X], // Space
        [X, X, B, X, X, X, N, X], // Extension
        [L, B, W, V, X, X, N, X], // Name
        [X, B, W, V, X, X, X, X], // NameSpace
        [X, X, V, X, Q, X, T, X], // Value
        [L, B, S, X, X, X, T, X], // Token
        [X, Q, Q, Q, Z, E, Q, Q], // Quoted
        [X, Q, Q, Q, Q, Q, Q, Q], // Escape
        [L, B, S, X, X, X, X, X], // QuotedEnd
    ]
};

/// The state after `byte`; `None` if the byte is refused, or if no extension can be here.
pub(crate) fn next_state(state: ChunkState, byte: u8) -> Option<ChunkState> {
    let kind = match byte {
        b'\r' => 0,
        b';' => 1,
        b' ' | b'\t' => 2,
        b'=' => 3,
        b'"' => 4,
        b'\\' => 5,
        _ if is(byte, TOKEN) => 6,
        _ if is(byte, FIELD_VALUE) => 7,
        _ => return None,
    };
    let row = NEXT.get((state as usize).wrapping_sub(ChunkState::SizeMore as usize))?;
    row.get(kind).copied().filter(|next| *next != ChunkState::Done)
}

/// The state after a byte that a chunk of a request cannot have here, and one of a response can. It changes no length: only CR LF
/// ends the line of a size, and what an extension has is not looked at. Trailer lines are read as the field lines of a response head are.
pub(crate) fn tolerated_state(state: ChunkState, byte: u8) -> Option<ChunkState> {
    use ChunkState::{
        Done, Extension, LastLf, NextTrailer, SizeLf, Space, Trailer, TrailerLf, TrailerName, TrailerSpace,
        TrailerValue,
    };
    let is_space = matches!(byte, b' ' | b'\t');
    match state {
        Trailer | NextTrailer if byte == b'\n' => Some(Done),
        NextTrailer if byte == b'\r' => Some(LastLf),
        NextTrailer if is_space => Some(TrailerValue),
        NextTrailer if is(byte, TOKEN) => Some(TrailerName),
        TrailerName | TrailerSpace if is_space => Some(TrailerSpace),
        TrailerSpace if byte == b':' => Some(TrailerValue),
        TrailerValue | TrailerLf if byte == b'\n' => Some(NextTrailer),
        Space | Extension if byte == b'\r' => Some(SizeLf),
        Extension if is(byte, FIELD_VALUE) => Some(Extension),
        _ => None,
    }
}
