//! A case: what a client sends, and what an echo server has to answer.

/// A frame as a client or a server sends it, without its masking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// The first byte: FIN, the reserved bits and the opcode.
    pub(crate) first: u8,
    pub(crate) payload: Vec<u8>,
}

pub(crate) const FIN: u8 = 0x80;
pub(crate) const CONTINUATION: u8 = 0;
pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = FIN | 8;
pub(crate) const PING: u8 = FIN | 9;
pub(crate) const PONG: u8 = FIN | 10;

pub(crate) fn frame(first: u8, payload: impl AsRef<[u8]>) -> Frame {
    Frame { first, payload: payload.as_ref().to_vec() }
}

pub(crate) fn text(payload: impl AsRef<[u8]>) -> Frame {
    frame(FIN | TEXT, payload)
}

pub(crate) fn binary(payload: impl AsRef<[u8]>) -> Frame {
    frame(FIN | BINARY, payload)
}

pub(crate) fn close(code: u16, reason: impl AsRef<[u8]>) -> Frame {
    frame(CLOSE, [&code.to_be_bytes()[..], reason.as_ref()].concat())
}

/// A message in frames with this payload each.
pub(crate) fn fragments(opcode: u8, payloads: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Vec<Frame> {
    let mut frames: Vec<_> = payloads.into_iter().map(|payload| frame(CONTINUATION, payload)).collect();
    frames[0].first = opcode;
    frames.last_mut().expect("a fragment").first |= FIN;
    frames
}

impl Frame {
    /// The frame with a masking key, if a client sends it.
    pub(crate) fn bytes(&self, key: Option<[u8; 4]>) -> Vec<u8> {
        let length = self.payload.len();
        let mut bytes = vec![self.first];
        match length {
            0..=125 => bytes.push(length as u8),
            126..=0xffff => bytes.extend([&[126], &(length as u16).to_be_bytes()[..]].concat()),
            _ => bytes.extend([&[127], &(length as u64).to_be_bytes()[..]].concat()),
        }
        if let Some(key) = key {
            bytes[1] |= 0x80;
            bytes.extend(key);
            bytes.extend(self.payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
        } else {
            bytes.extend(&self.payload);
        }
        bytes
    }
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It does not.
    Open,
    /// With a close frame that has no code.
    Closed,
    /// With a close frame of this code.
    Code(u16),
}

/// A case of the Autobahn suite.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) number: String,
    /// What the client sends.
    pub(crate) bytes: Vec<u8>,
    /// The frames of the server, but for a close frame.
    pub(crate) answers: Vec<Frame>,
    /// The endings that pass.
    pub(crate) endings: Vec<Ending>,
}

impl Case {
    pub(crate) fn new(
        number: impl Into<String>,
        frames: &[Frame],
        answers: &[Frame],
        ending: Ending,
    ) -> Self {
        let key = |at: usize| Some([0x37, 0xfa, 0x21, 0x3d].map(|byte: u8| byte.wrapping_add(at as u8)));
        let bytes = frames.iter().enumerate().flat_map(|(at, frame)| frame.bytes(key(at))).collect();
        Self { number: number.into(), bytes, answers: answers.to_vec(), endings: vec![ending] }
    }

    /// The frames are answered and then closed by the client.
    pub(crate) fn passes(number: impl Into<String>, frames: &[Frame], answers: &[Frame]) -> Self {
        Self::new(number, &[frames, &[close(1000, "")]].concat(), answers, Ending::Code(1000))
    }

    /// The connection fails behind these answers, because the protocol is broken.
    pub(crate) fn fails(number: impl Into<String>, frames: &[Frame], answers: &[Frame]) -> Self {
        Self::new(number, frames, answers, Ending::Code(1002))
    }
}
