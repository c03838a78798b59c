//! The DNS responder of the firmware's captive portal, byte by byte.
//! Invariant: whatever a query has, the responder answers by the rules of RFC 1035 and RFC 9619, or not at all.

use std::net::Ipv4Addr;

use crate::captive::dns::{Response, respond};

const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 168, 4, 1);
const HEADER: [u8; 12] = [0xab, 0xcd, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0];

/// Returns a query with these labels.
fn query(labels: &[&[u8]], kind: u16, class: u16) -> Vec<u8> {
    let mut bytes = HEADER.to_vec();
    for label in labels {
        bytes.push(u8::try_from(label.len()).expect("a short label"));
        bytes.extend_from_slice(label);
    }
    bytes.push(0);
    bytes.extend_from_slice(&kind.to_be_bytes());
    bytes.extend_from_slice(&class.to_be_bytes());
    bytes
}

fn answer(bytes: &[u8]) -> Option<Response> {
    respond(bytes, ADDRESS)
}

/// The response that a query has to have, by another way than the responder's: label by label from the front.
fn expected(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() < 12 || bytes[2] >= 0x80 {
        return None;
    }
    let opcode = bytes[2] >> 3 & 15;
    let mut response = vec![bytes[0], bytes[1], 0x84 | opcode << 3 | bytes[2] & 1];
    if opcode != 0 || bytes[4..6] != [0, 1] {
        response.push(if opcode == 0 { 0x81 } else { 0x84 });
        response.extend([0; 8]);
        return Some(response);
    }
    let (mut rest, mut name) = (&bytes[12..], 0);
    loop {
        let (&length, behind) = rest.split_first()?;
        name += 1 + usize::from(length);
        if length >= 64 || name > 255 || behind.len() < length.into() {
            return None;
        }
        rest = &behind[length.into()..];
        if length == 0 {
            break;
        }
    }
    let fixed = rest.get(..4)?;
    let is_answered = [[0, 1], [0, 255]].contains(&[fixed[0], fixed[1]])
        && [[0, 1], [0, 255]].contains(&[fixed[2], fixed[3]]);
    response.extend([0x80, 0, 1, 0, u8::from(is_answered), 0, 0, 0, 0]);
    response.extend_from_slice(&bytes[12..12 + name + 4]);
    if is_answered {
        response.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 192, 168, 4, 1]);
    }
    Some(response)
}

fn check(bytes: &[u8]) {
    assert_eq!(answer(bytes).as_deref(), expected(bytes).as_deref(), "{bytes:02x?}");
}

#[test]
fn a_question_is_answered_with_the_address() {
    let bytes = query(&[b"Captive", b"aPPle", b"com"], 1, 1);
    let response = answer(&bytes).expect("a query");
    let mut wanted = bytes;
    wanted[2..12].copy_from_slice(&[0x85, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
    // A pointer to the name, A, IN, a time to live of 0.
    wanted.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 192, 168, 4, 1]);
    assert_eq!(response, wanted.as_slice());
}

#[test]
fn other_types_and_classes_have_no_answer_and_no_error() {
    for (kind, class) in [(28, 1), (65, 1), (15, 1), (1, 3), (0, 0), (256, 1), (0xffff, 0xffff)] {
        let bytes = query(&[b"a", b"test"], kind, class);
        let response = answer(&bytes).expect("a query");
        assert_eq!(response[2..12], [0x85, 0x80, 0, 1, 0, 0, 0, 0, 0, 0], "type {kind}, class {class}");
        assert_eq!(response[12..], bytes[12..]);
    }
}

/// A query with EDNS has a record behind its question.
#[test]
fn what_follows_a_question_is_dropped() {
    let bytes = query(&[b"a"], 1, 1);
    for length in [1, 11, 500] {
        let longer = [&bytes[..], &vec![0xc0; length]].concat();
        assert_eq!(answer(&longer), answer(&bytes));
    }
}

#[test]
fn the_longest_name_is_answered_and_a_longer_one_is_not() {
    let label = [b'x'; 63];
    let name = |last: usize| query(&[&label, &label, &label, &label[..last]], 1, 1);
    assert_eq!(answer(&name(61)).map(|response| response.len()), Some(12 + 255 + 4 + 16));
    for last in 1..=63 {
        check(&name(last));
        assert_eq!(answer(&name(last)).is_some(), last <= 61, "{last}");
    }
    check(&query(&[&b"y"[..]; 127], 1, 1));
    check(&query(&[&b"y"[..]; 128], 1, 1));
    assert!(answer(&query(&[], 1, 1)).is_some(), "the root");
}

#[test]
fn compression_pointers_and_reserved_labels_are_malformed() {
    for label in 64..=255 {
        // To itself, into the header, behind the end.
        for target in [12, 0, 255] {
            let mut bytes = HEADER.to_vec();
            bytes.extend([label, target, 0, 1, 0, 1]);
            assert_eq!(answer(&bytes), None, "{label:02x} {target:02x}");
        }
    }
}

#[test]
fn other_counts_of_questions_are_format_errors() {
    let mut bytes = query(&[b"a"], 1, 1);
    bytes.extend_from_slice(&query(&[b"b"], 1, 1)[12..]);
    for count in [0_u16, 2, 3, 256, u16::MAX] {
        bytes[4..6].copy_from_slice(&count.to_be_bytes());
        let error = answer(&bytes).expect("a query");
        assert_eq!(*error, [0xab, 0xcd, 0x85, 0x81, 0, 0, 0, 0, 0, 0, 0, 0], "{count}");
    }
}

#[test]
fn a_response_has_no_response() {
    for bytes in [query(&[b"a"], 1, 1), answer(&query(&[b"a"], 1, 1)).expect("a query").to_vec()] {
        for flags in 0x80..=0xff {
            let mut bytes = bytes.clone();
            bytes[2] = flags;
            assert_eq!(answer(&bytes), None);
        }
    }
}

#[test]
fn every_cut_and_every_changed_byte_of_a_query_is_answered_by_the_rules() {
    let queries = [
        query(&[b"www", b"msftconnecttest", b"com"], 1, 1),
        query(&[b"a"], 255, 255),
        query(&[], 28, 1),
        [query(&[b"ab", b"c"], 1, 1), vec![0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0]].concat(),
    ];
    for bytes in queries {
        for length in 0..=bytes.len() {
            check(&bytes[..length]);
        }
        for place in 0..bytes.len() {
            for value in 0..=255 {
                let mut bytes = bytes.clone();
                bytes[place] = value;
                check(&bytes);
                check(&bytes[..bytes.len() - 1]);
            }
        }
    }
}

/// All questions of up to eight bytes whose bytes are those that matter.
#[test]
fn every_short_question_is_answered_by_the_rules() {
    const BYTES: [u8; 6] = [0, 1, 2, 63, 64, 255];
    for length in 0..=8 {
        for mut number in 0..BYTES.len().pow(length) {
            let mut bytes = HEADER.to_vec();
            for _ in 0..length {
                bytes.push(BYTES[number % BYTES.len()]);
                number /= BYTES.len();
            }
            check(&bytes);
        }
    }
}
