//! [`Pattern`]: the path of a page, as its file's name states it.
//! Invariant: `[id]` is `{id}`, `[...rest]`, at the end, is `{*rest}`, and every other name stands for itself.

use std::fmt;

use crate::walk;

/// A segment of a path. The order is that in which routes are asked: the more specific one is less.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Segment {
    /// It matches itself.
    Literal(String),
    /// `{name}`.
    Parameter(String),
    /// `{*name}`.
    Rest(String),
}

/// The segments of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pattern(pub(crate) Vec<Segment>);

impl Pattern {
    /// Reads the path of a file, without its `.rs`.
    pub(crate) fn parse(path: &str) -> Result<Self, String> {
        let segments: Vec<Segment> = path.split('/').map(segment).collect::<Result<_, _>>()?;
        if let [folders @ .., _] = &segments[..]
            && folders.iter().any(|folder| matches!(folder, Segment::Rest(_)))
        {
            return Err(
                "[...name] stands for the rest of a path: it is the name of a page, not of a folder".into()
            );
        }
        let pattern = Self(segments);
        let names: Vec<&str> = pattern.names().collect();
        match names.iter().enumerate().find(|(place, name)| names[..*place].contains(name)) {
            Some((_, name)) => Err(format!("two parameters have the name {name}")),
            None => Ok(pattern),
        }
    }

    /// The names of the parameters.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|segment| match segment {
            Segment::Literal(_) => None,
            Segment::Parameter(name) | Segment::Rest(name) => Some(name.as_str()),
        })
    }

    /// The pattern without the names of its parameters: two pages with the same shape have the same path.
    pub(crate) fn shape(&self) -> Self {
        let shape = |segment: &Segment| match segment {
            Segment::Literal(text) => Segment::Literal(text.clone()),
            Segment::Parameter(_) => Segment::Parameter(String::new()),
            Segment::Rest(_) => Segment::Rest(String::new()),
        };
        Self(self.0.iter().map(shape).collect())
    }

    /// Returns true if the page is asked for this path, which has no parameters.
    pub(crate) fn fits(&self, path: &str) -> bool {
        let mut texts = path.trim_start_matches('/').split('/');
        for segment in &self.0 {
            match (segment, texts.next()) {
                (Segment::Rest(_), Some(_)) => return true,
                (Segment::Literal(own), Some(text)) if own == text => {}
                (Segment::Parameter(_), Some(text)) if !text.is_empty() => {}
                _ => return false,
            }
        }
        texts.next().is_none()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|segment| match segment {
            Segment::Literal(text) => write!(f, "/{text}"),
            Segment::Parameter(name) => write!(f, "/{{{name}}}"),
            Segment::Rest(name) => write!(f, "/{{*{name}}}"),
        })
    }
}

fn segment(text: &str) -> Result<Segment, String> {
    let parameter = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let Some(name) = parameter else {
        if text.contains(['[', ']']) {
            return Err("a parameter is a whole name, [id] or [...rest]".into());
        }
        walk::check_plain(text)?;
        return Ok(Segment::Literal(text.to_owned()));
    };
    let (is_rest, name) = match name.strip_prefix("...") {
        Some(name) => (true, name),
        None => (false, name),
    };
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err("the name of a parameter has letters, digits and underscores: [id] or [...rest]".into());
    }
    Ok(if is_rest { Segment::Rest(name.to_owned()) } else { Segment::Parameter(name.to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(path: &str) -> Pattern {
        Pattern::parse(path).unwrap()
    }

    #[test]
    fn a_name_in_brackets_is_a_parameter() {
        for (path, expected) in [
            ("sleep", "/sleep"),
            ("users/[id]", "/users/{id}"),
            ("users/[id]/notes", "/users/{id}/notes"),
            ("[a]/[b_2]", "/{a}/{b_2}"),
            ("files/[...path]", "/files/{*path}"),
            ("[...path]", "/{*path}"),
            ("a.b", "/a.b"),
            ("", "/"),
        ] {
            assert_eq!(pattern(path).to_string(), expected);
        }
    }

    #[test]
    fn a_bad_name_is_an_error_of_one_sentence() {
        for (path, expected) in [
            ("a b", "needs escapes"),
            ("\u{e9}", "needs escapes"),
            ("a{b}", "needs escapes"),
            ("x[id]", "a whole name"),
            ("[id", "a whole name"),
            ("[]", "letters, digits"),
            ("[...]", "letters, digits"),
            ("[a-b]", "letters, digits"),
            ("[..a]", "letters, digits"),
            ("[...a]/b", "the rest of a path"),
            ("[a]/[a]", "two parameters have the name a"),
            ("[a]/[...a]", "two parameters have the name a"),
        ] {
            let message = Pattern::parse(path).unwrap_err();
            assert!(message.contains(expected) && !message.contains('\n'), "{path}: {message}");
        }
    }

    #[test]
    fn a_pattern_fits_the_paths_that_the_router_gives_it() {
        for (own, path, expected) in [
            ("a", "/a", true),
            ("a", "/a/", false),
            ("[x]", "/a", true),
            ("[x]", "/", false),
            ("a/[x]", "/a/b", true),
            ("a/[x]", "/a/b/c", false),
            ("a/[...x]", "/a/", true),
            ("a/[...x]", "/a", false),
            ("a/[...x]", "/a/b/c", true),
            ("[...x]", "/", true),
        ] {
            assert_eq!(pattern(own).fits(path), expected, "{own} {path}");
        }
    }
}
