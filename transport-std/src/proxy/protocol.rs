//! Reader of a PROXY protocol header, version 1 or 2, at the start of a connection.
//!
//! Invariant: reads the header and no byte after it; what cannot become a header fails at its line end or fixed part at the
//! latest.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use ppp::v2::PROTOCOL_PREFIX;
use ppp::{v1, v2};

use crate::access::peer_name::canonical;

/// The start of version 1.
const V1_PREFIX: &[u8] = b"PROXY ";
/// The start of a header of version 1 that names no client. Everything up to CR LF is ignored (section 2.1).
const V1_UNKNOWN: &[u8] = b"PROXY UNKNOWN";
/// The longest header of version 1, in bytes, with its line end.
const V1_MAX: usize = 107;
/// The fixed part of version 2, in bytes, which ends with the length of the rest.
const V2_FIXED_LEN: usize = 16;
/// Version and command of a connection of the proxy's own, such as a health check. Whatever follows is ignored, the address
/// family too (section 2.2).
const V2_LOCAL: u8 = 0x20;
/// Version and command of a connection of a client.
const V2_PROXY: u8 = 0x21;
/// The longest header of version 2 that is accepted, in bytes.
const V2_MAX: usize = 4096;

/// The part of a header that has been read.
#[derive(Debug, Default)]
pub(crate) struct ProxyHeader {
    received: Vec<u8>,
}

impl ProxyHeader {
    /// Reads on. Returns once the header is complete, with the client's address if it states one.
    ///
    /// # Errors
    /// `WouldBlock` if more is to come; `InvalidData` if it is not a header; `UnexpectedEof`; the socket's.
    pub(crate) fn poll(
        &mut self,
        mut peek: impl FnMut(&mut [u8]) -> io::Result<usize>,
        mut read: impl FnMut(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<Option<SocketAddr>> {
        loop {
            if let Some(client) = parse(&self.received)? {
                return Ok(client);
            }
            let mut buffer = [0; 256];
            let available = match peek(&mut buffer) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => &buffer[..count],
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let mut part = vec![0; self.wanted(available)];
            let count = read(&mut part)?;
            self.received.extend_from_slice(&part[..count]);
        }
    }

    /// The number of these bytes that belong to the header.
    fn wanted(&self, available: &[u8]) -> usize {
        let first = self.received.first().or(available.first());
        if first == V1_PREFIX.first() {
            return available.iter().position(|byte| *byte == b'\n').map_or(available.len(), |end| end + 1);
        }
        let length = v2_length(&self.received).unwrap_or(V2_FIXED_LEN);
        available.len().min(length - self.received.len())
    }
}

/// The length of a header of version 2, if its fixed part is complete.
fn v2_length(received: &[u8]) -> Option<usize> {
    let length = received.get(V2_FIXED_LEN - 2..)?.first_chunk()?;
    Some(V2_FIXED_LEN + usize::from(u16::from_be_bytes(*length)))
}

/// The client's address in a complete header; `None` for an incomplete one.
fn parse(received: &[u8]) -> io::Result<Option<Option<SocketAddr>>> {
    let may_start_with = |prefix: &[u8]| received.iter().zip(prefix).all(|(byte, other)| byte == other);
    let parsed = if may_start_with(V1_PREFIX) {
        parse_v1(received)?
    } else if may_start_with(PROTOCOL_PREFIX) {
        parse_v2(received)?
    } else {
        return Err(invalid());
    };
    Ok(parsed.map(|client| client.map(canonical)))
}

fn invalid() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "not a header of the PROXY protocol")
}

fn parse_v1(received: &[u8]) -> io::Result<Option<Option<SocketAddr>>> {
    let unknown = received.strip_prefix(V1_UNKNOWN);
    match received {
        _ if received.len() > V1_MAX => return Err(invalid()),
        [.., b'\r', b'\n'] => {}
        _ if received.len() == V1_MAX => return Err(invalid()),
        // Behind UNKNOWN anything may stand before CR LF.
        [.., b'\n'] if unknown.is_none() => return Err(invalid()),
        _ => return Ok(None),
    }
    if let Some(b"\r\n" | [b' ', ..]) = unknown {
        return Ok(Some(None));
    }
    // The integers of ppp may have a sign.
    let header = v1::Header::try_from(received).ok().filter(|_| !received.contains(&b'+'));
    Ok(Some(match header.ok_or_else(invalid)?.addresses {
        v1::Addresses::Unknown => return Err(invalid()),
        v1::Addresses::Tcp4(ip) => Some((ip.source_address, ip.source_port).into()),
        v1::Addresses::Tcp6(ip) => Some((ip.source_address, ip.source_port).into()),
    }))
}

fn parse_v2(received: &[u8]) -> io::Result<Option<Option<SocketAddr>>> {
    let command = received.get(PROTOCOL_PREFIX.len());
    match v2_length(received) {
        _ if !matches!(command, None | Some(&(V2_LOCAL | V2_PROXY))) => return Err(invalid()),
        Some(length) if length > V2_MAX => return Err(invalid()),
        Some(length) if length == received.len() => {}
        _ => return Ok(None),
    }
    if command == Some(&V2_LOCAL) {
        return Ok(Some(None));
    }
    Ok(Some(match v2::Header::try_from(received).map_err(|_| invalid())?.addresses {
        v2::Addresses::IPv4(ip) => Some((ip.source_address, ip.source_port).into()),
        v2::Addresses::IPv6(ip) => Some((ip.source_address, ip.source_port).into()),
        v2::Addresses::Unspecified | v2::Addresses::Unix(_) => None,
    }))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Reads a header that arrives in pieces. Returns also the number of bytes that are left in the socket.
    fn read_header(input: &[u8], piece: usize) -> (io::Result<Option<SocketAddr>>, usize) {
        let (read_to, arrived) = (Cell::new(0), Cell::new(0));
        let peek = |memory: &mut [u8]| {
            let available = &input[read_to.get()..arrived.get()];
            let count = available.len().min(memory.len());
            memory[..count].copy_from_slice(&available[..count]);
            if count == 0 { Err(ErrorKind::WouldBlock.into()) } else { Ok(count) }
        };
        let read = |memory: &mut [u8]| {
            let count = peek(memory)?;
            read_to.set(read_to.get() + count);
            Ok(count)
        };
        let mut header = ProxyHeader::default();
        loop {
            match header.poll(peek, read) {
                Err(error) if error.kind() == ErrorKind::WouldBlock && arrived.get() < input.len() => {
                    arrived.set(input.len().min(arrived.get() + piece));
                }
                result => return (result, input.len() - read_to.get()),
            }
        }
    }

    fn v2(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let length = (rest.len() as u16).to_be_bytes();
        [PROTOCOL_PREFIX, &[command, family], &length, rest].concat()
    }

    #[test]
    fn a_header_is_read_at_every_split_and_nothing_after_it() {
        let four = [&[1, 2, 3, 4, 9, 9, 9, 9, 0, 77, 0, 80][..], &[4, 0, 1, 0][..]].concat();
        let mut six = [0; 36];
        (six[15], six[33]) = (1, 77);
        let mapped = [&[0; 10][..], &[255, 255, 1, 2, 3, 4], &six[16..]].concat();
        for (header, client) in [
            (b"PROXY TCP4 1.2.3.4 9.9.9.9 77 80\r\n".to_vec(), Some("1.2.3.4:77")),
            (b"PROXY TCP6 ::1 ::2 77 80\r\n".to_vec(), Some("[::1]:77")),
            (b"PROXY UNKNOWN\r\n".to_vec(), None),
            (b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n".to_vec(), None),
            (b"PROXY UNKNOWN a b c d e f g h\r\n".to_vec(), None),
            (b"PROXY UNKNOWN \xff\0\r\n".to_vec(), None),
            (b"PROXY UNKNOWN a\nb\rc\r\n".to_vec(), None),
            ([b"PROXY UNKNOWN ".as_slice(), &[b'x'; 91], b"\r\n"].concat(), None),
            (b"PROXY TCP6 ::ffff:1.2.3.4 ::2 77 80\r\n".to_vec(), Some("1.2.3.4:77")),
            (b"PROXY TCP4 1.2.3.4 9.9.9.9 0 65535\r\n".to_vec(), Some("1.2.3.4:0")),
            (v2(0x21, 0x11, &four), Some("1.2.3.4:77")),
            (v2(0x21, 0x21, &six), Some("[::1]:77")),
            (v2(0x21, 0x12, &four), Some("1.2.3.4:77")),
            (v2(0x21, 0x22, &mapped), Some("1.2.3.4:77")),
            (v2(0x21, 0x00, &[]), None),
            (v2(0x21, 0x00, b"anything"), None),
            (v2(0x21, 0x31, &[0; 216]), None),
            (v2(0x21, 0x32, &[b"\0".repeat(216), b"\xee\0\x01x".to_vec()].concat()), None),
            (v2(0x20, 0x00, &[]), None),
            (v2(0x20, 0x11, &[0; 5]), None),
            (v2(0x20, 0xff, b"anything"), None),
            (v2(0x20, 0x21, &[0; 36]), None),
        ] {
            let rest = b"GET / HTTP/1.1\r\n\n";
            let input = [&header[..], rest].concat();
            for piece in 1..=input.len() {
                let (client_addr, left) = read_header(&input, piece);
                assert_eq!(
                    (client_addr.unwrap().map(|client| client.to_string()).as_deref(), left),
                    (client, rest.len())
                );
            }
        }
    }

    #[test]
    fn what_is_no_header_is_refused_at_once() {
        let long = [b"PROXY UNKNOWN ".as_slice(), &[b'x'; 100]].concat();
        let longer = [b"PROXY UNKNOWN ".as_slice(), &[b'x'; 92], b"\r\n"].concat();
        for bad in [
            &b"GET / HTTP/1.1\r\n"[..],
            b"PROXY\tTCP4",
            b"PROXY TCP4 1.2.3.4\r\n",
            b"PROXY TCP4 1.2.3.4 9.9.9.9 77 80\n",
            b"PROXY TCP4 ::1 ::2 77 80\r\n",
            b"PROXY TCP4 1.2.3.4 9.9.9.9 65536 80\r\n",
            b"PROXY TCP4 1.2.3.4 9.9.9.9 +77 80\r\n",
            b"PROXY TCP4 1.2.3.4 9.9.9.9 077 80\r\n",
            b"PROXY TCP4  1.2.3.4 9.9.9.9 77 80\r\n",
            b"PROXY TCP4 1.2.3.4 9.9.9.9 77 80 \r\n",
            b"PROXY TCP6 fe80::1%1 ::2 77 80\r\n",
            b"PROXY UNKNOWNS\r\n",
            b"PROXY \n",
            &long,
            &longer,
            b"\r\n\r\n\0\r\nQUIX",
            &[PROTOCOL_PREFIX, b"\x31\x11\x0f\x00"].concat(),
            &[PROTOCOL_PREFIX, b"\x22"].concat(),
            &v2(0x21, 0x41, &[0; 216]),
            &v2(0x21, 0x13, &[0; 12]),
            &v2(0x21, 0x31, &[0; 215]),
            &v2(0x21, 0x11, &[0; 11]),
            &[PROTOCOL_PREFIX, b"\x21\x11\xff\xff"].concat(),
        ] {
            for piece in [1, 300] {
                let result = read_header(bad, piece).0;
                assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidData, "{}", bad.escape_ascii());
            }
        }
    }
}
