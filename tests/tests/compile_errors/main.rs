//! What the compiler says to a mistake in `routes!`: the first line of its message, for each file of `cases`.
//!
//! Invariant: the second line of a case is the first error, but for what the compiler puts around it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The cases: their names, with their paths and the errors that their second lines quote.
fn cases() -> BTreeMap<String, (PathBuf, Option<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile_errors/cases");
    let read = |path: PathBuf| {
        let name = path.file_stem()?.to_str()?.to_owned();
        let text = fs::read_to_string(&path).ok()?;
        let error = match text.lines().nth(1)?.strip_prefix("//! ")? {
            "no error" => None,
            quoted => Some(quoted.strip_prefix("error: ")?.to_owned()),
        };
        Some((name, (path, error)))
    };
    let files = fs::read_dir(folder).expect("the folder of the cases");
    files.map(|file| read(file.expect("a file").path()).expect("a case with a second line")).collect()
}

/// Makes a package of which each case is a program.
fn package(cases: &BTreeMap<String, (PathBuf, Option<String>)>) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile_errors");
    fs::create_dir_all(&folder).expect("a folder for the package");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut manifest = format!(
        "[package]\nname = \"cases\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\nbantam = {{ path = \
         '{}' }}\n",
        root.join("core").display()
    );
    for (name, (path, _)) in cases {
        write!(manifest, "\n[[bin]]\nname = \"{name}\"\npath = '{}'\n", path.display()).expect("memory");
    }
    fs::write(folder.join("Cargo.toml"), manifest).expect("a manifest");
    // The versions of the workspace, which have been fetched.
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).expect("a lock file");
    folder
}

/// The first error of each program, as the compiler reports them.
fn first_errors(folder: &Path) -> BTreeMap<String, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["check", "--offline", "--quiet", "--keep-going", "--message-format=json", "--manifest-path"])
        .arg(folder.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(folder.join("target"))
        .output()
        .expect("cargo runs");
    let mut errors = BTreeMap::new();
    let mut programs = 0;
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let message: Value = serde_json::from_str(line).unwrap_or_default();
        let text = |path: &str| message.pointer(path).and_then(Value::as_str).unwrap_or_default();
        programs += usize::from(text("/target/kind/0") == "bin");
        if text("/reason") == "compiler-message" && text("/message/level") == "error" {
            errors
                .entry(text("/target/name").to_owned())
                .or_insert_with(|| text("/message/message").to_owned());
        }
    }
    assert!(programs > 0, "nothing was compiled: {}", String::from_utf8_lossy(&output.stderr));
    errors
}

#[test]
fn the_first_line_of_the_compiler_names_the_mistake() {
    let cases = cases();
    let found = first_errors(&package(&cases));
    let mut wrong = Vec::new();
    for (name, (_, expected)) in &cases {
        let found = found.get(name);
        let is_right = match (expected, found) {
            (None, None) => true,
            (Some(expected), Some(found)) => found.contains(expected.as_str()),
            _ => false,
        };
        if !is_right {
            wrong.push(format!("{name}\n  expected: {expected:?}\n  found:    {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(found.keys().all(|name| cases.contains_key(name)), "{found:?}");
    assert!(cases.len() >= 20, "{} cases", cases.len());
}
