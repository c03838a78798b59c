//! [`Message`]: a line of the chat: a name, a line feed and a text.

/// A message of the chat, in UTF-8. The line before the first line feed is the name of its author; the server's own have no name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message {
    bytes: [u8; Self::MAX],
    length: u8,
}

impl Message {
    /// The limit of a message in bytes: what a WebSocket sends from its own memory, so that a send which is dropped tears nothing.
    pub(crate) const MAX: usize = 125;
    pub(crate) const EMPTY: Self = Self { bytes: [0; Self::MAX], length: 0 };

    /// The server's own message to one that has lost others.
    pub(crate) fn of_missed(mut count: u32) -> Self {
        let mut message = Self::EMPTY;
        message.push(b"\nYou have missed ");
        let (mut digits, mut length) = ([b'0'; 10], 1);
        for (at, digit) in digits.iter_mut().rev().enumerate() {
            *digit = b'0' + (count % 10) as u8;
            count /= 10;
            length = at + 1;
            if count == 0 {
                break;
            }
        }
        digits.iter().skip(digits.len() - length).for_each(|digit| message.push(&[*digit]));
        message.push(b" messages.");
        message
    }

    /// Appends bytes, as far as there is room.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let free = self.bytes.iter_mut().skip(usize::from(self.length));
        for (place, byte) in free.zip(bytes) {
            *place = *byte;
            self.length += 1;
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or(&[])
    }

    /// Returns true if there are a name and a text, neither is blank, and no other line or control character is in them.
    pub(crate) fn is_valid(&self) -> bool {
        let mut lines = self.bytes().splitn(2, |byte| *byte == b'\n');
        let mut is_good = || {
            let line = lines.next().unwrap_or(&[]);
            !line.trim_ascii().is_empty() && line.iter().all(|byte| *byte >= b' ' && *byte != 0x7f)
        };
        is_good() && is_good()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> Message {
        let mut message = Message::EMPTY;
        message.push(text.as_bytes());
        message
    }

    #[test]
    fn a_message_is_a_name_and_a_text() {
        for good in ["a\nb", "Ada \u{1f413}\n<b>Hello</b>"] {
            assert!(message(good).is_valid(), "{good}");
        }
        for bad in ["", "a", "a\n", "\nb", " \nb", "a\n ", "a\nb\nc", "a\tb\nc", "a\nb\0", "a\x7f\nb"] {
            assert!(!message(bad).is_valid(), "{bad:?}");
        }
    }

    #[test]
    fn the_count_of_the_missed_is_decimal() {
        for count in [0, 7, 10, 4_294_967_295] {
            let text = std::format!("\nYou have missed {count} messages.");
            assert_eq!(Message::of_missed(count).bytes(), text.as_bytes());
        }
    }

    #[test]
    fn what_does_not_fit_is_cut_off() {
        let mut message = message(&"a".repeat(124));
        message.push(b"bc");
        assert_eq!((message.bytes().len(), message.bytes().last()), (125, Some(&b'b')));
    }
}
