//! The flags of --root.

mod common;
#[path = "common/program.rs"]
mod program;

use std::fs::File;

use common::{get, read_response, read_to_close, send};
use program::{Program, command};
use tempfile::TempDir;

fn make_dir() -> TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    for name in ["index.html", "sleep", "style.css", "own.txt"] {
        std::fs::write(dir.path().join(name), format!("{name} of the directory")).expect("written");
    }
    dir
}

fn start(dir: &TempDir, flags: &[&str]) -> Program {
    Program::start(&[&["--quiet", "--root", dir.path().to_str().expect("text")], flags].concat())
}

fn ask(program: &Program, path: &str) -> String {
    read_response(&mut send(program.address, &get(path))).expect("an answer")
}

#[test]
fn root_replaces_the_built_in_site() {
    let dir = make_dir();
    let program = start(&dir, &[]);
    assert!(ask(&program, "/").ends_with("index.html of the directory"));
    assert!(ask(&program, "/sleep").ends_with("sleep of the directory"));
    assert!(ask(&program, "/robots.txt").starts_with("HTTP/1.1 404 "));
}

#[test]
#[cfg(unix)]
fn a_root_that_is_a_link_is_followed_to_the_release_of_the_moment() {
    let dir = make_dir();
    for release in ["one", "two"] {
        std::fs::create_dir(dir.path().join(release)).expect("made");
        std::fs::write(dir.path().join(release).join("a"), release).expect("written");
    }
    let switch = |release: &str| {
        std::os::unix::fs::symlink(release, dir.path().join("next")).expect("linked");
        std::fs::rename(dir.path().join("next"), dir.path().join("current")).expect("renamed");
    };
    switch("one");
    let mut command = command(&["--quiet", "--root", "current"]);
    command.current_dir(dir.path());
    let program = Program::spawn(command);
    assert!(ask(&program, "/a").ends_with("one"));
    switch("two");
    assert!(ask(&program, "/a").ends_with("two"));
    std::fs::remove_file(dir.path().join("current")).expect("removed");
    assert!(ask(&program, "/a").starts_with("HTTP/1.1 503 "));
    switch("one");
    assert!(ask(&program, "/a").ends_with("one"));
}

#[test]
fn pages_take_precedence_over_files() {
    let dir = make_dir();
    let program = start(&dir, &["--pages"]);
    let greeting = b"GET /?firstname=Ada HTTP/1.0\r\n\r\n";
    assert!(read_to_close(&mut send(program.address, greeting)).contains("Hello, Ada!"));
    assert!(ask(&program, "/robots.txt").starts_with("HTTP/1.1 200 "));
    assert!(ask(&program, "/own.txt").ends_with("own.txt of the directory"));
    assert!(ask(&program, "/index.html").ends_with("index.html of the directory"));
}

#[test]
fn an_invalid_value_is_one_sentence() {
    let dir = make_dir();
    let root = dir.path().to_str().expect("text");
    let file = format!("{root}/own.txt");
    for (flags, code, word) in [
        (&["--root", "/no/such/dir"][..], 1, "there is no directory /no/such/dir"),
        (&["--root", &file], 1, "is not a directory"),
        (&["--root", root, "--cors", "a.example"], 1, "is not an origin"),
        (&["--root", root, "--cache-control", "max-age: 5"], 1, "is not a Cache-Control"),
        (&["--root", root, "--spa", "nothing.html"], 1, "is not a file below the root"),
        (&["--root", root, "--spa", "../x"], 1, "is not a file below the root"),
        (&["--root", root, "--symlinks", "all"], 2, "possible values: never, inside"),
        (&["--listing"], 2, "--root <DIR>"),
    ] {
        let output = command(flags).args(["--bind", "127.0.0.1:0"]).output().expect("it runs");
        let stderr = String::from_utf8(output.stderr).expect("text");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(code), 0), "{flags:?}: {stderr}");
        assert!(stderr.contains(word) && !stderr.contains("panicked"), "{stderr}");
        assert!(code == 2 || stderr.lines().count() == 1, "{stderr}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_gigabyte_is_sent_in_constant_memory() {
    const SIZE: u64 = 1 << 30;
    let dir = make_dir();
    File::create(dir.path().join("huge")).and_then(|file| file.set_len(SIZE)).expect("a file");
    let program = start(&dir, &[]);
    let mut client = send(program.address, b"GET /huge HTTP/1.0\r\n\r\n");
    let count = std::io::copy(&mut client, &mut std::io::sink()).expect("it goes on");
    assert!((SIZE..SIZE + 1024).contains(&count), "{count}");
    let peak = program.status("VmHWM");
    println!("peak resident memory of the program: {peak}");
    let kilobytes: u64 = peak.split_whitespace().nth(1).expect("a number").parse().expect("a number");
    assert!(kilobytes < 16_000, "{peak}");
}

#[test]
#[cfg(target_os = "linux")]
fn listings_that_no_client_reads_stay_below_the_ceiling_of_memory() {
    use std::io::Read as _;

    const CLIENTS: u64 = 200;
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join("own.txt"), "").expect("written");
    for number in 0..5_000 {
        let link = dir.path().join(format!("{number:0>250}"));
        std::fs::hard_link(dir.path().join("own.txt"), link).expect("another name");
    }
    let program = start(&dir, &["--listing"]);
    let request = get("/");
    let mut clients: Vec<_> = (0..CLIENTS).map(|_| send(program.address, &request)).collect();
    // The first byte leaves when a part of the rows is written.
    clients.iter_mut().for_each(|client| client.read_exact(&mut [0]).expect("a byte"));
    let peak = program.status("VmHWM");
    println!("peak resident memory of the program: {peak}");
    let kilobytes: u64 = peak.split_whitespace().nth(1).expect("a number").parse().expect("a number");
    assert!(kilobytes < 24 * 1024 + CLIENTS * (28 + 16), "{peak}");
}
