//! The code of `site.rs`: the pages as modules, the files as a table, and the routes as `bantam::routes!` makes them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use crate::error_pages::ErrorPage;
use crate::files::{File, Representation};
use crate::order;
use crate::pages::Page;

/// What `site.rs` is made of.
pub(crate) struct Site<'s> {
    pub(crate) pages: Vec<Page>,
    pub(crate) error_pages: Vec<ErrorPage>,
    pub(crate) files: Vec<File>,
    /// The path of the type that becomes the site; `None` for one of its own.
    pub(crate) state: Option<&'s str>,
}

/// Returns the code of `site.rs`.
pub(crate) fn emit(site: &Site<'_>) -> Result<String, String> {
    order::check(&site.pages, &site.files)?;
    let files_are_first = order::files_are_first(&site.pages, &site.files)?;
    let (assets, files) = (assets(&site.files), files(&site.files)?);
    let mut code = format!("{assets}\n{}\n{files}\n", modules(site)?);
    if site.state.is_none() {
        code += "/// The pages and files of this crate's folders.\n#[allow(unreachable_pub)]\n#[derive(Clone, Copy, Debug, Default)]\npub struct Pages;\n\n";
    }
    let first = if files_are_first { FILES_FIRST } else { "" };
    let (entries, arms) = routes(&site.pages);
    let rest = if site.files.is_empty() { "" } else { "site |_| &FILES" };
    let (state, refused) = (site.state.unwrap_or("Pages"), refused(&site.error_pages));
    // The table of many routes takes long to check; a path of a state may be longer than it has to be.
    write!(
        code,
        "#[allow(clippy::all, long_running_const_eval, unused_qualifications)]
impl ::bantam::Site for {state} {{
    fn request_handler<C: ::bantam::Connection>(
        &self,
        details: &mut ::bantam::RequestDetails<'_, C>,
    ) -> impl ::core::future::Future<Output = ::core::result::Result<(), C::Error>> {{
        async move {{
{first}            ::bantam::__routes! {{
                @match (self, details)
                [{entries}]
                [{arms}]
                ({rest})
            }}
        }}
    }}
{refused}}}
"
    )
    .map_err(|error| error.to_string())?;
    Ok(code)
}

const FILES_FIRST: &str = "            // A page with a parameter has the path of a file.
            let is_read = matches!(details.method, ::bantam::wire::Method::Get | ::bantam::wire::Method::Head);
            if is_read && FILES.contains(details) {
                return ::bantam::Site::request_handler(&FILES, details).await;
            }
";

/// The modules of the pages. They come behind `asset!`, which they may use.
fn modules(site: &Site<'_>) -> Result<String, String> {
    let mut code = String::new();
    let pages = site.pages.iter().map(|page| &page.source).enumerate();
    let error_pages = site.error_pages.iter().map(|page| &page.source).enumerate();
    for (kind, number, source) in pages
        .map(|(number, source)| ("page", number, source))
        .chain(error_pages.map(|(number, source)| ("error", number, source)))
    {
        // The items of a page are `pub`, and the generator has read ALLOW.
        code += "#[allow(dead_code, unreachable_pub)]\n";
        code += &format!("#[path = {:?}]\nmod {kind}_{number};\n", utf8(source)?);
    }
    Ok(code)
}

/// The answers to what is refused; nothing without error pages.
fn refused(error_pages: &[ErrorPage]) -> String {
    if error_pages.is_empty() {
        return String::new();
    }
    let mut arms = String::new();
    for (number, page) in error_pages.iter().enumerate() {
        let pattern = page.status.map_or_else(|| "_".to_owned(), |status| status.to_string());
        let state = if page.takes_state { "self, " } else { "" };
        arms += &format!(
            "                {pattern} => error_{number}::refused({state}details, status, reason).await,\n"
        );
    }
    if error_pages.iter().all(|page| page.status.is_some()) {
        arms += "                _ => ::core::result::Result::Ok(()),\n";
    }
    format!(
        "
    fn refused<C: ::bantam::Connection>(
        &self,
        details: &mut ::bantam::RequestDetails<'_, C>,
        status: ::bantam::wire::Status,
        reason: &'static str,
    ) -> impl ::core::future::Future<Output = ::core::result::Result<(), C::Error>> {{
        async move {{
            match status.code() {{
{arms}            }}
        }}
    }}
"
    )
}

/// The entries of the table of routes, and an arm for each handler with the numbers of its entries.
fn routes(pages: &[Page]) -> (String, String) {
    let (mut entries, mut numbers) = (String::new(), BTreeMap::new());
    for (number, route) in order::routes(pages).iter().enumerate() {
        entries += &format!(
            "\n                    ::bantam::__router::Route::page(&{:?}, {:?}),",
            route.handler.methods,
            route.pattern.to_string()
        );
        let key = (route.page, &route.handler.function);
        let (own, _) = numbers.entry(key).or_insert_with(|| (Vec::new(), route.handler.takes_state));
        own.push(number.to_string());
    }
    let mut arms = String::new();
    for ((page, function), (numbers, takes_state)) in &numbers {
        let kind = if *takes_state { "page" } else { "plain" };
        arms += &format!("\n                    ([{}] {kind} page_{page}::{function})", numbers.join(" "));
    }
    (entries, arms)
}

/// The files, and the table of their paths, which is sorted.
fn files(files: &[File]) -> Result<String, String> {
    if files.is_empty() {
        return Ok(String::new());
    }
    let (mut code, mut paths) = (String::new(), BTreeMap::new());
    for (number, file) in files.iter().enumerate() {
        let mut representations = String::new();
        for Representation { coding, etag, source } in &file.representations {
            representations += &format!(
                "\n        ::bantam::Representation {{ coding: {:?}, etag: {etag:?}, bytes: include_bytes!({:?}) }},",
                coding.map(|coding| coding.name()),
                utf8(source)?
            );
        }
        let modified = file.modified.as_ref().map(|date| format!(".modified({date:?})")).unwrap_or_default();
        code += &format!(
            "static FILE_{number}: ::bantam::StaticFile = ::bantam::StaticFile::new(\n    {:?},\n    &[{representations}\n    ],\n){modified};\n",
            file.content_type
        );
        paths.insert(&file.path, (number, "Revalidated"));
        paths.extend(file.hashed_path.iter().map(|path| (path, (number, "Immutable"))));
    }
    code += "static FILES: ::bantam::StaticFiles = ::bantam::StaticFiles::new(&[\n";
    for (path, (number, freshness)) in paths {
        code += &format!("    ({path:?}, ::bantam::Freshness::{freshness}, &FILE_{number}),\n");
    }
    Ok(code + "]);\n")
}

/// The macro `asset!`, which names a file so that caches can keep it.
fn assets(files: &[File]) -> String {
    let mut code = String::from(
        "/// The path of a static file, without its first slash, with a hash of its content.\n#[allow(unused_macros)]\nmacro_rules! asset {\n",
    );
    for file in files {
        let path = file.hashed_path.as_ref().unwrap_or(&file.path);
        code += &format!("    ({:?}) => {{ {:?} }};\n", &file.path[1..], &path[1..]);
    }
    code + "    ($other:literal) => {
        ::core::compile_error!(::core::concat!(\"asset!: there is no static file \", $other))
    };
}
#[allow(unused_imports)]
pub(crate) use asset;
"
}

fn utf8(path: &Path) -> Result<&str, String> {
    path.to_str().ok_or_else(|| format!("{} has a name that is not UTF-8", path.display()))
}
