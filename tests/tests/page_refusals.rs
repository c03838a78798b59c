//! Refusals by pages, and the responses that a site makes to them.
//! Invariant: a request that is refused gets its status, the fields that belong to it, and the page of the innermost site that has one; the
//! connection goes on, and the observer gets the fault.

use bantam::wire::Status;
use bantam::{
    Buffers, Connection, Failure, Fault, Misuse, Refusal, Rejection, RequestDetails, Response, Site, serve,
};
use bantam_tests::answers::{Answer, read};
use bantam_tests::every_way::in_every_way;
use bantam_tests::executor::run;
use bantam_tests::requests::{get, post, request};
use bantam_tests::script::ScriptedPeer;

static LOGIN: Refusal = Refusal::new(Status::UNAUTHORIZED)
    .reason("Please log in.")
    .fields(&[("WWW-Authenticate", "Basic realm=\"notes\"")]);
static SLOWER: Refusal = Refusal::new(Status::TOO_MANY_REQUESTS).fields(&[("Retry-After", "30")]);
static BROKEN: Refusal = Refusal::new(Status::CONFLICT).fields(&[("X", "a\r\nb")]);

enum NoteError {
    Unknown,
    Taken,
    Locked,
}

impl From<NoteError> for Failure {
    fn from(error: NoteError) -> Self {
        match error {
            NoteError::Unknown => Rejection::NotFound.into(),
            NoteError::Taken => Status::CONFLICT.into(),
            NoteError::Locked => (&SLOWER).into(),
        }
    }
}

fn note(name: &str) -> Result<&'static [u8], NoteError> {
    match name {
        "taken" => Err(NoteError::Taken),
        "locked" => Err(NoteError::Locked),
        "here" => Ok(b"a note"),
        _ => Err(NoteError::Unknown),
    }
}

struct Plain;

impl Site for Plain {
    bantam::routes! {
        GET|POST "/status/{status}" => status,
        GET|POST "/login" => login,
        GET "/slower" => slower,
        GET "/broken" => broken,
        GET "/unused" => unused,
        GET "/notes/{name}" => read_note,
        POST "/long" => long,
        GET "/staged" => staged,
        GET "/begun" => begun,
        GET "/fails" => fails,
    }
}

type Outcome<C> = Result<(), <C as Connection>::Error>;

async fn status<C: Connection>(_: &Plain, details: &mut RequestDetails<'_, C>) -> Outcome<C> {
    let code: u16 = details.param("status")?;
    Err(Status::new(code).ok_or(Rejection::BadInput)?.into())
}

async fn login<C: Connection>(_: &Plain, details: &mut RequestDetails<'_, C>) -> Outcome<C> {
    Err(details.refuse(&LOGIN))
}

async fn slower<C: Connection>(_: &Plain, _: &mut RequestDetails<'_, C>) -> Result<(), Failure> {
    Err((&SLOWER).into())
}

async fn broken<C: Connection>(_: &Plain, details: &mut RequestDetails<'_, C>) -> Outcome<C> {
    Err(details.fail(&BROKEN))
}

/// Makes a refusal, and returns another error.
async fn unused<C: Connection>(_: &Plain, details: &mut RequestDetails<'_, C>) -> Outcome<C> {
    let _ = details.refuse(&LOGIN);
    Err(Status::GONE.into())
}

async fn read_note<C: Connection>(_: &Plain, details: &mut RequestDetails<'_, C>) -> Result<(), Failure> {
    let name: String = details.param("name")?;
    let text = note(&name)?;
    details.connection.make_response(Response::new(Status::OK).body(text)).await?;
    Ok(())
}

async fn long<C: Connection>(_: &Plain, details: &mut RequestDetails<'_, C>) -> Result<(), Failure> {
    details.body(&mut [0; 4]).await?;
    Ok(())
}

async fn staged<C: Connection>(_: &Plain, details: &mut RequestDetails<'_, C>) -> Outcome<C> {
    details.connection.make_response(Response::new(Status::OK)).await?;
    details.connection.send(b"not this").await?;
    Err(Status::CONFLICT.into())
}

async fn begun<C: Connection>(_: &Plain, details: &mut RequestDetails<'_, C>) -> Outcome<C> {
    details.connection.make_response(Response::new(Status::OK)).await?;
    details.connection.send(&[b'x'; 600]).await?;
    Err(Status::CONFLICT.into())
}

async fn fails<C: Connection>(_: &Plain, details: &mut RequestDetails<'_, C>) -> Outcome<C> {
    details.connection.send(b"too early").await
}

/// A site with pages of its own for what is refused, around one with JSON.
struct App {
    api: Api,
    plain: Plain,
}

struct Api {
    plain: Plain,
}

impl Site for App {
    bantam::routes! {
        USE "/api" => |app| &app.api,
        .. => |app| &app.plain,
    }

    async fn refused<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
        status: Status,
        reason: &'static str,
    ) -> Outcome<C> {
        let text = format!("<p>{status}: {reason}");
        let html = [("Content-Type", "text/html")];
        details.connection.make_response(Response::new(status).headers(&html).body(text.as_bytes())).await
    }
}

impl Site for Api {
    bantam::routes! { .. => |api| &api.plain }

    async fn refused<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
        status: Status,
        reason: &'static str,
    ) -> Outcome<C> {
        match details.uri.query {
            Some("nothing") => return Ok(()),
            Some("error") => return Err(Status::SERVICE_UNAVAILABLE.into()),
            Some("short") => return details.connection.make_response(Response::new(status).length(99)).await,
            _ => {}
        }
        let json = [("Content-Type", "application/json")];
        details.connection.make_response(Response::new(status).headers(&json)).await?;
        details.connection.send(format!("{{\"reason\":\"{reason}\"}}").as_bytes()).await
    }
}

const APP: App = App { api: Api { plain: Plain }, plain: Plain };

fn ask<S: Site>(site: &S, request: &str) -> (Answer, Option<Fault>) {
    let mut peer = ScriptedPeer::sending(request);
    run(serve(&mut peer, &mut Buffers::<1024, 512>::new().state(), site)).expect("the stream is sound");
    let is_head = request.starts_with("HEAD");
    let answers =
        read(peer.received(), |_| is_head).unwrap_or_else(|flaw| panic!("{flaw:?} in {}", peer.text()));
    let [answer] = &answers[..] else { panic!("{}", peer.text()) };
    (answer.clone(), peer.log()[0].fault)
}

#[track_caller]
fn check<S: Site>(site: &S, request: &str, status: u16, fields: &[(&str, &str)], part: &str) {
    let (answer, fault) = ask(site, request);
    let body = String::from_utf8_lossy(&answer.body);
    assert!(
        answer.status == status && body.contains(part) && !answer.closes(),
        "{request} {answer:?} {body}"
    );
    assert!(fault.is_some(), "the observer gets the fault");
    for (name, value) in fields {
        assert_eq!(answer.field(name), Some(*value), "{request}");
    }
    let head = request.replacen("GET ", "HEAD ", 1);
    // The response to HEAD is whole when its head is made, so that it is kept when the page or the site then fails.
    if head != request && !request.contains("staged") && !request.contains("short") {
        let (to_head, _) = ask(site, &head);
        assert_eq!(
            (to_head.status, to_head.fields),
            (answer.status, answer.fields),
            "HEAD has the same fields"
        );
        assert!(to_head.body.is_empty());
    }
}

#[test]
fn a_page_refuses_with_any_status_and_the_connection_goes_on() {
    for code in 400..600 {
        let (answer, fault) = ask(&Plain, &get(&format!("/status/{code}")));
        let rejection = Rejection::with(Status::new(code).expect("a status")).expect("a refusal");
        assert_eq!((answer.status, fault), (code, Some(Fault::Rejection(rejection))));
        assert!(!answer.closes() && answer.body.ends_with(b"The page refuses the request.\n"));
    }
    for code in [100, 101, 200, 204, 304, 399, 600, 999] {
        let (answer, fault) = ask(&Plain, &get(&format!("/status/{code}")));
        assert_eq!((answer.status, fault), (500, Some(Fault::Misuse(Misuse::BadStatus))), "{code}");
    }
}

#[test]
fn a_refusal_has_its_fields_and_its_sentence() {
    check(
        &Plain,
        &get("/login"),
        401,
        &[("WWW-Authenticate", "Basic realm=\"notes\"")],
        "<p>Please log in.\n",
    );
    check(&Plain, &get("/slower"), 429, &[("Retry-After", "30")], "429 Too Many Requests");
}

#[test]
fn the_body_of_a_refused_request_is_dropped() {
    let requests = post("/login", &"x".repeat(3000)) + &post("/status/409", "y") + &get("/notes/here");
    let answers = in_every_way(&Plain, &requests, |_| false);
    assert_eq!(answers.iter().map(|answer| answer.status).collect::<Vec<_>>(), [401, 409, 200]);
    let large = post("/login", "").replace("Content-Length: 0", "Content-Length: 99999");
    let (answer, _) = ask(&Plain, &large);
    assert!(answer.status == 401 && answer.closes(), "{answer:?}");
}

#[test]
fn a_refusal_whose_fields_are_not_valid_is_500_without_them() {
    for site_has_pages in [false, true] {
        let (answer, _) =
            if site_has_pages { ask(&APP, &get("/broken")) } else { ask(&Plain, &get("/broken")) };
        assert!(answer.status == 500 && answer.field("x").is_none(), "{answer:?}");
    }
}

#[test]
fn a_refusal_that_the_page_does_not_return_has_no_effect() {
    let (answer, _) = ask(&Plain, &get("/unused"));
    assert!(answer.status == 410 && answer.field("www-authenticate").is_none(), "{answer:?}");
}

#[test]
fn errors_of_ones_own_pass_through_the_question_mark() {
    check(&Plain, &get("/notes/none"), 404, &[], "There is no such page.");
    check(&Plain, &get("/notes/taken"), 409, &[], "409 Conflict");
    check(&Plain, &get("/notes/locked"), 429, &[("Retry-After", "30")], "429");
    check(&Plain, &post("/long", "12345"), 413, &[], "The body is too long.");
    assert_eq!(ask(&Plain, &get("/notes/here")).0.body, b"a note");
}

#[test]
fn the_innermost_site_that_has_one_makes_the_response() {
    for (path, status, reason) in [
        ("/nothing", 404, "There is no such page."),
        ("/login", 401, "Please log in."),
        ("/status/503", 503, "The page refuses the request."),
        ("/fails", 500, "This page failed."),
        ("/staged", 409, "The page refuses the request."),
    ] {
        let json = format!("{{\"reason\":\"{reason}\"}}");
        check(&APP, &get(&format!("/api{path}")), status, &[("Content-Type", "application/json")], &json);
        let html = format!("<p>{status} ");
        check(&APP, &get(path), status, &[("Content-Type", "text/html")], &html);
        let core = [("Content-Type", "text/html; charset=utf-8")];
        check(&Plain, &get(path), status, &core, reason);
    }
    check(&APP, &get("/api/login"), 401, &[("WWW-Authenticate", "Basic realm=\"notes\"")], "{");
    check(&APP, &get("/login"), 401, &[("WWW-Authenticate", "Basic realm=\"notes\"")], "<p>");
}

#[test]
fn a_405_has_allow_and_options_is_answered_by_the_core() {
    for path in ["/slower", "/api/slower"] {
        let allow = [("Allow", "GET, HEAD, OPTIONS")];
        check(&APP, &request("DELETE", path, "", ""), 405, &allow, "");
        let (answer, fault) = ask(&APP, &request("OPTIONS", path, "", ""));
        assert_eq!((answer.status, fault, answer.field("allow")), (204, None, Some(allow[0].1)));
    }
}

#[test]
fn where_a_site_makes_no_response_the_next_one_or_the_core_does() {
    for (query, part) in [("nothing", "<p>409"), ("error", "<title>409"), ("short", "<title>409")] {
        check(&APP, &get(&format!("/api/status/409?{query}")), 409, &[], part);
    }
}

#[test]
fn a_response_that_has_begun_to_leave_is_cut_off() {
    for path in ["/begun", "/api/begun"] {
        let mut peer = ScriptedPeer::sending(get(path));
        run(serve(&mut peer, &mut Buffers::<1024, 512>::new().state(), &APP)).expect("the stream is sound");
        assert!(peer.text().starts_with("HTTP/1.1 200 OK\r\n") && !peer.text().ends_with("0\r\n\r\n"));
    }
}

#[test]
fn a_head_that_is_not_understood_has_the_page_of_the_core() {
    let (answer, _) = ask(&APP, "GET /#f HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(answer.status == 400 && answer.body.starts_with(b"<!doctype html>"), "{answer:?}");
}

#[test]
fn refusals_are_the_same_in_every_way() {
    let paths = ["/api/login", "/nothing", "/api/nothing", "/staged", "/api/fails", "/api/login?error"];
    let requests: String =
        paths.map(get).concat() + &request("HEAD", "/api/login", "", "") + &get("/notes/here");
    let answers = in_every_way(&APP, &requests, |number| number == 6);
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [401, 404, 404, 409, 500, 401, 401, 200]);
}
