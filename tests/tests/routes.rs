//! Sites made by `routes!`: methods, parameters, mounted sites, and what no route fits.
//! Invariant: the first route that fits is called, with the parameters of all routes that led to it.

use std::cell::Cell;

use bantam::wire::Status;
use bantam::{Connection, Fault, Misuse, Rejection, RequestDetails, Response, Site, serve};
use bantam_tests::answers::{Answer, read};
use bantam_tests::executor::run;
use bantam_tests::requests::request;
use bantam_tests::script::ScriptedPeer;

struct App {
    name: &'static str,
    users: Users,
    rest: Rest,
}

struct Users {
    notes: Notes,
}

struct Notes;

struct Rest;

const APP: App = App { name: "app", users: Users { notes: Notes }, rest: Rest };

impl Site for App {
    bantam::routes! {
        GET "/" => home,
        GET "/pages/new" => text_of_new,
        GET "/pages/{page}" => page,
        PUT|DELETE "/pages/{page}" => change,
        POST "/pages/new" => change,
        GET "/files/{*path}" => file,
        HEAD "/head" => home,
        OPTIONS "/options" => home,
        GET "/typo" => typo,
        USE "/users/{user}" => |app| &app.users,
        .. => |app| &app.rest,
    }
}

impl Site for Users {
    bantam::routes! {
        GET "/" => user,
        USE "/notes" => |users| &users.notes,
        _ => lost,
    }
}

impl Site for Notes {
    bantam::routes! { GET "/{user}/of/{note}" => note }
}

impl Site for Rest {
    bantam::routes! { POST "/late" => rest }
}

async fn say<C: Connection>(details: &mut RequestDetails<'_, C>, text: &str) -> Result<(), C::Error> {
    details.connection.make_response(Response::new(Status::OK).body(text.as_bytes())).await
}

async fn home<C: Connection>(app: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    say(details, app.name).await
}

async fn text_of_new<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    say(details, "new").await
}

async fn page<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let number: u32 = details.param("page")?;
    say(details, &format!("page {number}")).await
}

async fn change<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let raw = details.param_raw("page");
    say(details, &format!("{} {raw:?}", details.method)).await
}

async fn file<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let path: String = details.param("path")?;
    say(details, &path).await
}

async fn typo<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let _: u32 = details.param("nothing")?;
    Ok(())
}

async fn user<C: Connection>(_: &Users, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let user: String = details.param("user")?;
    say(details, &format!("user {user} at {}", details.rest())).await
}

async fn lost<C: Connection>(_: &Users, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    say(details, &format!("nothing at {}", details.rest())).await
}

async fn note<C: Connection>(_: &Notes, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let (user, note) = (details.param_raw("user"), details.param_raw("note"));
    say(details, &format!("{user:?} {note:?}")).await
}

async fn rest<C: Connection>(_: &Rest, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    say(details, "late").await
}

fn ask(method: &str, path: &str) -> (Answer, Option<Fault>) {
    let mut peer = ScriptedPeer::sending(request(method, path, "", ""));
    let mut buffers = bantam::Buffers::<1024, 512>::new();
    run(serve(&mut peer, &mut buffers.state(), &APP)).expect("the stream is sound");
    let answers = read(peer.received(), |_| method == "HEAD").expect("well-formed");
    let [answer] = &answers[..] else { panic!("{}", peer.text()) };
    (answer.clone(), peer.log()[0].fault)
}

#[track_caller]
fn check(method: &str, path: &str, status: u16, body: &str) {
    let (answer, _) = ask(method, path);
    let text = String::from_utf8(answer.body).expect("UTF-8");
    assert_eq!((answer.status, text.as_str()), (status, body), "{method} {path}");
}

#[test]
fn the_first_route_that_fits_is_called_with_its_site() {
    check("GET", "/", 200, "app");
    check("GET", "/pages/new", 200, "new");
    check("GET", "/pages/7", 200, "page 7");
    check("PUT", "/pages/7", 200, "PUT Some(\"7\")");
    check("DELETE", "/pages/new", 200, "DELETE Some(\"new\")");
    check("POST", "/pages/new", 200, "POST None");
}

#[test]
fn a_path_matches_decoded_and_an_escaped_slash_is_no_slash() {
    check("GET", "/%70ages/%37", 200, "page 7");
    check("GET", "/files/a%2Fb/c", 200, "a/b/c");
    check("PUT", "/pages/a%2Fb", 200, "PUT Some(\"a%2Fb\")");
    assert_eq!(ask("GET", "/pages%2F7").0.status, 404);
}

#[test]
fn a_parameter_that_does_not_parse_is_404() {
    for path in ["/pages/x", "/pages/-1", "/pages/4294967296", "/files/%ff"] {
        let (answer, fault) = ask("GET", path);
        assert_eq!((answer.status, fault), (404, Some(Fault::Rejection(Rejection::NotFound))), "{path}");
    }
    let long = format!("/files/{}", "x".repeat(200));
    check("GET", &long, 200, &"x".repeat(200));
    assert_eq!(ask("GET", &format!("{long}%41")).0.status, 404, "an escaped one has 64 bytes at most");
}

#[test]
fn a_parameter_that_no_route_has_is_a_misuse() {
    let (answer, fault) = ask("GET", "/typo");
    assert_eq!((answer.status, fault), (500, Some(Fault::Misuse(Misuse::NoParameter))));
}

#[test]
fn head_comes_with_get() {
    check("HEAD", "/pages/7", 200, "");
    check("HEAD", "/head", 200, "");
    assert_eq!(ask("GET", "/head").0.status, 405);
}

#[test]
fn another_method_is_405_with_all_methods_of_the_path() {
    for (method, path, allow) in [
        ("POST", "/", "GET, HEAD, OPTIONS"),
        ("PATCH", "/pages/new", "GET, HEAD, POST, PUT, DELETE, OPTIONS"),
        ("POST", "/pages/7", "GET, HEAD, PUT, DELETE, OPTIONS"),
        ("GET", "/head", "HEAD, OPTIONS"),
        ("PUT", "/users/ada", "GET, HEAD, OPTIONS"),
        ("GET", "/late", "POST, OPTIONS"),
    ] {
        let (answer, fault) = ask(method, path);
        assert_eq!((answer.status, answer.field("allow")), (405, Some(allow)), "{method} {path}");
        assert!(matches!(fault, Some(Fault::Rejection(Rejection::MethodNotAllowed(_)))));
    }
}

#[test]
fn options_gets_the_methods_of_the_path() {
    for (path, allow) in [
        ("/pages/7", "GET, HEAD, PUT, DELETE, OPTIONS"),
        ("/users/ada/notes/1/of/2", "GET, HEAD, OPTIONS"),
        ("*", "GET, HEAD, POST, PUT, DELETE, OPTIONS"),
    ] {
        let (answer, fault) = ask("OPTIONS", path);
        assert_eq!((answer.status, answer.field("allow"), fault), (204, Some(allow), None), "{path}");
        assert!(answer.field("content-type").is_none() && answer.body.is_empty(), "{path}");
    }
    check("OPTIONS", "/options", 200, "app");
    assert_eq!(ask("OPTIONS", "/nothing").0.status, 404);
}

#[test]
fn a_site_is_mounted_at_its_prefix_and_below_with_the_parameters_of_the_prefix() {
    check("GET", "/users/ada", 200, "user ada at /");
    check("GET", "/users/ada/", 200, "user ada at /");
    check("GET", "/users/ada/x/y", 200, "nothing at /x/y");
    check("GET", "/users/ada/notes/7/of/8", 200, "Some(\"7\") Some(\"8\")");
    assert_eq!(ask("GET", "/users/ada/notes/7").0.status, 404);
    assert_eq!(ask("GET", "/users/").0.status, 404, "an empty segment is no parameter");
}

#[test]
fn what_no_route_fits_goes_to_the_site_for_the_rest() {
    check("POST", "/late", 200, "late");
    let (answer, fault) = ask("GET", "/nothing");
    assert_eq!((answer.status, fault), (404, Some(Fault::Rejection(Rejection::NoRoute))));
}

/// Two sites that count what they are asked, the first with a page that finds nothing itself.
#[derive(Default)]
struct Counted {
    asked: Cell<u32>,
    inner: Inner,
}

#[derive(Default)]
struct Inner;

impl Site for Counted {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        self.asked.set(self.asked.get() + 1);
        self.inner.request_handler(details).await
    }
}

impl Site for Inner {
    bantam::routes! { USE "/{at}" => |inner| inner_pages(inner) }
}

struct InnerPages;

const fn inner_pages(_: &Inner) -> &InnerPages {
    &InnerPages
}

impl Site for InnerPages {
    bantam::routes! {
        GET "/page" => inner_page,
        GET "/gone" => gone,
    }
}

async fn inner_page<C: Connection>(
    _: &InnerPages,
    details: &mut RequestDetails<'_, C>,
) -> Result<(), C::Error> {
    say(details, "inner").await
}

async fn gone<C: Connection>(_: &InnerPages, _: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    Err(Rejection::NotFound.into())
}

/// Says what it was asked for, and how much of it is behind prefixes.
#[derive(Default)]
struct Second(Cell<u32>);

impl Site for Second {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        self.0.set(self.0.get() + 1);
        say(details, &format!("second {} {:?}", details.rest(), details.param_raw("at"))).await
    }
}

#[test]
fn the_other_site_is_asked_once_if_the_first_has_nothing() {
    for (path, status, body, asked) in [
        ("/x/page", 200, "inner", 0),
        ("/x/other", 200, "second /x/other None", 1),
        ("/", 200, "second / None", 1),
        // A page that finds nothing has an answer of its own.
        ("/x/gone", 404, "", 0),
    ] {
        let (first, second) = (Counted::default(), Second::default());
        let mut peer = ScriptedPeer::sending(request("GET", path, "", ""));
        let site = (&first).or(&second);
        run(serve(&mut peer, &mut bantam::Buffers::<1024, 512>::new().state(), &site))
            .expect("a sound stream");
        assert_eq!(peer.log()[0].status, status, "{path}");
        assert!(peer.text().ends_with(body), "{path}: {}", peer.text());
        assert_eq!((first.asked.get(), second.0.get()), (1, asked), "{path}");
    }
}

/// A site below another.
struct Level<S>(S);

impl<S: Site> Site for Level<S> {
    bantam::routes! { GET "/end" => end, USE "/a" => |level| &level.0 }
}

async fn end<S, C: Connection>(_: &Level<S>, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    say(details, "end").await
}

#[test]
fn three_sites_are_below_each_other_and_no_more() {
    let site = Level(Level(Level(Level(Rest))));
    for (method, path, status) in
        [("GET", "/end", 200), ("GET", "/a/a/a/end", 200), ("POST", "/a/a/a/a/late", 404)]
    {
        let mut peer = ScriptedPeer::sending(request(method, path, "", ""));
        run(serve(&mut peer, &mut bantam::Buffers::<1024, 512>::new().state(), &site))
            .expect("a sound stream");
        assert_eq!(peer.log()[0].status, status, "{path}");
    }
}
