//! The order of the routes of a site, and the clashes between its pages and files.
//! Invariant: every route is reached, because the more specific of two that fit one path is asked first.

use std::collections::BTreeMap;

use crate::files::File;
use crate::handlers::Handler;
use crate::pages::Page;
use crate::pattern::{Pattern, Segment};

/// A route: a pattern and a handler of the page with this number.
pub(crate) struct Route<'p> {
    pub(crate) pattern: &'p Pattern,
    pub(crate) page: usize,
    pub(crate) handler: &'p Handler,
}

/// Returns the routes of all pages, the more specific first.
pub(crate) fn routes(pages: &[Page]) -> Vec<Route<'_>> {
    let mut routes = Vec::new();
    for (page, Page { patterns, handlers, .. }) in pages.iter().enumerate() {
        for pattern in patterns {
            routes.extend(handlers.iter().map(|handler| Route { pattern, page, handler }));
        }
    }
    // A stable sort: the handlers of a page stay in their order.
    routes.sort_by_key(|route| route.pattern);
    routes
}

/// Fails if two pages, or a page and a file, have the same path, or two pages call a parameter by two names.
pub(crate) fn check(pages: &[Page], files: &[File]) -> Result<(), String> {
    let mut paths = BTreeMap::new();
    let mut names: BTreeMap<Vec<Segment>, (&str, &str)> = BTreeMap::new();
    let clash =
        |one: &str, other: &str, path: &str| Err(format!("{one} and {other} have the same path {path}"));
    for page in pages {
        for pattern in &page.patterns {
            let shape = pattern.shape();
            for (place, segment) in pattern.0.iter().enumerate() {
                let Segment::Parameter(name) = segment else { continue };
                let before = shape.0[..place].to_vec();
                let (first, other) = *names.entry(before).or_insert((name, &page.name));
                if first != name && *other != page.name {
                    return Err(format!(
                        "{other} and {} give one segment two names, [{first}] and [{name}]",
                        page.name
                    ));
                }
            }
            if let Some(other) = paths.insert(shape, &page.name) {
                return clash(other, &page.name, &pattern.to_string());
            }
        }
    }
    for file in files {
        for path in [Some(&file.path), file.hashed_path.as_ref()].into_iter().flatten() {
            let literals = path.trim_start_matches('/').split('/').map(|text| Segment::Literal(text.into()));
            if let Some(other) = paths.insert(Pattern(literals.collect()), &file.name) {
                return clash(other, &file.name, path);
            }
        }
    }
    Ok(())
}

/// Returns true if a page with parameters would take the path of a file: the files are then asked before the pages.
///
/// # Errors
/// If such a page does not take GET: its 405 would not have the methods of the file.
pub(crate) fn files_are_first(pages: &[Page], files: &[File]) -> Result<bool, String> {
    let mut is_hidden = false;
    for page in pages {
        let fits = |path: &str| page.patterns.iter().any(|pattern| pattern.fits(path));
        let Some(file) =
            files.iter().find(|file| fits(&file.path) || file.hashed_path.as_deref().is_some_and(fits))
        else {
            continue;
        };
        is_hidden = true;
        if !page.handlers.iter().any(|handler| handler.methods.iter().any(|method| method == "GET")) {
            return Err(format!("{} has the path of {}, and does not take GET", page.name, file.name));
        }
    }
    Ok(is_hidden)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files;

    fn page(path: &str, method: &str) -> Page {
        let handler = Handler { function: "x".into(), methods: vec![method.into()], takes_state: false };
        Page {
            name: format!("pages/{path}.rs"),
            source: format!("pages/{path}.rs").into(),
            patterns: vec![Pattern::parse(path).unwrap()],
            handlers: vec![handler],
        }
    }

    fn pages(paths: &[&str]) -> Vec<Page> {
        paths.iter().map(|path| page(path, "GET")).collect()
    }

    #[test]
    fn the_more_specific_route_is_first() {
        let pages = pages(&["[...all]", "[a]", "[a]/b", "a/[b]", "a/[...b]", "a/b", "a", "", "a/"]);
        let order: Vec<String> = routes(&pages).iter().map(|route| route.pattern.to_string()).collect();
        assert_eq!(order, ["/", "/a", "/a/", "/a/b", "/a/{b}", "/a/{*b}", "/{a}", "/{a}/b", "/{*all}"]);
    }

    #[test]
    fn two_pages_of_one_path_are_an_error_with_both_names() {
        for (paths, expected) in [
            (["a", "a"], "pages/a.rs and pages/a.rs have the same path /a"),
            (["[a]/x", "[b]/y"], "pages/[a]/x.rs and pages/[b]/y.rs give one segment two names, [a] and [b]"),
            (["u/[a]", "u/[b]"], "pages/u/[a].rs and pages/u/[b].rs give one segment two names, [a] and [b]"),
            (["[...a]", "[...b]"], "pages/[...a].rs and pages/[...b].rs have the same path /{*b}"),
        ] {
            assert_eq!(check(&pages(&paths), &[]).unwrap_err(), expected);
        }
        assert_eq!(check(&pages(&["u/[a]", "v/[b]", "u/[...c]", "u/[a]/[d]"]), &[]), Ok(()));
    }

    #[test]
    fn a_page_and_a_file_of_one_path_are_an_error_with_both_names() {
        let message = check(&pages(&["a"]), &[files::tests::file("/a")]).unwrap_err();
        assert_eq!(message, "pages/a.rs and static/a have the same path /a");
    }

    #[test]
    fn a_file_comes_before_a_page_with_a_parameter_that_takes_get() {
        let files = [files::tests::file("/x/a.css")];
        assert_eq!(files_are_first(&pages(&["x/b", "[y]", "x"]), &files), Ok(false));
        assert_eq!(files_are_first(&pages(&["x/[y]"]), &files), Ok(true));
        assert_eq!(files_are_first(&pages(&["[...y]"]), &files), Ok(true));
        let message = files_are_first(&[page("x/[y]", "POST")], &files).unwrap_err();
        assert_eq!(message, "pages/x/[y].rs has the path of static/x/a.css, and does not take GET");
    }
}
