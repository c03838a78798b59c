//! Bodies as clients send them, recorded, and bodies that are refused. In all of them the boundary is `xyz`.

use bantam::wire::MultipartError;
use bantam_tests::form_model::FormPart;

pub(crate) const BOUNDARY: &[u8] = b"xyz";

/// A body and its parts: the field lines of each, and its data.
pub(crate) struct Recorded {
    pub(crate) name: &'static str,
    pub(crate) body: &'static str,
    pub(crate) parts: &'static [(&'static str, &'static str)],
}

impl Recorded {
    pub(crate) fn parts(&self) -> Vec<FormPart> {
        self.parts.iter().map(|(lines, data)| FormPart::of(&format!("{lines}\r\n"), data)).collect()
    }
}

pub(crate) const RECORDED: [Recorded; 10] = [
    Recorded {
        name: "curl",
        body: "--xyz\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nAda L.\r\n\
               --xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n\
               hello\r\n--x\r\n\r\n--xyz\r\nContent-Disposition: form-data; name=\"bin\"; filename=\"ä%22b\\\\c.bin\"\r\n\
               Content-Type: application/octet-stream\r\n\r\n\u{0}\u{1}\r\r\n-\r\n--xyz--\r\n",
        parts: &[
            ("Content-Disposition: form-data; name=\"name\"\r\n", "Ada L."),
            (
                "Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n",
                "hello\r\n--x\r\n",
            ),
            (
                "Content-Disposition: form-data; name=\"bin\"; filename=\"ä%22b\\\\c.bin\"\r\nContent-Type: application/octet-stream\r\n",
                "\u{0}\u{1}\r\r\n-",
            ),
        ],
    },
    Recorded {
        name: "Python's requests",
        body: "--xyz\r\nContent-Disposition: form-data; name=\"ä\"\r\n\r\nö\r\n\
               --xyz\r\nContent-Disposition: form-data; name=\"f2\"; filename=\"ü%22%0A.txt\"\r\n\r\nx\r\n--xyz--\r\n",
        parts: &[
            ("Content-Disposition: form-data; name=\"ä\"\r\n", "ö"),
            ("Content-Disposition: form-data; name=\"f2\"; filename=\"ü%22%0A.txt\"\r\n", "x"),
        ],
    },
    Recorded {
        name: "FormData of node",
        body: "--xyz\r\nContent-Disposition: form-data; name=\"ä%22%0D%0A\"\r\n\r\nAda\r\nL\r\n\
               --xyz\r\nContent-Disposition: form-data; name=\"none\"\r\nContent-Type: application/octet-stream\r\n\r\n\r\n\
               --xyz--\r\n",
        parts: &[
            ("Content-Disposition: form-data; name=\"ä%22%0D%0A\"\r\n", "Ada\r\nL"),
            (
                "Content-Disposition: form-data; name=\"none\"\r\nContent-Type: application/octet-stream\r\n",
                "",
            ),
        ],
    },
    Recorded {
        name: "a browser in which no file was chosen",
        body: "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n\
               \r\n--xyz--\r\n",
        parts: &[(
            "Content-Disposition: form-data; name=\"file\"; filename=\"\"\r\nContent-Type: application/octet-stream\r\n",
            "",
        )],
    },
    Recorded { name: "an empty form", body: "--xyz--\r\n", parts: &[] },
    Recorded { name: "no line end at the end", body: "--xyz--", parts: &[] },
    Recorded {
        name: ".NET, with a token, a length and two names of the file",
        body: "--xyz\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 1\r\n\
               Content-Disposition: form-data; name=a; filename=b; filename*=utf-8''b\r\n\r\nc\r\n--xyz--\r\n",
        parts: &[(
            "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 1\r\n\
             Content-Disposition: form-data; name=a; filename=b; filename*=utf-8''b\r\n",
            "c",
        )],
    },
    Recorded {
        name: "a preamble, padding and an epilogue",
        body: "This is MIME.\r\n--xy\r\n--xyz \t\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--xyz-- \r\nnothing\r\n--xy",
        parts: &[("Content-Disposition: form-data; name=a\r\n", "b")],
    },
    Recorded {
        name: "an empty line before the first boundary",
        body: "\r\n--xyz\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--xyz--\r\n",
        parts: &[("Content-Disposition: form-data; name=a\r\n", "")],
    },
    Recorded {
        name: "a part without data, whose empty line is that of the next boundary",
        body: "--xyz\r\nContent-Disposition: form-data; name=a\r\n\r\n--xyz\r\n\
               Content-Disposition: form-data; name=b\r\n\r\n--xy--xyz\n--xyz\r\r\n--xyz--",
        parts: &[
            ("Content-Disposition: form-data; name=a\r\n", ""),
            ("Content-Disposition: form-data; name=b\r\n", "--xy--xyz\n--xyz\r"),
        ],
    },
];

use MultipartError::{BadDelimiter, BadHead, Truncated};

/// Bodies that are refused, and why.
pub(crate) const REFUSED: [(&str, &str, MultipartError); 25] = [
    ("nothing", "", Truncated),
    ("no boundary", "hello", Truncated),
    (
        "another boundary",
        "--abc\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--abc--\r\n",
        Truncated,
    ),
    ("half a boundary", "--xy", Truncated),
    ("a boundary and nothing", "--xyz", Truncated),
    ("one hyphen at the end", "--xyz-", Truncated),
    ("half a line end", "--xyz--\r", Truncated),
    ("a hyphen and another byte", "--xyz-x", BadDelimiter),
    ("a longer word that begins with the boundary", "--xyzx\r\n", BadDelimiter),
    ("white space before the hyphens", "--xyz --\r\n", BadDelimiter),
    ("LF behind a boundary", "--xyz\nContent-Disposition: form-data; name=a\n\nb\n--xyz--\n", BadDelimiter),
    ("CR alone behind a boundary", "--xyz\rC", BadDelimiter),
    ("CR alone behind the last boundary", "--xyz--\rC", BadDelimiter),
    ("text behind the last boundary", "--xyz--x", BadDelimiter),
    ("a boundary behind the last one", "--xyz--\r\n--xyz\r\n", BadDelimiter),
    ("a last boundary behind the last one", "--xyz--\r\n\r\n--xyz--\r\n", BadDelimiter),
    ("a part without a head", "--xyz\r\n\r\nb\r\n--xyz--\r\n", BadHead),
    ("a head without a disposition", "--xyz\r\nContent-Type: a/b\r\n\r\nb\r\n--xyz--\r\n", BadHead),
    ("a folded line", "--xyz\r\nContent-Disposition: form-data;\r\n name=a\r\n\r\nb\r\n--xyz--\r\n", BadHead),
    ("LF in a head", "--xyz\r\nContent-Disposition: form-data; name=a\n\r\n", BadHead),
    ("a line without a colon", "--xyz\r\nname=a\r\n\r\n", BadHead),
    ("white space before a colon", "--xyz\r\nContent-Disposition : form-data; name=a\r\n\r\n", BadHead),
    ("a boundary in a head", "--xyz\r\nContent-Disposition: form-data; name=a\r\n--xyz--\r\n", BadHead),
    ("a part that does not end", "--xyz\r\nContent-Disposition: form-data; name=a\r\n\r\nb", Truncated),
    (
        "a part with half a delimiter",
        "--xyz\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--xy",
        Truncated,
    ),
];
