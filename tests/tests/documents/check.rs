//! Compares what a document names with what exists.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};

use crate::cargo::{self, is_placeholder};
use crate::markdown::{Document, Span};
use crate::repository::{Repository, has_word};
use crate::shell::{Command, commands};

/// What is wrong in a document, each with its line.
pub(crate) fn check(document: &Document, repository: &Repository) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut note = |line: usize, found: Vec<String>| {
        wrong.extend(found.into_iter().map(|what| format!("{}:{line}: {what}", document.path)));
    };
    for span in &document.code {
        note(span.line, check_code(span, document, repository));
    }
    for span in &document.prose {
        note(span.line, check_prose(span, repository));
    }
    for block in &document.blocks {
        match &*block.language {
            "sh" => {
                let found = commands(&block.text)
                    .iter()
                    .flat_map(|command| check_command(command, repository))
                    .collect();
                note(block.line, found);
            }
            "toml" => note(block.line, check_manifest(&block.text, repository)),
            // Rust is compiled by rustdoc.
            _ => {}
        }
    }
    for link in &document.links {
        note(link.line, check_link(&link.to, document, repository));
    }
    wrong
}

/// Code in a paragraph: flags, a command, a path or a variable.
fn check_code(span: &Span, document: &Document, repository: &Repository) -> Vec<String> {
    let text = &*span.text;
    let mut wrong: Vec<String> = if text.starts_with("--") {
        flags(text).filter_map(|flag| unknown_flag(flag, &span.context, repository)).collect()
    } else {
        commands(text).iter().flat_map(|command| check_command(command, repository)).collect()
    };
    if wrong.is_empty() {
        wrong.extend(missing_path(text, document, repository));
    }
    let variables = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let variables = variables.filter(|word| word.len() > 7 && word.starts_with("BANTAM_"));
    wrong.extend(variables.filter_map(|name| unknown_variable(name, repository)));
    wrong
}

/// A paragraph without its code: flags outside of backticks, and `feature` before code in it.
fn check_prose(span: &Span, repository: &Repository) -> Vec<String> {
    let mut wrong: Vec<String> =
        flags(&span.text).filter_map(|flag| unknown_flag(flag, &span.context, repository)).collect();
    let context = span.context.replace('\n', " ");
    for (word, count) in [("eature `", 1), ("eatures `", usize::MAX)] {
        for (at, _) in context.match_indices(word) {
            let list = context[at..].split_once(' ').map_or("", |(_, list)| list);
            let unknown = listed(list).take(count).filter(|name| !is_feature(name, repository));
            wrong.extend(unknown.map(|name| format!("there is no feature {name}")));
        }
    }
    wrong
}

/// The codes of a list at the front of a text: `a` (x), `b` and `c`.
fn listed(text: &str) -> impl Iterator<Item = &str> {
    let parts: Vec<&str> = text.split('`').collect();
    let mut names = Vec::new();
    for pair in parts.chunks(2) {
        let [between, name] = pair else { break };
        let between = between.trim();
        let is_first = names.is_empty() && between.is_empty();
        let joins = matches!(between, "," | "and" | "or" | ", and")
            || (between.starts_with('(') && between.ends_with("),"));
        if !is_first && (names.is_empty() || !joins) {
            break;
        }
        names.push(*name);
    }
    names.into_iter()
}

fn is_feature(name: &str, repository: &Repository) -> bool {
    repository
        .all_packages()
        .iter()
        .any(|packages| packages.iter().any(|package| package.features.contains_key(name)))
}

/// The flags in a text.
fn flags(text: &str) -> impl Iterator<Item = &str> {
    let words =
        text.split(|letter: char| letter.is_whitespace() || matches!(letter, '(' | '[' | '"' | ',' | '='));
    words.filter_map(|word| {
        let word = word.trim_end_matches(|letter: char| !letter.is_alphanumeric());
        let name = word.strip_prefix("--")?;
        let is_name = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        (name.starts_with(|letter: char| letter.is_ascii_lowercase()) && name.chars().all(is_name))
            .then_some(word)
    })
}

/// A flag that stands alone is one of the program, or of a script or of cargo's command in the same paragraph or row.
fn unknown_flag(flag: &str, context: &str, repository: &Repository) -> Option<String> {
    let words = || {
        context.split(|letter: char| {
            letter.is_whitespace() || matches!(letter, '`' | ',' | ';' | ':' | '|' | '(' | ')')
        })
    };
    let of_script = || {
        words()
            .filter(|word| word.starts_with("tests/"))
            .any(|path| has_word(&repository.help_of_script(path), flag))
    };
    let of_cargo = || {
        let commands = words().zip(words().skip(1)).filter(|(first, _)| *first == "cargo");
        commands.into_iter().any(|(_, command)| has_word(&repository.help_of_cargo(command), flag))
    };
    (!repository.is_flag(flag) && !of_script() && !of_cargo())
        .then(|| format!("{flag} is no flag of the program"))
}

/// A variable of the environment sets a flag, or the source reads it.
fn unknown_variable(name: &str, repository: &Repository) -> Option<String> {
    let flag = format!("--{}", name["BANTAM_".len()..].to_ascii_lowercase().replace('_', "-"));
    (!repository.is_flag(&flag) && !repository.source_has(name)).then(|| format!("nothing reads {name}"))
}

/// A command of this repository or of cargo; those of others are not known here.
fn check_command(command: &Command, repository: &Repository) -> Vec<String> {
    let Some((first, rest)) = command.words.split_first() else { return Vec::new() };
    let folder = repository.root.join(&command.folder);
    if !folder.is_dir() {
        // Said once, where the block goes there.
        return if first == "cd" {
            vec![format!("there is no folder {}", command.folder)]
        } else {
            Vec::new()
        };
    }
    match first.as_str() {
        "cargo" => cargo::check(rest, &folder, repository),
        "bantam" => {
            let unknown = rest.iter().flat_map(|word| flags(word)).filter(|flag| !repository.is_flag(flag));
            unknown.map(|flag| format!("bantam has no {flag}")).collect()
        }
        script if ["tests/", ".ci/", "core/fuzz/"].iter().any(|folder| script.starts_with(folder)) => {
            check_script(script, rest, &folder, repository)
        }
        _ => Vec::new(),
    }
}

/// A script can be run, and its help has each option and each word that is no path and no number.
fn check_script(script: &str, words: &[String], folder: &Path, repository: &Repository) -> Vec<String> {
    let path = folder.join(script);
    // Files that are no programs are the matter of `missing_path`.
    if path.extension().is_some()
        || path.is_dir()
        || path.with_extension("rs").is_file()
        || script.contains("::")
        || is_placeholder(script)
    {
        return Vec::new();
    }
    if !is_executable(&path) {
        return vec![format!("{script} is no program")];
    }
    let is_named =
        |word: &&str| word.contains(|letter: char| letter.is_ascii_lowercase()) && !word.contains(['/', '=']);
    let named: Vec<&str> = words.iter().map(String::as_str).filter(is_named).collect();
    if named.is_empty() {
        return Vec::new();
    }
    let help = repository.help_of_script(script);
    // A script that has a help takes `--help`.
    let is_known = |word: &&str| has_word(&help, word) || (*word == "--help" && !help.is_empty());
    let unknown = named.into_iter().filter(|word| !is_known(word));
    unknown.map(|word| format!("{script} --help does not have {word}")).collect()
}

fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Code that begins with a folder of the repository is a path in it, or in that of the document; `.rs` may be left out.
fn missing_path(text: &str, document: &Document, repository: &Repository) -> Option<String> {
    let word = text.split([' ', '#']).next()?.split("::").next()?.trim_end_matches(',');
    let (first, _) = word.split_once('/')?;
    if first.is_empty()
        || first.starts_with("..")
        || !repository.root.join(first).is_dir()
        || is_placeholder(word)
    {
        return None;
    }
    let beside = repository.root.join(&document.path).parent().map(Path::to_owned)?;
    let exists = [&repository.root, &beside].iter().any(|folder| {
        let path = folder.join(word);
        path.exists() || PathBuf::from(format!("{}.rs", path.display())).exists()
    });
    (!exists).then(|| format!("{word} does not exist"))
}

/// A manifest: each package of this repository in it exists, and has the features that are named.
fn check_manifest(text: &str, repository: &Repository) -> Vec<String> {
    let mut wrong = Vec::new();
    for line in text.lines() {
        let Some((name, value)) = line.split_once(" = ") else { continue };
        if name != "bantam" && !name.starts_with("bantam-") {
            continue;
        }
        let all = repository.all_packages();
        let Some(package) =
            all.iter().flat_map(|packages| packages.iter()).find(|package| package.name == name)
        else {
            wrong.push(format!("there is no package {name}"));
            continue;
        };
        let features = value
            .split_once("features = [")
            .map_or("", |(_, list)| list.split(']').next().unwrap_or_default());
        let names =
            features.split(',').map(|name| name.trim().trim_matches('"')).filter(|name| !name.is_empty());
        let unknown = names.filter(|feature| !package.features.contains_key(*feature));
        wrong.extend(unknown.map(|feature| format!("{name} has no feature {feature}")));
    }
    wrong
}

/// A relative link leads to a file, and to a heading of it. rustdoc resolves those to items (`::`), and nothing here those to other hosts.
fn check_link(to: &str, document: &Document, repository: &Repository) -> Vec<String> {
    if to.contains("::") || to.contains("://") || to.starts_with("mailto:") {
        return Vec::new();
    }
    let (path, anchor) = to.split_once('#').map_or((to, None), |(path, anchor)| (path, Some(anchor)));
    let folder = Path::new(&document.path).parent().unwrap_or(Path::new(""));
    let target = repository.root.join(plain(&folder.join(path)));
    if !path.is_empty() && !target.exists() {
        return vec![format!("{to} leads nowhere")];
    }
    let Some(anchor) = anchor else { return Vec::new() };
    let is_known = if path.is_empty() {
        document.anchors.iter().any(|known| known == anchor)
    } else {
        let text = fs::read_to_string(target).unwrap_or_default();
        Document::parse("", &text).anchors.iter().any(|known| known == anchor)
    };
    if is_known { Vec::new() } else { vec![format!("{to}: there is no such heading")] }
}

/// The path without `..`.
pub(crate) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir if plain.pop() => {}
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}
