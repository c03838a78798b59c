//! Tests of the generator on whole folders.
//! Invariant: the routes depend on the folders alone, and every error names its file.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{files, pages, routes, walk};

const PAGE: &str =
    "pub async fn request_handler<C: Connection>(d: &mut RequestDetails<'_, C>) -> R<C> { x() }";

/// Creates a folder with these files in `pages/` and `static/`.
fn folder(name: &str, content: &[(&str, &str)]) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&root);
    for (path, text) in content.iter().chain(&[("pages/.keep", ""), ("static/.keep", "")]) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("the path has a parent")).expect("the folder is created");
        fs::write(path, text).expect("the file is written");
    }
    root
}

fn generate(root: &Path) -> Result<String, String> {
    routes::emit(&pages::find(&root.join("pages"))?, &files::find(&root.join("static"))?)
}

#[test]
fn files_are_sorted_by_path() {
    let root = folder("order", &[("b", ""), ("a/z", ""), ("a.txt", ""), ("a/y/x", ""), (".hidden", "")]);
    let (found, _): (Vec<_>, Vec<_>) = walk::files(&root).unwrap().into_iter().unzip();
    assert_eq!(found, ["a.txt", "a/y/x", "a/z", "b"]);
}

#[test]
fn folders_become_paths() {
    let root = folder(
        "nested",
        &[
            ("pages/index.rs", PAGE),
            ("pages/a/index.rs", PAGE),
            ("pages/a/b.rs", PAGE),
            ("pages/notes.txt", "no page"),
            ("static/a/c.txt", "file"),
        ],
    );
    let code = generate(&root).unwrap();
    for arm in
        ["b\"/\" | b\"/index\" =>", "b\"/a/\" | b\"/a/index\" =>", "b\"/a/b\" =>", "path: \"/a/c.txt\""]
    {
        assert!(code.contains(arm), "{arm} in {code}");
    }
    assert!(!code.contains("notes") && !code.contains(".keep"), "{code}");
}

#[test]
fn the_methods_of_all_pages_are_the_methods_of_the_server() {
    let stated = format!("pub const ALLOW: &str = \"POST, PATCH\";\n{PAGE}");
    let code = generate(&folder("methods", &[("pages/a.rs", &stated), ("pages/b.rs", PAGE)])).unwrap();
    assert!(
        code.contains(
            "ALL_METHODS: MethodSet = MethodSet::of(&[Method::Get, Method::Head, Method::Options, Method::Patch"
        ),
        "{code}"
    );
    assert!(code.contains("MethodSet::of(&[Method::Options, Method::Patch, Method::Post]),\n"), "{code}");
}

#[test]
fn an_invalid_page_in_a_nested_folder_is_named() {
    let root =
        folder("bad", &[("pages/index.rs", PAGE), ("pages/a/bad.rs", "pub fn request_handler(d: D) {}")]);
    let message = generate(&root).unwrap_err();
    assert!(
        message.starts_with("pages/a/bad.rs is not a page: it needs `pub async fn request_handler"),
        "{message}"
    );
}

#[test]
fn an_index_and_a_file_of_that_name_clash() {
    let root = folder("clash", &[("pages/a/index.rs", PAGE), ("static/a/index", "file")]);
    let message = generate(&root).unwrap_err();
    assert!(message.ends_with("have the same path /a/index"), "{message}");
    assert!(message.contains("pages/a/index.rs and ") && message.contains("static/a/index "), "{message}");
}

#[test]
fn a_missing_folder_is_named() {
    let message = generate(Path::new("/nowhere")).unwrap_err();
    assert!(message.starts_with("/nowhere/pages cannot be read: "), "{message}");
}
