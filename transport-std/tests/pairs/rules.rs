//! The rules that hold with every set of features.

use std::fs;
use std::io::Write as _;

use crate::Feature::{
    AllowHost, Auth, CacheControl, Cors, CorsAll, Listing, Pages, Prefix, Proxy, Redirect, Responses, Spa,
    Upload,
};
use crate::answer::Answer;
use crate::common::{connect, read_to_close, wait_until};
use crate::contents::{compressed, conditions, downloads, pages, ranges, uploads};
use crate::{Case, LOGIN, ORIGIN, OTHER_ORIGIN, PATHS};

type Rule = fn(&Case);

pub(crate) const RULES: [(&str, Rule); 19] = [
    ("a HEAD has the head of the GET", heads),
    ("without the password every request gets the same 401", passwords),
    ("a preflight needs no password, and allows the origins of --cors alone", preflights),
    ("every answer to an allowed origin has the fields of CORS, and no other has", origins),
    ("Vary names every field that changes the answer", varies),
    ("another host is 421 before all else, and a malformed one 400", hosts),
    ("a range is one of the coding that is sent", ranges),
    ("a folder is an archive where the flag says so, and a file is saved where the query does", downloads),
    (
        "what is compressed on the fly is the content, with a weak tag, and its ranges are of the content",
        compressed,
    ),
    ("a 304 has the fields of the 200 that caches need", conditions),
    ("shared caches keep nothing that needs a password", caches),
    ("a 405 has the Allow of the OPTIONS", methods),
    ("a folder without its slash is redirected below this host", redirects),
    ("--redirect comes behind host and password, and before what is there", moved),
    ("a page has the answers of its file, and without --pretty-urls none", pages),
    ("a refusal keeps the connection, and pipelined requests are answered as each alone", pipelines),
    (
        "a file is stored and removed with --upload alone, with the password, and for no page of another origin",
        uploads,
    ),
    ("the log has the client's own address, whatever the status", clients),
    ("every answer has the operator's fields, and every refusal the operator's page", own_responses),
];

/// Request fields that choose a response.
pub(crate) const VARIANTS: [&str; 10] = [
    "",
    "Accept: text/html\r\n",
    "Accept: application/json\r\n",
    "Accept-Encoding: gzip\r\n",
    "If-None-Match: *\r\n",
    "If-Match: \"x\"\r\n",
    "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT\r\n",
    "X-Forwarded-For: 203.0.113.9\r\n",
    ORIGIN,
    OTHER_ORIGIN,
];

fn heads(case: &Case) {
    for path in PATHS {
        for fields in VARIANTS {
            let (get, head) = (case.ask("GET", path, fields), case.ask("HEAD", path, fields));
            assert_eq!(head.head(), get.head(), "{}", get.request);
            assert!(head.body.is_empty(), "{head:?}");
            // Ranges are for GET alone (RFC 9110 section 14.2).
            let ranged = case.ask("HEAD", path, &format!("{fields}Range: bytes=0-1\r\n"));
            assert_eq!(ranged.head(), head.head(), "{}", ranged.request);
        }
    }
}

fn passwords(case: &Case) {
    if !case.has(Auth) {
        return;
    }
    for (method, origin) in
        [("GET", ""), ("HEAD", ""), ("POST", ""), ("OPTIONS", ""), ("GET", ORIGIN), ("GET", OTHER_ORIGIN)]
    {
        let first = case.ask_plainly(method, "/", &format!("Host: a\r\n{origin}"));
        assert!(first.status == 401 && first.field("www-authenticate").is_some(), "{first:?}");
        for name in ["etag", "last-modified", "accept-ranges", "location", "allow", "content-encoding"] {
            assert_eq!(first.field(name), None, "{first:?}");
        }
        for path in PATHS {
            for fields in
                VARIANTS.into_iter().chain(["Range: bytes=0-1\r\n", "Authorization: Basic YTpi\r\n"])
            {
                // These choose another response.
                if fields.starts_with("Origin") || fields.contains("json") {
                    continue;
                }
                let answer = case.ask_plainly(method, path, &format!("Host: a\r\n{origin}{fields}"));
                assert_eq!((answer.head(), &answer.body), (first.head(), &first.body), "{}", answer.request);
            }
        }
    }
}

/// The value of Access-Control-Allow-Origin for a request with this field.
fn allowed(case: &Case, origin: &str) -> Option<&'static str> {
    match origin {
        // A wildcard needs no question.
        _ if case.has(CorsAll) => Some("*"),
        ORIGIN if case.has(Cors) => Some("https://a.example"),
        _ => None,
    }
}

fn preflights(case: &Case) {
    let has_cors = case.has(Cors) || case.has(CorsAll);
    for origin in [ORIGIN, OTHER_ORIGIN, "Origin: null\r\n"] {
        let fields = format!("Host: a\r\n{origin}Access-Control-Request-Method: GET\r\n");
        for path in PATHS {
            let answer = case.ask_plainly("OPTIONS", path, &fields);
            let expected = if has_cors || !case.has(Auth) { 204 } else { 401 };
            // A page that is not there has no methods.
            let is_missing = answer.status == 404 && !has_cors;
            assert!(answer.status == expected || is_missing, "{answer:?}");
            assert_eq!(answer.field("access-control-allow-origin"), allowed(case, origin), "{answer:?}");
            let names_login = |fields: &str| fields.contains("Authorization") && fields.contains("Range");
            let fields = answer.field("access-control-allow-headers");
            assert_eq!(fields.is_some_and(names_login), allowed(case, origin).is_some(), "{answer:?}");
        }
    }
}

fn origins(case: &Case) {
    let check = |answer: Answer, origin: &str| {
        let names = answer.names().filter(|name| name.starts_with("access-control-"));
        assert_eq!(answer.field("access-control-allow-origin"), allowed(case, origin), "{answer:?}");
        assert_eq!(names.count() > 0, allowed(case, origin).is_some(), "{answer:?}");
        assert_eq!(answer.varies_by("origin"), case.has(Cors) && !case.has(CorsAll), "{answer:?}");
    };
    for origin in ["", ORIGIN, OTHER_ORIGIN] {
        for path in PATHS {
            for fields in [
                "",
                "Range: bytes=0-1\r\n",
                "Range: bytes=900-\r\n",
                "If-Match: \"x\"\r\n",
                "If-None-Match: *\r\n",
            ] {
                check(case.ask("GET", path, &format!("{origin}{fields}")), origin);
            }
            check(case.ask("POST", path, origin), origin);
            check(case.ask("OPTIONS", path, origin), origin);
            check(case.ask_plainly("GET", path, &format!("Host: a\r\n{origin}")), origin);
        }
    }
}

fn varies(case: &Case) {
    for path in PATHS {
        for (name, fields) in [
            ("accept", ["", "Accept: text/html\r\n"]),
            ("accept", ["", "Accept: application/json\r\n"]),
            ("accept-encoding", ["", "Accept-Encoding: gzip\r\n"]),
            ("origin", ["", ORIGIN]),
            ("origin", [ORIGIN, OTHER_ORIGIN]),
        ] {
            let [one, other] = fields.map(|fields| case.ask("GET", path, fields));
            if (one.head(), &one.body) != (other.head(), &other.body) {
                assert!(one.varies_by(name) && other.varies_by(name), "{one:?} {other:?}");
            }
        }
    }
}

fn hosts(case: &Case) {
    for method in ["GET", "HEAD", "POST", "OPTIONS"] {
        for path in PATHS {
            for login in ["", LOGIN] {
                let fields = |host: &str| {
                    format!("Host: {host}\r\n{login}{ORIGIN}Access-Control-Request-Method: GET\r\n")
                };
                let other = case.ask_plainly(method, path, &fields("other"));
                if case.has(AllowHost) {
                    assert_eq!((other.status, other.field("etag")), (421, None), "{other:?}");
                } else {
                    let same = case.ask_plainly(method, path, &fields("a"));
                    assert_eq!((other.head(), &other.body), (same.head(), &same.body), "{}", other.request);
                }
            }
        }
        let malformed = case.ask_plainly(method, "/a.txt", "Host: a b\r\n");
        assert_eq!(malformed.status, 400, "{malformed:?}");
    }
}

fn caches(case: &Case) {
    for path in PATHS {
        for (method, fields) in
            VARIANTS.map(|fields| ("GET", fields)).into_iter().chain([("POST", ""), ("OPTIONS", "")])
        {
            let answer = case.ask(method, path, fields);
            let directives = answer.field("cache-control").unwrap_or_default();
            if case.has(Auth) {
                let kept = |directive: &str| ["private", "no-cache", "no-store"].contains(&directive);
                assert!(directives.split(", ").any(kept), "{answer:?}");
            }
        }
    }
    let expected = match (case.has(CacheControl), case.has(Auth)) {
        (true, true) => "private, max-age=60",
        (true, false) => "max-age=60",
        (false, _) => "no-cache",
    };
    assert_eq!(case.ask("GET", "/a.txt", "").field("cache-control"), Some(expected));
}

fn methods(case: &Case) {
    for path in PATHS {
        let (options, post) = (case.ask("OPTIONS", path, ""), case.ask("POST", path, ""));
        // What is not there has no methods.
        let is_there = case.ask("GET", path, "").status != 404;
        let expected = if is_there { (204, 405) } else { (404, 404) };
        // A folder takes forms, and what is posted here is none; a page does not.
        let folder = path.split_once('?').map_or(path, |(path, _)| path);
        let is_folder = matches!(folder, "/dir" | "/dir/" | "/site/") || path == "/" && !case.has(Pages);
        if case.has(Upload) && is_folder {
            assert_eq!((options.status, post.status), (expected.0, 415), "{options:?} {post:?}");
            assert_eq!(
                options.field("allow").is_some_and(|allow| allow.contains("POST")),
                is_there,
                "{options:?}"
            );
            continue;
        }
        assert_eq!((options.status, post.status), expected, "{options:?} {post:?}");
        assert_eq!(options.field("allow").is_some(), is_there, "{options:?}");
        assert_eq!(options.field("allow"), post.field("allow"), "{post:?}");
    }
    let unknown = case.ask("BREW", "/a.txt", "");
    assert_eq!(unknown.status, 501, "{unknown:?}");
}

fn redirects(case: &Case) {
    let forwarded = "X-Forwarded-Host: evil\r\nX-Forwarded-Proto: https\r\nForwarded: host=evil\r\n";
    for fields in ["", forwarded, ORIGIN, "Range: bytes=0-1\r\n", "Accept: text/html\r\n"] {
        let answer = case.ask("GET", "/dir?x=//evil", fields);
        // With or without the slash of an absolute path: both are below this host.
        let location =
            answer.field("location").map(|location| location.strip_prefix('/').unwrap_or(location));
        assert_eq!((answer.status, location), (308, Some("dir/?x=//evil")), "{answer:?}");
    }
    let target = case.ask("GET", "/dir/", "Accept: text/html\r\n");
    let expected = if case.has(Listing) || case.has(Spa) { 200 } else { 404 };
    assert_eq!(target.status, expected, "{target:?}");
}

fn moved(case: &Case) {
    for (method, fields) in [("GET", ""), ("POST", ""), ("GET", ORIGIN), ("GET", "Accept: text/html\r\n")] {
        let answer = case.ask(method, "/old/a?x=//evil", fields);
        if case.has(Redirect) {
            let expected =
                if case.has(Prefix) { (302, "/docs/new/a?x=//evil") } else { (308, "/new/a?x=//evil") };
            assert_eq!((answer.status, answer.field("location").unwrap()), expected, "{answer:?}");
        } else {
            assert!(
                matches!(answer.status, 200 | 404 | 405) && answer.field("location").is_none(),
                "{answer:?}"
            );
        }
        let other = case.ask(method, "/old//evil", fields);
        assert_eq!(other.field("location"), None, "{other:?}");
    }
}

fn pipelines(case: &Case) {
    let requests =
        [("GET", "/a.txt"), ("GET", "/nothing"), ("POST", "/a.txt"), ("GET", "/dir"), ("HEAD", "/a.txt")];
    for (login, host) in [(case.login(), "a"), ("", "a"), (case.login(), "other")] {
        let fields = format!("Host: {host}\r\n{login}");
        let alone = requests.map(|(method, path)| case.ask_plainly(method, path, &fields).status);
        let mut stream = connect(case.program.address);
        for (method, path) in requests {
            let end = if method == "HEAD" { "Connection: close\r\n" } else { "" };
            let path = case.path(path);
            stream.write_all(format!("{method} {path} HTTP/1.1\r\n{fields}{end}\r\n").as_bytes()).unwrap();
        }
        let text = read_to_close(&mut stream);
        let statuses = text.split("HTTP/1.1 ").skip(1).map(|answer| answer[..3].parse().unwrap());
        assert_eq!(statuses.collect::<Vec<u16>>(), alone, "{text}");
    }
}

fn clients(case: &Case) {
    let expected = if case.has(Proxy) { "203.0.113.9 - " } else { "127.0.0.1 - " };
    let forwarded = "X-Forwarded-For: 203.0.113.9\r\n";
    let requests = [
        ("GET", "/a.txt?log", format!("Host: a\r\n{LOGIN}{forwarded}")),
        ("GET", "/a.txt?log-without", format!("Host: a\r\n{forwarded}")),
        ("GET", "/a.txt?log-host", format!("Host: other\r\n{forwarded}")),
        ("GET", "/nothing?log", format!("Host: a\r\n{LOGIN}{forwarded}")),
        ("POST", "/a.txt?log-post", format!("Host: a\r\n{LOGIN}{forwarded}")),
        (
            "OPTIONS",
            "/?log",
            format!("Host: a\r\n{LOGIN}{ORIGIN}Access-Control-Request-Method: GET\r\n{forwarded}"),
        ),
    ];
    for (method, target, fields) in requests {
        let answer = case.ask_plainly(method, target, &fields);
        let line = format!("\"{method} {} HTTP/1.1\" {} ", case.path(target), answer.status);
        let mut log = String::new();
        wait_until(|| {
            log = fs::read_to_string(&case.log).unwrap_or_default();
            log.contains(&line)
        });
        let line = log.lines().find(|other| other.contains(&line)).unwrap();
        assert!(line.starts_with(expected), "{line}");
    }
}

fn own_responses(case: &Case) {
    let check = |answer: Answer| {
        let is_own = case.has(Responses);
        let policy = is_own.then_some("no-referrer");
        assert_eq!(answer.field("referrer-policy"), policy, "{answer:?}");
        assert_eq!(answer.field("x-own"), is_own.then_some("a, b"), "{answer:?}");
        assert_eq!(answer.field("x-content-type-options").is_some(), is_own, "{answer:?}");
        // A made certificate, or none.
        assert_eq!(answer.field("strict-transport-security"), None, "{answer:?}");
        if is_own && matches!(answer.status, 401 | 404 | 405 | 412 | 416 | 421) {
            assert_eq!(&*answer.body, b"<p>own page", "{answer:?}");
            assert_eq!(answer.field("content-type"), Some("text/html; charset=utf-8"), "{answer:?}");
        }
    };
    for path in PATHS {
        for fields in VARIANTS {
            check(case.ask("GET", path, fields));
        }
        check(case.ask("POST", path, ""));
        check(case.ask_plainly("GET", path, "Host: a\r\n"));
        check(case.ask_plainly("GET", path, "Host: other\r\n"));
    }
    for fields in ["Range: bytes=900-\r\n", "If-Match: \"x\"\r\n"] {
        check(case.ask("GET", "/coded.txt", fields));
    }
    check(case.ask("BREW", "/a.txt", ""));
}
