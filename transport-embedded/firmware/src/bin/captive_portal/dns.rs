//! A DNS responder without I/O (RFC 1035) that answers every question with one address.
//! Invariant: no query panics; a response repeats the question byte for byte, and a malformed question has no response.

use core::net::Ipv4Addr;

use heapless::Vec;

/// The length of a header, and the offset of the first question.
const HEADER: usize = 12;
/// The longest name with its length octets and its end (RFC 1035 section 2.3.4).
const MAX_NAME: usize = 255;
/// The type and the class behind the name of a question.
const TYPE_AND_CLASS: usize = 4;
/// An address record whose name is a pointer to the question.
const ANSWER: usize = 16;

/// A response. The longest fits a UDP message without EDNS, 512 bytes, so that none is truncated.
pub type Response = Vec<u8, { HEADER + MAX_NAME + TYPE_AND_CLASS + ANSWER }>;

/// The first byte of the flags: a response, the kind of a query, an answer of the authority, and a query that asks for recursion.
const RESPONSE: u8 = 0x80;
const OPCODE: u8 = 0x78;
const AUTHORITATIVE: u8 = 0x04;
const RECURSION_DESIRED: u8 = 0x01;
/// The second byte of the flags. A resolver may drop a response without it.
const RECURSION_AVAILABLE: u8 = 0x80;

const NO_ERROR: u8 = 0;
const FORMAT_ERROR: u8 = 1;
const NOT_IMPLEMENTED: u8 = 4;

/// The type of an IPv4 address, the class of the Internet, and the type or class of a question for all of them.
const A: u16 = 1;
const INTERNET: u16 = 1;
const ANY: u16 = 255;

/// A question, and where it leads to.
struct Question<'q> {
    /// The name, the type and the class, as they were sent: a resolver may compare the case of the letters.
    bytes: &'q [u8],
    wants_ipv4: bool,
}

impl<'q> Question<'q> {
    /// Takes the question at the start of `bytes`. `None` if it is malformed.
    fn parse(bytes: &'q [u8]) -> Option<Self> {
        let mut end = 0;
        loop {
            match *bytes.get(end)? {
                0 => break,
                label @ 1..=63 => end += 1 + usize::from(label),
                // Before the first name there is none that a compression pointer could point to (section 4.1.4).
                64.. => return None,
            }
            if end >= MAX_NAME {
                return None;
            }
        }
        let (bytes, _) = bytes.split_at_checked(end + 1 + TYPE_AND_CLASS)?;
        let [kind_high, kind_low, class_high, class_low] = *bytes.last_chunk()?;
        let (kind, class) =
            (u16::from_be_bytes([kind_high, kind_low]), u16::from_be_bytes([class_high, class_low]));
        Some(Self { bytes, wants_ipv4: matches!(kind, A | ANY) && matches!(class, INTERNET | ANY) })
    }
}

/// Answers a query with `address`, which nothing may cache: the name has another address when the client has left this network.
/// A question for another type, such as AAAA, has a response without an answer, so that its client takes IPv4. `None` for what is
/// no query, and for a malformed one.
pub fn respond(query: &[u8], address: Ipv4Addr) -> Option<Response> {
    let (&[id_high, id_low, flags, _, count_high, count_low, ..], rest) =
        query.split_first_chunk::<HEADER>()?;
    if flags & RESPONSE != 0 {
        return None;
    }
    let (code, question) = match (flags & OPCODE, u16::from_be_bytes([count_high, count_low])) {
        (0, 1) => (NO_ERROR, Some(Question::parse(rest)?)),
        // RFC 9619 section 4: more than one question.
        (0, _) => (FORMAT_ERROR, None),
        _ => (NOT_IMPLEMENTED, None),
    };
    let is_answered = question.as_ref().is_some_and(|question| question.wants_ipv4);
    let flags = [RESPONSE | flags & (OPCODE | RECURSION_DESIRED) | AUTHORITATIVE, RECURSION_AVAILABLE | code];
    let mut response = Response::new();
    response.extend_from_slice(&[id_high, id_low]).ok()?;
    response.extend_from_slice(&flags).ok()?;
    for count in [question.is_some(), is_answered, false, false] {
        response.extend_from_slice(&u16::from(count).to_be_bytes()).ok()?;
    }
    if let Some(question) = question {
        response.extend_from_slice(question.bytes).ok()?;
    }
    if is_answered {
        // A pointer to the question, type, class, a time to live of 0, and the length of the address.
        response
            .extend_from_slice(&[0xc0, HEADER as u8, 0, A as u8, 0, INTERNET as u8, 0, 0, 0, 0, 0, 4])
            .ok()?;
        response.extend_from_slice(&address.octets()).ok()?;
    }
    Some(response)
}
