//! Finds redirects of a set that send a client around without end.
//!
//! Invariant: of a set without a finding, each request ends after finitely many redirects of it.

use super::redirect::Redirect;

/// Browsers follow no more in a row (the Fetch standard, "HTTP-redirect fetch").
const MAX_IN_A_ROW: usize = 20;

/// The number of a redirect that sends around, and the end of a sentence about it.
pub(super) type Finding = (usize, &'static str);

/// A finding of a set, if there is one. `next` tells where a path leads, both in the form of `normal`. A way without end either
/// comes to the target of a redirect without a rest again and again, and all those are followed; or it consists of redirects
/// with a rest alone.
pub(super) fn find(all: &[Redirect], next: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Option<Finding> {
    let starts = all.iter().enumerate().filter(|(_, redirect)| !redirect.carries_rest);
    let mut starts = starts.filter_map(|(number, redirect)| Some((number, redirect.own.as_ref()?)));
    let circle = || Some((growing_circle(all)?, "may lead into a circle"));
    starts.find_map(|(number, target)| Some((number, follow(target, &next)?))).or_else(circle)
}

/// Follows the redirects from a path of the form of `normal` on.
fn follow(start: &[u8], next: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Option<&'static str> {
    let mut ways = vec![start.to_vec()];
    while let Some(path) = ways.last().and_then(|path| next(path)) {
        if ways.contains(&path) {
            return Some("leads into a circle");
        }
        if ways.len() == MAX_IN_A_ROW {
            return Some("leads to more than 20 redirects in a row");
        }
        ways.push(path);
    }
    None
}

/// A redirect with a rest that is on a circle of such redirects on which no path becomes shorter. A path that does ends. Which
/// rests there are is not looked at, so that a circle that none takes is found, too.
fn growing_circle(all: &[Redirect]) -> Option<usize> {
    let numbers: Vec<usize> =
        (0..all.len()).filter(|number| all[*number].carries_rest && all[*number].own.is_some()).collect();
    let scale = numbers.len() as i64 + 1;
    // By how much a path grows from one to the next. A circle that changes nothing grows, too: by its number of redirects.
    let growth = |number: usize| {
        let redirect = &all[number];
        let own = redirect.own.as_ref().map_or(0, Vec::len);
        (own as i64 - redirect.from.len() as i64) * scale + 1
    };
    let steps: Vec<(usize, usize)> = numbers
        .iter()
        .flat_map(|number| may_follow(all, *number).into_iter().map(|next| (*number, next)))
        .filter(|(_, next)| numbers.contains(next))
        .collect();
    // Bellman and Ford: what still grows after so many rounds is behind a circle.
    let mut longest = vec![0_i64; all.len()];
    for round in 0..=numbers.len() {
        let mut grown = None;
        for (from, to) in &steps {
            let length = longest[*from].saturating_add(growth(*from));
            if length > longest[*to] {
                longest[*to] = length;
                grown = Some(*to);
            }
        }
        grown?;
        if round == numbers.len() {
            return grown;
        }
    }
    None
}

/// The redirects of all below a path that a request may meet after the redirect of this number, whatever its rest is.
fn may_follow(all: &[Redirect], number: usize) -> Vec<usize> {
    let Some(own) = all.get(number).and_then(|redirect| redirect.own.as_deref()) else { return Vec::new() };
    let below = || all.iter().enumerate().filter(|(_, other)| other.is_below);
    let wider = below().filter(|(_, other)| own.starts_with(&other.from));
    let wider = wider.max_by_key(|(_, other)| other.from.len());
    let narrower = below().filter(|(_, other)| other.from.len() > own.len() && other.from.starts_with(own));
    wider.into_iter().chain(narrower).map(|(number, _)| number).collect()
}
