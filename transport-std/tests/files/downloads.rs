//! Files that are saved: `?download`.

use std::fs;
use std::path::Path;

use crate::{Served, put};

#[test]
fn a_file_is_saved_under_its_name_where_the_query_says_so() {
    let fill = |root: &Path| {
        fs::create_dir(root.join("d")).unwrap();
        for name in ["a b.txt", "ä.txt", "a b.txt.gz", "d/index.html"] {
            put(&root.join(name), b"text");
        }
    };
    let served = Served::new(fill, |root| root);
    for (path, name) in [
        ("/a%20b.txt?download", "filename=\"a b.txt\""),
        ("/a%20b.txt?x=1&download=1", "filename=\"a b.txt\""),
        ("/%c3%a4.txt?download", "filename=\"_.txt\"; filename*=UTF-8''%C3%A4.txt"),
        ("/d/?download", "filename=\"index.html\""),
    ] {
        let expected = format!("attachment; {name}");
        for (method, fields, status) in [
            ("GET", "", 200),
            ("HEAD", "", 200),
            ("GET", "Range: bytes=0-1\r\n", 206),
            ("GET", "Accept-Encoding: gzip\r\n", 200),
        ] {
            let response = served.ask(method, path, fields);
            assert_eq!(
                (response.status(), response.field("Content-Disposition")),
                (status, Some(&*expected))
            );
        }
        assert_eq!(served.ask("GET", path, "If-None-Match: *\r\n").field("Content-Disposition"), None);
    }
    for path in ["/a%20b.txt", "/a%20b.txt?downloads", "/d/", "/nothing?download"] {
        assert_eq!(served.get(path).field("Content-Disposition"), None, "{path}");
    }
}
