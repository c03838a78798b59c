//! A client of permessage-deflate: compresses, decompresses, and holds the server to what was agreed.

use zlib_rs::{Deflate, DeflateFlush, Inflate, InflateFlush};

use crate::case::{CONTINUATION, FIN, Frame, frame};

/// The first reserved bit.
pub(crate) const RSV1: u8 = 0x40;
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// What was agreed, as the value of a response says it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Agreed {
    pub(crate) server_takeover: bool,
    pub(crate) client_takeover: bool,
    pub(crate) server_bits: u8,
    pub(crate) client_bits: u8,
}

impl Agreed {
    /// Reads the value of `Sec-WebSocket-Extensions`.
    pub(crate) fn of(value: &str) -> Self {
        let mut agreed =
            Self { server_takeover: true, client_takeover: true, server_bits: 15, client_bits: 15 };
        let mut words = value.split("; ");
        assert_eq!(words.next(), Some("permessage-deflate"));
        for word in words {
            match word.split_once('=') {
                None if word == "server_no_context_takeover" => agreed.server_takeover = false,
                None if word == "client_no_context_takeover" => agreed.client_takeover = false,
                Some(("server_max_window_bits", bits)) => agreed.server_bits = bits.parse().expect("bits"),
                Some(("client_max_window_bits", bits)) => agreed.client_bits = bits.parse().expect("bits"),
                _ => panic!("{word}"),
            }
        }
        agreed
    }
}

pub(crate) struct Client {
    agreed: Agreed,
    deflate: Deflate,
    inflate: Inflate,
}

impl Client {
    pub(crate) fn new(agreed: Agreed) -> Self {
        let deflate = Deflate::new(6, false, agreed.client_bits.max(9));
        Self { agreed, deflate, inflate: Inflate::new(false, agreed.server_bits) }
    }

    /// The payload of a compressed message.
    pub(crate) fn compress(&mut self, message: &[u8]) -> Vec<u8> {
        let mut payload = vec![0; message.len() + message.len() / 100 + 64];
        let before = self.deflate.total_out();
        self.deflate.compress(message, &mut payload, DeflateFlush::SyncFlush).expect("compressed");
        payload.truncate((self.deflate.total_out() - before) as usize);
        match payload.strip_suffix(&TAIL) {
            Some(stripped) => payload.truncate(stripped.len()),
            // Nothing is flushed twice.
            None => payload = vec![0],
        }
        if !self.agreed.client_takeover {
            self.deflate.reset();
        }
        payload
    }

    /// The frames of a compressed message, with payloads of at most `fragment` bytes.
    pub(crate) fn frames(&mut self, opcode: u8, message: &[u8], fragment: usize) -> Vec<Frame> {
        let payload = self.compress(message);
        let mut frames: Vec<_> = payload.chunks(fragment).map(|part| frame(CONTINUATION, part)).collect();
        frames[0].first = opcode | RSV1;
        frames.last_mut().expect("a frame").first |= FIN;
        frames
    }

    /// The message of a payload of the server.
    pub(crate) fn decompress(&mut self, payload: &[u8]) -> Vec<u8> {
        let input = [payload, &TAIL].concat();
        let (mut message, mut at) = (Vec::new(), 0);
        loop {
            let mut output = [0; 16_384];
            let (read, written) = (self.inflate.total_in(), self.inflate.total_out());
            self.inflate.decompress(&input[at..], &mut output, InflateFlush::SyncFlush).expect("valid");
            at += (self.inflate.total_in() - read) as usize;
            let written = (self.inflate.total_out() - written) as usize;
            message.extend_from_slice(&output[..written]);
            if written < output.len() && at == input.len() {
                break;
            }
        }
        if !self.agreed.server_takeover {
            self.inflate = Inflate::new(false, self.agreed.server_bits);
        }
        message
    }

    /// The messages of the server, with their opcodes. Each has to be compressed, with the bit at its first frame alone.
    pub(crate) fn messages(&mut self, frames: &[Frame]) -> Vec<(u8, Vec<u8>)> {
        let (mut messages, mut payload, mut opcode) = (Vec::new(), Vec::new(), 0);
        for frame in frames {
            if frame.first & 0x0f != CONTINUATION {
                assert!(payload.is_empty() && frame.first & 0x70 == RSV1, "{:x}", frame.first);
                opcode = frame.first & 0x0f;
            } else {
                assert_eq!(frame.first & 0x70, 0, "a later frame has no bit");
            }
            payload.extend_from_slice(&frame.payload);
            if frame.first & FIN != 0 {
                messages.push((opcode, self.decompress(&payload)));
                payload.clear();
            }
        }
        messages
    }
}
