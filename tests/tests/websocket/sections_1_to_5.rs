//! Sections 1 to 5: framing, pings and pongs, reserved bits, opcodes, fragmentation. Cases that differ only in how their bytes are split over
//! writes are the same bytes here, and run at every size.

use crate::case::{CONTINUATION, Case, FIN, Frame, PING, PONG, TEXT, binary, close, fragments, frame, text};

pub(crate) fn cases() -> Vec<Case> {
    [framing(), pings(), reserved_bits(), opcodes(), fragmentation()].concat()
}

fn framing() -> Vec<Case> {
    let lengths = [0, 125, 126, 127, 128, 65_535, 65_536, 65_536];
    let cases = |section: &str, make: fn(Vec<u8>) -> Frame, byte: u8| {
        let case = |(at, length): (usize, &usize)| {
            let message = make(vec![byte; *length]);
            Case::passes(
                format!("{section}.{}", at + 1),
                std::slice::from_ref(&message),
                std::slice::from_ref(&message),
            )
        };
        lengths.iter().enumerate().map(case).collect::<Vec<_>>()
    };
    [cases("1.1", text, b'*'), cases("1.2", binary, 0xfe)].concat()
}

fn pings() -> Vec<Case> {
    let ping = |payload: &[u8]| frame(PING, payload);
    let pong = |payload: &[u8]| frame(PONG, payload);
    let long = [0xfe; 125];
    let answered = |number: &str, payload: &[u8]| Case::passes(number, &[ping(payload)], &[pong(payload)]);
    let ten = |kind: u8| (0..10).map(|number| frame(kind, format!("payload-{number}"))).collect::<Vec<_>>();
    let unsolicited = pong(b"unsolicited pong payload");
    vec![
        answered("2.1", b""),
        answered("2.2", b"Hello, world!"),
        answered("2.3", b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"),
        answered("2.4", &long),
        Case::fails("2.5", &[ping(&[0xfe; 126])], &[]),
        answered("2.6", &long),
        Case::passes("2.7", &[pong(b"")], &[]),
        Case::passes("2.8", std::slice::from_ref(&unsolicited), &[]),
        Case::passes("2.9", &[unsolicited, ping(b"ping payload")], &[pong(b"ping payload")]),
        Case::passes("2.10", &ten(PING), &ten(PONG)),
        Case::passes("2.11", &ten(PING), &ten(PONG)),
    ]
}

fn reserved_bits() -> Vec<Case> {
    let hello = text("Hello, world!");
    let reserved = |mut frame: Frame, bits: u8| {
        frame.first |= bits << 4;
        frame
    };
    let second = |number: &str, bits: u8| {
        let frames = [hello.clone(), reserved(hello.clone(), bits), frame(PING, "")];
        Case::fails(number, &frames, std::slice::from_ref(&hello))
    };
    vec![
        Case::fails("3.1", &[reserved(hello.clone(), 1)], &[]),
        second("3.2", 2),
        second("3.3", 3),
        second("3.4", 4),
        Case::fails("3.5", &[reserved(binary([0, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0, 0xff]), 5)], &[]),
        Case::fails("3.6", &[reserved(frame(PING, "Hello, world!"), 6)], &[]),
        Case::fails("3.7", &[reserved(close(1000, ""), 7)], &[]),
    ]
}

fn opcodes() -> Vec<Case> {
    let hello = text("Hello, world!");
    let mut cases = Vec::new();
    for (section, first) in [("4.1", 3), ("4.2", 11)] {
        for at in 0..5 {
            let payload: &[u8] = if at == 0 || at == 2 { b"" } else { b"reserved opcode payload" };
            let unknown = frame(FIN | (first + at), payload);
            let number = format!("{section}.{}", at + 1);
            cases.push(if at < 2 {
                Case::fails(number, &[unknown], &[])
            } else {
                Case::fails(number, &[hello.clone(), unknown, frame(PING, "")], std::slice::from_ref(&hello))
            });
        }
    }
    cases
}

fn fragmentation() -> Vec<Case> {
    let two = fragments(TEXT, ["fragment1", "fragment2"]);
    let whole = [text("fragment1fragment2")];
    let continuation = |fin: u8, payload: &str| frame(fin | CONTINUATION, payload);
    let hello = text("Hello, world!");
    let orphan = "non-continuation payload";
    let between = [two[0].clone(), frame(PING, "ping payload"), two[1].clone()];
    let ponged = [frame(PONG, "ping payload"), whole[0].clone()];
    let mut cases = vec![
        Case::fails("5.1", &fragments(PING & !FIN, ["fragment1", "fragment2"]), &[]),
        Case::fails("5.2", &fragments(PONG & !FIN, ["fragment1", "fragment2"]), &[]),
    ];
    cases.extend(["5.3", "5.4", "5.5"].map(|number| Case::passes(number, &two, &whole)));
    cases.extend(["5.6", "5.7", "5.8"].map(|number| Case::passes(number, &between, &ponged)));
    for (fin, numbers) in [(FIN, ["5.9", "5.10", "5.11"]), (0, ["5.12", "5.13", "5.14"])] {
        cases.extend(
            numbers.map(|number| Case::fails(number, &[continuation(fin, orphan), hello.clone()], &[])),
        );
    }
    let frames = [&two[..], &[continuation(0, "fragment3"), text("fragment4")]].concat();
    cases.push(Case::fails("5.15", &frames, &whole));
    for (number, fin) in [("5.16", 0), ("5.17", FIN)] {
        let once = [continuation(fin, "fragment1"), frame(TEXT, "fragment2"), continuation(FIN, "fragment3")];
        cases.push(Case::fails(number, &[once.clone(), once].concat(), &[]));
    }
    cases.push(Case::fails("5.18", &[frame(TEXT, "fragment1"), text("fragment2")], &[]));
    let five = fragments(TEXT, ["fragment1", "fragment2", "fragment3", "fragment4", "fragment5"]);
    let (first, second) = (frame(PING, "pongme 1!"), frame(PING, "pongme 2!"));
    let frames = [&five[..2], &[first], &five[2..4], &[second], &five[4..]].concat();
    let answers = [
        frame(PONG, "pongme 1!"),
        frame(PONG, "pongme 2!"),
        text("fragment1fragment2fragment3fragment4fragment5"),
    ];
    cases.extend(["5.19", "5.20"].map(|number| Case::passes(number, &frames, &answers)));
    cases
}
