//! Error pages: `404.rs` and its like, and `error.rs` for every other status, in the first folder.
//! Invariant: a file that is called like an error page is one, or the build fails.

use std::fs;
use std::path::{Path, PathBuf};

use syn::Item;

use crate::handlers::{self, REFUSED as FUNCTION};
use crate::walk;

/// A valid error page.
#[derive(Debug)]
pub(crate) struct ErrorPage {
    pub(crate) source: PathBuf,
    /// `None` for all that have no page of their own.
    pub(crate) status: Option<u16>,
    /// It takes `&App` before the details.
    pub(crate) takes_state: bool,
}

/// Returns the error pages of a folder. The one for every other status is last.
pub(crate) fn find(root: &Path, folder: &str, has_state: bool) -> Result<Vec<ErrorPage>, String> {
    let mut pages = Vec::new();
    for (relative, source) in walk::files(&root.join(folder))? {
        let name = format!("{folder}/{relative}");
        let text = || fs::read_to_string(&source).map_err(|error| format!("{name} cannot be read: {error}"));
        let status = match status(&relative) {
            Some(_) if relative.contains('/') => {
                return Err(format!("{name}: an error page is in the first folder, {folder}"));
            }
            Some(status) => Some(status),
            None if relative == "error.rs" && has_function(&text()?) => None,
            None => continue,
        };
        let takes_state = takes_state(&text()?, has_state).map_err(|message| format!("{name} {message}"))?;
        pages.push(ErrorPage { source, status, takes_state });
    }
    pages.sort_by_key(|page| page.status.unwrap_or(u16::MAX));
    Ok(pages)
}

/// Returns true if a file is no page that has a path.
pub(crate) fn is_one(relative: &str, text: &str) -> bool {
    status(relative).is_some() || relative == "error.rs" && has_function(text)
}

/// The status that a file is called by, 400 to 599.
fn status(relative: &str) -> Option<u16> {
    let (_, name) = relative.rsplit_once('/').unwrap_or(("", relative));
    let status = name.strip_suffix(".rs").filter(|name| name.len() == 3)?.parse().ok()?;
    (400..600).contains(&status).then_some(status)
}

fn has_function(text: &str) -> bool {
    let is_function = |item: &Item| matches!(item, Item::Fn(function) if function.sig.ident == FUNCTION);
    syn::parse_file(text).is_ok_and(|file| file.items.iter().any(is_function))
}

fn takes_state(text: &str, has_state: bool) -> Result<bool, String> {
    let file = syn::parse_file(text).map_err(|error| format!("is not Rust: {error}"))?;
    let before_details = file.items.iter().find_map(|item| match item {
        Item::Fn(function) if function.sig.ident == FUNCTION => {
            handlers::parameters_before_details(function, 2)
        }
        _ => None,
    });
    match before_details {
        Some(0) => Ok(false),
        Some(1) if has_state => Ok(true),
        _ => {
            let state = if has_state { "app: &App, " } else { "" };
            Err(format!(
                "is not an error page: it needs `pub async fn {FUNCTION}<C: Connection>({state}details: &mut RequestDetails<'_, C>, \
                 status: Status, reason: &'static str) -> Result<(), C::Error>`"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_status_of_an_error_is_an_error_page() {
        for (relative, expected) in [
            ("404.rs", Some(404)),
            ("599.rs", Some(599)),
            ("a/500.rs", Some(500)),
            ("600.rs", None),
            ("200.rs", None),
            ("0404.rs", None),
            ("+40.rs", None),
            ("404", None),
            ("error.rs", None),
        ] {
            assert_eq!(status(relative), expected, "{relative}");
        }
    }

    #[test]
    fn an_error_page_has_a_function_of_its_own() {
        let page =
            |parameters: &str| format!("pub async fn refused<C: Connection>({parameters}) -> R<C> {{ x() }}");
        assert_eq!(takes_state(&page("d: &mut D, s: S, r: R"), true), Ok(false));
        assert_eq!(takes_state(&page("a: &App, d: &mut D, s: S, r: R"), true), Ok(true));
        for (bad, has_state) in [
            (page("d: &mut D"), true),
            (page("a: &App, d: &mut D, s: S, r: R"), false),
            ("fn refused(d: &mut D, s: S, r: R) {}".into(), true),
        ] {
            let message = takes_state(&bad, has_state).unwrap_err();
            assert!(message.starts_with("is not an error page: it needs `pub async fn refused"), "{message}");
        }
    }
}
