//! A command of cargo: its options, packages, features, targets and names of tests.

use std::fs;
use std::path::{Path, PathBuf};

use crate::repository::{Package, Repository, Target, has_word};

/// Options whose value is the next word, and what is looked up of it.
const WITH_VALUE: [&str; 13] = [
    "-p",
    "--package",
    "--features",
    "-F",
    "--test",
    "--example",
    "--bin",
    "--bench",
    "--manifest-path",
    "--path",
    "--target",
    "--profile",
    "-f",
];

/// The kinds of targets, by their option.
const TARGETS: [&str; 4] = ["--test", "--example", "--bin", "--bench"];

/// A command line behind `cargo`, by its parts.
#[derive(Default)]
struct Line<'a> {
    command: &'a str,
    flags: Vec<&'a str>,
    values: Vec<(&'a str, &'a str)>,
    /// Words that are neither.
    words: Vec<&'a str>,
    /// What stands behind `--`.
    behind: Vec<&'a str>,
}

impl<'a> Line<'a> {
    fn parse(words: &'a [String]) -> Self {
        let (mut line, mut words) = (Self::default(), words.iter().map(String::as_str));
        line.command = words.next().unwrap_or_default();
        while let Some(word) = words.next() {
            if word == "--" {
                line.behind.extend(words.by_ref());
            } else if let Some((flag, value)) = word.split_once('=').filter(|_| word.starts_with("--")) {
                line.flags.push(flag);
                line.values.push((flag, value));
            } else if word.starts_with('-') {
                line.flags.push(word);
                if WITH_VALUE.contains(&word) {
                    line.values.extend(words.next().map(|value| (word, value)));
                }
            } else {
                line.words.push(word);
            }
        }
        line
    }

    fn values(&self, options: &[&str]) -> Vec<&'a str> {
        let chosen = self.values.iter().filter(|(option, _)| options.contains(option));
        chosen.map(|(_, value)| *value).filter(|value| !is_placeholder(value)).collect()
    }
}

/// Returns true for a word that stands for others, such as `IMAGE` or `$i`.
pub(crate) fn is_placeholder(word: &str) -> bool {
    word.contains(['$', '<', '[', '*', '%'])
        || word.contains("..")
        || !word.contains(|letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit())
}

/// What is wrong with the words behind `cargo`, where they stand in this folder.
pub(crate) fn check(words: &[String], folder: &Path, repository: &Repository) -> Vec<String> {
    let line = Line::parse(words);
    let mut wrong = Vec::new();
    // A command of another package, such as `cargo mutants`, has options of its own.
    if matches!(line.command, "bench" | "build" | "check" | "doc" | "install" | "run" | "test") {
        let help = repository.help_of_cargo(line.command);
        let unknown = line.flags.iter().filter(|flag| !has_word(&help, flag));
        wrong.extend(unknown.map(|flag| format!("cargo {} has no {flag}", line.command)));
    }
    let manifest = line.values(&["--manifest-path", "--path"]).first().map(|path| folder.join(path));
    let folder = match &manifest {
        Some(path) if path.is_file() => path.parent().unwrap_or(folder),
        Some(path) => path,
        None => folder,
    };
    if !folder.is_dir() {
        return vec![format!("{} does not exist", folder.display())];
    }
    let Some(packages) = repository.packages(folder) else { return vec!["there is no package".to_owned()] };
    let names = line.values(&["-p", "--package"]);
    let unknown = names.iter().filter(|name| !packages.iter().any(|package| package.name == **name));
    wrong.extend(unknown.map(|name| format!("there is no package {name}")));
    let chosen: Vec<&Package> =
        packages.iter().filter(|package| names.is_empty() || names.contains(&&*package.name)).collect();
    let features = line.values(&["--features", "-F"]);
    let unknown = features
        .iter()
        .flat_map(|list| list.split([',', ' ']))
        .filter(|name| !has_feature(name, &chosen, &packages));
    wrong.extend(unknown.map(|name| format!("there is no feature {name}")));
    let mut targets: Vec<(&Package, &Target)> = Vec::new();
    for (option, name) in &line.values {
        let Some(kind) = TARGETS.contains(option).then(|| &option[2..]) else { continue };
        let found = chosen.iter().flat_map(|package| package.targets.iter().map(|target| (*package, target)));
        let before = targets.len();
        targets.extend(
            found.filter(|(_, target)| target.name == *name && target.kind.iter().any(|of| of == kind)),
        );
        if targets.len() == before && !is_placeholder(name) {
            wrong.push(format!("there is no {kind} {name}"));
        }
    }
    match line.command {
        "test" => wrong.extend(check_tests(&line, &chosen, &targets, repository)),
        "run" => wrong.extend(check_program(&line, &targets, repository)),
        _ => {}
    }
    wrong
}

/// `name` is a feature of a chosen package, or `package/name` of any.
fn has_feature(name: &str, chosen: &[&Package], all: &[Package]) -> bool {
    match name.split_once('/') {
        Some((of, name)) => {
            all.iter().any(|package| package.name == of && package.features.contains_key(name))
        }
        None => chosen.iter().any(|package| package.features.contains_key(name)),
    }
}

/// The options and the names of tests. A name has to occur in that of a function or a file of the chosen tests.
fn check_tests(
    line: &Line<'_>,
    chosen: &[&Package],
    targets: &[(&Package, &Target)],
    repository: &Repository,
) -> Vec<String> {
    let (mut wrong, mut filters, help) = (Vec::new(), line.words.clone(), repository.help_of_tests());
    let mut behind = line.behind.iter().copied();
    while let Some(word) = behind.next() {
        if !word.starts_with('-') {
            filters.push(word);
        } else if !has_word(&help, word) {
            wrong.push(format!("a test program has no {word}"));
        } else if word == "--skip" || word == "--test-threads" {
            behind.next();
        }
    }
    let sources: Vec<PathBuf> = if targets.is_empty() {
        chosen.iter().filter_map(|package| package.manifest_path.parent()).map(Path::to_owned).collect()
    } else {
        targets.iter().flat_map(|(_, target)| files_of(&target.src_path)).collect()
    };
    let filters = filters.into_iter().filter(|filter| !is_placeholder(filter));
    let unknown = filters.filter(|filter| !sources.iter().any(|source| names_a_test(source, filter)));
    wrong.extend(unknown.map(|filter| format!("no test has {filter} in its name")));
    wrong
}

/// A target's file, and the folder of its modules.
fn files_of(source: &Path) -> Vec<PathBuf> {
    if source.file_name().is_some_and(|name| name == "main.rs") {
        return source.parent().map(Path::to_owned).into_iter().collect();
    }
    vec![source.to_owned(), source.with_extension("")]
}

/// Returns true if a function or a file at or below `path` has `filter` in its name.
fn names_a_test(path: &Path, filter: &str) -> bool {
    if path.is_dir() {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        return entries
            .filter(|entry| entry.file_name() != "target")
            .any(|entry| names_a_test(&entry.path(), filter));
    }
    if path.extension().is_none_or(|ending| ending != "rs") {
        return false;
    }
    let has_name = path.file_stem().is_some_and(|name| name.to_string_lossy().contains(filter));
    has_name
        || fs::read_to_string(path).is_ok_and(|text| {
            let functions = text.split("fn ").skip(1).filter_map(|rest| rest.split('(').next());
            functions.into_iter().any(|name| name.contains(filter))
        })
}

/// The flags that `cargo run` hands on: of an example or another program its source has them, the program's are known.
fn check_program(line: &Line<'_>, targets: &[(&Package, &Target)], repository: &Repository) -> Vec<String> {
    let flags = line
        .behind
        .iter()
        .filter(|word| word.starts_with("--"))
        .map(|word| word.split('=').next().unwrap_or(word));
    let unknown = flags.filter(|flag| match targets.first() {
        None => !repository.is_flag(flag),
        Some((_, target)) => {
            let quoted = format!("\"{flag}\"");
            !files_of(&target.src_path).iter().any(|path| has_text(path, &quoted))
        }
    });
    unknown.map(|flag| format!("the program has no {flag}")).collect()
}

fn has_text(path: &Path, text: &str) -> bool {
    if path.is_dir() {
        return fs::read_dir(path).into_iter().flatten().flatten().any(|entry| has_text(&entry.path(), text));
    }
    fs::read_to_string(path).is_ok_and(|found| found.contains(text))
}
