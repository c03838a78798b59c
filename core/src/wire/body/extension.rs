//! Law: what follows the size of a chunk is extensions, each a name and perhaps a token or a quoted string (RFC 9112 section
//! 7.1.1), and nothing else; they mean nothing here.

use crate::wire::body::chunk::At;
use crate::wire::grammar::{FIELD, TOKEN, is};

/// What comes after a byte of each kind, by what is expected; [`At::Done`] where there is none. A table is half as large as a
/// `match`.
const NEXT: [[At; 8]; 10] = {
    use At::{
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

/// What comes behind this byte; `None` where it cannot stand there, or no extension can.
pub(crate) fn next(at: At, byte: u8) -> Option<At> {
    let kind = match byte {
        b'\r' => 0,
        b';' => 1,
        b' ' | b'\t' => 2,
        b'=' => 3,
        b'"' => 4,
        b'\\' => 5,
        _ if is(byte, TOKEN) => 6,
        _ if is(byte, FIELD) => 7,
        _ => return None,
    };
    let row = NEXT.get((at as usize).wrapping_sub(At::SizeMore as usize))?;
    row.get(kind).copied().filter(|next| *next != At::Done)
}
