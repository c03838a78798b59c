//! The generator of `routes.rs`: one `match` over the pages and one sorted table of the files.
//! Invariant: no path has two routes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::files::File;
use crate::pages::Page;

/// Returns the code of `routes.rs`, which `src/routes.rs` includes.
pub(crate) fn emit(pages: &[Page], files: &[File]) -> Result<String, String> {
    let max_path = check(pages, files)?;
    let all = pages.iter().flat_map(|page| &page.allow).map(String::as_str).chain(["Get", "Head"]);
    let all = methods(all);
    let [mut modules, mut patterns, mut allow, mut calls] = [const { String::new() }; 4];
    for (number, page) in pages.iter().enumerate() {
        // The items of a page are `pub`, and the generator has read ALLOW.
        modules += "#[allow(dead_code, unreachable_pub)]\n";
        modules += &format!("#[path = {:?}]\nmod page_{number};\n", utf8(&page.source)?);
        let routes = page.routes.iter().map(|route| format!("b{route:?}")).collect::<Vec<_>>().join(" | ");
        patterns += &format!("        {routes} => Some({number}),\n");
        allow += &format!("    {},\n", methods(page.allow.iter().map(String::as_str)));
        calls += &format!("        {number} => page_{number}::request_handler(details).await,\n");
    }
    let mut entries = String::new();
    for File { route, content_type, etag, modified, source } in files {
        let bytes = utf8(source)?;
        entries += &format!(
            "    StaticFile {{
        path: {route:?},
        etag: {etag:?},
        modified: {modified:?},
        content_type: {content_type:?},
        bytes: include_bytes!({bytes:?}),
    }},
"
        );
    }
    let (page_count, file_count) = (pages.len(), files.len());
    Ok(format!(
        "use bantam::wire::{{Method, MethodSet}};

use crate::files::StaticFile;

/// The length of the longest path.
pub(crate) const MAX_PATH: usize = {max_path};
/// The methods of all pages and files.
pub(crate) const ALL_METHODS: MethodSet = {all};
/// The methods of each page.
pub(crate) static ALLOW: [MethodSet; {page_count}] = [
{allow}];
/// The files, sorted by path.
pub(crate) static FILES: [StaticFile; {file_count}] = [
{entries}];
{modules}
/// Returns the number of the page at a path.
pub(crate) fn find_page(path: &[u8]) -> Option<usize> {{
    match path {{
{patterns}        _ => None,
    }}
}}

/// Calls a page.
pub(crate) async fn call_page<C: bantam::Connection>(
    page: usize,
    details: &mut bantam::RequestDetails<'_, C>,
) -> Result<(), C::Error> {{
    match page {{
{calls}        _ => Err(bantam::Rejection::NotFound.into()),
    }}
}}
"
    ))
}

/// Returns the code of a set of these methods and `OPTIONS`.
fn methods<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names = names.chain(["Options"]).map(|name| format!("Method::{name}"));
    // Each once, in a stable order.
    let names: BTreeSet<_> = names.collect();
    format!("MethodSet::of(&[{}])", names.into_iter().collect::<Vec<_>>().join(", "))
}

/// Returns the length of the longest path. Fails if two sources have the same path.
fn check(pages: &[Page], files: &[File]) -> Result<usize, String> {
    let of_pages = pages.iter().flat_map(|page| page.routes.iter().map(move |route| (route, &page.source)));
    let of_files = files.iter().map(|file| (&file.route, &file.source));
    let mut sources = BTreeMap::new();
    for (route, source) in of_pages.chain(of_files) {
        if let Some(other) = sources.insert(route, source) {
            return Err(format!("{} and {} have the same path {route}", other.display(), source.display()));
        }
    }
    Ok(sources.keys().map(|route| route.len()).max().unwrap_or(1))
}

fn utf8(path: &Path) -> Result<&str, String> {
    path.to_str().ok_or_else(|| format!("{} has a name that is not UTF-8", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(route: &str) -> Page {
        Page {
            routes: vec![route.into()],
            allow: vec!["Get".into(), "Head".into()],
            source: format!("pages{route}.rs").into(),
        }
    }

    fn file(route: &str) -> File {
        let (content_type, etag, modified) = ("text/plain".into(), "\"x\"".into(), Some("then".into()));
        File { route: route.into(), content_type, etag, modified, source: format!("static{route}").into() }
    }

    #[test]
    fn a_path_with_two_sources_is_an_error_with_both_names() {
        let message = emit(&[page("/a")], &[file("/a")]).unwrap_err();
        assert_eq!(message, "pages/a.rs and static/a have the same path /a");
        assert!(emit(&[page("/a"), page("/b")], &[file("/c")]).is_ok());
    }

    #[test]
    fn every_page_has_an_arm_and_every_file_an_entry() {
        let code = emit(&[page("/a"), page("/b/c")], &[file("/d")]).unwrap();
        for part in [
            "b\"/a\" => Some(0)",
            "b\"/b/c\" => Some(1)",
            "1 => page_1::request_handler",
            "path: \"/d\"",
            "MAX_PATH: usize = 4",
            "ALL_METHODS: MethodSet = MethodSet::of(&[Method::Get, Method::Head, Method::Options])",
        ] {
            assert!(code.contains(part), "{part} in {code}");
        }
        syn::parse_file(&code).expect("the code parses");
    }
}
