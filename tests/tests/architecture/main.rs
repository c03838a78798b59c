//! The structure of the source: `use` lines without circles, arrows that ARCHITECTURE.md allows, words that CONTRIBUTING.md allows.

mod graph;
mod modules;
mod rooms;
mod words;

use std::path::{Path, PathBuf};

use graph::Graph;
use rooms::Rooms;

/// The table of rooms and arrows.
const MAP: &str = include_str!("../../../ARCHITECTURE.md");

/// The roots of every crate, from the folder of the repository.
const ROOTS: [&str; 13] = [
    "core/src/lib.rs",
    "transport-std/src/lib.rs",
    "transport-std/src/program/main.rs",
    "transport-embedded/src/lib.rs",
    "transport-embedded/firmware/src/lib.rs",
    "transport-embedded/boards/src/lib.rs",
    "transport-embedded/firmware-tls/src/lib.rs",
    "transport-embedded/firmware-tls/src/bin/https/main.rs",
    "www/src/lib.rs",
    "www/build/src/lib.rs",
    "www/build.rs",
    "tests/src/lib.rs",
    "tests/src/bin/stress/main.rs",
];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository is a folder")
}

/// The imports of every crate, in one graph: two crates share no file.
fn graph() -> Graph {
    let mut graph = Graph::default();
    for root in ROOTS {
        modules::read_crate(&repository(), root, &mut graph);
    }
    graph
}

#[test]
fn no_crate_has_a_circle_of_files() {
    let circles = graph().circles();
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

#[test]
fn every_arrow_between_rooms_is_in_the_table_of_architecture_md() {
    let rooms = Rooms::parse(MAP);
    let graph = graph();
    let unknown: Vec<&str> = graph.files().filter(|file| rooms.room(file).is_none()).collect();
    assert!(unknown.is_empty(), "files without a room: {unknown:?}");
    let forbidden = rooms.forbidden(&graph);
    assert!(forbidden.is_empty(), "{}", forbidden.join("\n"));
}

#[test]
fn the_table_of_rooms_has_no_circle_and_no_row_without_a_file() {
    let rooms = Rooms::parse(MAP);
    let graph = graph();
    assert_eq!(rooms.circles(), Vec::<String>::new());
    assert_eq!(rooms.empty(&graph), Vec::<&str>::new());
}

#[test]
fn the_graph_holds_the_imports_that_the_source_states() {
    let graph = graph();
    assert!(graph.files().count() > 150, "{} files", graph.files().count());
    assert!(graph.arrows().count() > 400, "{} arrows", graph.arrows().count());
    for (from, to) in [
        ("core/src/serve/receive.rs", "core/src/transport.rs"),
        ("core/src/error.rs", "core/src/status.rs"),
        ("transport-std/src/server.rs", "transport-std/src/threads/mod.rs"),
    ] {
        assert!(graph.arrows().any(|arrow| arrow == (from, to)), "{from} -> {to} is not found");
    }
}
