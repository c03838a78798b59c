//! The layer `Cors`, and what it adds to every response of the site below it.
//! Invariant: only the response to an allowed origin has a field of CORS, whatever its status.

use bantam::layers::{Cors, Origins};
use bantam::wire::{Method, MethodSet, Status};
use bantam::{Buffers, Connection, Layer, Rejection, RequestDetails, Response, Site, serve};
use bantam_tests::answers::{Answer, read};
use bantam_tests::executor::run;
use bantam_tests::requests::request;
use bantam_tests::script::ScriptedPeer;

/// A page for each way to answer.
struct Pages;

impl Site for Pages {
    bantam::routes! {
        GET "/page" => page,
        GET "/fields" => fields,
        GET "/any" => any,
        GET "/fails" => fails,
        GET "/forbidden" => forbidden,
    }
}

async fn page<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.make_response(Response::new(Status::OK).body(b"a page")).await
}

async fn fields<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let fields = [("Vary", "Accept"), ("access-control-allow-origin", "https://own.example"), ("X", "y")];
    details.connection.make_response(Response::new(Status::OK).headers(&fields).body(b"")).await
}

async fn any<C: Connection>(_: &Pages, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let fields = [("Vary", "accept, *")];
    details.connection.make_response(Response::new(Status::OK).headers(&fields).body(b"")).await
}

async fn fails<C: Connection>(_: &Pages, _: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    Ok(())
}

async fn forbidden<C: Connection>(_: &Pages, _: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    Err(Rejection::NotFound.into())
}

fn ask<L: Layer>(layer: L, method: &str, path: &str, fields: &str) -> Answer {
    ask_site(Pages.layer(layer), request(method, path, fields, ""))
}

fn ask_site(site: impl Site, request: String) -> Answer {
    ask_sized::<1024>(site, request)
}

/// The answer of a site with a response buffer of `SIZE` bytes.
fn ask_sized<const SIZE: usize>(site: impl Site, request: String) -> Answer {
    let is_head = request.starts_with("HEAD ");
    let mut peer = ScriptedPeer::sending(request);
    run(serve(&mut peer, &mut Buffers::<1024, SIZE>::new().state(), &site)).expect("the stream is sound");
    let mut answers = read(peer.received(), |_| is_head).expect("well-formed");
    assert_eq!(answers.len(), 1, "{}", peer.text());
    answers.remove(0)
}

const ORIGINS: [&str; 2] = ["https://a.example", "null"];
const ALLOWED: &str = "Origin: https://a.example\r\n";
const PREFLIGHT: &str = "Access-Control-Request-Method: PUT\r\n";

/// The names of the fields of CORS, with their values.
fn cors_fields(answer: &Answer) -> Vec<String> {
    let fields = answer.fields.iter().map(|(name, value)| format!("{}: {value}", name.to_ascii_lowercase()));
    fields.filter(|field| field.starts_with("access-control-")).collect()
}

#[test]
fn every_response_to_an_allowed_origin_says_so_and_no_other() {
    for (origin, allowed) in [
        (ALLOWED, Some("https://a.example")),
        ("Origin: null\r\n", Some("null")),
        ("Origin: https://A.example\r\n", None),
        ("Origin: https://a.example.evil\r\n", None),
        ("Origin: *\r\n", None),
        ("", None),
    ] {
        for (method, path, status) in [
            ("GET", "/page", 200),
            ("HEAD", "/page", 200),
            ("GET", "/nothing", 404),
            ("GET", "/forbidden", 404),
            ("GET", "/fails", 500),
            ("POST", "/page", 405),
            ("OPTIONS", "/page", 204),
            ("BREW", "/page", 501),
        ] {
            let answer = ask(Cors::new(ORIGINS), method, path, origin);
            assert_eq!(answer.status, status, "{method} {path}");
            assert_eq!(answer.field("access-control-allow-origin"), allowed, "{method} {path} {origin}");
            assert_eq!(cors_fields(&answer).len(), usize::from(allowed.is_some()), "{method} {path}");
            // The core refuses in HTML or in JSON.
            let vary = if status >= 400 { "Accept, Origin" } else { "Origin" };
            assert_eq!(answer.field("vary"), Some(vary), "{method} {path}");
        }
    }
}

#[test]
fn all_origins_are_allowed_without_a_question() {
    for origin in ["", ALLOWED, "Origin: https://b.example\r\n"] {
        let answer = ask(Cors::new(["*"]), "GET", "/page", origin);
        assert_eq!(cors_fields(&answer), ["access-control-allow-origin: *"]);
        assert_eq!(answer.field("vary"), None);
    }
}

#[test]
fn a_preflight_request_is_answered_whatever_its_path() {
    let put = MethodSet::of(&[Method::Put]);
    let cors =
        Cors::new(ORIGINS).methods(put).headers("X-A, X-B").exposed("X-C").credentials(true).max_age(60);
    for path in ["/page", "/nothing", "*"] {
        let answer = ask(cors, "OPTIONS", path, &format!("{ALLOWED}{PREFLIGHT}"));
        assert_eq!((answer.status, answer.field("allow")), (204, None), "{path}");
        let expected = [
            "access-control-allow-origin: https://a.example",
            "access-control-allow-credentials: true",
            "access-control-allow-methods: PUT",
            "access-control-allow-headers: X-A, X-B",
            "access-control-max-age: 60",
        ];
        assert_eq!(cors_fields(&answer), expected, "{path}");
        let other = ask(cors, "OPTIONS", path, &format!("Origin: https://b.example\r\n{PREFLIGHT}"));
        assert_eq!((other.status, cors_fields(&other).len()), (204, 0), "{path}");
    }
    for fields in [ALLOWED, PREFLIGHT, ""] {
        let answer = ask(cors, "OPTIONS", "/page", fields);
        assert_eq!((answer.status, answer.field("allow")), (204, Some("GET, HEAD, OPTIONS")), "{fields}");
    }
    let answer = ask(cors, "GET", "/page", &format!("{ALLOWED}{PREFLIGHT}"));
    let expected = [
        "access-control-allow-origin: https://a.example",
        "access-control-allow-credentials: true",
        "access-control-expose-headers: X-C",
    ];
    assert_eq!(cors_fields(&answer), expected, "no preflight request");
}

#[test]
fn credentials_are_not_allowed_to_all() {
    let answer = ask(Cors::new(["*"]).credentials(true), "GET", "/page", ALLOWED);
    assert_eq!(cors_fields(&answer), ["access-control-allow-origin: *"]);
}

#[test]
fn the_longest_permission_is_a_number() {
    let answer =
        ask(Cors::new(["*"]).max_age(u32::MAX), "OPTIONS", "/page", &format!("{ALLOWED}{PREFLIGHT}"));
    assert_eq!(answer.field("access-control-max-age"), Some("4294967295"));
    assert_eq!(answer.field("access-control-allow-methods"), Some("GET, HEAD, POST"));
}

#[test]
fn the_fields_of_a_page_stay_and_its_vary_is_extended() {
    let answer = ask(Cors::new(ORIGINS), "GET", "/fields", ALLOWED);
    assert_eq!(cors_fields(&answer), ["access-control-allow-origin: https://own.example"]);
    assert_eq!((answer.field("vary"), answer.field("x")), (Some("Accept, Origin"), Some("y")));
    assert_eq!(answer.fields.iter().filter(|(name, _)| name == "Vary").count(), 1);
    let answer = ask(Cors::new(ORIGINS), "GET", "/any", ALLOWED);
    assert_eq!(answer.field("vary"), Some("accept, *"), "it has every member");
}

#[test]
fn an_absent_layer_changes_nothing_and_an_absent_site_has_no_page() {
    let absent: Option<Cors<[&str; 1]>> = None;
    let plain = ask(absent, "GET", "/fields", ALLOWED);
    assert_eq!((plain.status, plain.field("vary")), (200, Some("Accept")));
    assert_eq!(cors_fields(&ask(Some(Cors::new(ORIGINS)), "GET", "/page", ALLOWED)).len(), 1);
    for (sites, status) in [((Some(Pages), None), 200), ((None, Some(Pages)), 200), ((None, None), 404)] {
        let answer = ask_site(Site::or(sites.0, sites.1), request("GET", "/page", "", ""));
        assert_eq!(answer.status, status);
    }
}

/// Every host below `example.org`.
struct Subdomains;

impl Origins for Subdomains {
    fn contains(&self, origin: &str) -> bool {
        origin.starts_with("https://") && origin.ends_with(".example.org")
    }
}

#[test]
fn a_set_of_origins_may_be_a_rule() {
    for (origin, count) in [("https://a.example.org", 1), ("http://a.example.org", 0), ("*", 0)] {
        let answer = ask(Cors::new(Subdomains), "GET", "/page", &format!("Origin: {origin}\r\n"));
        assert_eq!(cors_fields(&answer).len(), count, "{origin}");
    }
}

#[test]
fn fields_that_do_not_fit_are_not_sent_in_part() {
    let whole = ask(Cors::new(ORIGINS), "GET", "/fields", ALLOWED).fields;
    let mut sent = [0; 2];
    let mut check = |answer: Answer| {
        let is_whole = answer.status == 200;
        assert!(is_whole || answer.status == 500 && answer.field("vary").is_none(), "{answer:?}");
        assert!(!is_whole || answer.fields == whole, "{answer:?}");
        sent[usize::from(is_whole)] += 1;
    };
    macro_rules! check_sizes {
        ($($size:literal)*) => {
            $(check(ask_sized::<$size>(
                Pages.layer(Cors::new(ORIGINS)),
                request("GET", "/fields", ALLOWED, ""),
            ));)*
        };
    }
    check_sizes!(100 102 104 106 107 108 109 110 111 112 113 114 115 116 117 118 119 120 124 140 200);
    assert!(sent.iter().all(|count| *count > 2), "{sent:?}");
}
