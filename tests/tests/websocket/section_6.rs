//! Section 6: text that is UTF-8 and text that is not.

use crate::case::{Case, Ending, TEXT, fragments, frame, text};

const KOSME: &[u8] = b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5";

/// Groups of texts, by the number of their subsection: each is a case.
const GROUPS: [(u32, &[&[u8]]); 17] = [
    (
        5,
        &[
            b"hello$world",
            b"hello\xc2\xa2world",
            b"hello\xe2\x82\xacworld",
            b"hello\xf0\xa4\xad\xa2world",
            KOSME,
        ],
    ),
    (7, &[b"\0", b"\xc2\x80", b"\xe0\xa0\x80", b"\xf0\x90\x80\x80"]),
    (8, &[b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80"]),
    (9, &[b"\x7f", b"\xdf\xbf", b"\xef\xbf\xbf", b"\xf4\x8f\xbf\xbf"]),
    (10, &[b"\xf7\xbf\xbf\xbf", b"\xfb\xbf\xbf\xbf\xbf", b"\xfd\xbf\xbf\xbf\xbf\xbf"]),
    (11, &[b"\xed\x9f\xbf", b"\xee\x80\x80", b"\xef\xbf\xbd", b"\xf4\x8f\xbf\xbf", b"\xf4\x90\x80\x80"]),
    (14, &MISSING),
    (16, &[b"\xfe", b"\xff", b"\xfe\xfe\xff\xff"]),
    (
        17,
        &[
            b"\xc0\xaf",
            b"\xe0\x80\xaf",
            b"\xf0\x80\x80\xaf",
            b"\xf8\x80\x80\x80\xaf",
            b"\xfc\x80\x80\x80\x80\xaf",
        ],
    ),
    (
        18,
        &[
            b"\xc1\xbf",
            b"\xe0\x9f\xbf",
            b"\xf0\x8f\xbf\xbf",
            b"\xf8\x87\xbf\xbf\xbf",
            b"\xfc\x83\xbf\xbf\xbf\xbf",
        ],
    ),
    (
        19,
        &[
            b"\xc0\x80",
            b"\xe0\x80\x80",
            b"\xf0\x80\x80\x80",
            b"\xf8\x80\x80\x80\x80",
            b"\xfc\x80\x80\x80\x80\x80",
        ],
    ),
    (
        20,
        &[
            b"\xed\xa0\x80",
            b"\xed\xad\xbf",
            b"\xed\xae\x80",
            b"\xed\xaf\xbf",
            b"\xed\xb0\x80",
            b"\xed\xbe\x80",
            b"\xed\xbf\xbf",
        ],
    ),
    (
        21,
        &[
            b"\xed\xa0\x80\xed\xb0\x80",
            b"\xed\xa0\x80\xed\xbf\xbf",
            b"\xed\xad\xbf\xed\xb0\x80",
            b"\xed\xad\xbf\xed\xbf\xbf",
            b"\xed\xae\x80\xed\xb0\x80",
            b"\xed\xae\x80\xed\xbf\xbf",
            b"\xed\xaf\xbf\xed\xb0\x80",
            b"\xed\xaf\xbf\xed\xbf\xbf",
        ],
    ),
    (
        12,
        &[
            b"\x80",
            b"\xbf",
            b"\x80\xbf",
            b"\x80\xbf\x80",
            b"\x80\xbf\x80\xbf",
            b"\x80\xbf\x80\xbf\x80",
            b"\x80\xbf\x80\xbf\x80\xbf",
        ],
    ),
    (13, &[b"\xf8 \xf9 \xfa \xfb ", b"\xfc \xfd "]),
    (15, &[]),
    (
        23,
        &[
            b"\xef\xbf\xb9",
            b"\xef\xbf\xba",
            b"\xef\xbf\xbb",
            b"\xef\xbf\xbc",
            b"\xef\xbf\xbd",
            b"\xef\xbf\xbe",
            b"\xef\xbf\xbf",
        ],
    ),
];

/// Characters without their last byte.
const MISSING: [&[u8]; 10] = [
    b"\xc0",
    b"\xe0\x80",
    b"\xf0\x80\x80",
    b"\xf8\x80\x80\x80",
    b"\xfc\x80\x80\x80\x80",
    b"\xdf",
    b"\xef\xbf",
    b"\xf7\xbf\xbf",
    b"\xfb\xbf\xbf\xbf",
    b"\xfd\xbf\xbf\xbf\xbf",
];

/// Whether each case of these subsections is valid: Autobahn's own table says so, not the standard library.
fn is_valid(subsection: u32, at: usize) -> bool {
    match subsection {
        5 | 7 | 9 | 22 | 23 => true,
        6 => [2, 5, 7, 9, 11].contains(&at),
        11 => at < 5,
        _ => false,
    }
}

fn judged(subsection: u32, at: usize, bytes: &[u8]) -> Case {
    let number = format!("6.{subsection}.{at}");
    let message = [text(bytes)];
    if is_valid(subsection, at) {
        Case::passes(number, &message, &message)
    } else {
        not_utf8(number, &message)
    }
}

fn not_utf8(number: impl Into<String>, frames: &[crate::case::Frame]) -> Case {
    Case::new(number, frames, &[], Ending::Code(1007))
}

pub(crate) fn cases() -> Vec<Case> {
    let middle = "middle frame payload";
    let hello = "Hello-µ@ßöäüàá-UTF-8!!";
    let octets = |bytes: &[u8]| fragments(TEXT, bytes.iter().map(|byte| [*byte]));
    let broken = [KOSME, b"\xed\xa0\x80", b"edited"].concat();
    let too_high = [KOSME, b"\xf4\x90\x80\x80", b"edited"].concat();
    let mut cases = vec![
        Case::passes("6.1.1", &[text("")], &[text("")]),
        Case::passes("6.1.2", &fragments(TEXT, ["", "", ""]), &[text("")]),
        Case::passes("6.1.3", &fragments(TEXT, ["", middle, ""]), &[text(middle)]),
        Case::passes("6.2.1", &[text(hello)], &[text(hello)]),
        Case::passes("6.2.2", &fragments(TEXT, ["Hello-µ@ßöä", "üàá-UTF-8!!"]), &[text(hello)]),
        Case::passes("6.2.3", &octets(hello.as_bytes()), &[text(hello)]),
        Case::passes("6.2.4", &octets(KOSME), &[text(KOSME)]),
        not_utf8("6.3.1", &[text(&broken)]),
        not_utf8("6.3.2", &octets(&broken)),
        // Refused by the first bytes: the rest of the message never comes.
        not_utf8("6.4.1", &[frame(TEXT, KOSME), frame(0, b"\xf4\x90\x80\x80")]),
        not_utf8("6.4.2", &[frame(TEXT, [KOSME, b"\xf4"].concat()), frame(0, b"\x90")]),
        not_utf8("6.4.3", &[text(&too_high)]),
        not_utf8("6.4.4", &[text(&too_high)]),
    ];
    // The frame ends behind the bytes that are refused.
    let header = 6;
    cases[11].bytes.truncate(header + KOSME.len() + 4);
    cases[12].bytes.truncate(header + KOSME.len() + 2);
    for length in 1..=KOSME.len() {
        cases.push(judged(6, length, &KOSME[..length]));
    }
    for (subsection, texts) in GROUPS {
        let first = if subsection == 13 { 4 } else { 1 };
        cases.extend(texts.iter().enumerate().map(|(at, bytes)| judged(subsection, at + first, bytes)));
    }
    cases.push(judged(12, 8, &(0x80..=0xbf).collect::<Vec<_>>()));
    for (at, starts) in [0xc0..=0xdf, 0xe0..=0xef, 0xf0..=0xf7].into_iter().enumerate() {
        cases.push(judged(13, at + 1, &starts.flat_map(|byte| [byte, b' ']).collect::<Vec<_>>()));
    }
    cases.push(judged(15, 1, &MISSING.concat()));
    let non_characters = (0..=16u32).flat_map(|plane| [plane << 16 | 0xfffe, plane << 16 | 0xffff]);
    for (at, letter) in non_characters.enumerate() {
        let letter = char::from_u32(letter).expect("no surrogate");
        cases.push(judged(22, at + 1, letter.to_string().as_bytes()));
    }
    cases
}
