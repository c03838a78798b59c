//! Uploads that end in the middle: the client goes, the program is killed, a call fails, the disk is full.
//!
//! Invariant: a name has its old content or all of the new one, what was acknowledged is there, and nothing else is left.

use std::fs;
use std::io::Write as _;
use std::net::TcpStream;

use bantam_std::Mode;

use crate::client::{Folder, begin, cut, finish, form};
use crate::common::wait_until;

/// Of so many bytes, in pieces of [`PIECE`].
const LENGTH: usize = 200_000;
const PIECE: usize = 64 * 1024;
const FLAGS: &[&str] = &["--upload-overwrite"];

/// The bodies of a PUT and of a form, each with the head of its request and how much of it is not the file's.
fn uploads() -> [(&'static str, &'static str, String, Vec<u8>, usize); 2] {
    let content = "n".repeat(LENGTH);
    let (content_type, form) = form(&[("filename=a", &content)]);
    let overhead = form.len() - LENGTH;
    let length = |body: &[u8]| format!("Content-Length: {}\r\n", body.len());
    let fields = format!("{content_type}{}", length(&form));
    [
        ("PUT", "/a", length(content.as_bytes()), content.into_bytes(), 0),
        ("POST", "/", fields, form, overhead),
    ]
}

/// Begins an upload, and waits until the first `count` bytes of its body have been written to the disk.
fn send_part(folder: &Folder, upload: &(&str, &str, String, Vec<u8>, usize), count: usize) -> TcpStream {
    let (method, path, fields, body, overhead) = upload;
    let mut stream = begin(folder.program.address, method, path, fields);
    stream.write_all(&body[..count]).unwrap();
    // The last bytes before a boundary may be held back.
    let least = count.saturating_sub(*overhead + 8).min(LENGTH) as u64;
    wait_until(|| folder.temporary().iter().any(|(_, length)| *length >= least) || count <= *overhead);
    stream
}

fn ends_of_pieces(body: &[u8]) -> impl Iterator<Item = usize> {
    (0..body.len()).step_by(PIECE).flat_map(|end| [end, end + 1]).chain([body.len() - 1])
}

fn kill(folder: &mut Folder, mode: Mode) {
    folder.restart(mode, FLAGS);
    wait_until(|| folder.temporary().is_empty());
}

in_every_mode! {
fn a_client_that_goes_at_any_piece_leaves_what_was_there(mode) {
    let folder = Folder::start(mode, FLAGS);
    for upload in &uploads() {
        for old in [None, Some("old")] {
            for count in ends_of_pieces(&upload.3) {
                let _ = fs::remove_file(folder.path("a"));
                old.iter().for_each(|old| fs::write(folder.path("a"), old).unwrap());
                cut(&send_part(&folder, upload, count));
                wait_until(|| folder.temporary().is_empty());
                assert_eq!(folder.content("a").as_deref(), old, "{} {count}", upload.0);
            }
        }
    }
}

fn a_program_that_is_killed_at_any_piece_leaves_what_was_there_and_cleans_at_its_start(mode) {
    let mut folder = Folder::start(mode, FLAGS);
    for upload in &uploads() {
        for (number, count) in ends_of_pieces(&upload.3).enumerate() {
            let old = (number % 2 == 0).then_some("old");
            let _ = fs::remove_file(folder.path("a"));
            old.iter().for_each(|old| fs::write(folder.path("a"), old).unwrap());
            let _stream = send_part(&folder, upload, count);
            kill(&mut folder, mode);
            assert_eq!(folder.content("a").as_deref(), old, "{} {count}", upload.0);
        }
    }
}

fn what_was_acknowledged_is_there_after_a_kill(mode) {
    let mut folder = Folder::start(mode, FLAGS);
    for upload in &uploads() {
        for round in 0..4 {
            let mut stream = send_part(&folder, upload, upload.3.len() - 1);
            stream.write_all(&upload.3[upload.3.len() - 1..]).unwrap();
            // In the odd rounds the kill comes when the answer does, or before.
            let acknowledged = round % 2 == 0;
            if acknowledged {
                assert!(matches!(finish(stream).status, 201 | 204));
            }
            kill(&mut folder, mode);
            let content = folder.content("a");
            assert!(content.is_none() && !acknowledged || content.is_some_and(|content| content == "n".repeat(LENGTH)));
            let _ = fs::remove_file(folder.path("a"));
        }
    }
}

fn a_start_removes_what_a_kill_left_and_nothing_that_another_program_receives(mode) {
    let folder = Folder::start(mode, FLAGS);
    for name in ["dir/.bantam-upload-0123456789abcdef", ".bantam-upload-x", "dir/a.bantam-upload-x", "dir/.bantam-uploads"] {
        fs::write(folder.path(name), "left").unwrap();
    }
    let upload = &uploads()[0];
    let mut stream = send_part(&folder, upload, PIECE);
    let other = crate::program::Program::start_in(mode, &["--quiet", "--upload", "--root", folder.path("").to_str().unwrap()]);
    wait_until(|| folder.temporary().len() == 2);
    assert_eq!(folder.temporary().iter().filter(|(path, _)| path.ends_with("a.bantam-upload-x")).count(), 1);
    drop(other);
    stream.write_all(&upload.3[PIECE..]).unwrap();
    assert_eq!(finish(stream).status, 201);
    assert_eq!(folder.names(), ["a", "dir/.bantam-uploads", "dir/a.bantam-upload-x"]);
}

fn of_many_writers_of_one_name_one_wins_whole(mode) {
    let contents: Vec<_> = (0..8_u8).map(|number| vec![b'a' + number; LENGTH]).collect();
    for flags in [&[][..], FLAGS] {
        let folder = Folder::start(mode, flags);
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let put = |content| { let folder = &folder; move || folder.put("/a", content) };
            let writers: Vec<_> = contents.iter().map(|content| scope.spawn(put(content))).collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        });
        let created = statuses.iter().filter(|status| **status == 201).count();
        let others = if flags.is_empty() { 409 } else { 204 };
        assert!(created == 1 && statuses.iter().all(|status| matches!(*status, 201) || *status == others), "{statuses:?}");
        let stored = fs::read(folder.path("a")).unwrap();
        let winner = contents.iter().position(|content| *content == stored);
        assert!(winner.is_some_and(|winner| !flags.is_empty() || statuses[winner] == 201), "{statuses:?}");
        assert_eq!(folder.names(), ["a"]);
    }
}

fn of_writers_that_expect_one_version_none_is_lost(mode) {
    let folder = Folder::start(mode, FLAGS);
    fs::write(folder.path("a"), "0").unwrap();
    let acknowledged: usize = std::thread::scope(|scope| {
        let count_up = || {
            let mut acknowledged = 0;
            for _ in 0..25 {
                let got = folder.ask("GET", "/a", "", b"");
                let next = got.body.parse::<usize>().unwrap() + 1;
                let fields = format!("If-Match: {}\r\n", got.field("ETag").unwrap());
                let status = folder.ask("PUT", "/a", &fields, next.to_string().as_bytes()).status;
                assert!(matches!(status, 204 | 412), "{status}");
                acknowledged += usize::from(status == 204);
            }
            acknowledged
        };
        let writers: Vec<_> = (0..4).map(|_| scope.spawn(count_up)).collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).sum()
    });
    assert_eq!(folder.content("a"), Some(acknowledged.to_string()));
}
}
