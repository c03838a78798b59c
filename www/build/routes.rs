//! The generator of `routes.rs`: one `match` over the pages and one sorted table of the files.
//! Invariant: no path has two routes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use crate::files::File;
use crate::pages::Page;

/// Returns the code of `routes.rs`, which `src/routes.rs` includes.
pub(crate) fn emit(pages: &[Page], files: &[File]) -> Result<String, String> {
    let mut code = String::new();
    let mut write = |line: std::fmt::Arguments<'_>| code.write_fmt(line).map_err(|error| error.to_string());
    let max_path = check(pages, files)?;

    write(format_args!(
        "/// The length of the longest path.\npub(crate) const MAX_PATH: usize = {max_path};\n"
    ))?;
    let all = pages.iter().flat_map(|page| page.allow.iter().map(String::as_str)).chain(["Get", "Head"]);
    let all = methods(all);
    write(format_args!(
        "/// The methods of all pages and files.\npub(crate) const ALL_METHODS: bantam::wire::MethodSet = {all};\n"
    ))?;

    for (number, page) in pages.iter().enumerate() {
        let source = utf8(&page.source)?;
        // The items of a page are `pub`, and the generator has read ALLOW.
        write(format_args!("#[allow(dead_code, unreachable_pub)]\n"))?;
        write(format_args!("#[path = {source:?}]\nmod page_{number};\n"))?;
    }
    write(format_args!("/// Returns the number of the page at a path.\n"))?;
    write(format_args!("pub(crate) fn find_page(path: &[u8]) -> Option<usize> {{\n    match path {{\n"))?;
    for (number, page) in pages.iter().enumerate() {
        let patterns = page.routes.iter().map(|route| format!("b{route:?}")).collect::<Vec<_>>().join(" | ");
        write(format_args!("        {patterns} => Some({number}),\n"))?;
    }
    write(format_args!("        _ => None,\n    }}\n}}\n"))?;

    write(format_args!(
        "/// The methods of each page.\npub(crate) static ALLOW: [bantam::wire::MethodSet; {}] = [\n",
        pages.len()
    ))?;
    for page in pages {
        write(format_args!("    {},\n", methods(page.allow.iter().map(String::as_str))))?;
    }
    write(format_args!(
        "];\n/// Calls a page.\npub(crate) async fn call_page<C: bantam::Connection>(\n    page: usize,\n"
    ))?;
    write(format_args!("    details: &mut bantam::RequestDetails<'_, C>,\n) -> Result<(), C::Error> {{\n"))?;
    write(format_args!("    match page {{\n"))?;
    for number in 0..pages.len() {
        write(format_args!("        {number} => page_{number}::request_handler(details).await,\n"))?;
    }
    write(format_args!("        _ => Err(bantam::Rejection::NotFound.into()),\n    }}\n}}\n"))?;

    write(format_args!("/// The files, sorted by path.\n"))?;
    write(format_args!("pub(crate) static FILES: [crate::files::StaticFile; {}] = [\n", files.len()))?;
    for file in files {
        let File { route, content_type, etag, modified, source } = file;
        write(format_args!(
            "    crate::files::StaticFile {{\n        path: {route:?},\n        etag: {etag:?},\n"
        ))?;
        write(format_args!("        modified: {modified:?},\n        content_type: {content_type:?},\n"))?;
        write(format_args!("        bytes: include_bytes!({:?}),\n    }},\n", utf8(source)?))?;
    }
    write(format_args!("];\n"))?;
    Ok(code)
}

/// Returns the code of a set of these methods and `OPTIONS`.
fn methods<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names = names.chain(["Options"]).map(|name| format!("bantam::wire::Method::{name}"));
    // Each once, in a stable order.
    let names: BTreeSet<_> = names.collect();
    format!("bantam::wire::MethodSet::of(&[{}])", names.into_iter().collect::<Vec<_>>().join(", "))
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
        let (content_type, etag, modified) = ("text/plain".into(), "\"x\"".into(), "then".into());
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
            "ALL_METHODS: bantam::wire::MethodSet = bantam::wire::MethodSet::of(&[bantam::wire::Method::Get, \
             bantam::wire::Method::Head, bantam::wire::Method::Options])",
        ] {
            assert!(code.contains(part), "{part} in {code}");
        }
        syn::parse_file(&code).expect("the code parses");
    }
}
