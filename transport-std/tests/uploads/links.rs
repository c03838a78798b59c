//! Names of every kind, links and what else is no plain file, and folders that are exchanged during an upload.
//!
//! Invariant: nothing outside the root is made, changed or removed.
#![cfg(unix)]

use std::fs;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;

use crate::client::{Folder, begin, finish};
use crate::common::wait_until;

/// Each in a URL, and on the disk.
const NAMES: [(&str, &[u8]); 12] = [
    ("/a+b", b"a+b"),
    ("/%3Cimg%20src=x%20onerror=alert(1)%3E", b"<img src=x onerror=alert(1)>"),
    ("/50%25.txt", b"50%.txt"),
    ("/%F0%9F%90%93", "\u{1f413}".as_bytes()),
    ("/%FF%FE", b"\xff\xfe"),
    ("/a%5Cb", b"a\\b"),
    ("/10%3A30", b"10:30"),
    ("/a%3Fb%23c", b"a?b#c"),
    ("/-rf", b"-rf"),
    ("/~", b"~"),
    ("/%20", b" "),
    ("/index.html", b"index.html"),
];

in_every_mode! {
fn a_name_of_every_kind_is_stored_and_found_under_its_location(mode) {
    let folder = Folder::start(mode, &["--listing"]);
    for (path, name) in NAMES {
        let reply = folder.ask("PUT", path, "", name);
        assert_eq!(reply.status, 201, "{path}");
        assert_eq!(fs::read(folder.path("").join(std::ffi::OsStr::from_bytes(name))).unwrap(), name);
        let location = format!("/{}", reply.field("Location").unwrap());
        let got = folder.ask("GET", &location, "", b"");
        assert_eq!((got.status, &*got.body), (200, &*String::from_utf8_lossy(name)), "{location}");
        assert_eq!(folder.ask("DELETE", &location, "", b"").status, 204, "{location}");
    }
    assert_eq!(folder.put(&format!("/{}", "x".repeat(255)), b"long"), 201);
}

fn a_link_is_neither_followed_nor_replaced_nor_removed(mode) {
    let folder = Folder::start(mode, &["--upload-overwrite"]);
    fs::write(folder.outside("secret"), "secret").unwrap();
    fs::write(folder.path("dir/inside"), "inside").unwrap();
    for (target, name) in [
        (folder.outside("secret"), "to-outside"),
        (folder.outside("new"), "dangling"),
        ("dir/inside".into(), "to-inside"),
        (folder.outside(""), "folder-outside"),
        ("dir".into(), "folder-inside"),
    ] {
        symlink(target, folder.path(name)).unwrap();
    }
    let fifo = std::process::Command::new("mkfifo").arg(folder.path("fifo")).status();
    assert!(fifo.is_ok_and(|status| status.success()), "mkfifo is part of coreutils");
    let before = folder.names();
    for path in ["/to-outside", "/dangling", "/to-inside", "/fifo"] {
        assert_eq!(folder.put(path, b"new"), 409, "{path}");
        assert_eq!(folder.ask("DELETE", path, "", b"").status, 409, "{path}");
        let form = folder.post("/", "", &[(&*format!("filename={}", &path[1..]), "new")]);
        assert_eq!(form.status, 409, "{path}");
    }
    for path in ["/folder-outside", "/folder-inside"] {
        assert_eq!(folder.put(&format!("{path}/a"), b"new"), 409, "{path}");
        assert_eq!(folder.put(&format!("{path}/secret"), b"new"), 409, "{path}");
        assert_eq!(folder.ask("DELETE", &format!("{path}/secret"), "", b"").status, 404, "{path}");
        assert_eq!(folder.ask("DELETE", &format!("{path}/inside"), "", b"").status, 404, "{path}");
        assert_eq!(folder.ask("DELETE", path, "", b"").status, 409, "{path}");
        let status = folder.post(&format!("{path}/"), "", &[("filename=a", "new")]).status;
        assert!(matches!(status, 404 | 409), "{path}: {status}");
    }
    assert_eq!(folder.names(), before);
    assert_eq!(fs::read_to_string(folder.outside("secret")).unwrap(), "secret");
    assert_eq!(fs::read_dir(folder.outside("")).unwrap().count(), 1);
    assert_eq!(folder.content("dir/inside").as_deref(), Some("inside"));
}

fn a_folder_that_is_exchanged_for_a_link_during_an_upload_gets_nothing(mode) {
    // The sandbox lets nothing be removed from a folder that was moved out of the root.
    let folder = Folder::start(mode, &["--upload-overwrite", "--sandbox", "off"]);
    for round in 0..4 {
        let (content_type, form) = crate::client::form(&[("filename=a", "new")]);
        let (method, path, fields, body) = if round % 2 == 0 {
            ("PUT", "/dir/a", String::new(), b"new".to_vec())
        } else {
            ("POST", "/dir/", content_type, form)
        };
        let fields = format!("{fields}Content-Length: {}\r\n", body.len());
        let mut stream = begin(folder.program.address, method, path, &fields);
        stream.write_all(&body[..body.len() - 1]).unwrap();
        wait_until(|| folder.temporary().len() == 1);
        if round < 2 {
            fs::rename(folder.path("dir"), folder.path("moved")).unwrap();
            symlink(folder.outside(""), folder.path("dir")).unwrap();
        } else {
            // Moved out of the root, and another one in its place.
            fs::rename(folder.path("dir"), folder.outside("moved")).unwrap();
            fs::create_dir(folder.path("dir")).unwrap();
        }
        stream.write_all(&body[body.len() - 1..]).unwrap();
        assert_eq!(finish(stream).status, 409, "{method}");
        assert!(!folder.outside("a").exists() && !folder.outside("moved/a").exists());
        if round < 2 {
            assert_eq!(fs::read_dir(folder.outside("")).unwrap().count(), 0);
            fs::remove_file(folder.path("dir")).unwrap();
            fs::rename(folder.path("moved"), folder.path("dir")).unwrap();
        } else {
            assert_eq!(fs::read_dir(folder.outside("moved")).unwrap().count(), 0);
            fs::remove_dir(folder.outside("moved")).unwrap();
        }
        assert!(folder.names().is_empty(), "{:?}", folder.names());
    }
}

fn a_link_that_takes_the_name_during_an_upload_stays(mode) {
    let folder = Folder::start(mode, &["--upload-overwrite"]);
    fs::write(folder.outside("secret"), "secret").unwrap();
    let mut stream = begin(folder.program.address, "PUT", "/a", "Content-Length: 3\r\n");
    stream.write_all(b"ne").unwrap();
    wait_until(|| folder.temporary().len() == 1);
    symlink(folder.outside("secret"), folder.path("a")).unwrap();
    stream.write_all(b"w").unwrap();
    assert_eq!(finish(stream).status, 409);
    assert_eq!(fs::read_to_string(folder.outside("secret")).unwrap(), "secret");
    assert!(folder.path("a").is_symlink() && folder.temporary().is_empty());
}

fn a_file_that_is_being_received_is_never_served_listed_stored_or_removed(mode) {
    let folder = Folder::start(mode, &["--hidden", "--listing", "--upload-overwrite"]);
    assert_eq!(folder.put("/.env", b"a hidden file"), 201);
    let mut stream = begin(folder.program.address, "PUT", "/a", "Content-Length: 3\r\n");
    stream.write_all(b"ne").unwrap();
    wait_until(|| folder.temporary().len() == 1);
    let name = folder.temporary()[0].0.file_name().unwrap().to_str().unwrap().to_owned();
    assert!(!folder.ask("GET", "/", "", b"").body.contains("bantam-upload"));
    for path in [format!("/{name}"), format!("/%2e{}", &name[1..]), format!("/{}", name.to_uppercase())] {
        assert_eq!(folder.ask("GET", &path, "", b"").status, 404, "{path}");
        assert_eq!(folder.put(&path, b"other"), 403, "{path}");
        assert_eq!(folder.ask("DELETE", &path, "", b"").status, 403, "{path}");
    }
    stream.write_all(b"w").unwrap();
    assert_eq!(finish(stream).status, 201);
    assert_eq!((folder.content("a").as_deref(), folder.temporary().len()), (Some("new"), 0));
}
}
