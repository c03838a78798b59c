//! What exists: files, flags of the program, options of scripts and of cargo, packages with their features and targets.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use serde::Deserialize;

/// The flags of the program: `transport-std/tests/settings/flags.rs` compares this table with `bantam --help`.
const FLAGS: &str = include_str!("../../../transport-std/features.md");

/// A package, as `cargo metadata` describes it.
#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest_path: PathBuf,
    pub(crate) features: BTreeMap<String, Vec<String>>,
    pub(crate) targets: Vec<Target>,
}

#[derive(Deserialize)]
pub(crate) struct Target {
    /// Such as `bin`, `example` or `test`.
    pub(crate) kind: Vec<String>,
    pub(crate) name: String,
    pub(crate) src_path: PathBuf,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

pub(crate) struct Repository {
    pub(crate) root: PathBuf,
    /// Every file but those of builds, from the root.
    files: Vec<PathBuf>,
    flags: BTreeSet<String>,
    /// What a program prints for its help, by its command line.
    helps: RefCell<BTreeMap<String, Rc<str>>>,
    /// The packages of a workspace, by the folder of its manifest.
    workspaces: RefCell<BTreeMap<PathBuf, Rc<Vec<Package>>>>,
}

impl Repository {
    pub(crate) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("a folder");
        let mut files = Vec::new();
        walk(&root, &mut files);
        let cells =
            FLAGS.lines().filter(|line| line.starts_with("| ")).filter_map(|row| row.split('|').nth(2));
        let words = cells.flat_map(|cell| cell.split(['`', ' '])).filter(|word| word.starts_with("--"));
        // These two are clap's own, and no features.
        let flags: BTreeSet<String> = words.chain(["--help", "--version"]).map(str::to_owned).collect();
        assert!(flags.len() > 50, "{} flags", flags.len());
        Self { root, files, flags, helps: RefCell::default(), workspaces: RefCell::default() }
    }

    pub(crate) fn is_flag(&self, flag: &str) -> bool {
        self.flags.contains(flag)
    }

    /// The files whose name ends in this, with their text.
    pub(crate) fn texts(&self, ending: &str) -> impl Iterator<Item = (String, String)> {
        let files = self.files.iter().filter(move |file| file.to_string_lossy().ends_with(ending));
        files.map(|file| {
            let name = file.strip_prefix(&self.root).unwrap_or(file).to_string_lossy().replace('\\', "/");
            (name, fs::read_to_string(file).unwrap_or_default())
        })
    }

    /// Returns true if the word occurs in the source or in a script.
    pub(crate) fn source_has(&self, word: &str) -> bool {
        let is_source =
            |file: &&PathBuf| file.extension().is_none_or(|ending| ending == "rs" || ending == "sh");
        self.files
            .iter()
            .filter(is_source)
            .any(|file| fs::read_to_string(file).is_ok_and(|text| text.contains(word)))
    }

    /// What a script prints for `--help`.
    pub(crate) fn help_of_script(&self, path: &str) -> Rc<str> {
        self.help(path, || Command::new(self.root.join(path)).arg("--help").current_dir(&self.root).output())
    }

    /// What cargo prints for `-h` of a command; empty for a command that is not cargo's own.
    pub(crate) fn help_of_cargo(&self, command: &str) -> Rc<str> {
        // A workflow may have CARGO_TERM_COLOR=always.
        self.help(&format!("cargo {command}"), || {
            Command::new(env!("CARGO")).args([command, "-h"]).env("CARGO_TERM_COLOR", "never").output()
        })
    }

    /// The options of a test program.
    pub(crate) fn help_of_tests(&self) -> Rc<str> {
        self.help("tests", || Command::new(std::env::current_exe()?).arg("--help").output())
    }

    fn help(&self, name: &str, run: impl FnOnce() -> std::io::Result<std::process::Output>) -> Rc<str> {
        if let Some(help) = self.helps.borrow().get(name) {
            return Rc::clone(help);
        }
        let output = run().ok().filter(|output| output.status.success());
        let help: Rc<str> =
            output.map_or_else(String::new, |output| String::from_utf8_lossy(&output.stdout).into()).into();
        self.helps.borrow_mut().insert(name.to_owned(), Rc::clone(&help));
        help
    }

    /// The packages of the workspace that cargo finds from this folder; `None` if there is none.
    pub(crate) fn packages(&self, folder: &Path) -> Option<Rc<Vec<Package>>> {
        let manifest =
            folder.ancestors().map(|folder| folder.join("Cargo.toml")).find(|manifest| manifest.is_file())?;
        if let Some(packages) = self.workspaces.borrow().get(&manifest) {
            return Some(Rc::clone(packages));
        }
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(["metadata", "--no-deps", "--offline", "--format-version=1", "--manifest-path"])
            .arg(&manifest);
        let output = cargo.output().ok().filter(|output| output.status.success())?;
        let metadata: Metadata = serde_json::from_slice(&output.stdout).ok()?;
        let packages = Rc::new(metadata.packages);
        self.workspaces.borrow_mut().insert(manifest, Rc::clone(&packages));
        Some(packages)
    }

    /// The packages of every workspace of the repository.
    pub(crate) fn all_packages(&self) -> Vec<Rc<Vec<Package>>> {
        let manifests = self.files.iter().filter(|file| file.ends_with("Cargo.toml"));
        manifests.filter_map(|manifest| self.packages(manifest.parent()?)).collect()
    }
}

/// Every file of a folder, but those in the build directories of cargo, which hold a tag, and in `target`.
fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() {
            if name != ".git" && name != "target" && !path.join("CACHEDIR.TAG").is_file() {
                walk(&path, found);
            }
        } else {
            found.push(path);
        }
    }
}

/// Returns true if the text has the option as a whole word.
pub(crate) fn has_word(text: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_');
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
}
