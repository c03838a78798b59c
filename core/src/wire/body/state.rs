//! The states of the chunked decoder: the position of the next byte in RFC 9112 section 7.1.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChunkState {
    /// Before the first digit of a chunk's size.
    Size,
    /// After a digit. This and the next nine states are the rows of the table in `extension`.
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
}
