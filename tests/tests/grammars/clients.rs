//! `Forwarded`, RFC 7239 section 4, and the proxy that appends to it.

use std::net::SocketAddr;

use bantam::wire::request_head;
use bantam_std::{ClientAddrSource, TrustedProxies};

use crate::abnf::Grammar;

/// White space around `;` is a difference that the reader of the field names.
const FORWARDED: &str = r##"
    forwarded = #( [ pair ] *( OWS ";" OWS [ pair ] ) )
    pair = name "=" ( token / quoted )
    name = "for" / "by" / "host" / "proto" / token
    token = 1*( DIGIT / ALPHA / "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" / "`" / "|" / "~" )
    quoted = DQUOTE *( %x9 / %x20-21 / %x23-5B / %x5D-7E / %x80-FF / "\" ( %x9 / %x20-7E / %x80-FF ) ) DQUOTE
"##;

/// The client of a request with these lines of `Forwarded`, from a trusted proxy.
fn client(proxies: &TrustedProxies, lines: &[&[u8]]) -> Option<SocketAddr> {
    let lines = lines.iter().flat_map(|line| [b"Forwarded: ", *line, b"\r\n"]).collect::<Vec<_>>().concat();
    let head = [b"GET / HTTP/1.1\r\nHost: a\r\n", &lines[..], b"\r\n"].concat();
    let (_, head) = request_head(&head).expect("a head");
    proxies.client_addr("10.0.0.1:5".parse().ok(), &head.headers)
}

/// Returns true if an element has a parameter twice. The text has the grammar.
fn has_twice(text: &[u8]) -> bool {
    let (mut quoted, mut escaped, mut start) = (false, false, 0);
    let (mut names, mut twice) = (Vec::new(), false);
    for (at, byte) in text.iter().chain(b",").enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b';' | b',' if !quoted => {
                let pair = text[start..at].trim_ascii();
                let name = pair.split(|byte| *byte == b'=').next().unwrap_or(b"").to_ascii_lowercase();
                twice |= names.contains(&name);
                if !name.is_empty() {
                    names.push(name);
                }
                if *byte == b',' {
                    names.clear();
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    twice
}

#[test]
fn whatever_a_client_sends_the_address_is_the_appended_one_or_that_of_the_proxy() {
    let grammar = Grammar::new(FORWARDED);
    let proxies = TrustedProxies::new(ClientAddrSource::Forwarded).trust("10.0.0.0/8").unwrap();
    let (peer, appended): (Option<SocketAddr>, Option<SocketAddr>) =
        ("10.0.0.1:5".parse().ok(), "203.0.113.9:0".parse().ok());
    let mut counts = [0; 2];
    grammar.visit("forwarded", 60, b"\t \",;=\\a(\xff", |text| {
        let valid = grammar.matches("forwarded", text.trim_ascii()) && !has_twice(text);
        let expected = if valid { appended } else { peer };
        let joined = [text, b", for=203.0.113.9"].concat();
        assert_eq!(client(&proxies, &[&joined]), expected, "{}", joined.escape_ascii());
        let lines = [text, &b"for=203.0.113.9;host=\",for=7.7.7.7;y=\""[..]];
        assert_eq!(client(&proxies, &lines), expected, "{}", text.escape_ascii());
        counts[usize::from(valid)] += 1;
    });
    assert!(counts.iter().all(|count| *count > 5000), "{counts:?}");
}
