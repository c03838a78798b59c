//! Law: a page is a file with a `pub async fn request_handler` of one parameter; its path in `pages/` is its path on the
//! site, and `index` is its folder's own.

use std::fs;
use std::path::{Path, PathBuf};

use syn::{Expr, Item, ItemConst, ItemFn, Lit, Visibility};

use crate::tree;

/// The methods of a page that does not say which it takes.
const DEFAULT_ALLOW: [&str; 2] = ["Get", "Head"];
/// What a page can take, and how `bantam::wire::Method` calls it. `OPTIONS` is answered for every page.
const METHODS: [(&str, &str); 7] = [
    ("GET", "Get"),
    ("HEAD", "Head"),
    ("POST", "Post"),
    ("PUT", "Put"),
    ("DELETE", "Delete"),
    ("TRACE", "Trace"),
    ("PATCH", "Patch"),
];

/// A page that is in order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// Where it is served.
    pub(crate) routes: Vec<String>,
    /// The methods it takes, as it names them.
    pub(crate) allow: Vec<String>,
    pub(crate) source: PathBuf,
}

/// All pages below `folder`.
pub(crate) fn find(folder: &Path) -> Result<Vec<Page>, String> {
    let sources = tree::files(folder)?.into_iter().filter(|(inside, _)| inside.ends_with(".rs"));
    sources
        .map(|(inside, source)| {
            let text = fs::read_to_string(&source)
                .map_err(|error| format!("pages/{inside} cannot be read: {error}"))?;
            Ok(Page { routes: routes(&inside)?, allow: allow(&inside, &text)?, source })
        })
        .collect()
}

/// `sleep.rs` is `/sleep`; `index.rs` is `/` and `/index`; `a/index.rs` is `/a/` and `/a/index`.
fn routes(inside: &str) -> Result<Vec<String>, String> {
    if !tree::is_plain(inside) {
        return Err(format!(
            "pages/{inside} has a name that cannot stand in a URL: use letters, digits and -._~"
        ));
    }
    let route = format!("/{}", inside.strip_suffix(".rs").unwrap_or(inside));
    Ok(match route.strip_suffix("index") {
        Some(folder) if folder.ends_with('/') => vec![folder.to_owned(), route],
        _ => vec![route],
    })
}

/// Looks at a page's source, and says which methods it takes.
fn allow(inside: &str, text: &str) -> Result<Vec<String>, String> {
    let file = syn::parse_file(text).map_err(|error| format!("pages/{inside} is not Rust: {error}"))?;
    let handler = file.items.iter().find_map(|item| match item {
        Item::Fn(function) if function.sig.ident == "request_handler" => Some(function),
        _ => None,
    });
    if !handler.is_some_and(is_handler) {
        return Err(format!(
            "pages/{inside} is not a page: it needs `pub async fn request_handler<C: Connection>(details: &mut \
             RequestDetails<'_, C>) -> Result<(), C::Error>`"
        ));
    }
    let stated = file.items.iter().find_map(|item| match item {
        Item::Const(constant) if constant.ident == "ALLOW" => Some(constant),
        _ => None,
    });
    match stated {
        None => Ok(DEFAULT_ALLOW.map(String::from).into()),
        Some(constant) => text_of(constant).ok_or_else(|| {
            format!("pages/{inside}: ALLOW has to be a list of methods, such as \"GET, HEAD, POST\"; OPTIONS is answered without it")
        }),
    }
}

fn is_handler(function: &ItemFn) -> bool {
    let public = matches!(function.vis, Visibility::Public(_));
    public && function.sig.asyncness.is_some() && function.sig.inputs.len() == 1
}

/// The value of a `const ...: &str` that is a list of methods.
fn text_of(constant: &ItemConst) -> Option<Vec<String>> {
    let Expr::Lit(literal) = &*constant.expr else { return None };
    let Lit::Str(text) = &literal.lit else { return None };
    let variant = |name: &str| METHODS.iter().find(|(known, _)| *known == name).map(|(_, v)| (*v).to_owned());
    text.value().split(", ").map(variant).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HANDLER: &str =
        "pub async fn request_handler<C: Connection>(d: &mut RequestDetails<'_, C>) -> R<C> { x() }";

    #[test]
    fn a_path_in_the_folder_is_a_path_on_the_site() {
        for (inside, expected) in [
            ("sleep.rs", &["/sleep"][..]),
            ("index.rs", &["/", "/index"]),
            ("a/b.rs", &["/a/b"]),
            ("a/index.rs", &["/a/", "/a/index"]),
            ("reindex.rs", &["/reindex"]),
            ("a.rs.rs", &["/a.rs"]),
        ] {
            assert_eq!(routes(inside).unwrap(), expected, "{inside}");
        }
    }

    #[test]
    fn a_name_that_needs_escapes_is_refused() {
        assert!(routes("a b.rs").unwrap_err().contains("pages/a b.rs"));
        assert!(routes("é.rs").is_err());
    }

    #[test]
    fn a_page_without_a_handler_is_named_in_one_sentence() {
        for bad in [
            "",
            "fn main() {}",
            "async fn request_handler(d: D) {}",
            "pub fn request_handler(d: D) {}",
            "pub async fn request_handler() {}",
            "// pub async fn request_handler(d: D) {}",
            "mod inner { pub async fn request_handler(d: D) {} }",
        ] {
            let sentence = allow("x.rs", bad).unwrap_err();
            assert!(
                sentence.starts_with("pages/x.rs is not a page: it needs `pub async fn"),
                "{bad}: {sentence}"
            );
            assert!(!sentence.contains('\n'), "{sentence}");
        }
        assert!(allow("x.rs", "pub async fn").unwrap_err().starts_with("pages/x.rs is not Rust: "));
    }

    #[test]
    fn a_page_takes_get_and_head_unless_it_says_otherwise() {
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
