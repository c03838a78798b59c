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
fn a_directory_is_an_argument_too() {
    let dir = make_dir();
    let path = dir.path().to_str().expect("text");
    let mut command = command(&["--quiet", "--listing", path]);
    command.env("BANTAM_ROOT", "/no/such/dir");
    let program = Program::spawn(command);
    assert!(ask(&program, "/own.txt").ends_with("own.txt of the directory"));
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
fn redirects_and_a_prefix_hold_for_pages_and_files() {
    let dir = make_dir();
    let rules = "/=/docs/own.txt=302,/docs/old/*=/docs/*";
    let program = start(&dir, &["--pages", "--prefix", "/docs", "--redirect", rules]);
    for (path, head, end) in [
        ("/", "HTTP/1.1 302 ", "Location: /docs/own.txt\r\n"),
        ("/docs/old/own.txt?a", "HTTP/1.1 308 ", "Location: /docs/own.txt?a\r\n"),
        ("/docs", "HTTP/1.1 308 ", "Location: docs/\r\n"),
        ("/docs/own.txt", "HTTP/1.1 200 ", "own.txt of the directory"),
        ("/docs/robots.txt", "HTTP/1.1 200 ", "User-agent"),
        ("/docs/hello/Ada", "HTTP/1.1 200 ", "href=\"../"),
        ("/own.txt", "HTTP/1.1 404 ", ""),
        ("/docs/nothing", "HTTP/1.1 404 ", ""),
    ] {
        let answer = ask(&program, path);
        assert!(answer.starts_with(head) && answer.contains(end), "{path}: {answer}");
    }
    let mut built_in = command(&["--quiet", "--prefix", "/docs", "--check-config", "--bind", "127.0.0.1:0"]);
    assert!(built_in.output().expect("it runs").status.success());
}

#[test]
fn the_startup_line_has_the_prefix() {
    use std::io::{BufRead as _, BufReader};

    let mut command = command(&["--quiet", "--prefix", "/docs/v1/", "--bind", "127.0.0.1:0"]);
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().expect("it runs");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    child.kill().and_then(|()| child.wait()).expect("ended");
    assert!(line.starts_with("bantam serves http://127.0.0.1:") && line.ends_with("/docs/v1/\n"), "{line}");
}

#[test]
fn an_invalid_value_is_one_sentence() {
    let dir = make_dir();
    let root = dir.path().to_str().expect("text");
    let file = format!("{root}/own.txt");
    for (flags, code, word) in [
        (&["--root", "/no/such/dir"][..], 1, "there is no directory /no/such/dir"),
        (&["--root", &file], 1, "is not a directory"),
        (&["/no/such/dir"], 1, "there is no directory /no/such/dir (see bantam --help)"),
        (&[&file], 1, "own.txt is not a directory"),
        (&[root, "--root", root], 2, "cannot be used with"),
        (&[root, root], 2, "unexpected argument"),
        (&["--root", root, "--cors", "a.example"], 2, "is not an origin"),
        (&["--root", root, "--cache-control", "max-age: 5"], 2, "is not a Cache-Control"),
        (&["--root", root, "--spa", "nothing.html"], 1, "is not a file below the root"),
        (&["--root", root, "--spa", "../x"], 1, "is not a file below the root"),
        (&["--root", root, "--symlinks", "all"], 2, "possible values: never, inside"),
        (&["--listing"], 2, "--root <DIR>"),
        (&["--archive"], 2, "--root <DIR>"),
        (&["--root", root, "--archive=perhaps"], 2, "perhaps"),
        (&["--pretty-urls"], 2, "--root <DIR>"),
        (&["--prefix", "docs"], 2, "\"docs\" is no prefix, such as /docs"),
        (&["--prefix", "/a/../b"], 2, "is no prefix"),
        (&["--redirect", "/a"], 2, "expected FROM=TO or FROM=TO=STATUS"),
        (&["--redirect", "/a=//evil.example"], 2, "is neither a path such as /new nor a URL"),
        (&["--redirect", "/a=/b\r\nSet-Cookie: c"], 2, "is neither a path such as /new nor a URL"),
        (&["--redirect", "/a=/b,/b=/a"], 2, "--redirect: /a leads into a circle"),
        (&["--redirect", "/a=/b", "--redirect", "/a=/c"], 2, "--redirect: /a is redirected twice"),
        (&["--check-config", "--redirect", "/a/*=/a/b/*"], 2, "--redirect: /a/* may lead into a circle"),
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

#[test]
#[cfg(target_os = "linux")]
fn archives_of_a_huge_folder_stay_below_the_ceiling_of_memory_and_leave_no_descriptor() {
    use std::io::{Read as _, Write as _};
    use std::process::{Command, Stdio};

    const FILES: usize = 20_000;
    let dir = tempfile::tempdir().expect("a directory");
    let noise: Vec<u8> = (0..100_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    std::fs::write(dir.path().join("own.txt"), noise).expect("written");
    std::fs::create_dir(dir.path().join("many")).expect("made");
    std::fs::write(dir.path().join("many/f"), "x").expect("written");
    for number in 1..FILES {
        std::fs::hard_link(dir.path().join("many/f"), dir.path().join(format!("many/{number:0>150}")))
            .expect("another name");
    }
    let program = start(&dir, &["--archive"]);
    let descriptors =
        || std::fs::read_dir(format!("/proc/{}/fd", program.child.id())).expect("Linux").count();
    let request = b"GET /?archive=tar.gz HTTP/1.0\r\n\r\n";
    // Until every worker has been asked, and all have opened what they keep.
    assert!(read_to_close(&mut send(program.address, request)).len() > 100_000);
    let before = descriptors();
    for _ in 0..8 {
        // Each goes away in the middle.
        let mut clients: Vec<_> = (0..4).map(|_| send(program.address, request)).collect();
        clients.iter_mut().for_each(|client| client.read_exact(&mut [0; 500]).expect("a part"));
        drop(clients);
        common::wait_until(|| descriptors() <= before);
    }
    let mut tar =
        Command::new("tar").arg("-tz").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("tar");
    let mut stdin = tar.stdin.take().expect("piped");
    let mut archive = String::new();
    let mut bytes = Vec::new();
    send(program.address, request).read_to_end(&mut bytes).expect("it goes on");
    let start = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
    let writer = std::thread::spawn(move || stdin.write_all(&bytes[start..]).expect("tar reads it"));
    tar.stdout.take().expect("piped").read_to_string(&mut archive).expect("text");
    writer.join().expect("written");
    assert!(tar.wait().expect("ended").success());
    assert_eq!(archive.lines().count(), FILES + 3);
    let peak = program.status("VmHWM");
    println!("peak resident memory of the program: {peak}");
    let kilobytes: u64 = peak.split_whitespace().nth(1).expect("a number").parse().expect("a number");
    assert!(kilobytes < 32 * 1024, "{peak}");
}

#[test]
fn a_429_has_the_fields_that_scripts_need_and_password_guesses_count() {
    let dir = tempfile::tempdir().unwrap();
    let hash = "ada:$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    let root = dir.path().to_str().unwrap();
    let flags = ["--root", root, "--rate-limit", "1/h", "--basic-auth", hash, "--cors", "https://a.example"];
    let program = Program::start(&flags);
    let request = b"GET / HTTP/1.1\r\nHost: a\r\nOrigin: https://a.example\r\n\r\n";
    let mut client = common::connect(program.address);
    for status in [401, 429] {
        std::io::Write::write_all(&mut client, request).unwrap();
        let answer = read_response(&mut client).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(answer.contains("\r\nAccess-Control-Allow-Origin: https://a.example\r\n"), "{answer}");
    }
}
