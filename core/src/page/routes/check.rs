//! The checks of a table of routes when it is compiled: patterns that cannot be right, and routes that are never reached.

use super::route::Route;
use crate::method::MethodSet;

/// Checks a table. Each failure is one sentence.
///
/// # Panics
/// When a constant is evaluated: if a pattern is not valid, or a route is never reached.
pub const fn check(routes: &[Route]) {
    let mut rest = routes;
    while let [earlier @ .., route] = rest {
        check_pattern(route);
        // Of the methods of this route, those that no earlier route takes.
        let mut left = if route.is_mount() { MethodSet::ALL } else { route.methods };
        let mut before = earlier;
        while let [others @ .., other] = before {
            if covers(other, route.pattern.as_bytes()) {
                left = if other.is_mount() { MethodSet::of(&[]) } else { left.without(other.methods) };
            }
            before = others;
        }
        if left.is_empty() {
            fail(route.pattern, " is never reached, because routes before it take all of its requests");
        }
        rest = earlier;
    }
}

/// Panics with a sentence that begins with `pattern`. What is too long for the sentence is cut off.
const fn fail(pattern: &str, sentence: &str) -> ! {
    let mut text = [0; 256];
    let mut free: &mut [u8] = &mut text;
    let mut parts: &[&str] = &["routes!: `", pattern, "`", sentence];
    while let [part, behind @ ..] = parts {
        let (front, _) =
            part.as_bytes().split_at(if part.len() < free.len() { part.len() } else { free.len() });
        let (place, rest) = free.split_at_mut(front.len());
        place.copy_from_slice(front);
        (free, parts) = (rest, behind);
    }
    let unused = free.len();
    let (used, _) = text.split_at(text.len() - unused);
    match core::str::from_utf8(used) {
        Ok(text) => panic!("{}", text),
        Err(_) => panic!("routes!: a pattern is too long"),
    }
}

const fn check_pattern(route: &Route) {
    let mut rest = match route.pattern.as_bytes() {
        [b'/', rest @ ..] => rest,
        _ => fail(route.pattern, ": a pattern begins with a slash"),
    };
    if route.is_mount() && matches!(route.pattern.as_bytes(), [.., b'/']) {
        fail(route.pattern, ": a prefix has no slash at its end; for everything else write `..`");
    }
    loop {
        let (segment, behind) = segment(rest);
        if let Some(sentence) = flaw(segment, behind.is_none() && !route.is_mount()) {
            fail(route.pattern, sentence);
        }
        let Some(behind) = behind else { return };
        if let Some(name) = parameter(segment)
            && names(behind, name)
        {
            fail(route.pattern, ": a parameter has a name of its own");
        }
        rest = behind;
    }
}

/// The name of the parameter that a segment is.
const fn parameter(segment: &[u8]) -> Option<&[u8]> {
    match segment {
        [b'{', b'*', name @ .., b'}'] | [b'{', name @ .., b'}'] => Some(name),
        _ => None,
    }
}

/// Returns true if a segment of `path` is the parameter `name`.
const fn names(path: &[u8], name: &[u8]) -> bool {
    let mut rest = Some(path);
    while let Some(path) = rest {
        let (segment, behind) = segment(path);
        if let Some(other) = parameter(segment)
            && same(other, name)
        {
            return true;
        }
        rest = behind;
    }
    false
}

/// What is wrong with a segment.
const fn flaw(segment: &[u8], may_be_rest: bool) -> Option<&'static str> {
    let mut name = match segment {
        [b'{', b'*', _name @ .., b'}'] if !may_be_rest => {
            return Some(": `{*name}` is the last segment of a page's pattern");
        }
        [b'{', b'*', name @ .., b'}'] | [b'{', name @ .., b'}'] => name,
        literal => {
            let mut rest = literal;
            while let [byte, after @ ..] = rest {
                if matches!(byte, b'{' | b'}' | b'*') {
                    return Some(": a parameter is a whole segment: `{name}`, or `{*name}` for the rest");
                }
                if *byte <= b' ' || matches!(byte, b'%' | b'?' | b'#' | 0x7f) {
                    return Some(": a pattern is a decoded path, without a query");
                }
                rest = after;
            }
            return None;
        }
    };
    if name.is_empty() {
        return Some(": a parameter has a name");
    }
    while let [byte, after @ ..] = name {
        if !byte.is_ascii_alphanumeric() && *byte != b'_' {
            return Some(": the name of a parameter has letters, digits and underscores");
        }
        name = after;
    }
    None
}

/// Returns true if `route` fits every path that `pattern` fits.
const fn covers(route: &Route, pattern: &[u8]) -> bool {
    let (mut a, mut b) = (Some(route.pattern.as_bytes()), Some(pattern));
    loop {
        let (Some(left), Some(right)) = (a, b) else {
            return a.is_none() && (b.is_none() || route.is_mount());
        };
        let ((left, left_behind), (right, right_behind)) = (segment(left), segment(right));
        match (left, right) {
            ([b'{', b'*', ..], _) => return true,
            (_, [b'{', b'*', ..]) => return false,
            ([b'{', ..], [_, ..]) => {}
            _ if !same(left, right) => return false,
            _ => {}
        }
        (a, b) = (left_behind, right_behind);
    }
}

/// Splits at the first slash.
const fn segment(path: &[u8]) -> (&[u8], Option<&[u8]>) {
    let mut length = 0;
    let mut rest = path;
    while let [byte, after @ ..] = rest {
        if *byte == b'/' {
            return match path.split_at_checked(length) {
                Some((segment, _)) => (segment, Some(after)),
                None => (path, None),
            };
        }
        length += 1;
        rest = after;
    }
    (path, None)
}

const fn same(mut a: &[u8], mut b: &[u8]) -> bool {
    while let ([x, after_a @ ..], [y, after_b @ ..]) = (a, b) {
        if *x != *y {
            return false;
        }
        (a, b) = (after_a, after_b);
    }
    a.is_empty() && b.is_empty()
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::panic::catch_unwind;
    use std::string::String;

    use super::*;

    fn failure(routes: &'static [Route]) -> Option<String> {
        let panic = catch_unwind(|| check(routes)).err()?;
        let text = panic.downcast_ref::<&str>().map(|text| String::from(*text));
        text.or_else(|| panic.downcast_ref::<String>().cloned())
    }

    #[test]
    fn tables_that_can_be_right_are_taken() {
        static ROUTES: [Route; 9] = [
            Route::page(&["GET"], "/"),
            Route::page(&["GET"], "/users/new"),
            Route::page(&["GET"], "/users/{id}"),
            Route::page(&["PUT", "DELETE"], "/users/{id}"),
            Route::page(&["POST"], "/users/new"),
            Route::mount("/users/{id}/{ids}/files"),
            Route::mount("/api"),
            Route::page(&["GET"], "/apis"),
            Route::page(&["GET"], "/{*path}"),
        ];
        assert_eq!(failure(&ROUTES), None);
    }

    #[test]
    fn a_route_that_is_never_reached_is_an_error() {
        static TABLES: [&[Route]; 7] = [
            &[Route::page(&["GET"], "/a"), Route::page(&["GET"], "/a")],
            &[Route::page(&["GET"], "/a"), Route::page(&["HEAD"], "/a")],
            &[Route::page(&["GET"], "/{x}"), Route::page(&["GET"], "/a")],
            &[Route::page(&["GET"], "/{*x}"), Route::page(&["GET"], "/a/{b}")],
            &[Route::mount("/a"), Route::page(&["GET"], "/a/b")],
            &[Route::mount("/a"), Route::mount("/a/b")],
            &[
                Route::page(&["GET"], "/a"),
                Route::page(&["POST"], "/{x}"),
                Route::page(&["GET", "POST"], "/a"),
            ],
        ];
        for table in TABLES {
            let failure = failure(table).unwrap_or_default();
            let last = table
                .iter()
                .rev()
                .map(|route| format!("routes!: `{}` is never reached, because", route.pattern));
            assert!(last.take(1).all(|start| failure.starts_with(&start)), "{table:?}: {failure}");
        }
    }

    #[test]
    fn a_pattern_that_cannot_be_right_is_an_error() {
        static PATTERNS: [(Route, &str); 15] = [
            (Route::page(&["GET"], "/{a}/{a}"), "a name of its own"),
            (Route::page(&["GET"], "/{a}/b/{*a}"), "a name of its own"),
            (Route::mount("/{a}/b/{c}/{a}"), "a name of its own"),
            (Route::page(&["GET"], "a"), "begins with a slash"),
            (Route::page(&["GET"], ""), "begins with a slash"),
            (Route::mount("/a/"), "no slash at its end"),
            (Route::mount("/"), "no slash at its end"),
            (Route::page(&["GET"], "/{}"), "has a name"),
            (Route::page(&["GET"], "/{a-b}"), "letters, digits"),
            (Route::page(&["GET"], "/x{a}"), "a whole segment"),
            (Route::page(&["GET"], "/{a"), "a whole segment"),
            (Route::page(&["GET"], "/{*a}/b"), "the last segment"),
            (Route::mount("/{*a}"), "the last segment"),
            (Route::page(&["GET"], "/a?b"), "without a query"),
            (Route::page(&["GET"], "/a%20b"), "decoded path"),
        ];
        for (route, expected) in &PATTERNS {
            let failure = failure(core::slice::from_ref(route)).unwrap_or_default();
            assert!(failure.contains(expected), "{route:?}: {failure}");
            assert!(failure.starts_with(&format!("routes!: `{}`: ", route.pattern)), "{route:?}: {failure}");
        }
    }
}
