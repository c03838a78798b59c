//! [`PartHead`]: the head of a part, RFC 7578 section 4.2, as a view of its bytes.
//!
//! Invariant: a head that names a part or a file in two ways is refused.

use crate::slice::{same_text, split_once};
use crate::wire::fields::headers::Headers;
use crate::wire::multipart::error::MultipartError;
use crate::wire::multipart::form_text::FormText;
use crate::wire::multipart::parameter::{Found, fields, index, parameters};

/// The head of a part of `multipart/form-data`, RFC 7578 section 4.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PartHead<'a> {
    /// The name of the field of the form, in the encoding of the page that the form is in, which is UTF-8 almost always.
    pub name: FormText<'a>,
    /// The name of the file, from `filename*` if it is there (RFC 8187), else from `filename`; empty if no file was chosen. `None` if
    /// the part is no file.
    pub file_name: Option<FormText<'a>>,
    /// The value of `Content-Type`. Without it, a part is `text/plain` (RFC 7578 section 4.4).
    pub content_type: Option<&'a [u8]>,
    /// All fields.
    pub headers: Headers<'a>,
}

impl<'a> PartHead<'a> {
    /// The head in `lines`: what [`MultipartEvent::Head`](crate::wire::MultipartEvent) has brought of one part.
    ///
    /// `Content-Disposition` is `form-data` with one `name`, and perhaps one `filename` and one `filename*`; other parameters are
    /// ignored. A value is a token or a quoted string. A backslash in it is a backslash, as browsers send it; before a quote it is refused,
    /// because readers that take it for an escape find another end of the string.
    ///
    /// # Errors
    /// [`MultipartError::BadHead`] if `Content-Disposition` or `Content-Type` is repeated or not valid, if there is no `name` or there
    /// is a `name*`, if the charset of `filename*` is not UTF-8, or if `Content-Transfer-Encoding` is neither `7bit`, `8bit` nor `binary`.
    pub fn parse(lines: &'a [u8]) -> Result<Self, MultipartError> {
        let mut head = Self::unread(lines);
        head.read(lines).map(|()| head).ok_or(MultipartError::BadHead)
    }

    /// The head that [`Self::parse`] has taken before.
    #[cfg(feature = "server")]
    pub(crate) fn again(lines: &'a [u8]) -> Self {
        let mut head = Self::unread(lines);
        _ = head.read(lines);
        head
    }

    /// A head with these lines, whose fields and names have not been looked up.
    const fn unread(lines: &'a [u8]) -> Self {
        Self {
            name: FormText::quoted(&[]),
            file_name: None,
            content_type: None,
            headers: Headers::new(lines),
        }
    }

    /// Looks the fields and the names up.
    fn read(&mut self, lines: &'a [u8]) -> Option<()> {
        let mut found = Found::default();
        fields(lines, b"\x13content-disposition\x0ccontent-type\x19content-transfer-encoding", &mut found)?;
        let [disposition, content_type, encoding, _] = found;
        self.content_type = content_type;
        if encoding.is_some_and(|encoding| index(b"\x06binary\x048bit\x047bit", encoding) == usize::MAX) {
            return None;
        }
        let mut found = Found::default();
        // RFC 7578 section 4.2.
        parameters(disposition?, b"\x09form-data\x04name\x08filename\x09filename*\x05name*", &mut found)?;
        let [Some(name), file_name, extended, None] = found else { return None };
        self.name = FormText::quoted(name);
        self.file_name = match extended {
            Some(value) => Some(ext_value(value)?),
            None => file_name.map(FormText::quoted),
        };
        Some(())
    }
}

/// `ext-value` in UTF-8, RFC 8187 section 3.2.1: the charset, the language, and the escaped text.
fn ext_value(value: &[u8]) -> Option<FormText<'_>> {
    let (charset, behind) = split_once(value, b'\'');
    let (_, text) = split_once(behind?, b'\'');
    same_text(charset, b"utf-8").then_some(FormText::extended(text?))
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::String;

    use super::*;
    use crate::wire::fields::content_disposition::ContentDisposition;

    /// The name, and the name of the file, of a `Content-Disposition`.
    fn read(disposition: &str) -> Option<(String, Option<String>)> {
        let lines = format!("Content-Disposition: {disposition}\r\n\r\n");
        let head = PartHead::parse(lines.as_bytes()).ok()?;
        let text = |text: FormText<'_>| String::from(text.text(&mut [0; 99]).expect("UTF-8 and short"));
        Some((text(head.name), head.file_name.map(text)))
    }

    #[test]
    fn names_are_found_as_every_client_sends_them() {
        for (disposition, name, file) in [
            ("form-data; name=\"a\"", "a", None),
            ("form-data; name=a; filename=b", "a", Some("b")),
            ("FORM-DATA;NAME=\"\";FileName=\"\"", "", Some("")),
            ("form-data; name=\"a;b=\"; filename=\"c; d\" ; size=5;", "a;b=", Some("c; d")),
            ("form-data; name=\"%22x%0D%0A\"; filename=\"100%\"", "\"x\r\n", Some("100%")),
            ("form-data; name=\"ä\"; filename=\"C:\\a.txt\"", "ä", Some("C:\\a.txt")),
            ("form-data; name=a; filename=x; filename*=utf-8''%e2%82%ac", "a", Some("€")),
            ("form-data; name=a; filename*=UTF-8'en'a%20b%4", "a", Some("a b%4")),
        ] {
            assert_eq!(read(disposition), Some((name.into(), file.map(String::from))), "{disposition}");
        }
    }

    #[test]
    fn a_disposition_that_two_readers_could_take_differently_is_refused() {
        for disposition in [
            "",
            "form-data",
            "form-data;",
            "form-data; filename=a",
            "attachment; name=a",
            "form-datax; name=a",
            "form-data name=a",
            "form-data; name",
            "form-data; name=",
            "form-data; name=a b",
            "form-data; name =a",
            "form-data; name= a",
            "form-data; name=\"a",
            "form-data; name=\"a\"b",
            "form-data; name=\"a\\\"b\"",
            "form-data; name=\"a\\\"",
            "form-data; name=a; name=a",
            "form-data; name=a; name*=utf-8''a",
            "form-data; name*=utf-8''a",
            "form-data; name=a; filename=b; filename=b",
            "form-data; name=a; filename*=utf-8''b; filename*=utf-8''b",
            "form-data; name=a; filename*=iso-8859-1''b",
            "form-data; name=a; filename*=utf-8'b",
            "form-data; name=a;; filename=b",
            "form-data; name=a; =b",
        ] {
            assert_eq!(read(disposition), None, "{disposition}");
        }
    }

    #[test]
    fn other_fields_are_found_and_repeated_or_encoded_ones_refused() {
        let parse =
            |lines: &str| PartHead::parse(lines.as_bytes()).map(|head| head.content_type.map(<[u8]>::len));
        let named = "Content-Disposition: form-data; name=a\r\n";
        assert_eq!(parse(&format!("{named}content-TYPE: image/png\r\nX: y\r\n\r\n")), Ok(Some(9)));
        assert_eq!(parse(&format!("{named}Content-Transfer-Encoding: BINARY\r\n\r\n")), Ok(None));
        for bad in ["Content-Disposition: form-data; name=a\r\n", "Content-Transfer-Encoding: base64\r\n"] {
            assert_eq!(parse(&format!("{named}{bad}\r\n")), Err(MultipartError::BadHead), "{bad}");
        }
        let twice = "Content-Type: a/b\r\nContent-Type: a/b\r\n";
        assert_eq!(parse(&format!("{named}{twice}\r\n")), Err(MultipartError::BadHead));
        assert_eq!(parse("\r\n"), Err(MultipartError::BadHead));
    }

    #[test]
    fn every_name_of_a_download_is_read_back() {
        let letters = (0..=0x17f_u32).chain([0x20ac, 0xfffd, 0x1f413, 0x10_ffff]).filter_map(char::from_u32);
        let mut names: std::vec::Vec<String> = letters.map(|letter| format!("a{letter}b")).collect();
        names.push("雛 🐓 100% \"x\".tar.gz".into());
        for name in names {
            let value = format!("{}", ContentDisposition::attachment(&name));
            assert!(value.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{value}");
            // A form has a kind and a name of its own before it.
            let parameters = value.strip_prefix("attachment").unwrap();
            let lines = format!("Content-Disposition: form-data; name=x{parameters}\r\n\r\n");
            let head = PartHead::parse(lines.as_bytes()).expect(&value);
            assert_eq!(head.file_name.unwrap().text(&mut [0; 99]), Some(&*name), "{value}");
        }
    }
}
