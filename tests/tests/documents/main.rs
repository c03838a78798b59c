//! The Markdown documents of the repository: every command, flag, feature, path and link in them exists.
//!
//! Invariant: each kind of error that is planted in a document is found (`planted.rs`).
#![cfg(unix)] // The scripts, whose help is asked for, need a shell.

mod cargo;
mod check;
mod markdown;
mod planted;
mod repository;
mod shell;

use std::path::Path;

use markdown::Document;
use repository::Repository;

/// The folders of the packages whose README a registry shows, where no link leads out of the package.
const PACKAGES: [&str; 5] = ["core", "transport-std", "transport-embedded", "www", "www/build"];

fn documents(repository: &Repository) -> Vec<(Document, usize)> {
    let texts = repository.texts(".md");
    texts.map(|(name, text)| (Document::parse(&name, &text), text.lines().count())).collect()
}

#[test]
fn what_a_document_names_exists() {
    let repository = Repository::read();
    let documents = documents(&repository);
    let wrong: Vec<String> =
        documents.iter().flat_map(|(document, _)| check::check(document, &repository)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let count =
        |of: fn(&Document) -> usize| documents.iter().map(|(document, _)| of(document)).sum::<usize>();
    let (code, links) = (count(|document| document.code.len()), count(|document| document.links.len()));
    assert!(
        documents.len() > 20 && code > 2000 && links > 90,
        "{} documents, {code}, {links}",
        documents.len()
    );
}

#[test]
fn the_readme_of_a_package_leads_to_no_file_outside_of_it_and_is_short() {
    let repository = Repository::read();
    let documents = documents(&repository);
    let readme = |folder: &str| {
        let path = if folder.is_empty() { "README.md".to_owned() } else { format!("{folder}/README.md") };
        documents.iter().find(|(document, _)| document.path == path).unwrap_or_else(|| panic!("no {path}"))
    };
    assert!(readme("").1 <= 140, "README.md has {} lines", readme("").1);
    for folder in PACKAGES {
        let (document, lines) = readme(folder);
        assert!(*lines <= 200, "{} has {lines} lines", document.path);
        let relative = document.links.iter().filter(|link| !link.to.contains("://"));
        let outside: Vec<&str> = relative
            .map(|link| &*link.to)
            .filter(|to| !check::plain(&Path::new(folder).join(to)).starts_with(folder))
            .collect();
        assert!(outside.is_empty(), "{}: {outside:?}", document.path);
    }
}
