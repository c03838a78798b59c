//! The words of comments: a first line that says what a file is, and no person as a subject. CONTRIBUTING.md has the rule.

use std::fs;
use std::path::{Path, PathBuf};

use crate::repository;

/// Words that name a person; the subjects of comments are types and functions.
const PERSONS: [&str; 14] = [
    "who",
    "whoever",
    "whom",
    "whomever",
    "nobody",
    "somebody",
    "everybody",
    "anybody",
    "he",
    "him",
    "his",
    "she",
    "her",
    "hers",
];

/// Every Rust file of the repository, but those in cargo's build directories. These hold a tag, unless `tests/run` has made `target`.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() {
            if name != ".git" && name != "target" && !path.join("CACHEDIR.TAG").is_file() {
                sources(&path, found);
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

fn read(path: &Path) -> (String, String) {
    let root = repository();
    let name = path.strip_prefix(&root).unwrap_or(path).display().to_string();
    (name, fs::read_to_string(path).unwrap_or_default())
}

fn all() -> Vec<(String, String)> {
    let mut paths = Vec::new();
    sources(&repository(), &mut paths);
    paths.iter().map(|path| read(path)).collect()
}

/// The comments of a file, with their line numbers.
fn comments(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().filter_map(|(number, line)| {
        let line = line.trim_start();
        line.starts_with("//").then_some((number + 1, line))
    })
}

fn names_a_person(comment: &str) -> bool {
    let mut words =
        comment.split(|letter: char| !letter.is_alphanumeric() && letter != '\'' && letter != '_');
    words.any(|word| PERSONS.contains(&word.to_ascii_lowercase().as_str()))
}

#[test]
fn every_file_begins_with_what_it_is() {
    let begins =
        |text: &str| text.lines().next().is_some_and(|line| line.starts_with("//") && !line.contains("Law:"));
    let wrong: Vec<String> =
        all().into_iter().filter(|(_, text)| !begins(text)).map(|(name, _)| name).collect();
    assert!(wrong.is_empty(), "no first line that says what the file is: {wrong:#?}");
}

#[test]
fn no_comment_has_a_person_for_a_subject() {
    let mut wrong = Vec::new();
    for (name, text) in all() {
        for (number, comment) in comments(&text) {
            if names_a_person(comment) {
                wrong.push(format!("{name}:{number}: {comment}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_person_is_told_from_other_words() {
    assert!(names_a_person("// Whoever comes is served."));
    assert!(names_a_person("/// Returns his name."));
    assert!(!names_a_person("// The head is in the whole of the buffer; this holds there."));
}
