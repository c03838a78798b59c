//! The pairs of a query or of an `application/x-www-form-urlencoded` body, split in place and decoded on demand.

use crate::slice::{split_at, split_once};
use crate::wire::scan::{FAST, skip_unmarked};
use crate::wire::target::percent::PercentEncoded;

/// The `name=value` pairs of a query or of an `application/x-www-form-urlencoded` body, in the order sent.
///
/// A name without `=` has an empty value. Empty pairs between `&` are skipped.
///
/// ```
/// let query = bantam::wire::Query::new(b"firstname=Ada+L.&tag=a&tag=b");
/// assert!(query.first("firstname").is_some_and(|name| name == "Ada L."));
/// assert_eq!(query.filter(|(name, _)| *name == "tag").count(), 2);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    rest: &'a [u8],
    /// The whole input, if it is UTF-8: it is checked once instead of part by part. Absent on small targets.
    text: [&'a str; FAST as usize],
}

impl<'a> Query<'a> {
    /// Takes the bytes behind the `?`, or a form's body.
    #[must_use]
    pub const fn new(raw: &'a [u8]) -> Self {
        let text = if FAST && let Ok(text) = core::str::from_utf8(raw) { text } else { "" };
        Self { rest: raw, text: [text; FAST as usize] }
    }

    /// Splits `input` at the first byte of `ends`.
    #[inline(always)]
    fn split(&self, input: &'a [u8], ends: u8) -> (PercentEncoded<'a>, &'a [u8]) {
        let rest = skip_unmarked(&MARKS, input, ends | ENCODED);
        if let [b'%' | b'+', ..] = rest {
            let rest = skip_unmarked(&MARKS, rest, ends);
            return (PercentEncoded::form(split_at(input, input.len() - rest.len()).0), rest);
        }
        let plain = self.text.first().and_then(|text| {
            let offset = |slice: &[u8]| text.len().wrapping_sub(slice.len());
            text.get(offset(input)..offset(rest))
        });
        (PercentEncoded::with_plain(split_at(input, input.len() - rest.len()).0, plain), rest)
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
        while FAST && !self.rest.is_empty() {
            let start = self.rest;
            let (name, behind) = self.split(start, NAME_END);
            let (value, behind) = match behind {
                [b'=', value @ ..] => self.split(value, PAIR_END),
                _ => (PercentEncoded::form(&[]), behind),
            };
            self.rest = behind.get(1..).unwrap_or(&[]);
            if behind.len() != start.len() {
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

/// Marks the end of a pair.
const PAIR_END: u8 = 1;
/// Marks the end of a name.
const NAME_END: u8 = 2 | PAIR_END;
/// Marks an encoded byte.
const ENCODED: u8 = 4;

const MARKS: [u8; 256] = {
    let mut table = [0; 256];
    table[b'&' as usize] = PAIR_END;
    table[b'=' as usize] = NAME_END & !PAIR_END;
    table[b'%' as usize] = ENCODED;
    table[b'+' as usize] = ENCODED;
    table
};

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
    fn a_percent_sign_that_begins_no_escape_stands_for_itself() {
        let query = Query::new(b"a%=100%&%zz=%4&ids[]={b|c}&d=%%41+%");
        let mut memory = [0; 8];
        for (name, value) in [("a%", "100%"), ("%zz", "%4"), ("ids[]", "{b|c}"), ("d", "%A %")] {
            let found = query.first(name).expect("found");
            assert!(found == value, "{name}");
            assert_eq!(found.text(&mut memory), Some(value), "{name}");
        }
        assert_eq!(query.count(), 4);
    }

    #[test]
    fn the_first_of_equal_names_wins_and_names_are_decoded() {
        assert!(Query::new(b"x=1&%78=2").first("x").is_some_and(|v| v == "1"));
        assert!(Query::new(b"%78=2").first("x").is_some_and(|v| v == "2"));
        assert!(Query::new(b"").first("x").is_none());
    }
}
