//! Law: all routes are one `match` over pages and one sorted table of files; no path stands for two things.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use crate::files::File;
use crate::pages::Page;

/// The code of `routes.rs`, which `src/lib.rs` includes.
pub(crate) fn emit(pages: &[Page], files: &[File]) -> Result<String, String> {
    let mut code = String::new();
    let mut write = |line: std::fmt::Arguments<'_>| code.write_fmt(line).map_err(|error| error.to_string());
    let longest = check(pages, files)?;

    write(format_args!("/// The longest path there is.\npub(crate) const LONGEST: usize = {longest};\n"))?;
    let all = pages.iter().flat_map(|page| page.allow.iter().map(String::as_str)).chain(["Get", "Head"]);
    let all = methods(all);
    write(format_args!(
        "/// Every method that something here takes.\npub(crate) const ALL: bantam::wire::MethodSet = {all};\n"
    ))?;

    for (number, page) in pages.iter().enumerate() {
        let source = utf8(&page.source)?;
        // A page is public to its author, and its ALLOW has been read here.
        write(format_args!("#[allow(dead_code, unreachable_pub)]\n"))?;
        write(format_args!("#[path = {source:?}]\nmod page_{number};\n"))?;
    }
    write(format_args!("/// The number of the page at a path.\n"))?;
    write(format_args!("pub(crate) fn page(path: &[u8]) -> Option<usize> {{\n    match path {{\n"))?;
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
        "];\n/// Awaits a page.\npub(crate) async fn call<C: bantam::Connection>(\n    page: usize,\n"
    ))?;
    write(format_args!("    details: &mut bantam::RequestDetails<'_, C>,\n) -> Result<(), C::Error> {{\n"))?;
    write(format_args!("    match page {{\n"))?;
    for number in 0..pages.len() {
        write(format_args!("        {number} => page_{number}::request_handler(details).await,\n"))?;
    }
    write(format_args!("        _ => Err(bantam::Rejection::NotFound.into()),\n    }}\n}}\n"))?;

    write(format_args!("/// The files, in the order of their paths.\n"))?;
    write(format_args!("pub(crate) static FILES: [crate::files::File; {}] = [\n", files.len()))?;
    for file in files {
        let File { route, content_type, etag, modified, source } = file;
        write(format_args!(
            "    crate::files::File {{\n        path: {route:?},\n        etag: {etag:?},\n"
        ))?;
        write(format_args!("        modified: {modified:?},\n        content_type: {content_type:?},\n"))?;
        write(format_args!("        bytes: include_bytes!({:?}),\n    }},\n", utf8(source)?))?;
    }
    write(format_args!("];\n"))?;
    Ok(code)
}

/// The code of a set of methods, and `OPTIONS`, which is answered for every page.
fn methods<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names = names.chain(["Options"]).map(|name| format!("bantam::wire::Method::{name}"));
    // Each once, in any order that is always the same.
    let names: BTreeSet<_> = names.collect();
    format!("bantam::wire::MethodSet::of(&[{}])", names.into_iter().collect::<Vec<_>>().join(", "))
}

/// Refuses a path that two want; the length of the longest.
fn check(pages: &[Page], files: &[File]) -> Result<usize, String> {
    let of_pages = pages.iter().flat_map(|page| page.routes.iter().map(move |route| (route, &page.source)));
    let of_files = files.iter().map(|file| (&file.route, &file.source));
    let mut taken = BTreeMap::new();
    for (route, source) in of_pages.chain(of_files) {
        if let Some(other) = taken.insert(route, source) {
            return Err(format!(
                "{} and {} both want to be served as {route}",
                other.display(),
                source.display()
            ));
        }
    }
    Ok(taken.keys().map(|route| route.len()).max().unwrap_or(1))
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
    fn a_path_that_two_want_is_refused_with_both_names() {
        let sentence = emit(&[page("/a")], &[file("/a")]).unwrap_err();
        assert_eq!(sentence, "pages/a.rs and static/a both want to be served as /a");
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
            "LONGEST: usize = 4",
            "ALL: bantam::wire::MethodSet = bantam::wire::MethodSet::of(&[bantam::wire::Method::Get, \
             bantam::wire::Method::Head, bantam::wire::Method::Options])",
        ] {
            assert!(code.contains(part), "{part} in {code}");
        }
        syn::parse_file(&code).expect("it is Rust");
    }
}
