//! A reader of `multipart/form-data` that has the whole body before it: slow, plain, and written without a look at the decoder.

use bantam::wire::PartHead;

/// One part: its head, with the empty line, and its data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormPart {
    /// The field lines and the empty line.
    pub head: Vec<u8>,
    /// The data.
    pub data: Vec<u8>,
}

impl FormPart {
    /// A part whose data is this text.
    #[must_use]
    pub fn of(head: &str, data: &str) -> Self {
        Self { head: head.into(), data: data.into() }
    }
}

/// The parts of a body; `None` if it is not valid or not whole.
#[must_use]
pub fn read(body: &[u8], boundary: &[u8]) -> Option<Vec<FormPart>> {
    let text = [b"\r\n", body].concat();
    let delimiter = [b"\r\n--", boundary].concat();
    let mut parts = Vec::new();
    let mut at = find(&text, 0, &delimiter)? + delimiter.len();
    loop {
        if text[at..].starts_with(b"--") {
            let rest = skip_padding(&text[at + 2..]);
            let epilogue_is_one = rest.is_empty() || rest.starts_with(b"\r\n");
            return (epilogue_is_one && find(rest, 0, &delimiter).is_none()).then_some(parts);
        }
        let rest = skip_padding(&text[at..]).strip_prefix(b"\r\n")?;
        let mut lines = rest;
        loop {
            let end = find(lines, 0, b"\r\n")?;
            let line = &lines[..end];
            lines = &lines[end + 2..];
            if line.is_empty() {
                break;
            }
            is_field(line).then_some(())?;
        }
        let head = rest[..rest.len() - lines.len()].to_vec();
        // The empty line may be the line end of the next delimiter.
        let start = text.len() - lines.len();
        let end = find(&text, start - 2, &delimiter)?;
        let data = text[start..end.max(start)].to_vec();
        parts.push(FormPart { head, data });
        at = end + delimiter.len();
    }
}

/// Like [`read`]; `None` also if the head of a part is not one of a form.
#[must_use]
pub fn read_form(body: &[u8], boundary: &[u8]) -> Option<Vec<FormPart>> {
    read(body, boundary).filter(|parts| parts.iter().all(|part| PartHead::parse(&part.head).is_ok()))
}

fn find(text: &[u8], from: usize, wanted: &[u8]) -> Option<usize> {
    (from..text.len()).find(|at| text[*at..].starts_with(wanted))
}

fn skip_padding(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| !matches!(byte, b' ' | b'\t')).unwrap_or(text.len());
    &text[end..]
}

fn is_field(line: &[u8]) -> bool {
    let Some(colon) = line.iter().position(|byte| *byte == b':') else { return false };
    let is_tchar = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    !name.is_empty()
        && name.iter().all(is_tchar)
        && value.iter().all(|byte| *byte == b'\t' || *byte >= b' ' && *byte != 0x7f)
}
