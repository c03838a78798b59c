//! Directories as `.tar.gz`, unpacked by the system's tar.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::{Command, Stdio};
use std::task::{Context, Waker};
use std::time::{Duration, SystemTime};

use bantam::{Blocking, Buffers, serve};
use bantam_std::files::Symlinks;
use bantam_std::{Mode, ServeDir, Server};
use tempfile::TempDir;

use crate::byte_ranges::{Trickle, respond};
use crate::common::{connect, read_to_close, send, wait_until};
use crate::{Response, SECRET, Served, ask_at, head, put, request, set_mtime};

const QUERY: &str = "?archive=tar.gz";

/// The file names of a tree, as bytes.
const NAMES: [&[u8]; 7] =
    [b"a b", b"new\nline", b"back\\slash", b"\xff\xfe", "ä €".as_bytes(), b"-rf", b"%41"];

/// Bytes that no compression makes shorter.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// A file to be served, and a copy of it beside the root.
fn keep(root: &Path, name: impl AsRef<Path>, bytes: &[u8]) {
    let copy = root.parent().unwrap().join("expected").join(name.as_ref());
    for path in [root.join(name.as_ref()), copy] {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        set_mtime(&path, SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_007));
    }
}

/// Everything that a tree can have.
fn fill(root: &Path) {
    let deep: PathBuf = (0..20).map(|level| format!("level {level}")).collect();
    for name in NAMES {
        keep(root, Path::new("dir").join(OsStr::from_bytes(name)), name);
    }
    let longest = "x".repeat(255);
    for length in [99, 100, 101] {
        // With the names before it.
        keep(root, format!("dir/{}", "y".repeat(length - "dir/".len())), b"at the limit");
    }
    for size in [0, 1, 511, 512, 513, 1024, 70_000] {
        keep(root, format!("dir/sizes/{size}"), &noise(size));
    }
    keep(root, format!("dir/{longest}/{longest}"), b"long");
    keep(root, Path::new("dir").join(deep).join("file"), b"deep");
    keep(root, "dir/.well-known/a", b"well known");
    keep(root, "dir/linked/f", b"linked");
    // As the targets of links are.
    keep(root, "dir/link.txt", b"target");
    keep(root, "dir/other/f", b"linked");
    for parent in [root.to_path_buf(), root.parent().unwrap().join("expected")] {
        fs::create_dir(parent.join("dir/empty")).unwrap();
    }
    let dir = root.join("dir");
    fs::remove_file(dir.join("link.txt")).unwrap();
    fs::remove_dir_all(dir.join("other")).unwrap();
    put(&root.join("target.txt"), b"target");
    set_mtime(&root.join("target.txt"), SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_007));
    symlink("../target.txt", dir.join("link.txt")).unwrap();
    symlink("linked", dir.join("other")).unwrap();
    // What no GET gives.
    fs::write(dir.join(".hidden"), SECRET).unwrap();
    symlink("../../outside/secret.txt", dir.join("outside")).unwrap();
    symlink("../../outside", dir.join("outside directory")).unwrap();
    symlink("nothing", dir.join("dangling")).unwrap();
    symlink("..", dir.join("linked/loop")).unwrap();
    symlink(".", dir.join("self")).unwrap();
    assert!(Command::new("mkfifo").arg(dir.join("fifo")).status().unwrap().success());
    std::os::unix::net::UnixListener::bind(dir.join("socket")).unwrap();
}

/// Unpacks an archive. Returns the directory, or what tar says of an archive that is not whole.
fn unpack(archive: &[u8]) -> Result<TempDir, String> {
    let dir = tempfile::tempdir().unwrap();
    let mut tar = Command::new("tar");
    tar.args(["-xzp", "--no-same-owner", "-C"]).arg(dir.path()).stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = tar.spawn().expect("tar runs");
    let _ = child.stdin.take().unwrap().write_all(archive);
    let output = child.wait_with_output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() && message.is_empty() { Ok(dir) } else { Err(message) }
}

/// The permissions, and of a file its content and its time.
type Content = (u32, Option<(Vec<u8>, SystemTime)>);

/// Each path of a tree.
fn tree(root: &Path) -> Vec<(PathBuf, Content)> {
    let (mut found, mut rest) = (Vec::new(), vec![root.to_path_buf()]);
    while let Some(dir) = rest.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let name = path.strip_prefix(root).unwrap().to_owned();
            assert!(metadata.is_file() || metadata.is_dir(), "{name:?}");
            let file = metadata.is_file().then(|| (fs::read(&path).unwrap(), metadata.modified().unwrap()));
            found.push((name, (metadata.permissions().mode() & 0o777, file)));
            if metadata.is_dir() {
                rest.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Each path of what was unpacked.
fn names(root: &Path) -> Vec<PathBuf> {
    let tree = tree(root).into_iter();
    tree.inspect(|(name, (mode, file))| assert!(file.is_some() || *mode == 0o755, "{name:?}: {mode:o}"))
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn an_archive_has_what_a_get_of_each_path_gives() {
    let served = Served::new(fill, |root| root.archive(true));
    let response = served.get(&format!("/dir/{QUERY}"));
    assert_eq!((response.status(), response.field("Content-Type")), (200, Some("application/gzip")));
    assert_eq!(response.field("Content-Disposition"), Some("attachment; filename=\"dir.tar.gz\""));
    assert_eq!((response.field("Content-Encoding"), response.field("Accept-Ranges")), (None, None));
    let unpacked = unpack(&response.body).unwrap();
    let mut expected = tree(&served.home.path().join("expected"));
    // Whatever those on the disk are, which the umask decides.
    for (_, (mode, file)) in &mut expected {
        *mode = if file.is_some() { 0o644 } else { 0o755 };
    }
    assert_eq!(tree(unpacked.path()), expected);
    assert!(!response.body.windows(4).any(|four| four == b"root"), "no name of a user or of the root");
}

#[test]
fn links_and_hidden_names_are_in_it_as_the_flags_say() {
    let served = Served::new(fill, |root| root.archive(true).symlinks(Symlinks::Never).hidden(true));
    let names = names(unpack(&served.get(&format!("/dir/{QUERY}")).body).unwrap().path());
    let has = |name: &str| names.contains(&Path::new("dir").join(name));
    assert!(has(".hidden") && has("linked/f") && !has("link.txt") && !has("other") && !has("other/f"));
}

#[test]
fn the_root_and_every_folder_have_names_of_their_own() {
    let fill = |root: &Path| {
        fs::create_dir_all(root.join("ä \"b\"")).unwrap();
        put(&root.join("ä \"b\"/f"), b"x");
    };
    let served = Served::new(fill, |root| root.archive(true));
    let of_root = served.get(&format!("/{QUERY}"));
    assert_eq!(of_root.field("Content-Disposition"), Some("attachment; filename=\"files.tar.gz\""));
    let unpacked = names(unpack(&of_root.body).unwrap().path());
    assert_eq!(unpacked, ["files", "files/ä \"b\"", "files/ä \"b\"/f"].map(PathBuf::from));
    let response = served.get(&format!("/%c3%a4%20%22b%22/{QUERY}"));
    let name = "attachment; filename=\"_ _b_.tar.gz\"; filename*=UTF-8''%C3%A4%20%22b%22.tar.gz";
    assert_eq!(response.field("Content-Disposition"), Some(name));
    // Without its slash a folder is redirected, with its query.
    let redirect = served.get(&format!("/%c3%a4%20%22b%22{QUERY}"));
    let location = redirect.field("Location").unwrap();
    assert_eq!((redirect.status(), location), (308, "%C3%A4%20%22b%22/?archive=tar.gz"));
}

#[test]
fn the_query_alone_makes_no_archive_and_listings_offer_what_there_is() {
    let fill = |root: &Path| {
        fs::create_dir(root.join("d")).unwrap();
        fs::create_dir(root.join("site")).unwrap();
        put(&root.join("site/index.html"), b"index");
    };
    let link = "<a href=\"?archive=tar.gz\"";
    let off = Served::new(fill, |root| root.listing(true));
    let page = off.get(&format!("/d/{QUERY}"));
    assert!(page.status() == 200 && page.text().contains("</table>") && !page.text().contains(link));
    assert_eq!(Served::new(fill, |root| root).get(&format!("/d/{QUERY}")).status(), 404);
    let on = Served::new(fill, |root| root.listing(true).archive(true));
    assert!(on.get("/d/").text().contains(link));
    for (path, content_type) in [
        ("/d/?archive=zip", "text/html; charset=utf-8"),
        ("/site/?archive=2026", "text/html; charset=utf-8"),
        ("/site/?archive=tar.gz", "application/gzip"),
        ("/d/?sort=name&archive=tar%2Egz", "application/gzip"),
    ] {
        assert_eq!(on.get(path).field("Content-Type"), Some(content_type), "{path}");
    }
    assert_eq!(on.ask("POST", &format!("/d/{QUERY}"), "").status(), 405);
    assert_eq!(on.get(&format!("/nothing/{QUERY}")).status(), 404);
    let (get, head) = (on.get(&format!("/site/{QUERY}")), on.ask("HEAD", &format!("/site/{QUERY}"), ""));
    assert!(head.undated() == get.undated() && head.body.is_empty(), "{} {}", get.head, head.head);
    // A client of HTTP/1.0 gets the end of the connection instead of a last chunk.
    let old = format!("GET /site/{QUERY} HTTP/1.0\r\n\r\n");
    for address in on.addresses() {
        let mut bytes = Vec::new();
        send(address, old.as_bytes()).read_to_end(&mut bytes).unwrap();
        assert!(Response::parse(&bytes).body == get.body);
    }
}

#[test]
fn a_folder_that_is_too_deep_is_no_archive_that_looks_whole() {
    let fill = |root: &Path| {
        for (name, depth) in [("deepest", 63), ("deeper", 64)] {
            let path: PathBuf = (0..depth).map(|_| "d").collect();
            fs::create_dir_all(root.join(name).join(path)).unwrap();
        }
    };
    let served = Served::new(fill, |root| root.archive(true));
    assert!(unpack(&served.get(&format!("/deepest/{QUERY}")).body).is_ok());
    for address in served.addresses() {
        let text = read_to_close(&mut send(address, &crate::common::get(&format!("/deeper/{QUERY}"))));
        assert!(text.starts_with("HTTP/1.1 200") && !text.ends_with("\r\n0\r\n\r\n"));
    }
}

/// More than the sockets' buffers hold.
const LARGE: usize = 24 << 20;

fn large(root: &Path) {
    fs::write(root.join("large"), noise(LARGE)).unwrap();
}

#[test]
fn a_file_that_shrinks_while_it_is_archived_ends_the_connection_without_the_last_chunk() {
    for server in 0..Mode::ALL.len() {
        let served = Served::new(large, |root| root.archive(true));
        let mut client = connect(served.addresses().nth(server).unwrap());
        request(&mut client, &format!("/{QUERY}"));
        assert!(head(&mut client).contains("Transfer-Encoding: chunked"));
        // The server is in the middle of the file.
        client.read_exact(&mut [0; 100_000]).unwrap();
        OpenOptions::new().write(true).open(served.path("large")).unwrap().set_len(100).unwrap();
        let mut body = Vec::new();
        client.read_to_end(&mut body).unwrap();
        assert!(body.len() < LARGE && !body.ends_with(b"\r\n0\r\n\r\n"), "cut off");
    }
}

#[test]
fn a_file_that_grows_while_it_is_archived_has_the_length_that_its_header_states() {
    for server in 0..Mode::ALL.len() {
        let served = Served::new(large, |root| root.archive(true));
        let mut client = connect(served.addresses().nth(server).unwrap());
        client.write_all(format!("GET /{QUERY} HTTP/1.0\r\n\r\n").as_bytes()).unwrap();
        head(&mut client);
        let mut archive = vec![0; 100_000];
        client.read_exact(&mut archive).unwrap();
        OpenOptions::new().append(true).open(served.path("large")).unwrap().write_all(&[0; 1 << 20]).unwrap();
        client.read_to_end(&mut archive).unwrap();
        let unpacked = unpack(&archive).unwrap();
        assert!(fs::read(unpacked.path().join("files/large")).unwrap() == noise(LARGE));
    }
}

#[test]
fn four_archives_are_made_at_a_time_and_a_client_that_has_gone_makes_way() {
    for mode in Mode::ALL.iter().copied() {
        let dir = tempfile::tempdir().unwrap();
        large(dir.path());
        let site = ServeDir::open(dir.path()).unwrap().archive(true);
        let server = Server::new().mode(mode).workers(8).bind("127.0.0.1:0").unwrap().start(site).unwrap();
        let address = server.local_addrs()[0];
        let mut clients: Vec<_> = (0..4)
            .map(|_| {
                let mut client = connect(address);
                request(&mut client, &format!("/{QUERY}"));
                assert!(head(&mut client).starts_with("HTTP/1.1 200"));
                client
            })
            .collect();
        let ask = || ask_at(address, "HEAD", &format!("/{QUERY}"), "");
        let refused = ask();
        assert_eq!((refused.status(), refused.field("Retry-After")), (503, Some("10")));
        assert_eq!(
            ask_at(address, "GET", "/large", "Range: bytes=0-9\r\n").status(),
            206,
            "files are served"
        );
        drop(clients.pop());
        wait_until(|| ask().status() == 200);
    }
}

#[test]
fn others_run_after_each_piece_that_is_compressed_and_after_every_few_files() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("large")).unwrap();
    fs::create_dir_all(dir.path().join("many")).unwrap();
    fs::write(dir.path().join("large/f"), noise(1 << 20)).unwrap();
    (0..400).for_each(|number| fs::write(dir.path().join(format!("many/{number}")), "").unwrap());
    let site = ServeDir::open(dir.path()).unwrap().archive(true);
    for (name, least) in [("large", (1 << 20) / (16 * 1024)), ("many", 400 / 8)] {
        let request = format!("GET /{name}/{QUERY} HTTP/1.0\r\n\r\n");
        let stream = Trickle { input: request.as_bytes(), output: Vec::new(), size: usize::MAX };
        let (mut transport, mut buffers) = (Blocking::new(stream), Buffers::<1024, 4096>::new());
        let mut state = buffers.state();
        let mut served = pin!(serve(&mut transport, &mut state, &site));
        let mut polls = 1;
        while served.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            polls += 1;
        }
        assert!(polls >= least, "{name}: {polls}");
    }
}

#[test]
fn an_archive_is_the_same_at_every_size_of_a_write_and_of_the_response_buffer() {
    let served = Served::new(fill, |root| root.archive(true));
    let site = ServeDir::open(served.path("")).unwrap().archive(true);
    let whole = served.get(&format!("/dir/{QUERY}")).body;
    let request = format!("GET /dir/{QUERY} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    for size in [1, 2, 3, 5, 17, 100, 511, 512, 513, 4096, 100_000] {
        for response in [
            respond::<512>(&site, &request, size),
            respond::<4096>(&site, &request, size),
            respond::<65_536>(&site, &request, size),
        ] {
            assert!(response.body == whole, "{size}");
        }
    }
}

#[test]
fn an_archive_that_has_no_end_leaves_the_loop_to_others() {
    for mode in Mode::ALL.iter().copied() {
        let dir = tempfile::tempdir().unwrap();
        File::create(dir.path().join("endless")).and_then(|file| file.set_len(1 << 40)).unwrap();
        fs::write(dir.path().join("small"), "small").unwrap();
        let site = ServeDir::open(dir.path()).unwrap().archive(true);
        // A thread serves one connection, each of the others any number.
        let workers = if mode == Mode::Threads { 2 } else { 1 };
        let server =
            Server::new().mode(mode).workers(workers).bind("127.0.0.1:0").unwrap().start(site).unwrap();
        let address = server.local_addrs()[0];
        let mut client = connect(address);
        request(&mut client, &format!("/{QUERY}"));
        head(&mut client);
        let reader = std::thread::spawn(move || {
            let mut memory = vec![0; 1 << 16];
            // Until the server ends.
            while client.read(&mut memory).is_ok_and(|count| count > 0) {}
        });
        for _ in 0..5 {
            assert_eq!(ask_at(address, "GET", "/small", "").text(), "small");
        }
        server.handle().shutdown(Duration::ZERO);
        server.wait();
        reader.join().unwrap();
    }
}
