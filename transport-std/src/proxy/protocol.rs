//! Law: of what a proxy says before the client's first byte exactly that is taken from the socket, however it is split; what
//! cannot be a header of the PROXY protocol is refused with the first byte that shows it.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use ppp::v2::{Command, PROTOCOL_PREFIX};
use ppp::{v1, v2};

/// How the two versions begin.
const TEXT: &[u8] = b"PROXY ";
/// The longest header of version 1, its end included.
const LONGEST_TEXT: usize = 107;
/// A header of version 2 up to its length.
const FIXED: usize = 16;
/// The longest header of version 2 that is taken.
const LONGEST: usize = 4096;

/// A header that is awaited.
#[derive(Debug, Default)]
pub(crate) struct ProxyHeader {
    said: Vec<u8>,
}

impl ProxyHeader {
    /// Takes what has come of it; once it is whole, the client's address, if it says one.
    ///
    /// # Errors
    /// `WouldBlock` where more is to come; `InvalidData` where it is none; `UnexpectedEof`; the socket's.
    pub(crate) fn poll(
        &mut self,
        mut peek: impl FnMut(&mut [u8]) -> io::Result<usize>,
        mut read: impl FnMut(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<Option<SocketAddr>> {
        loop {
            if let Some(client) = whole(&self.said)? {
                return Ok(client);
            }
            let mut memory = [0; 256];
            let there = match peek(&mut memory) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => &memory[..count],
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let mut own = vec![0; self.takes(there)];
            let count = read(&mut own)?;
            self.said.extend_from_slice(&own[..count]);
        }
    }

    /// How many of these bytes belong to it.
    fn takes(&self, there: &[u8]) -> usize {
        let first = self.said.first().or(there.first());
        if first == TEXT.first() {
            // As far as its line goes.
            return there.iter().position(|byte| *byte == b'\n').map_or(there.len(), |end| end + 1);
        }
        let known = length(&self.said).unwrap_or(FIXED);
        there.len().min(known - self.said.len())
    }
}

/// The length of a header of version 2, once it is known.
fn length(said: &[u8]) -> Option<usize> {
    let length = said.get(FIXED - 2..)?.first_chunk()?;
    Some(FIXED + usize::from(u16::from_be_bytes(*length)))
}

/// The client of a whole header; `None` where it is not whole.
fn whole(said: &[u8]) -> io::Result<Option<Option<SocketAddr>>> {
    let begins = |how: &[u8]| said.iter().zip(how).all(|(byte, other)| byte == other);
    let none = || Err(io::Error::new(ErrorKind::InvalidData, "no header of the PROXY protocol"));
    if begins(TEXT) {
        return match said {
            [.., b'\r', b'\n'] => match v1::Header::try_from(said) {
                Ok(header) => Ok(Some(match header.addresses {
                    v1::Addresses::Unknown => None,
                    v1::Addresses::Tcp4(way) => Some((way.source_address, way.source_port).into()),
                    v1::Addresses::Tcp6(way) => Some((way.source_address, way.source_port).into()),
                })),
                Err(_) => none(),
            },
            _ if said.len() >= LONGEST_TEXT || said.ends_with(b"\n") => none(),
            _ => Ok(None),
        };
    }
    if !begins(PROTOCOL_PREFIX) {
        return none();
    }
    match length(said) {
        Some(length) if length > LONGEST => none(),
        Some(length) if length == said.len() => match v2::Header::try_from(said) {
            // Of itself: a proxy that asks how we do.
            Ok(header) if header.command == Command::Local => Ok(Some(None)),
            Ok(header) => Ok(Some(match header.addresses {
                v2::Addresses::IPv4(way) => Some((way.source_address, way.source_port).into()),
                v2::Addresses::IPv6(way) => Some((way.source_address, way.source_port).into()),
                v2::Addresses::Unspecified | v2::Addresses::Unix(_) => None,
            })),
            Err(_) => none(),
        },
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Hears a header that comes in pieces; and what is left behind it.
    fn hear(input: &[u8], piece: usize) -> (io::Result<Option<SocketAddr>>, usize) {
        let (at, come) = (Cell::new(0), Cell::new(0));
        let look = |memory: &mut [u8]| {
            let there = &input[at.get()..come.get()];
            let count = there.len().min(memory.len());
            memory[..count].copy_from_slice(&there[..count]);
            if count == 0 { Err(ErrorKind::WouldBlock.into()) } else { Ok(count) }
        };
        let read = |memory: &mut [u8]| {
            let count = look(memory)?;
            at.set(at.get() + count);
            Ok(count)
        };
        let mut preface = ProxyHeader::default();
        loop {
            match preface.poll(look, read) {
                Err(error) if error.kind() == ErrorKind::WouldBlock && come.get() < input.len() => {
                    come.set(input.len().min(come.get() + piece));
                }
                heard => return (heard, input.len() - at.get()),
            }
        }
    }

    fn second(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let length = (rest.len() as u16).to_be_bytes();
        [PROTOCOL_PREFIX, &[command, family], &length, rest].concat()
    }

    #[test]
    fn a_header_is_heard_at_every_split_and_nothing_behind_it_is_taken() {
        let four = [&[1, 2, 3, 4, 9, 9, 9, 9, 0, 77, 0, 80][..], &[4, 0, 1, 0][..]].concat();
        let mut six = [0; 36];
        (six[15], six[33]) = (1, 77);
        for (header, client) in [
            (b"PROXY TCP4 1.2.3.4 9.9.9.9 77 80\r\n".to_vec(), Some("1.2.3.4:77")),
            (b"PROXY TCP6 ::1 ::2 77 80\r\n".to_vec(), Some("[::1]:77")),
            (b"PROXY UNKNOWN\r\n".to_vec(), None),
            (b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n".to_vec(), None),
            (second(0x21, 0x11, &four), Some("1.2.3.4:77")),
            (second(0x21, 0x21, &six), Some("[::1]:77")),
            (second(0x20, 0x00, &[]), None),
            (second(0x21, 0x31, &[0; 216]), None),
        ] {
            let rest = b"GET / HTTP/1.1\r\n\n";
            let input = [&header[..], rest].concat();
            for piece in 1..=input.len() {
                let (heard, left) = hear(&input, piece);
                assert_eq!(
                    (heard.unwrap().map(|client| client.to_string()).as_deref(), left),
                    (client, rest.len())
                );
            }
        }
    }

    #[test]
    fn what_is_no_header_is_refused_at_once() {
        let long = [b"PROXY UNKNOWN ".as_slice(), &[b'x'; 100]].concat();
        for bad in [
            &b"GET / HTTP/1.1\r\n"[..],
            b"PROXY\tTCP4",
            b"PROXY TCP4 1.2.3.4\r\n",
            b"PROXY TCP4 1.2.3.4 9.9.9.9 77 80\n",
            b"PROXY TCP4 ::1 ::2 77 80\r\n",
            b"PROXY TCP4 1.2.3.4 9.9.9.9 65536 80\r\n",
            &long,
            b"\r\n\r\n\0\r\nQUIX",
            &second(0x31, 0x11, &[0; 12]),
            &second(0x21, 0x11, &[0; 11]),
            &[PROTOCOL_PREFIX, b"\x21\x11\xff\xff"].concat(),
        ] {
            for piece in [1, 300] {
                let heard = hear(bad, piece).0;
                assert_eq!(heard.unwrap_err().kind(), ErrorKind::InvalidData, "{}", bad.escape_ascii());
            }
        }
    }
}
