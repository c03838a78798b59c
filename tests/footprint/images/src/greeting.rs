//! A minimal query decoder for the servers that have none.

/// The longest name, in bytes.
pub const LONGEST: usize = 32;
const BEFORE: &[u8] = b"Hello, ";

/// The text "Hello, Ada!".
pub struct Greeting {
    text: [u8; BEFORE.len() + LONGEST + 1],
    length: usize,
    /// The length in decimal: always two digits.
    digits: [u8; 2],
}

impl Greeting {
    /// A greeting for the name in a target: `/greet?name=Ad%61`.
    #[must_use]
    pub fn for_target(target: &str) -> Option<Self> {
        let mut greeting = Self { text: [0; _], length: 0, digits: [0; 2] };
        BEFORE.iter().for_each(|byte| greeting.push(*byte));
        let query = target.as_bytes().strip_prefix(b"/greet?")?;
        let mut name = query.split(|byte| *byte == b'&').find_map(|pair| pair.strip_prefix(b"name="))?;
        while let [first, rest @ ..] = name {
            if greeting.length >= BEFORE.len() + LONGEST {
                return None;
            }
            let (byte, rest) = match (first, rest) {
                (b'%', [high, low, rest @ ..]) => (hex(*high)? << 4 | hex(*low)?, rest),
                (b'%', _) => return None,
                (b'+', _) => (b' ', rest),
                _ => (*first, rest),
            };
            greeting.push(byte);
            name = rest;
        }
        greeting.push(b'!');
        Some(greeting)
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.text.get_mut(self.length) {
            *place = byte;
            self.length += 1;
            self.digits = [b'0' + (self.length / 10) as u8, b'0' + (self.length % 10) as u8];
        }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        self.text.get(..self.length).unwrap_or(&[])
    }

    /// Its length in decimal.
    #[must_use]
    pub fn digits(&self) -> &str {
        str::from_utf8(&self.digits).unwrap_or("")
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}
