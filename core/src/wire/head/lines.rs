//! Law: a line that has come whole is read in one go, and comes to the same as if it had come byte by byte; what is not of
//! the usual kind is left to those who read it so.

use crate::error::Rejection;
use crate::wire::grammar::{PATH, QUERY, TOKEN, cut, trim};
use crate::wire::head::framing::Facts;
use crate::wire::head::parser::{At, HeadParser};
use crate::wire::scan::{WIDE, skip, skip_value};
use crate::wire::target::percent::skip_escaped;

/// What is known of a request line that has come whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Whole {
    /// Is the method GET?
    pub(crate) get: bool,
    /// Is the target a path, and perhaps a query, with sound escapes?
    pub(crate) plain: bool,
    /// Where in the target the first `?` is; 0 if there is none.
    pub(crate) question: usize,
}

impl Whole {
    pub(crate) const NOTHING: Self = Self { get: false, plain: false, question: 0 };
}

impl HeadParser {
    /// A request line of HTTP/1.1 with a path and perhaps a query. `false` if it is something else: nothing has changed then.
    #[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(always))]
    pub(crate) fn whole_request_line<'a>(&mut self, buffer: &'a [u8], rest: &mut &'a [u8]) -> bool {
        // Compared as a whole, where a pattern would be compared byte by byte.
        let known = rest.split_first_chunk().filter(|(method, _)| *method == b"GET ");
        let (first, target) = if let Some((_, target)) = known {
            (rest.len() - 3, target)
        } else {
            match skip(rest, TOKEN) {
                first @ [b' ', target @ ..] if first.len() < rest.len() => (first.len(), target),
                _ => return false,
            }
        };
        let (mut second, mut question) = (skip(target, PATH), 0);
        if let [b'%', ..] = second {
            second = skip_escaped(second, PATH);
        }
        if let [b'?', query @ ..] = second {
            question = target.len() - second.len();
            second = skip_escaped(query, QUERY);
        }
        let Some((version, behind)) = second.split_first_chunk() else { return false };
        if version != b" HTTP/1.1\r\n" || second.len() == target.len() {
            return false;
        }
        self.begin = buffer.len() - rest.len();
        self.first_end = buffer.len() - first;
        self.second_end = buffer.len() - second.len();
        self.whole = [Whole { get: known.is_some(), plain: true, question }; WIDE as usize];
        self.fields = (buffer.len() - behind.len(), 0);
        (self.at, self.mark) = (At::Name, self.fields.0);
        *rest = behind;
        true
    }

    /// As many field lines as there are, and the end of the head: is it there? Stops at the beginning of the first line that has
    /// not come whole or that breaks the grammar.
    #[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(always))]
    pub(crate) fn whole_field_lines<'a>(
        &mut self,
        buffer: &'a [u8],
        rest: &mut &'a [u8],
    ) -> Result<bool, Rejection> {
        match self.facts.first(rest) {
            // Often there is nothing else.
            Some(end @ [b'\r', b'\n', behind @ ..]) => {
                self.fields.1 = buffer.len() - end.len();
                (self.at, self.mark, *rest) = (At::Done, self.fields.1, behind);
                return Ok(true);
            }
            Some(behind) => *rest = behind,
            None => {}
        }
        self.more_field_lines(buffer, rest)
    }

    #[cfg_attr(any(target_pointer_width = "64", feature = "fast"), inline(always))]
    fn more_field_lines<'a>(&mut self, buffer: &'a [u8], rest: &mut &'a [u8]) -> Result<bool, Rejection> {
        let mut line = *rest;
        loop {
            if let [b'C', ..] = line
                && let Some(behind) = self.facts.keep_alive(line)
            {
                line = behind;
                continue;
            }
            let behind = skip(line, TOKEN);
            let [b':', value @ ..] = behind else { break };
            let end = skip_value(value);
            let [b'\r', b'\n', next @ ..] = end else { break };
            let length = line.len() - behind.len();
            if Facts::concern(length, line) {
                if length == 0 {
                    break;
                }
                let value = trim(cut(value, value.len() - end.len()).0);
                if let Err(rejection) = self.facts.note(cut(line, length).0, value) {
                    *rest = end;
                    return Err(rejection);
                }
            }
            line = next;
        }
        self.mark = buffer.len() - line.len();
        *rest = line;
        let [b'\r', b'\n', behind @ ..] = line else { return Ok(false) };
        (self.at, self.fields.1, *rest) = (At::Done, self.mark, behind);
        Ok(true)
    }
}
