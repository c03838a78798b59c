//! [`FrameHeader`]: the header of a frame as it is sent, RFC 6455 section 5.2.

/// What a frame carries, RFC 6455 section 5.2. Its number is that of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Opcode {
    /// Data of the message that an earlier frame has begun.
    Continuation = 0,
    /// The first data of a text message.
    Text = 1,
    /// The first data of a binary message.
    Binary = 2,
    /// The end of what its sender sends.
    Close = 8,
    /// A question whether the peer is there.
    Ping = 9,
    /// The answer to it, with its data.
    Pong = 10,
}

impl Opcode {
    pub(crate) const fn from_bits(bits: u8) -> Option<Self> {
        Some(match bits {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }

    pub(crate) const fn bits(self) -> u8 {
        self as u8
    }

    /// Returns true for the frames that may stand between those of a message.
    #[must_use]
    pub const fn is_control(self) -> bool {
        self.bits() >= 8
    }
}

/// The header of a frame, RFC 6455 section 5.2. Its payload follows: `length` bytes, which [`mask`](crate::wire::mask) masks if there is
/// a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// What the frame carries.
    pub opcode: Opcode,
    /// Whether the message ends with the frame, as a control frame always does.
    pub is_last: bool,
    /// The length of the payload in bytes: at most 125 in a control frame.
    pub length: u64,
    /// The masking key, in frames of clients: four random bytes.
    pub key: Option<[u8; 4]>,
}

impl FrameHeader {
    /// The length of the longest header.
    pub const MAX: usize = 14;

    /// The header of a whole message, or of a control frame, from a server.
    #[must_use]
    pub const fn whole(opcode: Opcode, length: u64) -> Self {
        Self { opcode, is_last: true, length, key: None }
    }

    /// Writes the header to `memory`. Returns it: 2 to 14 bytes.
    ///
    /// ```
    /// use bantam::wire::{FrameHeader, Opcode};
    ///
    /// assert_eq!(FrameHeader::whole(Opcode::Text, 5).encode(&mut [0; 14]), b"\x81\x05");
    /// assert_eq!(FrameHeader::whole(Opcode::Binary, 256).encode(&mut [0; 14]), b"\x82\x7e\x01\x00");
    /// ```
    pub fn encode(self, memory: &mut [u8; Self::MAX]) -> &[u8] {
        let [first, second, rest @ ..] = memory;
        *first = u8::from(self.is_last) << 7 | self.opcode.bits();
        let bytes = self.length.to_be_bytes();
        let (short, long) = match self.length {
            0..126 => (bytes[7], &[][..]),
            126..0x1_0000 => (126, &bytes[6..]),
            _ => (127, &bytes[..]),
        };
        *second = u8::from(self.key.is_some()) << 7 | short;
        let mut length = 2;
        for (place, byte) in rest.iter_mut().zip(long.iter().chain(self.key.iter().flatten())) {
            *place = *byte;
            length += 1;
        }
        memory.get(..length).unwrap_or(&[])
    }
}
