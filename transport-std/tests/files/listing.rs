//! Law: a listing shows names as they are, and its links lead to them.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::{Folder, put};

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

/// The links of a page and what they say.
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
fn every_name_is_text_and_every_link_leads_to_it() {
    let fill = |root: &Path| {
        for name in NAMES {
            put(&root.join(OsStr::from_bytes(name)), name);
        }
    };
    let folder = Folder::new(fill, |root| root.listing(true));
    let answer = folder.get("/");
    let page = answer.text();
    assert!(!page.contains("<img") && !page.contains("\"q'"), "{page}");
    assert!(
        answer
            .field("Content-Security-Policy")
            .is_some_and(|policy| policy.starts_with("default-src 'none'"))
    );
    let links = links(&page);
    assert_eq!(links.len(), NAMES.len(), "{links:?}");
    for (link, _) in links {
        let path = format!("/{}", link.strip_prefix("./").expect("relative"));
        let body = folder.get(&path).body;
        assert!(NAMES.contains(&&*body), "{path}: {body:?}");
    }
}

#[test]
fn a_listing_is_sorted_as_it_is_asked_for() {
    let fill = |root: &Path| {
        std::fs::create_dir(root.join("z")).unwrap();
        put(&root.join("a"), &[0; 3000]);
        put(&root.join("B"), &[0; 1]);
        std::fs::write(root.join("c"), [0; 20]).unwrap();
    };
    let folder = Folder::new(fill, |root| root.listing(true));
    for (query, order) in [
        ("", ["z/", "a", "B", "c"]),
        ("?sort=name&order=desc", ["z/", "c", "B", "a"]),
        ("?sort=size", ["z/", "B", "c", "a"]),
        ("?sort=size&order=desc", ["z/", "a", "c", "B"]),
        ("?sort=date&order=desc", ["z/", "c", "B", "a"]),
        ("?sort=<script>", ["z/", "a", "B", "c"]),
    ] {
        let page = folder.get(&format!("/{}", query.replace('<', "%3C").replace('>', "%3E"))).text();
        let names: Vec<_> = links(&page).into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, order, "{query}");
        assert!(!page.contains("<script"));
    }
    let inner = folder.get("/z/").text();
    assert_eq!(links(&inner), [("../", "..")]);
    assert_eq!(folder.ask("HEAD", "/", "").undated(), folder.get("/").undated());
}

#[test]
fn what_would_be_404_is_not_listed() {
    let fill = |root: &Path| {
        put(&root.join(".env"), b"x");
        put(&root.join("a"), b"x");
        std::os::unix::fs::symlink("/etc/passwd", root.join("out")).unwrap();
        std::os::unix::fs::symlink("nothing", root.join("broken")).unwrap();
    };
    let folder = Folder::new(fill, |root| root.listing(true));
    assert_eq!(links(&folder.get("/").text()), [("./a", "a")]);
}

#[test]
fn a_folder_with_more_than_can_be_sorted_is_listed_whole() {
    let fill = |root: &Path| {
        for number in 0..5_100 {
            std::fs::File::create(root.join(format!("{number}.txt"))).unwrap();
        }
    };
    let folder = Folder::new(fill, |root| root.listing(true));
    let page = folder.get("/").text();
    assert!(page.contains("are not sorted"));
    let mut names: Vec<_> = links(&page).into_iter().map(|(_, name)| name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 5_100);
}
