//! Sections 7, 9 and 10: closing, large and many messages, fragments made by a client's library. Section 9 has smaller sizes than the
//! original: 1/16 of them.

use crate::case::{
    BINARY, CLOSE, Case, Ending, FIN, Frame, PING, TEXT, binary, close, fragments, frame, text,
};

const KB: usize = 1024;

pub(crate) fn cases() -> Vec<Case> {
    [closing(), codes(), sizes(), fragment_sizes(), many(), library()].concat()
}

fn closing() -> Vec<Case> {
    let hello = text("Hello World!");
    let normal = close(1000, "");
    let echoed = std::slice::from_ref(&hello);
    let code = Ending::Code(1000);
    let long = text(vec![b'*'; 256 * KB]);
    let halves = fragments(TEXT, ["fragment1", "fragment2"]);
    vec![
        Case::new("7.1.1", &[hello.clone(), normal.clone()], echoed, code),
        Case::new("7.1.2", &[normal.clone(), normal.clone()], &[], code),
        Case::new("7.1.3", &[normal.clone(), frame(PING, "")], &[], code),
        Case::new("7.1.4", &[normal.clone(), hello.clone()], &[], code),
        Case::new("7.1.5", &[halves[0].clone(), normal.clone(), halves[1].clone()], &[], code),
        Case::new(
            "7.1.6",
            &[long.clone(), hello.clone(), normal, frame(PING, "")],
            &[long, hello.clone()],
            code,
        ),
        Case::new("7.3.1", &[frame(CLOSE, "")], &[], Ending::Closed),
        Case::fails("7.3.2", &[frame(CLOSE, "a")], &[]),
        Case::new("7.3.3", &[close(1000, "")], &[], code),
        Case::new("7.3.4", &[close(1000, "Hello World!")], &[], code),
        Case::new("7.3.5", &[close(1000, [b'*'; 123])], &[], code),
        Case::fails("7.3.6", &[close(1000, [b'*'; 124])], &[]),
        Case::new(
            "7.5.1",
            &[close(1000, b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited")],
            &[],
            Ending::Code(1007),
        ),
    ]
}

fn codes() -> Vec<Case> {
    let valid = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
    let invalid = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999];
    let mut cases = Vec::new();
    for (at, code) in valid.into_iter().enumerate() {
        cases.push(Case::new(format!("7.7.{}", at + 1), &[close(code, "")], &[], Ending::Code(code)));
    }
    for (at, code) in invalid.into_iter().enumerate() {
        cases.push(Case::fails(format!("7.9.{}", at + 1), &[close(code, "")], &[]));
    }
    // Autobahn leaves these open; here they are refused.
    cases.push(Case::fails("7.13.1", &[close(5000, "")], &[]));
    cases.push(Case::fails("7.13.2", &[frame(CLOSE, 65_536u32.to_be_bytes())], &[]));
    cases
}

/// The number of a kind of message, its opcode, its frame and what it is made of.
type Kind = (usize, u8, fn(Vec<u8>) -> Frame, u8);

fn kinds() -> [Kind; 2] {
    [(1, TEXT, text, b'*'), (2, BINARY, binary, 0xfe)]
}

fn passes_as_it_is(number: String, message: &Frame) -> Case {
    Case::passes(number, std::slice::from_ref(message), std::slice::from_ref(message))
}

fn sizes() -> Vec<Case> {
    let mut cases = Vec::new();
    for (kind, _, make, byte) in kinds() {
        for (at, size) in [4, 16, 64, 256, 512, 1024].into_iter().enumerate() {
            cases.push(passes_as_it_is(format!("9.{kind}.{}", at + 1), &make(vec![byte; size * KB])));
        }
        // The same message, split over writes of 64 to 2,048 bytes.
        for at in 1..=6 {
            cases.push(passes_as_it_is(format!("9.{}.{at}", kind + 4), &make(vec![byte; 64 * KB])));
        }
    }
    cases
}

fn fragment_sizes() -> Vec<Case> {
    let mut cases = Vec::new();
    for (kind, opcode, make, byte) in kinds() {
        let message = vec![byte; 256 * KB];
        for at in 0..9 {
            let frames = fragments(opcode, message.chunks(4 << (2 * at)));
            cases.push(Case::passes(format!("9.{}.{}", kind + 2, at + 1), &frames, &[make(message.clone())]));
        }
    }
    cases
}

fn many() -> Vec<Case> {
    let mut cases = Vec::new();
    for (kind, opcode, _, byte) in kinds() {
        for (at, size) in [0, 16, 64, 256, KB, 4 * KB].into_iter().enumerate() {
            let messages = vec![frame(FIN | opcode, vec![byte; size]); 1000 / 16];
            cases.push(Case::passes(format!("9.{}.{}", kind + 6, at + 1), &messages, &messages));
        }
    }
    cases
}

fn library() -> Vec<Case> {
    let message = vec![b'*'; 64 * KB];
    vec![Case::passes("10.1.1", &fragments(TEXT, message.chunks(1300)), &[text(&message)])]
}
