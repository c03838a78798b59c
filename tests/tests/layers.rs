//! Fields of a site, and layers around it.
//! Invariant: every response to a request has the fields of its site and of every layer around that, refusals included.

use bantam::wire::Status;
use bantam::{
    Buffers, Connection, Fault, Fields, Layer, Misuse, Rejection, RequestDetails, Response, Site, recover,
    reject, serve,
};
use bantam_tests::answers::{Answer, read};
use bantam_tests::every_way::in_every_way;
use bantam_tests::executor::run;
use bantam_tests::requests::request;
use bantam_tests::script::ScriptedPeer;

/// Adds a field with its name to every response.
#[derive(Clone, Copy)]
struct Named(&'static str);

impl Layer for Named {
    fn fields(&self, fields: &mut Fields<'_>) {
        fields.add("Layer", self.0);
    }
}

struct App {
    api: bantam::Layered<Named, Api>,
}

struct Api;

struct Files;

impl Site for App {
    bantam::routes! {
        GET "/" => home,
        GET "/stream" => stream,
        GET "/vary" => vary,
        GET "/fails" => fails,
        USE "/api" => |app| &app.api,
    }

    fn fields(&self, fields: &mut Fields<'_>) {
        let path = fields.request().map_or("none", |head| head.uri.path).to_owned();
        fields.add("Path", &path);
        fields.add("Status", &fields.status().code().to_string());
        if fields.headers().first("vary").is_some() {
            fields.add("Vary", "Origin");
            fields.set("Cache-Control", "private");
            fields.add_if_absent("X", "not this");
            fields.remove("Gone");
        }
    }
}

impl Site for Api {
    bantam::routes! { GET "/" => status }
}

impl Site for Files {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        if details.uri.path != "/file" {
            return Err(Rejection::NoRoute.into());
        }
        say(details).await
    }
}

async fn say<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.make_response(Response::new(Status::OK).body(b"hello")).await
}

async fn home<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    say(details).await
}

async fn stream<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.make_response(Response::new(Status::OK)).await?;
    details.connection.send(b"hello").await
}

async fn vary<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let fields = [
        ("Gone", " 1 "),
        ("Vary", "A"),
        ("cache-control", "public, max-age=5 "),
        ("X", "own"),
        ("gone", "2"),
    ];
    details.connection.make_response(Response::new(Status::OK).headers(&fields).body(b"")).await
}

async fn fails<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.send(b"too early").await
}

async fn status<C: Connection>(_: &Api, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    say(details).await
}

fn site() -> impl Site {
    App { api: Api.layer(Named("api")) }.or(Files.layer(Named("files"))).layer(Named("all"))
}

fn ask(request: impl Into<Vec<u8>>) -> Answer {
    let mut peer = ScriptedPeer::sending(request);
    let mut buffers = Buffers::<1024, 512>::new();
    run(serve(&mut peer, &mut buffers.state(), &site())).expect("the stream is sound");
    let answers =
        read(peer.received(), |_| false).unwrap_or_else(|flaw| panic!("{flaw:?} in {}", peer.text()));
    let [answer] = &answers[..] else { panic!("{}", peer.text()) };
    answer.clone()
}

/// Asserts that a request has this status, the fields of these layers in this order, and `Path` if that is given.
#[track_caller]
fn check(method: &str, path: &str, status: u16, layers: &[&str], of_app: bool) {
    let answer = ask(request(method, path, "", ""));
    assert_eq!(answer.status, status, "{answer:?}");
    let found: Vec<&str> =
        answer.fields.iter().filter(|(name, _)| name == "Layer").map(|(_, value)| &**value).collect();
    assert_eq!(found, layers, "{method} {path}");
    assert_eq!(answer.field("path"), of_app.then_some(path), "{method} {path}");
    let text = status.to_string();
    assert_eq!(answer.field("status"), of_app.then_some(&*text));
}

#[test]
fn every_response_has_the_fields_of_the_sites_that_led_to_it() {
    check("GET", "/", 200, &["all"], true);
    check("GET", "/stream", 200, &["all"], true);
    check("GET", "/api", 200, &["api", "all"], true);
    check("GET", "/api/", 200, &["api", "all"], true);
    check("GET", "/file", 200, &["files", "all"], false);
}

#[test]
fn every_refusal_has_them_too() {
    check("GET", "/nothing", 404, &["files", "all"], false);
    check("POST", "/", 405, &["all"], true);
    check("OPTIONS", "/", 204, &["all"], true);
    check("GET", "/fails", 500, &["all"], true);
    check("POST", "/api", 405, &["api", "all"], true);
    check("OPTIONS", "/api", 204, &["api", "all"], true);
    check("BREW", "/api", 501, &["all"], true);
}

#[test]
fn a_refused_head_has_the_fields_of_the_outermost_sites() {
    let answer = ask("GET /#f HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(
        (answer.status, answer.field("path"), answer.field("layer")),
        (400, Some("none"), Some("all"))
    );
}

#[test]
fn fields_are_read_replaced_and_removed() {
    let answer = ask(request("GET", "/vary", "", ""));
    let fields: Vec<_> = answer.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    let expected = [
        ("Vary", "A"),
        ("X", "own"),
        ("Path", "/vary"),
        ("Status", "200"),
        ("Vary", "Origin"),
        ("Cache-Control", "private"),
        ("Layer", "all"),
        ("Content-Length", "0"),
    ];
    assert_eq!(fields, expected);
}

/// Adds fields that are not valid, or too long, to every response to `/`.
struct Wrong(&'static str, String);

impl Layer for Wrong {
    fn fields(&self, fields: &mut Fields<'_>) {
        fields.add(self.0, &self.1);
        fields.add("Behind", "x");
    }
}

#[test]
fn a_field_that_is_not_valid_or_does_not_fit_ends_the_response_and_no_other() {
    for (name, value, misuse) in [
        ("X", "a\r\nSet-Cookie: b".to_owned(), Misuse::BadHeader),
        ("X y", "z".to_owned(), Misuse::BadHeader),
        ("Content-Length", "5".to_owned(), Misuse::ReservedHeader),
        ("X", "y".repeat(600), Misuse::HeadTooLarge),
    ] {
        let mut peer =
            ScriptedPeer::sending(request("GET", "/file", "", "") + &request("GET", "/nothing", "", ""));
        let site = Files.layer(Wrong(name, value));
        run(serve(&mut peer, &mut Buffers::<1024, 512>::new().state(), &site)).expect("the stream is sound");
        let answers =
            read(peer.received(), |_| false).unwrap_or_else(|flaw| panic!("{flaw:?} in {}", peer.text()));
        let [file, nothing] = &answers[..] else { panic!("{}", peer.text()) };
        assert_eq!((file.status, nothing.status), (500, 500), "{}", peer.text());
        for answer in [file, nothing] {
            assert!(
                answer.field("behind").is_none() && answer.field("set-cookie").is_none() && !answer.closes()
            );
        }
        assert_eq!(peer.log()[0].fault, Some(Fault::Misuse(misuse)));
    }
}

#[test]
fn a_layer_answers_in_the_place_of_its_site_with_the_fields_of_all() {
    struct Closed;
    impl Layer for Closed {
        async fn handle<C: Connection, S: Site>(
            &self,
            details: &mut RequestDetails<'_, C>,
            site: &S,
        ) -> Result<(), C::Error> {
            match details.headers.first("open") {
                Some(_) => site.request_handler(details).await,
                None => Err(Status::FORBIDDEN.into()),
            }
        }
    }
    let site = Files.layer(Named("in")).layer(Closed).layer(Named("out"));
    let requests = request("GET", "/file", "", "") + &request("GET", "/file", "Open: 1\r\n", "");
    let answers = in_every_way(&site, &requests, |_| false);
    assert_eq!(answers.iter().map(|answer| answer.status).collect::<Vec<_>>(), [403, 200]);
    for answer in answers {
        assert_eq!(answer.fields.iter().filter(|(name, _)| name == "Layer").count(), 2);
    }
}

#[test]
fn responses_with_fields_are_the_same_in_every_way() {
    let paths = ["/", "/stream", "/api", "/file", "/nothing", "/vary", "/fails"];
    let requests: String = paths.map(|path| request("GET", path, "", "")).concat();
    let answers = in_every_way(&site(), &requests, |_| false);
    assert!(answers.iter().all(|answer| answer.field("layer").is_some()) && answers.len() == paths.len());
}

#[test]
fn a_page_that_panicked_has_the_fields_and_a_connection_that_is_not_served_has_none() {
    let site = Files.layer(Named("files"));
    let mut peer = ScriptedPeer::sending("");
    let mut buffers = Buffers::<1024, 512>::new();
    run(recover(&mut peer, &mut buffers.state(), &site)).expect("the stream is sound");
    assert!(peer.text().contains("\r\nLayer: files\r\n") && peer.text().contains(" 500 "), "{}", peer.text());
    let mut peer = ScriptedPeer::sending("");
    run(reject(&mut peer, &mut buffers.state(), Rejection::Busy)).expect("the stream is sound");
    assert!(!peer.text().contains("Layer") && peer.text().contains(" 503 "), "{}", peer.text());
}

/// The methods of a trait in a source, without those that are left out.
fn methods<'s>(source: &'s str, block: &str, without: &[&str]) -> Vec<&'s str> {
    let (_, rest) = source.split_once(block).unwrap_or_else(|| panic!("no {block}"));
    let (body, _) = rest.split_once("\n}\n").expect("a block ends");
    let functions = body.lines().filter_map(|line| {
        let line = line.strip_prefix("    ")?;
        let line = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?;
        line.split(['(', '<']).next()
    });
    functions.filter(|name| !without.contains(name)).collect()
}

#[test]
fn what_is_around_a_site_forwards_every_method() {
    const SOURCE: &str = include_str!("../../core/src/page/site.rs");
    let all = methods(SOURCE, "pub trait Site {", &["or", "layer"]);
    assert_eq!(all, ["request_handler", "refused", "fields", "fields_along", "refused_along"]);
    for block in ["impl<L: Layer, S: Site> Site for Layered<L, S> {", "impl<S: Site> Site for &S {"] {
        assert_eq!(methods(SOURCE, block, &[]), all, "{block}");
    }
    let along: Vec<_> = all.iter().copied().filter(|name| name.ends_with("_along")).collect();
    let or = methods(SOURCE, "impl<A: Site, B: Site> Site for Or<A, B> {", &["request_handler"]);
    let mounts = include_str!("../../core/src/page/routes/macros.rs");
    for name in along {
        assert!(or.contains(&name) && mounts.contains(&format!("fn {name}")), "{name}");
    }
    assert_eq!(or.len(), 2);
    let layers = methods(SOURCE, "pub trait Layer {", &[]);
    assert_eq!(methods(SOURCE, "impl<L: Layer> Layer for &L {", &[]), layers);
}
