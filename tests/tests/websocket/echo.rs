//! An echo server over the machines of `wire`, and a plain reader of its frames.

use bantam::wire::{FrameHeader, Opcode, WebSocketDecoder};

use crate::case::{Ending, Frame};

/// Serves what a client sends, in reads of at most this size. Returns the frames of the server, and how it has ended.
pub(crate) fn run(bytes: &[u8], size: usize) -> (Vec<Frame>, Ending) {
    let mut sent = Vec::new();
    serve(bytes, size, &mut sent);
    ending(read(&sent))
}

/// The frames before a close frame at the end, and what it says.
pub(crate) fn ending(mut frames: Vec<Frame>) -> (Vec<Frame>, Ending) {
    let ending = match frames.last() {
        Some(Frame { first: 0x88, payload }) => match payload[..] {
            [] => Ending::Closed,
            [high, low, ..] => Ending::Code(u16::from_be_bytes([high, low])),
            _ => panic!("a close frame of one byte"),
        },
        _ => return (frames, Ending::Open),
    };
    frames.pop();
    (frames, ending)
}

fn send(opcode: Opcode, payload: &[u8], sent: &mut Vec<u8>) {
    sent.extend_from_slice(FrameHeader::whole(opcode, payload.len() as u64).encode(&mut [0; 14]));
    sent.extend_from_slice(payload);
}

fn serve(bytes: &[u8], size: usize, sent: &mut Vec<u8>) {
    let mut decoder = WebSocketDecoder::server();
    let (mut message, mut control) = (Vec::new(), Vec::new());
    for read in bytes.chunks(size.min(bytes.len().max(1))) {
        let mut memory = read.to_vec();
        let mut input = &mut memory[..];
        while !input.is_empty() {
            let (used, piece) = match decoder.decode(input) {
                Ok(step) => {
                    (step.used, step.piece.map(|piece| (piece.opcode, piece.is_last, piece.data.to_vec())))
                }
                Err(error) => {
                    send(
                        Opcode::Close,
                        &[&error.code().as_u16().to_be_bytes()[..], error.reason().as_bytes()].concat(),
                        sent,
                    );
                    return;
                }
            };
            assert!(used > 0);
            input = &mut input[used..];
            let Some((opcode, is_last, data)) = piece else { continue };
            let collected = if opcode.is_control() { &mut control } else { &mut message };
            collected.extend_from_slice(&data);
            if is_last {
                let payload = std::mem::take(collected);
                match opcode {
                    Opcode::Ping => send(Opcode::Pong, &payload, sent),
                    Opcode::Pong => {}
                    Opcode::Close => {
                        let code = decoder.close_code().map(|code| code.as_u16().to_be_bytes());
                        send(Opcode::Close, code.as_ref().map_or(&[], |code| &code[..]), sent);
                        assert!(decoder.is_closed());
                    }
                    _ => send(opcode, &payload, sent),
                }
            }
        }
    }
}

/// The frames of a server, read from their bytes.
pub(crate) fn read(mut bytes: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    while let [first, short, rest @ ..] = bytes {
        let (length, rest) = match short {
            126 => (usize::from(u16::from_be_bytes([rest[0], rest[1]])), &rest[2..]),
            127 => (u64::from_be_bytes(rest[..8].try_into().expect("8 bytes")) as usize, &rest[8..]),
            _ => (usize::from(*short), rest),
        };
        frames.push(Frame { first: *first, payload: rest[..length].to_vec() });
        bytes = &rest[length..];
    }
    frames
}
