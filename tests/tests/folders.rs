//! The crate `tests/folders`, whose own build script makes its site of its folders by `bantam-build`.

use bantam::Site;
use bantam_folders::{App, many};
use bantam_tests::answers::{Answer, read};
use bantam_tests::memory::{WHOLE, serve_bytes};
use bantam_tests::requests::request;

/// The answer of a site, with the buffers of a device.
fn answer<S: Site>(site: &S, method: &str, path: &str, fields: &str) -> Answer {
    let bytes = serve_bytes::<_, 1024, 512>(site, request(method, path, fields, "").as_bytes(), WHOLE, None);
    let mut answers = read(&bytes, |_| method == "HEAD").expect("a well-formed answer");
    assert_eq!(answers.len(), 1);
    answers.remove(0)
}

fn text(method: &str, path: &str) -> String {
    let answer = answer(&App::default(), method, path, "");
    assert!((200..300).contains(&answer.status), "{method} {path}: {answer:?}");
    String::from_utf8(answer.body).expect("UTF-8")
}

#[test]
fn the_more_specific_page_answers_and_a_parameter_is_decoded() {
    for (path, expected) in [
        ("/users/new", "new"),
        ("/users/5", "user 5"),
        ("/users/%35", "user 5"),
        ("/users/a%2Fb/notes", "0 of a%2Fb"),
        ("/files/", "path "),
        ("/files/a/b", "path a/b"),
    ] {
        assert_eq!(text("GET", path), expected, "{path}");
    }
    assert_eq!(answer(&App::default(), "GET", "/users/x", "").status, 404, "no number");
    assert_eq!(answer(&App::default(), "GET", "/users/", "").status, 404, "no segment");
}

#[test]
fn a_function_answers_its_method_and_head_comes_with_get_unless_it_has_its_own() {
    let site = App::default();
    assert_eq!(answer(&site, "PUT", "/users/5", "Content-Length: 0\r\n").status, 204);
    assert_eq!(answer(&site, "HEAD", "/users/5", "").field("X-Own"), Some("head"));
    assert_eq!(answer(&site, "HEAD", "/users/new", "").field("Content-Length"), Some("3"));
    let refused = answer(&site, "DELETE", "/users/5", "");
    assert_eq!((refused.status, refused.field("Allow")), (405, Some("GET, HEAD, PUT, OPTIONS")));
    let options = answer(&site, "OPTIONS", "/files/a", "");
    assert_eq!((options.status, options.field("Allow")), (204, Some("GET, HEAD, POST, OPTIONS")));
    let all = answer(&site, "OPTIONS", "*", "");
    assert_eq!((all.status, all.field("Allow")), (204, Some("GET, HEAD, POST, PUT, OPTIONS")));
    // A page that takes PUT is as good for the path as the more specific one.
    assert_eq!(answer(&site, "PUT", "/users/new", "Content-Length: 0\r\n").status, 204);
}

#[test]
fn pages_share_the_state() {
    let site = App::default();
    for _ in 0..3 {
        assert_eq!(answer(&site, "POST", "/users/7/notes", "Content-Length: 0\r\n").status, 201);
    }
    assert_eq!(answer(&site, "GET", "/users/8/notes", "").body, b"3 of 8");
}

#[test]
fn a_static_file_comes_before_a_page_with_a_parameter_and_asset_names_it() {
    assert_eq!(text("GET", "/files/own.txt"), "a file");
    assert_eq!(text("POST", "/files/own.txt"), "path own.txt", "a file takes GET and HEAD alone");
    let page = text("GET", "/");
    let path = page.strip_prefix("<link rel=stylesheet href=").and_then(|rest| rest.strip_suffix('>'));
    let style =
        answer(&App::default(), "GET", &format!("/{}", path.expect("a link")), "Accept-Encoding: br\r\n");
    assert_eq!((style.status, style.field("Content-Encoding")), (200, Some("br")));
    assert!(style.field("Cache-Control").is_some_and(|value| value.ends_with("immutable")), "{style:?}");
    let whole = answer(&App::default(), "GET", "/style.css", "");
    assert_eq!(whole.body, include_bytes!("../folders/public/style.css"));
    let refused = answer(&App::default(), "POST", "/style.css", "Content-Length: 0\r\n");
    assert_eq!((refused.status, refused.field("Allow")), (405, Some("GET, HEAD, OPTIONS")));
}

#[test]
fn a_hundred_pages_are_all_reached() {
    for number in 0..100 {
        let path = format!("/administration/settings/area_{}/page_{number}", number / 10);
        let answer = answer(&many::Pages, "GET", &path, "");
        assert_eq!((answer.status, answer.body), (200, format!("page {number}").into_bytes()), "{path}");
    }
    assert_eq!(answer(&many::Pages, "GET", "/administration/settings/area_0/page_10", "").status, 404);
}

#[test]
fn an_error_page_answers_what_is_refused() {
    let site = App::default();
    for path in ["/nothing", "/users/x"] {
        let missing = answer(&site, "GET", path, "");
        assert_eq!(missing.status, 404);
        assert_eq!(missing.body, format!("{path}: There is no such page.").into_bytes());
    }
    let refused = answer(&site, "DELETE", "/users/5", "");
    assert_eq!((refused.status, &*refused.body), (405, &b"405 after 0 notes"[..]));
    assert_eq!(refused.field("Allow"), Some("GET, HEAD, PUT, OPTIONS"));
    assert_eq!(answer(&site, "GET", "/error", "").status, 404, "an error page has no path");
    assert_eq!(answer(&site, "GET", "/404", "").status, 404);
    assert!(
        answer(&many::Pages, "GET", "/nothing", "").body.starts_with(b"<!doctype html>"),
        "the core's own"
    );
}
