//! The pairs of a query or of an `application/x-www-form-urlencoded` body, split in place and decoded on demand.

use core::str::FromStr;

use crate::error::Rejection;
use crate::slice::{split_at, split_once};
use crate::wire::scan::{FAST, skip_unmarked};
use crate::wire::target::percent::PercentEncoded;

/// The `name=value` pairs of a query or of an `application/x-www-form-urlencoded` body, in the order sent.
///
/// A name without `=` has an empty value. Empty pairs between `&` are skipped. As an iterator it returns the pairs one by one; a
/// look-up searches those that are left.
///
/// ```
/// let query = bantam::wire::Query::new("firstname=Ada+L.&tag=a&tag=b&page=2");
/// assert!(query.first("firstname").is_some_and(|name| name == "Ada L."));
/// assert_eq!(query.get("page"), Ok(2));
/// assert_eq!(query.opt::<u32>("size"), Ok(None));
/// assert_eq!(query.text("firstname", &mut [0; 16]), Ok("Ada L."));
/// assert_eq!(query.filter(|(name, _)| *name == "tag").count(), 2);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    rest: &'a [u8],
    /// The whole input, if it is UTF-8: it is checked once instead of part by part. Absent on small targets.
    text: [&'a str; FAST as usize],
}

impl<'a> Query<'a> {
    /// Takes what is behind the `?`, or a form's body: text or bytes.
    #[must_use]
    pub fn new(raw: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        Self::of(raw.as_ref())
    }

    const fn of(raw: &'a [u8]) -> Self {
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

    /// The value of the first pair whose decoded name is `name`, decoded and parsed. A page passes the error on with `?`, as 400.
    ///
    /// # Errors
    /// [`Rejection::BadInput`] if there is no such pair, or if its value does not parse, is not UTF-8, or has an escape and more
    /// than [`MAX_DECODED`](Self::MAX_DECODED) bytes.
    pub fn get<T: FromStr>(&self, name: &str) -> Result<T, Rejection> {
        self.text(name, &mut [0; Self::MAX_DECODED])?.parse().map_err(|_| Rejection::BadInput)
    }

    /// Like [`Self::get`], but `None` if there is no such pair or its value is empty, as that of a form's field which was left
    /// empty.
    ///
    /// # Errors
    /// [`Rejection::BadInput`] if the value is one that `get` refuses.
    pub fn opt<T: FromStr>(&self, name: &str) -> Result<Option<T>, Rejection> {
        match self.first(name) {
            Some(value) if !value.raw().is_empty() => self.get(name).map(Some),
            _ => Ok(None),
        }
    }

    /// The value of the first pair whose decoded name is `name`, decoded into `memory` if it has an escape.
    ///
    /// # Errors
    /// [`Rejection::BadInput`] if there is no such pair, or if its value is not UTF-8 or does not fit.
    pub fn text<'m>(&self, name: &str, memory: &'m mut [u8]) -> Result<&'m str, Rejection>
    where
        'a: 'm,
    {
        self.first(name).and_then(|value| value.text(memory)).ok_or(Rejection::BadInput)
    }

    /// The length of the longest value with an escape that [`Self::get`] parses, in decoded bytes. A value without one has no limit.
    pub const MAX_DECODED: usize = 64;
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
    fn a_value_is_parsed_decoded() {
        let query = Query::new("n=7&m=%2d7&word=a+b&n=8&none&empty=&%6e2=9&bad=%ff&x=7x");
        assert_eq!((query.get("n"), query.get("m"), query.get("n2")), (Ok(7u8), Ok(-7i64), Ok(9u8)));
        assert_eq!(query.get::<std::string::String>("word").as_deref(), Ok("a b"));
        assert_eq!(query.get::<std::string::String>("none").as_deref(), Ok(""));
        for name in ["absent", "x", "m", "none", "empty", "bad"] {
            assert_eq!(query.get::<u32>(name), Err(Rejection::BadInput), "{name}");
        }
        assert_eq!(query.opt("n"), Ok(Some(7u8)));
        for name in ["absent", "none", "empty"] {
            assert_eq!(query.opt::<u32>(name), Ok(None), "{name}");
        }
        for name in ["x", "m", "bad"] {
            assert_eq!(query.opt::<u32>(name), Err(Rejection::BadInput), "{name}");
        }
    }

    #[test]
    fn a_value_with_an_escape_is_decoded_up_to_its_limit_and_a_plain_one_has_none() {
        type Text = std::string::String;
        let long = "a".repeat(Query::MAX_DECODED);
        for (value, fits) in [
            (std::format!("{}+", &long[1..]), true),
            (std::format!("{long}+"), false),
            (std::format!("%61{}", &long[1..]), true),
            (std::format!("%61{long}"), false),
            (long.repeat(9), true),
        ] {
            let pairs = std::format!("x={value}");
            assert_eq!(Query::new(&pairs).get::<Text>("x").is_ok(), fits, "{value}");
            let mut memory = [0; 65];
            assert_eq!(Query::new(&pairs).text("x", &mut memory).map(str::is_empty), Ok(false), "{value}");
        }
        assert_eq!(Query::new("x=a+b").text("x", &mut [0; 2]), Err(Rejection::BadInput));
    }

    #[test]
    fn the_first_of_equal_names_wins_and_names_are_decoded() {
        assert!(Query::new(b"x=1&%78=2").first("x").is_some_and(|v| v == "1"));
        assert!(Query::new(b"%78=2").first("x").is_some_and(|v| v == "2"));
        assert!(Query::new(b"").first("x").is_none());
    }
}
