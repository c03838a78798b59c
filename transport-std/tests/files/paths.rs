//! Paths, links and redirects.
//!
//! Invariant: no path reads a file outside the root, and none blocks.

use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use bantam_std::files::Symlinks;

use crate::{SECRET, Served, put};

fn fill(root: &Path) {
    std::fs::create_dir_all(root.join("sub/.hidden")).unwrap();
    std::fs::create_dir(root.join(".well-known")).unwrap();
    std::fs::create_dir(root.join("s[1]")).unwrap();
    for name in [
        "a.txt",
        "sub/b.txt",
        ".env",
        "sub/.hidden/c",
        ".well-known/d",
        "a\\b",
        "50%",
        "c:d",
        "a[1].txt",
        "b|c^{d}`",
    ] {
        put(&root.join(name), b"inside");
    }
    put(&root.join("index.html"), b"the index");
    let outside = root.parent().unwrap().join("outside");
    symlink(&outside, root.join("link-to-outside")).unwrap();
    symlink(outside.join("secret.txt"), root.join("link-to-secret")).unwrap();
    symlink("../outside/secret.txt", root.join("link-up")).unwrap();
    symlink("sub/../../outside/secret.txt", root.join("link-around")).unwrap();
    symlink("link-up", root.join("link-to-link")).unwrap();
    symlink("loop", root.join("loop")).unwrap();
    symlink("/proc/self/root", root.join("proc")).unwrap();
    symlink("/dev/zero", root.join("zero")).unwrap();
    symlink("a.txt", root.join("link-inside")).unwrap();
    symlink("sub", root.join("folder-inside")).unwrap();
    assert!(Command::new("mkfifo").arg(root.join("fifo")).status().unwrap().success());
    UnixListener::bind(root.join("socket")).unwrap();
}

/// Paths out of the root, and to files without an end.
const NOT_SERVED: &[&str] = &[
    "/../outside/secret.txt",
    "/sub/../../outside/secret.txt",
    "/%2e%2e/outside/secret.txt",
    "/%2E%2e/outside/secret.txt",
    "/.%2e/outside/secret.txt",
    "/%252e%252e/outside/secret.txt",
    "/..%2foutside%2fsecret.txt",
    "/..%252foutside%252fsecret.txt",
    "/%2e%2e%2foutside%2fsecret.txt",
    "/..%5coutside%5csecret.txt",
    "/sub/..%5c..%5coutside%5csecret.txt",
    "/%c0%ae%c0%ae/outside/secret.txt",
    "/%e0%80%ae%e0%80%ae/outside/secret.txt",
    "/%c0%ae%c0%ae%c0%afoutside%c0%afsecret.txt",
    "/%u002e%u002e/outside/secret.txt",
    "/..;/outside/secret.txt",
    "/.../outside/secret.txt",
    "/....//outside/secret.txt",
    "//outside/secret.txt",
    "//etc/passwd",
    "/%2fetc/passwd",
    "/%2fetc%2fpasswd",
    "/C:/Windows/win.ini",
    "/C:%5cWindows%5cwin.ini",
    "/%5c%5chost%5cshare",
    "/a.txt%00",
    "/a.txt%00.html",
    "/%00",
    "/sub%00/../../outside/secret.txt",
    "/a.txt/",
    "/a.txt/../a.txt",
    "/./a.txt",
    "/sub//b.txt",
    "/.env",
    "/%2eenv",
    "/sub/.hidden/c",
    "/link-to-outside/secret.txt",
    "/link-to-outside",
    "/link-to-secret",
    "/link-up",
    "/link-around",
    "/link-to-link",
    "/loop",
    "/loop/a",
    "/proc",
    "/proc/etc/passwd",
    "/zero",
    "/fifo",
    "/socket",
];

#[test]
fn no_path_leads_out_or_blocks() {
    let served = Served::new(fill, |root| root.listing(true));
    let long = format!("/{}", "a/".repeat(3000));
    let longer = format!("/{}", "a".repeat(300));
    for path in NOT_SERVED.iter().copied().chain([&*long, &*longer]) {
        for method in ["GET", "HEAD"] {
            let response = served.ask(method, path, "");
            assert!(matches!(response.status(), 400 | 404), "{path}: {}", response.head);
            assert!(!response.text().contains(SECRET) && !response.text().contains("root:"), "{path}");
        }
    }
    assert_eq!(served.get("/a.txt").text(), "inside", "the server goes on");
}

#[test]
fn the_fallback_file_does_not_lead_out() {
    let served = Served::new(fill, |root| root.spa("index.html").expect("a file"));
    for path in NOT_SERVED {
        let response = served.ask("GET", path, "Accept: text/html\r\n");
        assert!(matches!(response.status(), 200 | 400 | 404), "{path}");
        assert!(response.status() != 200 || response.text() == "the index", "{path}: {}", response.text());
    }
}

#[test]
fn a_file_is_found_by_every_encoding_of_its_path() {
    let served = Served::new(fill, |root| root);
    for path in [
        "/a.txt",
        "/%61.txt",
        "/sub/b.txt",
        "/.well-known/d",
        "/a%5cb",
        "/50%25",
        "/c:d",
        "/a[1].txt",
        "/a%5B1%5d.txt",
        "/a[1].txt?ids[]={1|2}&share=100%",
        "/b|c^{d}`",
        "/link-inside",
        "/folder-inside/b.txt",
    ] {
        assert_eq!(served.get(path).text(), "inside", "{path}");
    }
    let hidden = Served::new(fill, |root| root.hidden(true));
    assert_eq!(hidden.get("/.env").text(), "inside");
    assert_eq!(hidden.get("/sub/.hidden/c").text(), "inside");
    assert_eq!(hidden.get("/../outside/secret.txt").status(), 404);
}

#[test]
fn no_link_is_followed_with_symlinks_never() {
    let served = Served::new(fill, |root| root.symlinks(Symlinks::Never).listing(true));
    for path in
        ["/link-inside", "/folder-inside", "/folder-inside/", "/folder-inside/b.txt", "/link-up", "/loop"]
    {
        assert_eq!(served.get(path).status(), 404, "{path}");
    }
    assert_eq!(served.get("/sub/b.txt").text(), "inside");
    assert!(!served.get("/sub/").text().contains("link"));
}

#[test]
fn a_directory_redirects_to_its_slash_and_never_to_another_host() {
    let served = Served::new(fill, |root| root.listing(true));
    for (path, location) in [
        ("/sub", "sub/"),
        ("/%73ub?a=b", "sub/?a=b"),
        ("/folder-inside", "folder-inside/"),
        // The query leaves as it came.
        ("/s[1]?a[]={b|c}^`\\100%", "s%5B1%5D/?a[]={b|c}^`\\100%"),
    ] {
        let response = served.get(path);
        assert_eq!((response.status(), response.field("Location")), (308, Some(location)), "{path}");
    }
    for path in ["//sub", "//a.example", "//a.example/sub", "/%2f%2fa.example", "/%5ca.example", "///sub"] {
        assert_eq!(served.get(path).field("Location"), None, "{path}");
    }
    assert_eq!(served.get("/").text(), "the index");
    assert_eq!(served.get("/sub/").status(), 200);
    let unlisted = Served::new(fill, |root| root);
    assert_eq!(unlisted.get("/sub/").status(), 404);
}

#[test]
fn the_fallback_file_is_sent_only_if_html_is_accepted() {
    let served = Served::new(fill, |root| root.spa("index.html").expect("a file"));
    for (accept, status) in [
        ("Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n", 200),
        ("Accept: */*\r\n", 404),
        ("Accept: image/avif,*/*\r\n", 404),
        ("Accept: text/html;q=0\r\n", 404),
        ("", 404),
    ] {
        assert_eq!(served.ask("GET", "/some/where", accept).status(), status, "{accept}");
    }
    assert_eq!(served.ask("GET", "/a.txt", "Accept: text/html\r\n").text(), "inside");
}

#[test]
fn other_methods_are_405_and_options_lists_the_allowed() {
    let served = Served::new(fill, |root| root);
    let response = served.ask("POST", "/a.txt", "Content-Length: 0\r\n");
    assert_eq!((response.status(), response.field("Allow")), (405, Some("GET, HEAD, OPTIONS")));
    for path in ["/a.txt", "*"] {
        let response = served.ask("OPTIONS", path, "");
        assert_eq!((response.status(), response.field("Allow")), (204, Some("GET, HEAD, OPTIONS")));
    }
}
