//! Checks the tables of `tests/conformance.md`, `SECURITY.md` and `transport-std/features.md`.
//!
//! Invariant: every row names a test, and every named test exists.

use std::fs;
use std::path::Path;

/// The table.
const TABLE: &str = include_str!("../conformance.md");
/// The promises, with a table of their tests.
const PROMISES: &str = include_str!("../../SECURITY.md");
/// The features of the program; `transport-std/tests/settings/flags.rs` compares its flags.
const FEATURES: &str = include_str!("../../transport-std/features.md");

/// The rows, as cells, of all sections whose title begins with `title`.
fn rows(title: &str) -> Vec<Vec<&'static str>> {
    rows_of(TABLE, title)
}

fn rows_of(text: &'static str, title: &str) -> Vec<Vec<&'static str>> {
    let sections = text.split("\n## ").filter(|section| section.starts_with(title));
    let lines = sections.flat_map(|section| section.lines().filter(|line| line.starts_with('|')).skip(2));
    lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// The names in a cell.
fn names(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// Why a test does not exist; `None` if it exists.
fn missing(name: &str) -> Option<String> {
    let Some((file, name)) = name.split_once("::") else { return Some(format!("{name} is not file::name")) };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file).with_extension("rs");
    let Ok(source) = fs::read_to_string(&path) else { return Some(format!("{file}.rs does not exist")) };
    let found = if name.starts_with('"') {
        name.len() > 2 && name.ends_with('"') && source.contains(name)
    } else if name.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_') {
        source.contains(&format!("const {name}: "))
    } else {
        is_test(&source, name)
    };
    (!found).then(|| format!("{file}.rs has no {name}"))
}

/// Returns true if a function of this name has the attribute `#[test]`, or is run in every mode of a server.
fn is_test(source: &str, name: &str) -> bool {
    if let Some((before, _)) = source.split_once(&format!("fn {name}(mode)")) {
        return before.contains("in_every_mode! {");
    }
    let Some((before, _)) = source.split_once(&format!("fn {name}(")) else { return false };
    let attributes = before.trim_end().lines().rev().take_while(|line| line.trim().starts_with("#["));
    attributes.map(str::trim).any(|line| line == "#[test]")
}

#[test]
fn every_requirement_has_a_level_and_a_test_that_exists() {
    let rows = rows("RFC ");
    let mut wrong = Vec::new();
    for row in &rows {
        let [section, level, requirement, tests] = row[..] else { panic!("not four cells: {row:?}") };
        let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !section.split('.').all(number)
            || !matches!(level, "MUST" | "MUST NOT" | "SHOULD" | "SHOULD NOT" | "MAY")
        {
            wrong.push(format!("{section} | {level}"));
        }
        if requirement.is_empty() || names(tests).next().is_none() {
            wrong.push(format!("{section}, {requirement}: no test"));
        }
        wrong.extend(names(tests).filter_map(missing).map(|why| format!("{section}, {requirement}: {why}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rows.len() > 120, "{} rows", rows.len());
}

#[test]
fn every_promise_has_a_test_that_exists() {
    let rows = rows_of(PROMISES, "What shows it");
    let tests: Vec<_> = rows.iter().flat_map(|row| names(row[1])).collect();
    let wrong: Vec<_> = tests.iter().filter_map(|name| missing(name)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Each of the two tables has a head.
    let bare = rows.iter().filter(|row| names(row[1]).next().is_none()).count();
    assert!(bare == 2 && tests.len() >= 20, "{bare} rows without a test, {} tests", tests.len());
}

#[test]
fn every_feature_names_a_test_that_exists() {
    let rows: Vec<_> = FEATURES.lines().filter(|line| line.starts_with('|')).skip(2).collect();
    let mut wrong = Vec::new();
    for row in &rows {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [feature, _, tests] = cells[..] else {
            wrong.push(format!("not three cells: {row}"));
            continue;
        };
        if names(tests).next().is_none() {
            wrong.push(format!("{feature}: no test"));
        }
        wrong.extend(names(tests).filter_map(missing).map(|why| format!("{feature}: {why}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rows.len() > 30, "{} rows", rows.len());
}

#[test]
fn pending_and_not_applicable_rows_state_it() {
    for row in rows("Pending") {
        assert!(matches!(row[..], [_, _, _, "pending"]), "{row:?}");
    }
    for row in rows("Not ") {
        assert!(row.len() > 1 && row.iter().all(|cell| !cell.is_empty()), "{row:?}");
    }
    assert!(!rows("Not applicable").is_empty());
}

#[test]
fn a_missing_test_is_found() {
    for name in [
        "nothing",
        "tests/tests/nothing::a_test",
        "tests/tests/conformance::rows",
        "tests/tests/conformance::a_test",
        "tests/tests/conformance::NOTHING",
        "tests/tests/conformance::\"",
        "tests/tests/conformance::\"no such \\n row\"",
    ] {
        assert!(missing(name).is_some(), "{name}");
    }
    for name in ["a_missing_test_is_found", "TABLE", "\"../conformance.md\""] {
        assert_eq!(missing(&format!("tests/tests/conformance::{name}")), None);
    }
}
