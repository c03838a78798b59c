//! Directory listings.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::pin::pin;
use std::task::{Context, Waker};

use bantam::{Blocking, Buffers, blocking, serve};
use bantam_std::ServeDir;

use crate::{Response, Served, ask_at, put};

const NAMES: [&[u8]; 8] = [
    b"<img src=x onerror=alert(1)>",
    b"a b",
    b"50%25",
    b"a#b",
    b"a?b",
    b"\"q'&",
    b"javascript:alert(1)",
    b"\xff\xfe",
];

/// The targets and texts of the links of a page.
fn links(page: &str) -> Vec<(&str, &str)> {
    let rows = page.split("<tr><td class=").skip(1);
    let link = |row: &'_ str| -> Option<(usize, usize, usize)> {
        let from = row.find("href=\"")? + 6;
        let to = from + row[from..].find('"')?;
        Some((from, to, to + 2 + row[to + 2..].find("</a>")?))
    };
    rows.filter_map(|row| link(row).map(|(from, to, end)| (&row[from..to], &row[to + 2..end]))).collect()
}

#[test]
fn names_are_escaped_and_links_lead_to_them() {
    let fill = |root: &Path| {
        for name in NAMES {
            put(&root.join(OsStr::from_bytes(name)), name);
        }
    };
    let served = Served::new(fill, |root| root.listing(true));
    let response = served.get("/");
    let page = response.text();
    assert!(!page.contains("<img") && !page.contains("\"q'"), "{page}");
    assert!(
        response
            .field("Content-Security-Policy")
            .is_some_and(|policy| policy.starts_with("default-src 'none'"))
    );
    let links = links(&page);
    assert_eq!(links.len(), NAMES.len(), "{links:?}");
    for (link, _) in links {
        let path = format!("/{}", link.strip_prefix("./").expect("relative"));
        let body = served.get(&path).body;
        assert!(NAMES.contains(&&*body), "{path}: {body:?}");
    }
}

#[test]
fn the_query_sorts_a_listing() {
    let fill = |root: &Path| {
        std::fs::create_dir(root.join("z")).unwrap();
        put(&root.join("a"), &[0; 3000]);
        put(&root.join("B"), &[0; 1]);
        std::fs::write(root.join("c"), [0; 20]).unwrap();
    };
    let served = Served::new(fill, |root| root.listing(true));
    for (query, order) in [
        ("", ["z/", "a", "B", "c"]),
        ("?sort=name&order=desc", ["z/", "c", "B", "a"]),
        ("?sort=size", ["z/", "B", "c", "a"]),
        ("?sort=size&order=desc", ["z/", "a", "c", "B"]),
        ("?sort=date&order=desc", ["z/", "c", "B", "a"]),
        ("?sort=<script>", ["z/", "a", "B", "c"]),
    ] {
        let page = served.get(&format!("/{}", query.replace('<', "%3C").replace('>', "%3E"))).text();
        let names: Vec<_> = links(&page).into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, order, "{query}");
        assert_eq!(page.matches("<script").count(), 1, "its own");
    }
    let inner = served.get("/z/").text();
    assert_eq!(links(&inner), [("../", "..")]);
    assert_eq!(served.ask("HEAD", "/", "").undated(), served.get("/").undated());
}

/// The listing as JSON.
fn json(served: &Served, path: &str, accept: &str) -> serde_json::Value {
    let response = served.ask("GET", path, &format!("Accept: {accept}\r\n"));
    assert_eq!(
        (response.status(), response.field("Content-Type")),
        (200, Some("application/json")),
        "{path}"
    );
    assert_eq!(response.field("Vary"), Some("Accept, Accept-Encoding"));
    assert_eq!(served.ask("HEAD", path, &format!("Accept: {accept}\r\n")).undated(), response.undated());
    serde_json::from_slice(&response.body).unwrap()
}

#[test]
fn a_listing_is_json_for_a_client_that_asks_for_it() {
    let fill = |root: &Path| {
        std::fs::create_dir_all(root.join("sub/none")).unwrap();
        for name in NAMES {
            put(&root.join("sub").join(OsStr::from_bytes(name)), name);
        }
        put(&root.join("b.txt"), &[0; 3000]);
        put(&root.join("a\n\\.txt"), b"a");
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_709_208_000);
        crate::set_mtime(&root.join("b.txt"), time);
        put(&root.join(".hidden"), b"");
    };
    let served = Served::new(fill, |root| root.listing(true));
    let all = json(&served, "/?sort=name&order=desc", "application/json, */*;q=0.5");
    assert_eq!((&all["sorted"], &all["truncated"]), (&3.into(), &false.into()));
    let entries = all["entries"].as_array().unwrap();
    let names: Vec<_> = entries.iter().map(|entry| entry["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["sub", "b.txt", "a\n\\.txt"]);
    let file = serde_json::json!({
        "name": "b.txt", "href": "./b.txt", "type": "file", "size": 3000, "modified": "2024-02-29T12:00:00Z"
    });
    assert_eq!(entries[1], file);
    assert_eq!((&entries[0]["type"], &entries[0]["href"]), (&"directory".into(), &"./sub/".into()));
    assert!(entries[0]["size"].is_null() && entries[0]["modified"].is_string());
    // Each leads to its entry, also one whose name is no text.
    let inner = json(&served, "/sub/", "application/json");
    let entries = inner["entries"].as_array().unwrap();
    assert_eq!(entries.len(), NAMES.len() + 1);
    for entry in entries.iter().filter(|entry| entry["type"] == "file") {
        let path = format!("/sub/{}", entry["href"].as_str().unwrap());
        let body = served.get(&path.replace("/./", "/")).body;
        assert_eq!(String::from_utf8_lossy(&body), entry["name"].as_str().unwrap());
    }
    assert_eq!(json(&served, "/sub/none/", "application/json")["entries"], serde_json::json!([]));
    let page = served.ask("GET", "/", "Accept: text/html, application/json;q=0.9\r\n");
    assert_eq!(page.field("Content-Type"), Some("text/html; charset=utf-8"));
    assert_eq!(page.field("Vary"), Some("Accept, Accept-Encoding"));
}

#[test]
fn a_filter_lists_the_names_that_contain_a_text() {
    let fill = |root: &Path| {
        std::fs::create_dir(root.join("Notes")).unwrap();
        for name in ["note.md", "a \"quote\".md", "other.txt"] {
            put(&root.join(name), b"x");
        }
    };
    let served = Served::new(fill, |root| root.listing(true));
    for (query, names) in [
        ("?filter=NOTE", &["Notes/", "note.md"][..]),
        ("?filter=md&sort=name&order=desc", &["note.md", "a &quot;quote&quot;.md"]),
        ("?filter=%22quote%22", &["a &quot;quote&quot;.md"]),
        ("?filter=", &["Notes/", "a &quot;quote&quot;.md", "note.md", "other.txt"]),
        ("?filter=%22%3E%3Cscript%3E", &[]),
    ] {
        let page = served.get(&format!("/{query}")).text();
        let found: Vec<_> = links(&page).into_iter().map(|(_, name)| name).collect();
        assert_eq!(found, names, "{query}");
        assert_eq!(
            (page.matches("<script").count(), page.contains("No name has this.")),
            (1, names.is_empty())
        );
        let filtered = json(&served, &format!("/{query}"), "application/json");
        assert_eq!(filtered["entries"].as_array().unwrap().len(), names.len(), "{query}");
    }
    let page = served.get("/?filter=%22a%22+%26&sort=size").text();
    assert!(page.contains("value=\"&quot;a&quot; &amp;\""), "{page}");
    assert!(page.contains("?sort=name&amp;order=asc&amp;filter=%22a%22%20%26\""), "{page}");
    assert!(page.contains("name=\"sort\" value=\"size\""), "{page}");
    let policy = served.get("/").field("Content-Security-Policy").unwrap().to_owned();
    assert!(
        !policy.split("style-src").next().unwrap().contains("unsafe")
            && policy.contains("script-src 'sha256-")
    );
}

#[test]
fn entries_that_would_be_404_are_not_listed() {
    let fill = |root: &Path| {
        put(&root.join(".env"), b"x");
        put(&root.join("a"), b"x");
        std::os::unix::fs::symlink("/etc/passwd", root.join("out")).unwrap();
        std::os::unix::fs::symlink("nothing", root.join("broken")).unwrap();
    };
    let served = Served::new(fill, |root| root.listing(true));
    assert_eq!(links(&served.get("/").text()), [("./a", "a")]);
}

#[test]
fn a_directory_beyond_the_sorted_entries_is_listed_completely() {
    let fill = |root: &Path| put_many(root, (0..5_100).map(|number| format!("{number}.txt")));
    let served = Served::new(fill, |root| root.listing(true));
    let page = served.get("/").text();
    assert!(page.contains("The first 5000 entries are sorted; those after them are not."));
    let mut names: Vec<_> = links(&page).into_iter().map(|(_, name)| name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 5_100);
    let json = json(&served, "/", "application/json");
    assert_eq!(json["entries"].as_array().unwrap().len(), 5_100);
    assert_eq!((&json["sorted"], &json["truncated"]), (&5_000.into(), &false.into()));
}

/// Makes so many names of one file: cheaper than as many files.
fn put_many(root: &Path, names: impl Iterator<Item = String>) {
    let mut names = names.map(|name| root.join(name));
    let first = names.next().expect("a name");
    std::fs::File::create(&first).unwrap();
    names.for_each(|name| std::fs::hard_link(&first, name).unwrap());
}

/// A client in memory: its request, and what it got.
struct Client(&'static [u8], Vec<u8>);

impl embedded_io::ErrorType for Client {
    type Error = std::convert::Infallible;
}

impl embedded_io::Read for Client {
    fn read(&mut self, memory: &mut [u8]) -> Result<usize, Self::Error> {
        embedded_io::Read::read(&mut self.0, memory)
    }
}

impl embedded_io::Write for Client {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        self.1.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// A client that requests the listing of the root.
fn client() -> Blocking<Client> {
    Blocking::new(Client(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", Vec::new()))
}

/// Requests the listing, and returns it with the number of times that others could run meanwhile.
fn listing_and_pauses(root: &Path) -> (String, usize) {
    let site = ServeDir::open(root).unwrap().listing(true);
    let mut transport = client();
    let mut buffers = Buffers::<4096, 4096>::new();
    let mut state = buffers.state();
    let mut pauses = 0;
    {
        let mut serving = pin!(serve(&mut transport, &mut state, &site));
        while serving.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            pauses += 1;
        }
    }
    (Response::parse(&transport.stream.1).text(), pauses)
}

#[test]
fn others_run_while_a_large_directory_is_listed_whether_its_names_are_or_not() {
    for prefix in ["", "."] {
        let dir = tempfile::tempdir().unwrap();
        put_many(dir.path(), (0..1_000).map(|number| format!("{prefix}{number}")));
        let (page, pauses) = listing_and_pauses(dir.path());
        assert_eq!(links(&page).len(), if prefix.is_empty() { 1_000 } else { 0 });
        assert!(pauses >= 1_000 / 256, "{pauses}");
    }
}

#[test]
fn a_listing_beyond_those_under_way_is_503_until_one_of_them_ends() {
    let dir = tempfile::tempdir().unwrap();
    put_many(dir.path(), (0..1_000).map(|number| number.to_string()));
    let site = ServeDir::open(dir.path()).unwrap().listing(true);
    let mut memory: Vec<_> = (0..64).map(|_| (client(), Buffers::<4096, 4096>::new())).collect();
    let mut others: Vec<_> = memory
        .iter_mut()
        .map(|(transport, buffers)| {
            Box::pin(async {
                let _ = serve(transport, &mut buffers.state(), &site).await;
            })
        })
        .collect();
    // Each has begun to read, and lets others run.
    for other in &mut others {
        assert!(other.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    let ask = || {
        let (mut transport, mut buffers) = (client(), Buffers::<4096, 4096>::new());
        let _ = blocking::block_on(serve(&mut transport, &mut buffers.state(), &site));
        Response::parse(&transport.stream.1).status()
    };
    assert_eq!(ask(), 503);
    others.pop();
    assert_eq!(ask(), 200, "a listing that is dropped makes way");
}

#[test]
fn many_listings_at_once_are_all_complete() {
    let fill = |root: &Path| put_many(root, (0..1_500).map(|number| number.to_string()));
    let served = Served::new(fill, |root| root.listing(true));
    std::thread::scope(|scope| {
        for address in served.addresses() {
            for _ in 0..24 {
                scope.spawn(move || {
                    let page = ask_at(address, "GET", "/", "").text();
                    let names: BTreeSet<_> = links(&page).into_iter().map(|(_, name)| name).collect();
                    assert_eq!(names.len(), 1_500);
                });
            }
        }
    });
}

#[test]
fn the_entries_that_are_read_have_a_bound_whether_they_are_listed_or_not() {
    let dir = tempfile::tempdir().unwrap();
    put_many(dir.path(), (0..20_001).map(|number| format!(".{number}")));
    let (page, _) = listing_and_pauses(dir.path());
    assert!(
        links(&page).is_empty() && page.contains("The folder has more entries; 20000 were read."),
        "{page}"
    );
}

#[test]
fn long_names_are_sorted_as_far_as_their_memory_is_bounded() {
    let fill = |root: &Path| put_many(root, (0..3_000).map(|number| format!("{number:0>250}")));
    let served = Served::new(fill, |root| root.listing(true));
    let page = served.get("/").text();
    let sorted = page.split("<p>The first ").nth(1).and_then(|rest| rest.split(' ').next());
    let sorted: usize = sorted.expect("a part is sorted").parse().unwrap();
    let names: Vec<_> = links(&page).into_iter().map(|(_, name)| name).collect();
    assert!((1_000..2_000).contains(&sorted) && names[..sorted].is_sorted(), "{sorted}");
    assert_eq!(names.len(), 3_000);
}

#[test]
fn the_heading_of_a_deep_directory_is_not_longer_than_its_path_by_much() {
    let path = "a/".repeat(500);
    let served =
        Served::new(|root| std::fs::create_dir_all(root.join(&path)).unwrap(), |root| root.listing(true));
    let page = served.get(&format!("/{path}"));
    assert_eq!(page.status(), 200);
    assert!(page.body.len() < 30_000, "{}", page.body.len());
}
