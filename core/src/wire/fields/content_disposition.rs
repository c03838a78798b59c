//! [`ContentDisposition`]: the value of a `Content-Disposition` field with the name of a download, RFC 6266 and RFC 8187.
//!
//! Invariant: whatever the name is, the value is one field value, and readers that know RFC 8187 find the name unchanged.

use core::fmt;

use heapless::String;

use crate::error::Misuse;
use crate::slice::ascii_str;
use crate::wire::byte_buffer::ByteBuffer;

/// The value of `Content-Disposition` in a response (RFC 6266): whether a browser saves the content or displays it, and the name of
/// the file that it saves.
///
/// A name of ASCII characters is stated as `filename`. Any other is stated twice: as `filename*` in UTF-8 (RFC 8187), and before that,
/// for readers that do not know it, as `filename` with `_` for each character that they could take differently: those beyond ASCII,
/// controls, `"`, `\`, `%` and `/`.
///
/// ```
/// use bantam::wire::ContentDisposition;
///
/// let plain = ContentDisposition::attachment("report 2.pdf");
/// assert_eq!(plain.to_string(), "attachment; filename=\"report 2.pdf\"");
/// let rates = ContentDisposition::attachment("€ rates");
/// let expected = "attachment; filename=\"_ rates\"; filename*=UTF-8''%E2%82%AC%20rates";
/// assert_eq!(rates.encode(&mut [0; 80]), Ok(expected));
/// ```
///
/// As a field of a response:
///
/// ```
/// # #[cfg(feature = "server")]
/// # mod app {
/// use bantam::wire::{ContentDisposition, Status};
/// use bantam::{Connection, RequestDetails, Response};
///
/// async fn log<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
///     let disposition = ContentDisposition::attachment("log.csv").to_field::<40>()?;
///     let fields = [("Content-Type", "text/csv"), ("Content-Disposition", &*disposition)];
///     details.connection.make_response(Response::new(Status::OK).headers(&fields).body(b"time,value\n")).await
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct ContentDisposition<'a> {
    kind: &'static str,
    name: &'a str,
}

impl<'a> ContentDisposition<'a> {
    /// Content to be saved as a file of this name. Browsers take the last component of a path.
    pub const fn attachment(name: &'a str) -> Self {
        Self { kind: "attachment", name }
    }

    /// Content to be displayed, which has this name if it is saved.
    pub const fn inline(name: &'a str) -> Self {
        Self { kind: "inline", name }
    }

    /// The value of the field, written to `memory`. `4 * name.len() + 43` bytes are enough for every name.
    ///
    /// # Errors
    /// [`Misuse::HeadTooLarge`] if it does not fit.
    pub fn encode<'m>(&self, memory: &'m mut [u8]) -> Result<&'m str, Misuse> {
        let mut buffer = ByteBuffer::new(memory);
        let fits = self.write(&mut |text| buffer.push(text.as_bytes()));
        let length = buffer.len();
        if fits { Ok(ascii_str(memory.get(..length).unwrap_or(&[]))) } else { Err(Misuse::HeadTooLarge) }
    }

    /// The value of the field, of at most `N` bytes.
    ///
    /// # Errors
    /// [`Misuse::HeadTooLarge`] if it is longer.
    pub fn to_field<const N: usize>(&self) -> Result<String<N>, Misuse> {
        let mut field = String::new();
        let fits = self.write(&mut |text| field.push_str(text).is_ok());
        if fits { Ok(field) } else { Err(Misuse::HeadTooLarge) }
    }

    /// Calls `push` with the parts of the value, which are ASCII, until it returns false. Returns its last result.
    fn write(&self, push: &mut dyn FnMut(&str) -> bool) -> bool {
        push(self.kind)
            && push("; filename=\"")
            && self.name.chars().all(|letter| {
                let place = &mut [0; 4];
                push(if is_plain(letter) { letter.encode_utf8(place) } else { "_" })
            })
            && push("\"")
            && (self.name.chars().all(is_plain)
                || push("; filename*=UTF-8''") && self.name.bytes().all(|byte| push_escaped(byte, push)))
    }
}

impl fmt::Display for ContentDisposition<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.write(&mut |text| f.write_str(text).is_ok()) { Ok(()) } else { Err(fmt::Error) }
    }
}

/// Returns true for a character that all readers of a quoted string take for itself. Some decode `%` in it (RFC 6266 appendix
/// D), and some take `\` for an escape, others for itself.
const fn is_plain(letter: char) -> bool {
    matches!(letter, ' '..='~') && !matches!(letter, '"' | '\\' | '%' | '/')
}

/// Pushes a byte as a character of `ext-value` (RFC 8187 section 3.2.1).
fn push_escaped(byte: u8, push: &mut dyn FnMut(&str) -> bool) -> bool {
    // `attr-char`: a token without `*`, `'` and `%`.
    let is_itself = byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#' | b'$' | b'&' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~');
    let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'A' + nibble - 10 };
    let escaped = [b'%', digit(byte >> 4), digit(byte & 15)];
    push(ascii_str(if is_itself { core::slice::from_ref(&byte) } else { &escaped }))
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::ToString as _;

    use super::*;

    #[test]
    fn a_name_is_stated_once_or_twice() {
        for (name, parameters) in [
            // The names of RFC 6266 section 5.
            ("example.html", "filename=\"example.html\""),
            ("an example.html", "filename=\"an example.html\""),
            ("€ rates", "filename=\"_ rates\"; filename*=UTF-8''%E2%82%AC%20rates"),
            // RFC 8187 section 3.2.3.
            ("£ rates", "filename=\"_ rates\"; filename*=UTF-8''%C2%A3%20rates"),
            (
                "£ and € rates",
                "filename=\"_ and _ rates\"; filename*=UTF-8''%C2%A3%20and%20%E2%82%AC%20rates",
            ),
            ("", "filename=\"\""),
            ("a;b, c=d'*.txt", "filename=\"a;b, c=d'*.txt\""),
            ("50%.txt", "filename=\"50_.txt\"; filename*=UTF-8''50%25.txt"),
            ("a\"b\\c/d", "filename=\"a_b_c_d\"; filename*=UTF-8''a%22b%5Cc%2Fd"),
            (
                "a\r\nSet-Cookie: x",
                "filename=\"a__Set-Cookie: x\"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x",
            ),
            ("\u{0}\u{7f}\u{fffd}", "filename=\"___\"; filename*=UTF-8''%00%7F%EF%BF%BD"),
        ] {
            let expected = format!("attachment; {parameters}");
            assert_eq!(ContentDisposition::attachment(name).to_string(), expected, "{name:?}");
            let expected = format!("inline; {parameters}");
            assert_eq!(ContentDisposition::inline(name).to_string(), expected, "{name:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error_and_what_is_said_to_be_enough_is() {
        for name in ["", "a.txt", "€", "\u{0}", "%%%", "\u{10ffff}"] {
            let disposition = ContentDisposition::attachment(name);
            let (text, mut memory) = (disposition.to_string(), [0; 99]);
            assert!(text.len() <= 4 * name.len() + 43, "{text}");
            for length in 0..99 {
                let encoded = disposition.encode(&mut memory[..length]);
                assert_eq!(encoded, if length < text.len() { Err(Misuse::HeadTooLarge) } else { Ok(&*text) });
            }
            assert_eq!(disposition.to_field::<99>().as_deref(), Ok(&*text));
        }
        assert_eq!(ContentDisposition::attachment("a.txt").to_field::<4>(), Err(Misuse::HeadTooLarge));
    }
}
