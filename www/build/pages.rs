//! The pages below `pages/`: files with a `pub async fn request_handler` of one parameter.
//! Invariant: the path of a page in `pages/` is its path on the site; `index` is the path of its folder, too.

use std::fs;
use std::path::{Path, PathBuf};

use syn::{Expr, Item, ItemConst, ItemFn, Lit, Visibility};

use crate::walk;

/// The methods of a page without `ALLOW`.
const DEFAULT_ALLOW: [&str; 2] = ["Get", "Head"];
/// The methods of `ALLOW`. The site responds to `OPTIONS` for every page.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "PATCH"];

/// A valid page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) routes: Vec<String>,
    /// Variants of `bantam::wire::Method`.
    pub(crate) allow: Vec<String>,
    pub(crate) source: PathBuf,
}

/// Returns all pages below `folder`.
pub(crate) fn find(folder: &Path) -> Result<Vec<Page>, String> {
    let sources = walk::files(folder)?.into_iter().filter(|(relative, _)| relative.ends_with(".rs"));
    let page = |(relative, source): (String, PathBuf)| {
        let text = fs::read_to_string(&source);
        let text = text.map_err(|error| format!("pages/{relative} cannot be read: {error}"))?;
        Ok(Page { routes: routes(&relative)?, allow: allow(&relative, &text)?, source })
    };
    sources.map(page).collect()
}

/// Returns the paths of a page: `/sleep` for `sleep.rs`, `/` and `/index` for `index.rs`.
fn routes(relative: &str) -> Result<Vec<String>, String> {
    walk::check_plain(&format!("pages/{relative}"))?;
    let route = format!("/{}", relative.strip_suffix(".rs").unwrap_or(relative));
    Ok(match route.strip_suffix("index") {
        Some(folder) if folder.ends_with('/') => vec![folder.to_owned(), route],
        _ => vec![route],
    })
}

/// Returns the methods of a page. Fails if the source has no request handler or an invalid `ALLOW`.
fn allow(relative: &str, text: &str) -> Result<Vec<String>, String> {
    let file = syn::parse_file(text).map_err(|error| format!("pages/{relative} is not Rust: {error}"))?;
    let handler = file.items.iter().find_map(|item| match item {
        Item::Fn(function) if function.sig.ident == "request_handler" => Some(function),
        _ => None,
    });
    if !handler.is_some_and(is_handler) {
        return Err(format!(
            "pages/{relative} is not a page: it needs `pub async fn request_handler<C: Connection>(details: &mut \
             RequestDetails<'_, C>) -> Result<(), C::Error>`"
        ));
    }
    let stated = file.items.iter().find_map(|item| match item {
        Item::Const(constant) if constant.ident == "ALLOW" => Some(constant),
        _ => None,
    });
    match stated {
        None => Ok(DEFAULT_ALLOW.map(String::from).into()),
        Some(constant) => parse_methods(constant).ok_or_else(|| {
            format!("pages/{relative}: ALLOW has to be a list of methods, such as \"GET, HEAD, POST\"; OPTIONS is always allowed")
        }),
    }
}

fn is_handler(function: &ItemFn) -> bool {
    let public = matches!(function.vis, Visibility::Public(_));
    public && function.sig.asyncness.is_some() && function.sig.inputs.len() == 1
}

/// Returns the methods of `const ALLOW: &str = "GET, HEAD"`, `None` if the value is invalid.
fn parse_methods(constant: &ItemConst) -> Option<Vec<String>> {
    let Expr::Lit(literal) = &*constant.expr else { return None };
    let Lit::Str(text) = &literal.lit else { return None };
    let variant = |name: &str| {
        let (first, rest) = METHODS.contains(&name).then(|| name.split_at(1))?;
        Some(format!("{first}{}", rest.to_lowercase()))
    };
    text.value().split(", ").map(variant).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HANDLER: &str =
        "pub async fn request_handler<C: Connection>(d: &mut RequestDetails<'_, C>) -> R<C> { x() }";

    #[test]
    fn the_path_in_the_folder_is_the_path_on_the_site() {
        for (relative, expected) in [
            ("sleep.rs", &["/sleep"][..]),
            ("index.rs", &["/", "/index"]),
            ("a/b.rs", &["/a/b"]),
            ("a/index.rs", &["/a/", "/a/index"]),
            ("reindex.rs", &["/reindex"]),
            ("a.rs.rs", &["/a.rs"]),
        ] {
            assert_eq!(routes(relative).unwrap(), expected, "{relative}");
        }
    }

    #[test]
    fn a_name_that_needs_escapes_is_an_error() {
        assert!(routes("a b.rs").unwrap_err().contains("pages/a b.rs"));
        assert!(routes("é.rs").is_err());
    }

    #[test]
    fn a_page_without_a_handler_is_an_error_of_one_sentence_with_its_name() {
        for bad in [
            "",
            "fn main() {}",
            "async fn request_handler(d: D) {}",
            "pub fn request_handler(d: D) {}",
            "pub async fn request_handler() {}",
            "// pub async fn request_handler(d: D) {}",
            "mod inner { pub async fn request_handler(d: D) {} }",
        ] {
            let message = allow("x.rs", bad).unwrap_err();
            assert!(
                message.starts_with("pages/x.rs is not a page: it needs `pub async fn"),
                "{bad}: {message}"
            );
            assert!(!message.contains('\n'), "{message}");
        }
        assert!(allow("x.rs", "pub async fn").unwrap_err().starts_with("pages/x.rs is not Rust: "));
    }

    #[test]
    fn a_page_without_allow_takes_get_and_head() {
        assert_eq!(allow("x.rs", HANDLER).unwrap(), ["Get", "Head"]);
        let stated = format!("pub const ALLOW: &str = \"POST, PUT\";\n{HANDLER}");
        assert_eq!(allow("x.rs", &stated).unwrap(), ["Post", "Put"]);
        for bad in
            ["1", "\"\"", "\"get\"", "\"GET,HEAD\"", "\"GET, OPTIONS\"", "\"BREW\"", "concat!(\"GET\")"]
        {
            let stated = format!("pub const ALLOW: &str = {bad};\n{HANDLER}");
            assert!(allow("x.rs", &stated).unwrap_err().starts_with("pages/x.rs: ALLOW has to be"), "{bad}");
        }
    }
}
