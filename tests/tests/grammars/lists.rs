//! Entity tags, ranges, qualities, expectations and offers of protocols: RFC 9110 sections 8.8.3, 14.1.1, 12.4.2, 10.1.1, 7.8.

use bantam::wire::{ByteRange, ByteRanges, entity_tags, members, qualities, request_head};

use crate::abnf::Grammar;

/// Returns true if the text can be the value of a field as a parser gets it.
fn is_value(text: &[u8]) -> bool {
    text.trim_ascii() == text && text.iter().all(|byte| *byte == b'\t' || *byte >= b' ' && *byte != 0x7f)
}

/// Sentences and near-misses: how many were taken, and how many not.
fn count(grammar: &Grammar, rule: &str, bytes: &[u8], mut takes: impl FnMut(&[u8]) -> bool) {
    let mut counts = [0; 2];
    grammar.visit(rule, 250, bytes, |text| {
        if is_value(text) {
            counts[usize::from(takes(text))] += 1;
        }
    });
    assert!(counts.iter().all(|count| *count > 250), "{counts:?}");
}

#[test]
fn entity_tags_are_those_of_the_longest_list_that_the_field_begins_with() {
    let grammar = Grammar::new(
        r#"
        tags = #tag
        tag = [ %s"W/" ] DQUOTE *etagc DQUOTE
        etagc = %x21 / %x23-7E / %x80-FF"#,
    );
    count(&grammar, "tags", b"\t \"\\,/Ww*a\xff", |text| {
        let is_end = |end: &usize| matches!(text[*end..].trim_ascii_start(), [] | [b',', ..]);
        let mut ends = (0..=text.len()).filter(is_end).filter(|end| grammar.matches("tags", &text[..*end]));
        let list = &text[..ends.next_back().unwrap_or(0)];
        // A tag may have a comma in it, so the members are counted by their quotes.
        let (weak, tags): (Vec<_>, Vec<_>) = entity_tags(text).unzip();
        let quotes = list.iter().filter(|byte| **byte == b'"').count();
        assert_eq!(tags.len() * 2, quotes, "{}", text.escape_ascii());
        assert!(tags.iter().all(|tag| grammar.matches("tag", tag) && !tag.starts_with(b"W")));
        assert!(
            tags.iter().map(|tag| tag.len()).sum::<usize>()
                <= list.len() - weak.iter().filter(|w| **w).count() * 2
        );
        grammar.matches("tags", text)
    });
}

#[test]
fn a_range_is_one_of_bytes_by_the_grammar() {
    let grammar = Grammar::new(
        r#"
        range = "bytes=" OWS ranges
        ranges = #spec
        spec = number "-" [ number ] / "-" number
        number = 1*DIGIT / "99999999999999999999" / "18446744073709551615" / "18446744073709551616""#,
    );
    count(&grammar, "range", b"\t ,-=+09B\"x", |text| {
        let set =
            if grammar.matches("range", text) { String::from_utf8_lossy(&text[6..]) } else { "".into() };
        for length in [0, 1, 10, 1000, u64::MAX] {
            let (range, expected) = (ByteRange::parse(text, length), expected_range(&set, length));
            assert_eq!(range, expected, "{} of {length}", text.escape_ascii());
            // One range, or what is no list of ranges.
            if set.split(',').filter(|spec| !spec.trim().is_empty()).count() < 2 {
                let ranges = ByteRanges::parse(text, length);
                assert_eq!(ranges, ByteRanges::One(range), "{} of {length}", text.escape_ascii());
            }
        }
        ByteRange::parse(text, 10) != ByteRange::Whole
    });
}

/// The part that a set selects, in numbers of 128 bits.
fn expected_range(set: &str, length: u64) -> ByteRange {
    let mut specs = set.split(',').map(str::trim).filter(|spec| !spec.is_empty());
    let (Some(spec), None) = (specs.next(), specs.next()) else { return ByteRange::Whole };
    let (first, last) = spec.split_once('-').expect("a range");
    let [first, last] = [first, last].map(|digits| digits.parse::<u128>().ok());
    let length = u128::from(length);
    let range = match (first, last) {
        (Some(first), Some(last)) if first > last => return ByteRange::Whole,
        (Some(first), last) => first..last.map_or(length, |last| length.min(last + 1)),
        (None, Some(1..)) if length == 0 => return ByteRange::Whole,
        (None, last) => length.saturating_sub(last.expect("a suffix"))..length,
    };
    if range.is_empty() {
        ByteRange::Unsatisfiable
    } else {
        ByteRange::Range(range.start as u64..range.end as u64)
    }
}

#[test]
fn a_quality_is_a_number_by_the_grammar() {
    let grammar = Grammar::new(r#"q = "0" [ "." *3DIGIT ] / "1" [ "." *3"0" ]"#);
    count(&grammar, "q", b"\t .+-e019/:x", |text| {
        let thousandths =
            |text: &str| (text.trim_end_matches('.').parse::<f64>().expect("a number") * 1000.0).round();
        let expected = grammar.matches("q", text).then(|| thousandths(&String::from_utf8_lossy(text)) as u16);
        for name in ["q", "Q"] {
            for before in ["a", "text/html ; x=\";q=0,\"", "*\t"] {
                let member = [before.as_bytes(), b" ;\t", name.as_bytes(), b"=", text].concat();
                let read: Vec<_> = qualities(&member).map(|quality| quality.q).collect();
                assert_eq!(read, Vec::from_iter(expected), "{}", member.escape_ascii());
            }
        }
        expected.is_some()
    });
}

/// The head of a request with this field.
fn head(field: &str, value: &[u8]) -> Vec<u8> {
    let start = format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n{field}: ");
    [start.as_bytes(), value, b"\r\n\r\n"].concat()
}

#[test]
fn what_is_expected_is_100_continue_and_nothing_else() {
    let grammar = Grammar::new(r#"expect = #"100-continue""#);
    count(&grammar, "expect", b"\t ,;=\"01-cx", |text| {
        let bytes = head("Expect", text);
        let expected = grammar.matches("expect", text).then(|| text.contains(&b'1'));
        let read = request_head(&bytes).ok().map(|(_, head)| head.expects_continue());
        assert_eq!(read, expected, "{}", text.escape_ascii());
        expected.is_some()
    });
}

#[test]
fn an_upgrade_with_a_protocol_is_an_offer_and_one_without_is_not() {
    let grammar = Grammar::new(
        r##"
        upgrade = #protocol
        protocol = token [ "/" token ]
        token = 1*( DIGIT / ALPHA / "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" / "`" / "|" / "~" )"##,
    );
    count(&grammar, "upgrade", b"\t ,/a1", |text| {
        let bytes = head("Upgrade", text);
        let offers = request_head(&bytes).unwrap().1.offers_upgrade();
        if grammar.matches("upgrade", text) {
            assert_eq!(offers, members(text).next().is_some(), "{}", text.escape_ascii());
        }
        offers
    });
}

#[test]
fn an_upgrade_without_a_token_is_no_offer() {
    for text in ["", ",", " , ,", "/", ",/,", "\"\""] {
        let bytes = head("Upgrade", text.as_bytes());
        assert!(!request_head(&bytes).unwrap().1.offers_upgrade(), "{text}");
    }
}
