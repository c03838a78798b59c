//! Directory listings.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::{Served, put};

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
        assert!(!page.contains("<script"));
    }
    let inner = served.get("/z/").text();
    assert_eq!(links(&inner), [("../", "..")]);
    assert_eq!(served.ask("HEAD", "/", "").undated(), served.get("/").undated());
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
    let fill = |root: &Path| {
        for number in 0..5_100 {
            std::fs::File::create(root.join(format!("{number}.txt"))).unwrap();
        }
    };
    let served = Served::new(fill, |root| root.listing(true));
    let page = served.get("/").text();
    assert!(page.contains("are not sorted"));
    let mut names: Vec<_> = links(&page).into_iter().map(|(_, name)| name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 5_100);
}
