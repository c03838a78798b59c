//! [`Event`]: a server-sent event as `text/event-stream` (HTML standard, section 9.2), in pieces or whole.
//!
//! Invariant: a reader finds the same data, whatever line ends it has, and no field that is not there.

use core::fmt;

use crate::slice::split_at;
use crate::wire::byte_buffer::ByteBuffer;

/// An event of `text/event-stream`, HTML standard section 9.2.
///
/// ```
/// use bantam::wire::Event;
///
/// let event = Event::new("two\nlines").name("note").id("7");
/// let mut memory = [0; 64];
/// assert_eq!(event.encode(&mut memory)?, b"event: note\nid: 7\ndata: two\ndata: lines\n\n");
/// assert_eq!(Event::comment("").encode(&mut memory)?, b": \n\n");
/// # Ok::<(), bantam::wire::EventError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Event<'a> {
    comment: Option<&'a str>,
    name: Option<&'a str>,
    id: Option<&'a str>,
    data: Option<&'a str>,
    /// The milliseconds in decimal, at the end; none if there is no such field.
    retry: [u8; 10],
    retry_length: u8,
}

/// Why an event cannot be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventError {
    /// The name or the id has a CR or a LF in it, or the id a NUL, for which browsers ignore it.
    BadField,
    /// The event does not fit the memory.
    TooLong,
}

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadField => "the name or the id of an event is not valid",
            Self::TooLong => "the event does not fit the memory",
        })
    }
}

impl core::error::Error for EventError {}

impl<'a> Event<'a> {
    /// An event with this data, in which CR LF, CR and LF end a line; the browser's program gets LF for each.
    #[must_use]
    pub const fn new(data: &'a str) -> Self {
        Self { data: Some(data), ..Self::EMPTY }
    }

    /// A comment, which the browser's program does not get: it keeps a connection alive.
    #[must_use]
    pub const fn comment(text: &'a str) -> Self {
        Self { comment: Some(text), ..Self::EMPTY }
    }

    /// Nothing but the fields that are set: an event without data is not dispatched, but its id and its time of reconnection hold.
    pub const EMPTY: Self =
        Self { comment: None, name: None, id: None, data: None, retry: [b'0'; 10], retry_length: 0 };

    /// Sets the name of the event, which is `message` otherwise.
    #[must_use]
    pub const fn name(mut self, name: &'a str) -> Self {
        self.name = Some(name);
        self
    }

    /// Sets the id, which a browser that connects again sends as `Last-Event-ID`.
    #[must_use]
    pub const fn id(mut self, id: &'a str) -> Self {
        self.id = Some(id);
        self
    }

    /// Sets how long a browser waits before it connects again, in milliseconds.
    #[must_use]
    pub fn retry(mut self, mut milliseconds: u32) -> Self {
        self.retry_length = 0;
        for place in self.retry.iter_mut().rev() {
            *place = b'0' + (milliseconds % 10) as u8;
            milliseconds /= 10;
            self.retry_length += 1;
            if milliseconds == 0 {
                break;
            }
        }
        self
    }

    /// The bytes of the event, in pieces.
    ///
    /// # Errors
    /// [`EventError::BadField`].
    pub fn pieces(&self) -> Result<EventPieces<'_>, EventError> {
        let has = |text: Option<&str>, bad: &[u8]| {
            text.is_some_and(|text| text.bytes().any(|byte| bad.contains(&byte)))
        };
        if has(self.name, b"\r\n") || has(self.id, b"\r\n\0") {
            return Err(EventError::BadField);
        }
        Ok(EventPieces { event: self, field: 0, rest: None, place: Place::Name })
    }

    /// Writes the event to the front of `memory`. Returns it.
    ///
    /// # Errors
    /// An [`EventError`].
    pub fn encode<'m>(&self, memory: &'m mut [u8]) -> Result<&'m [u8], EventError> {
        let mut out = ByteBuffer::new(memory);
        for piece in self.pieces()? {
            if !out.push(piece) {
                return Err(EventError::TooLong);
            }
        }
        let length = out.len();
        Ok(memory.get(..length).unwrap_or(&[]))
    }

    /// The name and the value of a field, by its number; `None` behind the last one.
    fn field(&self, number: u8) -> Option<(&'static [u8], Option<&[u8]>)> {
        let retry = || self.retry.get(self.retry.len().saturating_sub(self.retry_length.into())..);
        Some(match number {
            0 => (b": ", self.comment.map(str::as_bytes)),
            1 => (b"event: ", self.name.map(str::as_bytes)),
            2 => (b"id: ", self.id.map(str::as_bytes)),
            3 => (b"retry: ", retry().filter(|digits| !digits.is_empty())),
            4 => (b"data: ", self.data.map(str::as_bytes)),
            _ => return None,
        })
    }
}

/// The iterator behind [`Event::pieces`].
#[derive(Clone, Debug)]
pub struct EventPieces<'e> {
    event: &'e Event<'e>,
    /// The number of the field; one more than there are behind the empty line.
    field: u8,
    /// What is left of its value.
    rest: Option<&'e [u8]>,
    place: Place,
}

/// What of a line comes next.
#[derive(Clone, Copy, Debug)]
enum Place {
    Name,
    Value,
    End,
}

impl<'e> Iterator for EventPieces<'e> {
    type Item = &'e [u8];

    fn next(&mut self) -> Option<&'e [u8]> {
        loop {
            let Some((name, value)) = self.event.field(self.field) else {
                // The empty line ends the event.
                let is_at_end = self.field == 5;
                self.field = 6;
                return is_at_end.then_some(b"\n");
            };
            match (self.place, self.rest) {
                (Place::Name, _) if value.is_none() => self.field += 1,
                (Place::Name, rest) => {
                    (self.rest, self.place) = (rest.or(value), Place::Value);
                    return Some(name);
                }
                (Place::Value, rest) => {
                    let rest = rest.unwrap_or(&[]);
                    let length = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
                    let (line, behind) = split_at(rest, length.unwrap_or(rest.len()));
                    self.place = Place::End;
                    self.rest = match behind {
                        [b'\r', b'\n', rest @ ..] | [_, rest @ ..] => Some(rest),
                        [] => None,
                    };
                    return Some(line);
                }
                (Place::End, rest) => {
                    self.place = Place::Name;
                    if rest.is_none() {
                        self.field += 1;
                    }
                    return Some(b"\n");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::vec::Vec;

    use super::*;

    /// What a browser's program gets: the name, the data and the last id of each event; and the time of reconnection.
    #[derive(Debug, Default, PartialEq)]
    struct Read {
        events: Vec<(String, String, String)>,
        retry: Option<u64>,
    }

    /// A reader by the rules of the HTML standard, section 9.2.6.
    fn read(stream: &str) -> Read {
        let (mut found, mut name, mut data, mut id) = (Read::default(), "", String::new(), "");
        let stream = stream.replace("\r\n", "\n").replace('\r', "\n");
        for line in stream.split_terminator('\n') {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                _ if line.is_empty() => {
                    if !data.is_empty() {
                        data.pop();
                        let name = if name.is_empty() { "message" } else { name };
                        found.events.push((name.into(), std::mem::take(&mut data), id.into()));
                    }
                    (name, data) = ("", String::new());
                }
                "event" => name = value,
                "data" => data += &[value, "\n"].concat(),
                "id" if !value.contains('\0') => id = value,
                "retry" if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                    found.retry = value.parse().ok();
                }
                _ => {}
            }
        }
        found
    }

    fn encode(event: &Event<'_>) -> String {
        let mut memory = [0; 256];
        String::from_utf8(event.encode(&mut memory).expect("room").to_vec()).expect("UTF-8")
    }

    #[test]
    fn data_with_any_line_ends_is_read_back() {
        let parts = ["", "a", " b", ":", "data: x", "é", "\r", "\n", "\r\n", "\n\n", "\0"];
        for first in parts {
            for second in parts {
                for third in parts {
                    let data = [first, second, third].concat();
                    let expected = data.replace("\r\n", "\n").replace('\r', "\n");
                    let stream = encode(&Event::new(&data));
                    let events = read(&[&stream[..], &stream].concat()).events;
                    let one = ("message".into(), expected, String::new());
                    assert_eq!(events, [one.clone(), one], "{data:?}: {stream:?}");
                }
            }
        }
    }

    #[test]
    fn names_ids_and_times_are_read_back_and_comments_are_not() {
        let event = Event::new("d").name("tick").id("4 2").retry(1_500);
        let found = read(&encode(&event));
        assert_eq!(
            found,
            Read { events: [("tick".into(), "d".into(), "4 2".into())].into(), retry: Some(1_500) }
        );
        for milliseconds in [0, 9, 10, u32::MAX] {
            assert_eq!(
                read(&encode(&Event::EMPTY.retry(7).retry(milliseconds))).retry,
                Some(milliseconds.into())
            );
        }
        assert_eq!(read(&encode(&Event::comment("a\ndata: b\r\n\rc"))), Read::default());
        let stream = [encode(&Event::EMPTY.id("9").name("lost")), encode(&Event::new(""))].concat();
        assert_eq!(
            read(&stream).events,
            [("message".into(), String::new(), "9".into())],
            "an id alone holds"
        );
    }

    #[test]
    fn what_would_begin_another_line_is_refused_and_what_does_not_fit() {
        for bad in ["\r", "a\nb", "\n"] {
            assert_eq!(Event::new("").name(bad).pieces().err(), Some(EventError::BadField));
            assert_eq!(Event::new("").id(bad).pieces().err(), Some(EventError::BadField));
        }
        assert_eq!(Event::new("").id("\0").pieces().err(), Some(EventError::BadField));
        let event = Event::new("a\nb").name("c");
        let length = encode(&event).len();
        for short in 0..length {
            assert_eq!(event.encode(&mut [0; 64][..short]), Err(EventError::TooLong));
        }
        assert_eq!(event.pieces().expect("valid").map(<[u8]>::len).sum::<usize>(), length);
    }
}
