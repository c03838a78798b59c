//! The pages of a folder.
//! Invariant: the path of a page in its folder is its path on the site; `index` is the path of its folder, too.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error_pages;
use crate::handlers::{self, Handler};
use crate::pattern::Pattern;
use crate::walk;

/// A valid page.
#[derive(Debug)]
pub(crate) struct Page {
    /// The name for messages: `pages/a/b.rs`.
    pub(crate) name: String,
    pub(crate) source: PathBuf,
    pub(crate) patterns: Vec<Pattern>,
    pub(crate) handlers: Vec<Handler>,
}

/// Returns all pages below a folder that have a path, sorted by name.
pub(crate) fn find(root: &Path, folder: &str, has_state: bool) -> Result<Vec<Page>, String> {
    let sources =
        walk::files(&root.join(folder))?.into_iter().filter(|(relative, _)| relative.ends_with(".rs"));
    let page = |(relative, source): (String, PathBuf)| {
        let name = format!("{folder}/{relative}");
        let text = fs::read_to_string(&source).map_err(|error| format!("{name} cannot be read: {error}"))?;
        if error_pages::is_one(&relative, &text) {
            return Ok(None);
        }
        let patterns = patterns(&relative).map_err(|message| format!("{name}: {message}"))?;
        let handlers = handlers::read(&text, has_state).map_err(|message| format!("{name} {message}"))?;
        Ok(Some(Page { name, source, patterns, handlers }))
    };
    sources.filter_map(|source| page(source).transpose()).collect()
}

/// Returns the paths of a page: `/sleep` for `sleep.rs`, `/` and `/index` for `index.rs`.
fn patterns(relative: &str) -> Result<Vec<Pattern>, String> {
    let path = relative.strip_suffix(".rs").unwrap_or(relative);
    let own = Pattern::parse(path)?;
    Ok(match path.strip_suffix("index") {
        Some(folder) if folder.is_empty() || folder.ends_with('/') => vec![Pattern::parse(folder)?, own],
        _ => vec![own],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_in_the_folder_is_the_path_on_the_site() {
        for (relative, expected) in [
            ("sleep.rs", &["/sleep"][..]),
            ("index.rs", &["/", "/index"]),
            ("a/b.rs", &["/a/b"]),
            ("a/index.rs", &["/a/", "/a/index"]),
            ("[a]/index.rs", &["/{a}/", "/{a}/index"]),
            ("reindex.rs", &["/reindex"]),
            ("a.rs.rs", &["/a.rs"]),
        ] {
            let found: Vec<String> = patterns(relative).unwrap().iter().map(Pattern::to_string).collect();
            assert_eq!(found, expected, "{relative}");
        }
    }
}
