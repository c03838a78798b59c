//! Law: the program serves a folder as its flags say; a mistake is one sentence.

mod common;
#[path = "common/program.rs"]
mod program;

use std::fs::File;

use common::{answer, get, rest, send};
use program::{Program, command};
use tempfile::TempDir;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["index.html", "sleep", "style.css", "own.txt"] {
        std::fs::write(folder.path().join(name), format!("{name} of the folder")).expect("written");
    }
    folder
}

fn start(folder: &TempDir, flags: &[&str]) -> Program {
    Program::start(&[&["--quiet", "--root", folder.path().to_str().expect("text")], flags].concat())
}

fn ask(program: &Program, path: &str) -> String {
    answer(&mut send(program.address, &get(path))).expect("an answer")
}

#[test]
fn a_folder_takes_the_place_of_the_built_in_site() {
    let folder = folder();
    let program = start(&folder, &[]);
    assert!(ask(&program, "/").ends_with("index.html of the folder"));
    assert!(ask(&program, "/sleep").ends_with("sleep of the folder"));
    assert!(ask(&program, "/robots.txt").starts_with("HTTP/1.1 404 "));
}

#[test]
fn the_built_in_pages_stand_before_the_folder_where_they_are_wanted() {
    let folder = folder();
    let program = start(&folder, &["--pages"]);
    let greeting = b"GET /?firstname=Ada HTTP/1.0\r\n\r\n";
    assert!(rest(&mut send(program.address, greeting)).contains("Hello, Ada!"));
    assert!(ask(&program, "/robots.txt").starts_with("HTTP/1.1 200 "));
    assert!(ask(&program, "/own.txt").ends_with("own.txt of the folder"));
    assert!(ask(&program, "/index.html").ends_with("index.html of the folder"));
}

#[test]
fn a_mistake_is_one_sentence() {
    let folder = folder();
    let root = folder.path().to_str().expect("text");
    let file = format!("{root}/own.txt");
    for (flags, code, word) in [
        (&["--root", "/no/such/folder"][..], 1, "there is no folder /no/such/folder"),
        (&["--root", &file], 1, "is not a folder"),
        (&["--root", root, "--cors", "a.example"], 1, "is not an origin"),
        (&["--root", root, "--cache-control", "max-age: 5"], 1, "is not a Cache-Control"),
        (&["--root", root, "--spa", "nothing.html"], 1, "is not a file below the root"),
        (&["--root", root, "--spa", "../x"], 1, "is not a file below the root"),
        (&["--root", root, "--symlinks", "all"], 2, "possible values: never, inside"),
        (&["--listing"], 2, "--root <DIR>"),
    ] {
        let output = command(flags).args(["--bind", "127.0.0.1:0"]).output().expect("it runs");
        let said = String::from_utf8(output.stderr).expect("text");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(code), 0), "{flags:?}: {said}");
        assert!(said.contains(word) && !said.contains("panicked"), "{said}");
        assert!(code == 2 || said.lines().count() == 1, "{said}");
    }
}

/// 1 GB leaves in memory that does not grow with it.
#[test]
#[cfg(target_os = "linux")]
fn a_gigabyte_leaves_in_constant_memory() {
    const SIZE: u64 = 1 << 30;
    let folder = folder();
    File::create(folder.path().join("huge")).and_then(|file| file.set_len(SIZE)).expect("a file");
    let program = start(&folder, &[]);
    let mut client = send(program.address, b"GET /huge HTTP/1.0\r\n\r\n");
    let count = std::io::copy(&mut client, &mut std::io::sink()).expect("it goes on");
    assert!((SIZE..SIZE + 1024).contains(&count), "{count}");
    let peak = program.status("VmHWM");
    println!("peak resident memory of the program: {peak}");
    let kilobytes: u64 = peak.split_whitespace().nth(1).expect("a number").parse().expect("a number");
    assert!(kilobytes < 16_000, "{peak}");
}
