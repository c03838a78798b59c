//! Law: pairs are found in place and decoded by whoever asks; neither the number of pairs nor their length needs memory.

use crate::wire::grammar::cut;
use crate::wire::scan::{WIDE, skip_in};
use crate::wire::target::percent::PercentEncoded;

/// The `name=value` pairs of a query or of an `application/x-www-form-urlencoded` body, in their order.
///
/// A name without `=` has an empty value; empty pieces between `&` are skipped.
///
/// ```
/// let query = bantam::wire::Query::new(b"firstname=Ada+L.&tag=a&tag=b");
/// assert!(query.first("firstname").is_some_and(|name| name == "Ada L."));
/// assert_eq!(query.filter(|(name, _)| *name == "tag").count(), 2);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    rest: &'a [u8],
    /// All of it, where it is UTF-8: checked once, and not piece by piece. A device has no room for it.
    whole: [&'a str; WIDE as usize],
}

impl<'a> Query<'a> {
    /// Over the bytes behind the `?`, or those of a form's body.
    #[must_use]
    pub const fn new(raw: &'a [u8]) -> Self {
        let whole = if WIDE && let Ok(text) = core::str::from_utf8(raw) { text } else { "" };
        Self { rest: raw, whole: [whole; WIDE as usize] }
    }

    /// What stands before the first byte of `ends`, and the rest from there on.
    #[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(always))]
    fn piece(&self, input: &'a [u8], ends: u8) -> (PercentEncoded<'a>, &'a [u8]) {
        let rest = skip_in(&ENDS, input, ends | ENCODED);
        if let [b'%' | b'+', ..] = rest {
            let rest = skip_in(&ENDS, rest, ends);
            return (PercentEncoded::form(cut(input, input.len() - rest.len()).0), rest);
        }
        let text = self.whole.first().and_then(|whole| {
            let place = |slice: &[u8]| whole.len().wrapping_sub(slice.len());
            whole.get(place(input)..place(rest))
        });
        (PercentEncoded::found(cut(input, input.len() - rest.len()).0, text), rest)
    }

    /// The value of the first pair whose decoded name is `name`.
    #[must_use]
    pub fn first(mut self, name: &str) -> Option<PercentEncoded<'a>> {
        self.find(|(candidate, _)| *candidate == *name).map(|(_, value)| value)
    }
}

impl<'a> Iterator for Query<'a> {
    type Item = (PercentEncoded<'a>, PercentEncoded<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        while WIDE && !self.rest.is_empty() {
            let begin = self.rest;
            let (name, behind) = self.piece(begin, NAME_END);
            let (value, behind) = match behind {
                [b'=', value @ ..] => self.piece(value, PAIR_END),
                _ => (PercentEncoded::form(&[]), behind),
            };
            self.rest = behind.get(1..).unwrap_or(&[]);
            if behind.len() != begin.len() {
                return Some((name, value));
            }
        }
        while !self.rest.is_empty() {
            let (pair, rest) = split_once(self.rest, b'&');
            self.rest = rest.unwrap_or(&[]);
            if !pair.is_empty() {
                let (name, value) = split_once(pair, b'=');
                return Some((PercentEncoded::form(name), PercentEncoded::form(value.unwrap_or(&[]))));
            }
        }
        None
    }
}

/// What ends a pair.
const PAIR_END: u8 = 1;
/// What ends the name of one.
const NAME_END: u8 = 2 | PAIR_END;
/// What stands for something else.
const ENCODED: u8 = 4;

const ENDS: [u8; 256] = {
    let mut table = [0; 256];
    table[b'&' as usize] = PAIR_END;
    table[b'=' as usize] = NAME_END & !PAIR_END;
    table[b'%' as usize] = ENCODED;
    table[b'+' as usize] = ENCODED;
    table
};

/// What stands before the first `delimiter`, and what behind it (`None` where there is none).
pub(crate) fn split_once(input: &[u8], delimiter: u8) -> (&[u8], Option<&[u8]>) {
    match input.iter().position(|byte| *byte == delimiter) {
        Some(at) => {
            let (before, behind) = cut(input, at);
            (before, behind.get(1..))
        }
        None => (input, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_come_in_their_order_and_decoded_on_demand() {
        let mut pairs = Query::new(b"a=1&b=%20&&c&=d&e=f=g");
        for (name, value) in [("a", "1"), ("b", " "), ("c", ""), ("", "d"), ("e", "f=g")] {
            let (n, v) = pairs.next().unwrap();
            assert!(n == name && v == value, "{name}={value}");
        }
        assert!(pairs.next().is_none());
    }

    #[test]
    fn an_encoded_delimiter_does_not_split() {
        let mut pairs = Query::new(b"a%3Db=c%26d");
        let (name, value) = pairs.next().unwrap();
        assert!(name == "a=b" && value == "c&d");
        assert!(pairs.next().is_none());
    }

    #[test]
    fn the_first_of_equal_names_wins_and_names_are_decoded() {
        assert!(Query::new(b"x=1&%78=2").first("x").is_some_and(|v| v == "1"));
        assert!(Query::new(b"%78=2").first("x").is_some_and(|v| v == "2"));
        assert!(Query::new(b"").first("x").is_none());
    }
}
