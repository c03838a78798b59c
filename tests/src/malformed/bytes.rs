//! Each of the 256 bytes at every place of a request.
//!
//! Invariant: the grammar of the place decides the response.

use super::case::Case;

/// All of them.
pub(super) fn all() -> Vec<Case> {
    PLACES.iter().flat_map(|place| (0..=255).map(move |byte| place.case(byte))).collect()
}

/// A place, and the status for a byte at it; 0 is a 200 that closes the connection.
struct Place {
    name: &'static str,
    front: &'static str,
    behind: &'static str,
    status: fn(u8) -> u16,
}

impl Place {
    fn case(&self, byte: u8) -> Case {
        let sent = [self.front.as_bytes(), &[byte], self.behind.as_bytes()].concat();
        let name = format!("{byte:#04x} {}", self.name);
        match (self.status)(byte) {
            0 => Case::closes(name, sent, 200),
            status => Case::answered(name, sent, status),
        }
    }
}

const fn either(is: bool, yes: u16) -> u16 {
    if is { yes } else { 400 }
}

fn token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// `reg-name` without its escapes.
fn name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte)
}

/// A byte of a query: visible ASCII without those that the URL standard escapes.
fn query(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\"#<>".contains(&byte)
}

const fn value(byte: u8) -> bool {
    byte == b'\t' || byte >= b' ' && byte != 0x7f
}

const HOST: &str = " HTTP/1.1\r\nHost: a\r\n\r\n";
const CHUNKS: &str = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

const PLACES: &[Place] = &[
    Place {
        name: "in front of the method",
        front: "",
        behind: "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        status: |byte| either(token(byte), 501),
    },
    Place {
        name: "in the method",
        front: "GE",
        behind: "T / HTTP/1.1\r\nHost: a\r\n\r\n",
        status: |byte| either(token(byte), 501),
    },
    Place {
        name: "behind the method",
        front: "GET",
        behind: "/robots.txt HTTP/1.1\r\nHost: a\r\n\r\n",
        status: |byte| either(byte == b' ', 200),
    },
    Place {
        name: "in front of the target",
        front: "GET ",
        behind: "robots.txt HTTP/1.1\r\nHost: a\r\n\r\n",
        status: |byte| either(byte == b'/', 200),
    },
    Place {
        name: "in the path",
        front: "GET /x",
        behind: "y HTTP/1.1\r\nHost: a\r\n\r\n",
        status: |byte| either(query(byte) && !b"\\%".contains(&byte), 404),
    },
    Place {
        name: "in the query",
        front: "GET /robots.txt?x",
        behind: "y HTTP/1.1\r\nHost: a\r\n\r\n",
        status: |byte| either(query(byte), 200),
    },
    Place {
        name: "in an absolute target's host",
        front: "GET http://x",
        behind: "y/robots.txt HTTP/1.1\r\nHost: a\r\n\r\n",
        status: |byte| match byte {
            b'/' => 404,
            b'?' => 200,
            _ => either(name(byte), 200),
        },
    },
    Place {
        name: "in an escape",
        front: "GET /%4",
        behind: HOST,
        status: |byte| either(byte.is_ascii_hexdigit(), 404),
    },
    Place {
        name: "in an escape of the query",
        front: "GET /robots.txt?%4",
        behind: HOST,
        status: |byte| either(query(byte), 200),
    },
    Place {
        name: "behind the target",
        front: "GET /robots.txt",
        behind: "HTTP/1.1\r\nHost: a\r\n\r\n",
        status: |byte| either(byte == b' ', 200),
    },
    Place {
        name: "for the major version",
        front: "GET /robots.txt HTTP/",
        behind: ".1\r\nHost: a\r\n\r\n",
        status: |byte| match byte {
            b'1' => 200,
            _ => either(byte.is_ascii_digit(), 505),
        },
    },
    Place {
        name: "for the dot of the version",
        front: "GET /robots.txt HTTP/1",
        behind: "1\r\nHost: a\r\n\r\n",
        status: |byte| either(byte == b'.', 200),
    },
    Place {
        name: "for the minor version",
        front: "GET /robots.txt HTTP/1.",
        behind: "\r\nHost: a\r\n\r\n",
        status: |byte| match byte {
            b'0' => 0,
            _ => either(byte.is_ascii_digit(), 200),
        },
    },
    Place {
        name: "for the CR of the line",
        front: "GET /robots.txt HTTP/1.1",
        behind: "\nHost: a\r\n\r\n",
        status: |byte| either(byte == b'\r', 200),
    },
    Place {
        name: "for the LF of the line",
        front: "GET /robots.txt HTTP/1.1\r",
        behind: "Host: a\r\n\r\n",
        status: |byte| either(byte == b'\n', 200),
    },
    Place {
        name: "in a name",
        front: "GET /robots.txt HTTP/1.1\r\nHost: a\r\nX",
        behind: "Y: z\r\n\r\n",
        status: |byte| either(token(byte) || byte == b':', 200),
    },
    Place {
        name: "behind a name",
        front: "GET /robots.txt HTTP/1.1\r\nHost",
        behind: " a\r\n\r\n",
        status: |byte| either(byte == b':', 200),
    },
    Place {
        name: "in a value",
        front: "GET /robots.txt HTTP/1.1\r\nHost: a\r\nX: y",
        behind: "z\r\n\r\n",
        status: |byte| either(value(byte), 200),
    },
    Place {
        name: "in Host",
        front: "GET /robots.txt HTTP/1.1\r\nHost: x",
        behind: "y\r\n\r\n",
        status: |byte| either(name(byte), 200),
    },
    Place {
        name: "in a port",
        front: "GET /robots.txt HTTP/1.1\r\nHost: a:1",
        behind: "2\r\n\r\n",
        status: |byte| either(byte.is_ascii_digit(), 200),
    },
    Place {
        name: "for the last LF",
        front: "GET /robots.txt HTTP/1.1\r\nHost: a\r\n\r",
        behind: "",
        status: |byte| either(byte == b'\n', 200),
    },
    Place {
        name: "behind a size",
        front: CHUNKS,
        behind: "\r\n\r\n",
        status: |byte| either(byte == b'0', 200),
    },
];
