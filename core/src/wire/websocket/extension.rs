//! [`ExtensionOffer`]: a member of `Sec-WebSocket-Extensions`, RFC 6455 section 9.1.
//!
//! Invariant: a member that breaks the grammar is never an offer.

use crate::slice::{split_once, trim};
use crate::wire::class::TOKEN;
use crate::wire::fields::headers::{Headers, split_unquoted};
use crate::wire::scan::skip;

/// An extension with its parameters, as a client offers it: `permessage-deflate; client_max_window_bits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtensionOffer<'a> {
    /// The name of the extension.
    pub name: &'a [u8],
    /// What follows the name.
    parameters: Option<&'a [u8]>,
}

impl<'a> ExtensionOffer<'a> {
    /// The parameters in the order sent: a name, and a value if there is one, without its quotes. `None` for one that breaks the grammar:
    /// the offer has to be declined.
    pub fn parameters(&self) -> impl Iterator<Item = Option<(&'a [u8], Option<&'a [u8]>)>> + use<'a> {
        self.parameters.into_iter().flat_map(|parameters| split_unquoted(parameters, b';')).map(parameter)
    }
}

impl<'a> Headers<'a> {
    /// The extensions of `Sec-WebSocket-Extensions`, the favourite of the client first (RFC 6455 section 9.1). Leaves out members without
    /// a name.
    ///
    /// ```
    /// let request = b"GET / HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Extensions: x; a=1; b=\"2\"; c, y\r\n\r\n";
    /// let offers: Vec<_> = bantam::wire::request_head(request).unwrap().1.headers.websocket_extensions().collect();
    /// assert_eq!((offers[0].name, offers[1].name), (&b"x"[..], &b"y"[..]));
    /// let parameters: Vec<_> = offers[0].parameters().flatten().collect();
    /// assert_eq!(parameters, [(&b"a"[..], Some(&b"1"[..])), (b"b", Some(b"2")), (b"c", None)]);
    /// ```
    pub fn websocket_extensions(&self) -> impl Iterator<Item = ExtensionOffer<'a>> + use<'a> {
        let lines =
            self.iter().filter(|header| header.name.eq_ignore_ascii_case(b"sec-websocket-extensions"));
        lines.flat_map(|line| split_unquoted(line.value, b',')).filter_map(|member| {
            let (name, parameters) = split_once(member, b';');
            let name = trim(name);
            is_token(name).then_some(ExtensionOffer { name, parameters })
        })
    }
}

fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && skip(bytes, TOKEN).is_empty()
}

/// `extension-param`: the value is a token, which may be quoted.
fn parameter(text: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let (name, value) = split_once(text, b'=');
    let value = value.map(trim);
    let value = match value {
        Some([b'"', quoted @ .., b'"']) => Some(quoted),
        other => other,
    };
    (is_token(trim(name)) && value.is_none_or(is_token)).then_some((trim(name), value))
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    #[test]
    fn a_parameter_that_breaks_the_grammar_is_found() {
        for bad in ["", "=1", "a=", "a=\"\"", "a=\"1", "a=1\"", "a b", "a=b c", "a=\"b c\"", "a==1", "a\"b"] {
            assert_eq!(parameter(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(parameter(b" a = 1 "), Some((&b"a"[..], Some(&b"1"[..]))));
    }

    #[test]
    fn offers_go_over_all_lines_and_quoted_commas_split_none() {
        let lines =
            b"Sec-WebSocket-Extensions: a, , b;x=\"1,2\"\r\nX: y\r\nsec-websocket-extensions: ;c,d;\r\n";
        let offers: Vec<_> = Headers::new(lines).websocket_extensions().collect();
        let names: Vec<_> = offers.iter().map(|offer| offer.name).collect();
        assert_eq!(names, [b"a", b"b", b"d"]);
        let parameters: Vec<Vec<_>> = offers.iter().map(|offer| offer.parameters().collect()).collect();
        assert_eq!(parameters, [&[][..], &[None], &[None]]);
    }
}
