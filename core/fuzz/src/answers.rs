//! Law: an independent reader: it shares no line with the parser under test, and panics at whatever is not a well-formed
//! answer to a GET, HEAD or POST.

/// One answer.
pub struct Answer {
    pub status: u16,
    pub closes: bool,
    pub body: Vec<u8>,
}

/// Splits what was heard into answers. `heads`: which of the final ones answer HEAD, `None` where nobody can tell.
pub fn read(mut heard: &[u8], mut is_head: impl FnMut(usize) -> Option<bool>) -> Vec<Answer> {
    let mut answers = Vec::new();
    let mut finals = 0;
    while !heard.is_empty() {
        if let Some(Answer { closes: true, .. }) = answers.last() {
            panic!("bytes behind Connection: close: {:?}", String::from_utf8_lossy(heard));
        }
        let end = find(heard, b"\r\n\r\n").expect("a whole head");
        let head = std::str::from_utf8(&heard[..end]).expect("an ASCII head");
        let mut rest = &heard[end + 4..];
        let mut lines = head.split("\r\n");
        let line = lines.next().expect("a status line");
        let status = line.strip_prefix("HTTP/1.1 ").expect("a version");
        let status: u16 = status[..3].parse().expect("three digits");
        let (mut length, mut chunked, mut closes) = (None, false, false);
        for line in lines {
            let (name, value) = line.split_once(": ").expect("a field line");
            assert!(!name.is_empty() && !name.contains([' ', '\t']), "a field name: {name}");
            match name.to_ascii_lowercase().as_str() {
                "content-length" => {
                    assert!(length.replace(value.parse::<usize>().expect("digits")).is_none())
                }
                "transfer-encoding" => chunked = value == "chunked",
                "connection" => closes = value == "close",
                _ => {}
            }
        }
        assert!(length.is_none() || !chunked, "two lengths");
        let bodiless = status < 200 || status == 204 || status == 304;
        let mut body = Vec::new();
        if !bodiless && is_head(finals) == Some(false) {
            if chunked {
                rest = unchunk(rest, &mut body);
            } else if let Some(length) = length {
                assert!(rest.len() >= length, "a whole body");
                body.extend_from_slice(&rest[..length]);
                rest = &rest[length..];
            } else {
                assert!(closes, "a body without an end");
                body.extend_from_slice(rest);
                rest = &[];
            }
        }
        finals += usize::from(status >= 200);
        heard = rest;
        answers.push(Answer { status, closes, body });
    }
    answers
}

fn unchunk<'a>(mut rest: &'a [u8], body: &mut Vec<u8>) -> &'a [u8] {
    loop {
        let end = find(rest, b"\r\n").expect("a chunk line");
        let size = std::str::from_utf8(&rest[..end]).expect("ASCII");
        let size = usize::from_str_radix(size, 16).expect("a size");
        body.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = rest[end + 2 + size..].strip_prefix(b"\r\n").expect("the end of a chunk");
        if size == 0 {
            return rest;
        }
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
