//! Tests of the generator on whole folders.
//! Invariant: the code depends on the folders alone, and every error names its file.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::{Coding, Generator, walk};

const PAGE: &str =
    "pub async fn request_handler<C: Connection>(d: &mut RequestDetails<'_, C>) -> R<C> { x() }";
const COUNTER: &str =
    "pub async fn get<C: Connection>(a: &App, d: &mut RequestDetails<'_, C>) -> R<C> { x() }
pub async fn post<C: Connection>(a: &App, d: &mut RequestDetails<'_, C>) -> R<C> { x() }";

/// Creates a folder with these files in `pages/` and `static/`.
fn folder(content: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().expect("a folder");
    for (path, text) in content.iter().chain(&[("pages/.keep", ""), ("static/.keep", "")]) {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().expect("the path has a parent")).expect("the folder is created");
        fs::write(path, text).expect("the file is written");
    }
    root
}

fn generator() -> Generator {
    Generator::new().pages("pages").files("static")
}

fn generate(content: &[(&str, &str)]) -> Result<String, String> {
    let root = folder(content);
    let code = generator().generate(root.path(), &root.path().join("out"))?;
    syn::parse_file(&code).unwrap_or_else(|error| panic!("{error} in {code}"));
    Ok(code)
}

#[test]
fn files_are_sorted_by_path() {
    let root = folder(&[("b", ""), ("a/z", ""), ("a.txt", ""), ("a/y/x", ""), (".hidden", "")]);
    fs::remove_dir_all(root.path().join("pages")).unwrap();
    fs::remove_dir_all(root.path().join("static")).unwrap();
    let (found, _): (Vec<_>, Vec<_>) = walk::files(root.path()).unwrap().into_iter().unzip();
    assert_eq!(found, ["a.txt", "a/y/x", "a/z", "b"]);
}

#[test]
fn folders_become_paths() {
    let code = generate(&[
        ("pages/index.rs", PAGE),
        ("pages/a/index.rs", PAGE),
        ("pages/a/[b].rs", PAGE),
        ("pages/notes.txt", "no page"),
        ("static/a/c.txt", "file"),
    ])
    .unwrap();
    for part in [
        "Route::page(&[\"GET\"], \"/\")",
        "Route::page(&[\"GET\"], \"/a/\")",
        "Route::page(&[\"GET\"], \"/a/index\")",
        "Route::page(&[\"GET\"], \"/a/{b}\")",
        "([3] plain page_0::request_handler)",
        "([1 2] plain page_1::request_handler)",
        "([0 4] plain page_2::request_handler)",
        "(\"/a/c.txt\", ::bantam::Freshness::Revalidated, &FILE_0)",
        "(site |_| &FILES)",
        "pub struct Pages;",
    ] {
        assert!(code.contains(part), "{part} in {code}");
    }
    assert!(!code.contains("notes") && !code.contains(".keep"), "{code}");
}

#[test]
fn a_page_has_an_arm_for_each_method_and_the_state_is_the_site() {
    let root = folder(&[("pages/api/counter.rs", COUNTER), ("pages/a.rs", PAGE)]);
    let code = generator().state("crate::App").generate(root.path(), root.path()).unwrap();
    for part in [
        "impl ::bantam::Site for crate::App {",
        "Route::page(&[\"GET\"], \"/api/counter\")",
        "Route::page(&[\"POST\"], \"/api/counter\")",
        "([1] page page_1::get)",
        "([2] page page_1::post)",
        "([0] plain page_0::request_handler)",
    ] {
        assert!(code.contains(part), "{part} in {code}");
    }
    assert!(!code.contains("struct Pages"), "{code}");
}

#[test]
fn an_error_page_answers_its_status_and_has_no_path() {
    let error = "pub async fn refused<C: Connection>(d: &mut D, s: Status, r: &'static str) -> R<C> { x() }";
    let code =
        generate(&[("pages/404.rs", error), ("pages/500.rs", error), ("pages/error.rs", error)]).unwrap();
    for part in [
        "404 => error_0::refused(details, status, reason)",
        "500 => error_1::refused(",
        "_ => error_2::refused(",
    ] {
        assert!(code.contains(part), "{part} in {code}");
    }
    assert!(!code.contains("Route::page"), "{code}");
    let alone =
        generate(&[("pages/404.rs", error), ("pages/error.rs", PAGE), ("pages/a/error.rs", PAGE)]).unwrap();
    assert!(alone.contains("_ => ::core::result::Result::Ok(())") && alone.contains("\"/error\""), "{alone}");
}

#[test]
fn the_same_folders_give_the_same_code() {
    let root = folder(&[("pages/index.rs", PAGE), ("static/a.css", &"a { b: c }\n".repeat(50))]);
    let code = || generator().generate(root.path(), &root.path().join("out")).unwrap();
    assert_eq!(code(), code());
}

#[test]
fn a_device_can_leave_out_what_is_compressed() {
    let text = "a { b: c }\n".repeat(50);
    let root = folder(&[("static/a.css", &text), ("static/b.txt", "short")]);
    let device = generator().codings(&[Coding::Gzip]).identity(false).hashed_paths(false);
    let code = device.generate(root.path(), &root.path().join("out")).unwrap();
    assert!(code.contains("coding: Some(\"gzip\")") && !code.contains("\"br\""), "{code}");
    assert_eq!(code.matches("coding: None").count(), 1, "{code}");
    assert!(code.contains("(\"a.css\") => { \"a.css\" };") && !code.contains("Immutable"), "{code}");
}

#[test]
fn a_file_that_a_page_with_a_parameter_would_take_comes_first() {
    let hidden = generate(&[("pages/[...path].rs", PAGE), ("static/a", "a")]).unwrap();
    assert!(hidden.contains("FILES.contains(details)"), "{hidden}");
    let separate = generate(&[("pages/p/[...path].rs", PAGE), ("static/a", "a")]).unwrap();
    assert!(!separate.contains("FILES.contains(details)"), "{separate}");
}

#[test]
fn an_invalid_page_or_file_is_named_in_one_sentence() {
    for (content, expected) in [
        (
            &[("pages/index.rs", PAGE), ("pages/a/bad.rs", "pub fn request_handler(d: D) {}")][..],
            "pages/a/bad.rs is not a page: it needs `pub async fn request_handler",
        ),
        (&[("pages/a.rs", "fn")], "pages/a.rs is not Rust: "),
        (&[("pages/a.rs", COUNTER)], "pages/a.rs takes a state in `get`, but the build script names none"),
        (&[("pages/a[b].rs", PAGE)], "pages/a[b].rs: a parameter is a whole name, [id] or [...rest]"),
        (&[("pages/a b.rs", PAGE)], "pages/a b.rs: a b has a name that needs escapes in a URL"),
        (&[("pages/404.rs", PAGE)], "pages/404.rs is not an error page: it needs `pub async fn refused"),
        (&[("pages/a/404.rs", PAGE)], "pages/a/404.rs: an error page is in the first folder, pages"),
        (&[("static/a b", "")], "static/a b: a b has a name that needs escapes in a URL"),
        (
            &[("pages/[a].rs", PAGE), ("pages/[b].rs", PAGE)],
            "pages/[a].rs and pages/[b].rs give one segment two names, [a] and [b]",
        ),
        (
            &[("pages/a/index.rs", PAGE), ("static/a/index", "file")],
            "pages/a/index.rs and static/a/index have the same path /a/index",
        ),
    ] {
        let message = generate(content).unwrap_err();
        assert!(message.starts_with(expected) && !message.contains('\n'), "{expected}: {message}");
    }
}

#[test]
fn a_missing_folder_and_a_bad_state_are_named() {
    let message = generator().generate(Path::new("/nowhere"), Path::new("/nowhere")).unwrap_err();
    assert!(message.starts_with("/nowhere/pages cannot be read: "), "{message}");
    let message = Generator::new().state("a b").generate(Path::new("/"), Path::new("/")).unwrap_err();
    assert_eq!(message, "\"a b\" is not the path of a type, such as crate::App");
}

#[test]
fn a_page_and_a_file_that_are_left_out_are_not_there_and_others_cannot_be_left_out() {
    let root =
        folder(&[("pages/a.rs", PAGE), ("pages/b.rs", PAGE), ("static/a.txt", "x"), ("static/b.txt", "x")]);
    let generate = |path: &str| generator().without(path).generate(root.path(), &root.path().join("out"));
    let code = generate("a.rs").expect("generated");
    assert!(!code.contains("\"/a\"") && code.contains("\"/b\"") && code.contains("/a.txt"), "{code}");
    let code = generate("a.txt").expect("generated");
    assert!(code.contains("\"/a\"") && !code.contains("/a.txt") && code.contains("/b.txt"), "{code}");
    let message = "there is no page and no static file pages/a.rs to leave out";
    assert_eq!(generate("pages/a.rs"), Err(message.into()));
}
