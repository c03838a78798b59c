//! `PathGlob`: a pattern of `*` and `**` for the paths of requests.
//!
//! Invariant: a match takes no more steps than the length of the path times that of the pattern, whatever a client sends.

use bantam::wire::PercentEncoded;

/// What begins a pattern of other languages. As a character of a path it is written percent-encoded.
const OTHER_PATTERNS: [char; 6] = ['?', '[', ']', '{', '}', '\\'];

/// A pattern for a whole path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PathGlob(Vec<Token>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// These bytes.
    Text(Vec<u8>),
    /// `*`: a part of a segment, which may be empty.
    Star,
    /// `**/`: any number of segments, each with its slash.
    Segments,
    /// `**` at the end: the rest.
    Rest,
}

impl PathGlob {
    /// # Errors
    /// A sentence for the user.
    pub(crate) fn parse(pattern: &str) -> Result<Self, String> {
        let Some(path) = pattern.strip_prefix('/') else {
            return Err(format!("{pattern:?} does not begin with a slash"));
        };
        if let Some(other) = pattern.chars().find(|character| OTHER_PATTERNS.contains(character)) {
            return Err(format!(
                "{pattern:?}: a pattern has * and ** only; {other:?} is written as %{:02X}",
                other as u32
            ));
        }
        let mut tokens = Vec::new();
        let mut text = vec![b'/'];
        let count = path.split('/').count();
        for (number, segment) in path.split('/').enumerate() {
            let is_last = number + 1 == count;
            if segment == "**" {
                push_text(&mut tokens, &mut text);
                tokens.push(if is_last { Token::Rest } else { Token::Segments });
                continue;
            }
            if segment.contains("**") {
                return Err(format!("{pattern:?}: ** stands between slashes alone"));
            }
            for (place, part) in segment.split('*').enumerate() {
                if place > 0 {
                    push_text(&mut tokens, &mut text);
                    tokens.push(Token::Star);
                }
                text.extend(PercentEncoded::path(part).bytes());
            }
            if !is_last {
                text.push(b'/');
            }
        }
        push_text(&mut tokens, &mut text);
        Ok(Self(tokens))
    }

    /// Returns true if the pattern matches the whole of a decoded path.
    pub(crate) fn matches(&self, path: &[u8]) -> bool {
        if matches!(self.0.first(), Some(Token::Text(text)) if !path.starts_with(text)) {
            return false;
        }
        // Element n: the tokens so far match the first n bytes.
        let mut matched = vec![false; path.len() + 1];
        matched[0] = true;
        self.0.iter().for_each(|token| token.advance(&mut matched, path));
        matched.last() == Some(&true)
    }
}

fn push_text(tokens: &mut Vec<Token>, text: &mut Vec<u8>) {
    if !text.is_empty() {
        tokens.push(Token::Text(std::mem::take(text)));
    }
}

impl Token {
    /// Makes of where the tokens before match where they match together with this one.
    fn advance(&self, matched: &mut [bool], path: &[u8]) {
        if let Self::Text(text) = self {
            for end in (0..matched.len()).rev() {
                let start = end.checked_sub(text.len());
                matched[end] = start.is_some_and(|start| matched[start] && path[start..end] == **text);
            }
            return;
        }
        let mut is_open = matched[0];
        for (end, byte) in (1..).zip(path) {
            let was_matched = matched[end];
            matched[end] |= match self {
                Self::Star => {
                    is_open &= *byte != b'/';
                    is_open
                }
                Self::Segments => is_open && *byte == b'/',
                _ => is_open,
            };
            is_open |= was_matched;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        PathGlob::parse(pattern).unwrap().matches(path.as_bytes())
    }

    #[test]
    fn a_star_is_a_part_of_a_segment_and_two_are_any_segments() {
        for (pattern, matched, others) in [
            ("/", &["/"][..], &["", "/a", "//"][..]),
            ("/a.txt", &["/a.txt"], &["/a-txt", "/a.txt/", "/b/a.txt", "/A.txt"]),
            ("/assets/*", &["/assets/", "/assets/a.js"], &["/assets", "/assets/b/c.js", "/x/assets/a"]),
            ("/assets/**", &["/assets/", "/assets/a", "/assets/b/c/"], &["/assets", "/asset/a"]),
            ("/**", &["/", "/a", "/a/b"], &["", "a"]),
            ("/**/*.css", &["/a.css", "/b/a.css", "/b/c/.css"], &["/a.css/", "/a.cs", "/b/a.css.map"]),
            ("/a/**/b", &["/a/b", "/a/x/b", "/a/x/y/b"], &["/a/xb", "/ab", "/a/b/c"]),
            ("/**/a/**/b", &["/a/b", "/x/a/y/z/b", "/a/a/b"], &["/b", "/x/b"]),
            ("/*-*.*.js", &["/a-1.min.js", "/-..js"], &["/a.min.js", "/x/a-1.min.js"]),
            ("/*a*a*b", &["/aab", "/xaxaxb", "/aaaab"], &["/ab", "/aaba", "/a/ab"]),
            ("/a%20b/%2A", &["/a b/*"], &["/a b/x"]),
            ("/\u{fc}*", &["/\u{fc}", "/\u{fc}x"], &["/u"]),
        ] {
            for path in matched {
                assert!(matches(pattern, path), "{pattern} {path}");
            }
            for path in others {
                assert!(!matches(pattern, path), "{pattern} {path}");
            }
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for pattern in ["", "a", "*.js", "/a**", "/**a/b", "/***", "/a?", "/[a]", "/{a,b}", "/a\\b"] {
            assert!(PathGlob::parse(pattern).is_err(), "{pattern}");
        }
    }

    /// What matches by the definition: every way to take the tokens.
    fn naive(tokens: &[Token], path: &[u8]) -> bool {
        let Some((token, tokens)) = tokens.split_first() else { return path.is_empty() };
        let taken = (0..=path.len()).filter(|length| {
            let part = &path[..*length];
            match token {
                Token::Text(text) => part == text,
                Token::Star => !part.contains(&b'/'),
                Token::Segments => part.is_empty() || part.ends_with(b"/"),
                Token::Rest => true,
            }
        });
        taken.into_iter().any(|length| naive(tokens, &path[length..]))
    }

    #[test]
    fn a_match_is_what_the_definition_says() {
        let patterns =
            ["/*", "/**", "/**/*", "/*/*", "/a*/**/b*", "/**/a/*b", "/*a*/**/*b*", "/**/**/a", "/a/**/**"];
        let mut paths = vec![String::new()];
        for length in 0..7 {
            let longest: Vec<_> = paths.iter().filter(|path| path.len() == length).cloned().collect();
            paths.extend(longest.iter().flat_map(|path| ["/", "a", "b"].map(|next| path.clone() + next)));
        }
        for pattern in patterns {
            let glob = PathGlob::parse(pattern).unwrap();
            for path in &paths {
                let path = format!("/{path}");
                assert_eq!(
                    glob.matches(path.as_bytes()),
                    naive(&glob.0, path.as_bytes()),
                    "{pattern} {path}"
                );
            }
        }
    }

    #[test]
    fn a_hostile_path_costs_no_more_than_its_length() {
        let glob = PathGlob::parse("/*a*a*a*a*a*a*a*a/**/*a*a*a*a*b").unwrap();
        let path = format!("/{}", "a/".repeat(4_000) + &"a".repeat(8_000));
        assert!(!glob.matches(path.as_bytes()));
    }
}
