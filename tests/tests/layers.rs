//! Fields of a site, and layers around it.
//! Invariant: every response to a request has the fields of its site and of every layer around that, refusals included.

use bantam::wire::Status;
use bantam::{
    Buffers, Connection, Fields, Layer, Rejection, RequestDetails, Response, Site, recover, reject, serve,
};
use bantam_tests::answers::{Answer, read};
use bantam_tests::executor::run;
use bantam_tests::requests::request;
use bantam_tests::script::ScriptedPeer;

/// Adds a field with its name to every response, and records who was asked.
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
