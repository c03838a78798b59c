//! The core's feature `testing`, as a crate that has pages uses it: its own pages, those of another crate, and what a failing test prints.

use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::mpsc;
use std::task::{Poll, Waker};
use std::time::Duration;

use bantam::testing::{self, Step, block_on};
use bantam::wire::{Event, Method, Status};
use bantam::{Connection, Failure, Fault, Misuse, Refusal, Rejection, RequestDetails, Response, Site};

#[derive(Default)]
struct App {
    /// Of the page that waits.
    waker: Mutex<Option<Waker>>,
}

static LOCKED: Refusal =
    Refusal::new(Status::CONFLICT).reason("It is locked.").fields(&[("Retry-After", "2")]);

impl Site for App {
    bantam::routes! {
        GET "/double" => double,
        GET "/lines" => lines,
        POST "/sum" => sum,
        GET "/locked" => locked,
        GET "/misuse" => misuse,
        GET "/cut" => cut,
        GET "/client" => client,
        GET "/seconds" => seconds,
        GET "/forever" => forever,
        GET "/another-thread" => another_thread,
        GET "/panic" => panics,
    }
}

async fn double<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let number: u32 = details.query().get("number")?;
    details.text(Status::OK, format_args!("{}", u64::from(number) * 2)).await
}

/// Sends more than a small buffer holds, in pieces.
async fn lines<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.make_response(Response::new(Status::OK)).await?;
    for line in 0..100 {
        details.connection.send(format!("line {line}\n").as_bytes()).await?;
    }
    Ok(())
}

async fn sum<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let mut memory = [0; 1000];
    let body = details.body(&mut memory).await?;
    let sum: u64 = body.iter().map(|byte| u64::from(*byte)).sum();
    details.text(Status::OK, format_args!("{sum}")).await
}

async fn locked<C: Connection>(_: &App, _: &mut RequestDetails<'_, C>) -> Result<(), Failure> {
    Err((&LOCKED).into())
}

async fn misuse<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.send(b"no head").await
}

async fn cut<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.connection.make_response(Response::new(Status::OK).length(10)).await?;
    details.connection.send(b"short").await?;
    details.connection.flush().await
}

async fn client<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let client = details.client_address.map(|address| address.to_string()).unwrap_or_default();
    let host = details.host().unwrap_or("").to_owned();
    details.text(Status::OK, format_args!("{client} asks {host}")).await
}

async fn seconds<C: Connection>(_: &App, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    let Some(mut events) = details.events().await? else { return Ok(()) };
    let mut count = 0;
    while events.pause(Duration::from_secs(60)).await.is_some() {
        count += 1;
        events.send(&Event::new(&count.to_string())).await?;
    }
    Ok(())
}

async fn forever<C: Connection>(_: &App, _: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    std::future::pending().await
}

/// Answers when another thread has woken it twice.
async fn another_thread<C: Connection>(
    app: &App,
    details: &mut RequestDetails<'_, C>,
) -> Result<(), C::Error> {
    let mut polls = 0;
    std::future::poll_fn(|context| {
        polls += 1;
        *app.waker.lock().expect("no panic") = Some(context.waker().clone());
        if polls == 3 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    details.text(Status::OK, format_args!("{polls} polls")).await
}

async fn panics<C: Connection>(_: &App, _: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    panic!("a page that is wrong")
}

fn get(target: &str) -> testing::TestResponse {
    testing::get(&App::default(), target).wait()
}

#[test]
fn a_page_is_asked_and_answers() {
    let response = get("/double?number=4").expect_status(Status::OK);
    assert_eq!((response.text().as_ref(), response.header("content-length")), ("8", Some("1")));
    assert_eq!(response.header("Content-Type"), Some("text/plain; charset=utf-8"));
    assert_eq!((response.fault, response.is_complete), (None, true));
    let awaited = block_on(async { testing::get(&App::default(), "/double?number=4").await });
    assert_eq!(awaited, response);
}

#[test]
fn a_chunked_response_is_one_body_and_head_has_none() {
    let lines: String = (0..100).map(|line| format!("line {line}\n")).collect();
    let app = App::default();
    let whole = testing::get(&app, "/lines").wait();
    assert_eq!((whole.text().as_ref(), whole.header("content-length")), (&*lines, Some("790")));
    let chunked = testing::get(&app, "/lines").buffers(512, 512).wait().expect_status(Status::OK);
    assert_eq!((chunked.text().as_ref(), chunked.header("transfer-encoding")), (&*lines, Some("chunked")));
    let head = testing::request(&app, "HEAD", "/lines").wait().expect_status(Status::OK);
    assert_eq!((&head.body[..], head.header("content-length")), (&b""[..], Some("790")));
}

#[test]
fn bodies_arrive_with_a_length_in_chunks_byte_by_byte_or_not_at_all() {
    let app = App::default();
    let post = || testing::request(&app, "POST", "/sum");
    assert_eq!(post().body([7_u8; 300]).wait().text(), "2100");
    assert_eq!(post().chunks([&[7_u8; 299][..], &[], &[7]]).max_read(1).wait().text(), "2100");
    assert_eq!(post().wait().text(), "0");
    let too_long = post().body([7_u8; 1001]).wait().expect_status(Status::CONTENT_TOO_LARGE);
    assert_eq!(too_long.fault, Some(Fault::Rejection(Rejection::ContentTooLarge)));
    let cut_off = post().header("content-length", "301").body([7_u8; 300]).wait();
    assert_eq!(cut_off.fault, Some(Fault::Rejection(Rejection::Truncated)));
    let both = post().header("Transfer-Encoding", "chunked").header("Content-Length", "1").wait();
    assert_eq!(both.fault, Some(Fault::Rejection(Rejection::AmbiguousLength)));
    let asked = post().header("Expect", "100-continue").header("Content-Length", "2");
    let asked = asked.then(Step::Expect(b"HTTP/1.1 100 ".to_vec())).then(vec![3, 4]).wait();
    assert_eq!((asked.text().as_ref(), &asked.informational[..]), ("7", &[Status::CONTINUE][..]));
}

#[test]
fn refusals_have_their_status_their_fields_and_their_cause() {
    let locked = get("/locked").expect_status(Status::CONFLICT);
    assert_eq!(locked.header("retry-after"), Some("2"));
    assert!(locked.text().contains("It is locked."), "{locked}");
    assert_eq!(get("/nowhere").fault, Some(Fault::Rejection(Rejection::NoRoute)));
    assert!(get("/a b").expect_status(Status::BAD_REQUEST).fault.is_some(), "no request line");
    let method = testing::request(&App::default(), "DELETE", "/lines").wait();
    let allow = method.header("Allow").unwrap_or_default();
    assert!(method.status == Status::METHOD_NOT_ALLOWED && allow.contains(Method::Get.as_str()), "{method}");
    let long = testing::get(&App::default(), "/lines").header("X", &"x".repeat(600)).buffers(512, 512).wait();
    assert_eq!(long.status, Status::REQUEST_HEADER_FIELDS_TOO_LARGE);
    assert_eq!(get("/misuse").fault, Some(Fault::Misuse(Misuse::SendBeforeResponse)));
}

#[test]
fn a_response_that_is_cut_off_is_no_response_that_was_expected() {
    let cut = get("/cut");
    assert_eq!((cut.status, &cut.body[..], cut.is_complete), (Status::OK, &b"short"[..], false));
    assert!(catch_unwind(|| get("/cut").expect_status(Status::OK)).is_err());
}

#[test]
fn a_page_learns_of_the_connection_what_the_test_states() {
    assert_eq!(get("/client").text(), "192.0.2.1:4321 asks localhost");
    let app = App::default();
    let request =
        testing::get(&app, "/client").header("host", "a.example").client(([203, 0, 113, 9], 80).into());
    assert_eq!(request.wait().text(), "203.0.113.9:80 asks a.example");
    assert_eq!(get("https://a.example/client").status, Status::MISDIRECTED_REQUEST);
    assert_eq!(testing::get(&app, "https://a.example/client").secure().wait().status, Status::OK);
}

#[test]
fn the_clock_is_virtual() {
    let app = App::default();
    let day = testing::get(&app, "/seconds").then(Step::Delay(Duration::from_secs(24 * 3600))).wait();
    assert_eq!(day.text().matches("data: ").count(), 24 * 60 - 1);
}

#[test]
fn a_page_that_waits_for_another_thread_is_answered_and_one_that_waits_forever_fails() {
    let app = App::default();
    let (done, is_done) = mpsc::channel();
    let polled = std::thread::scope(|scope| {
        scope.spawn(|| {
            let is_done: mpsc::Receiver<()> = is_done;
            while is_done.recv_timeout(Duration::from_millis(1)) == Err(mpsc::RecvTimeoutError::Timeout) {
                if let Some(waker) = app.waker.lock().expect("no panic").take() {
                    waker.wake();
                }
            }
        });
        let polled = testing::get(&app, "/another-thread").wait();
        done.send(()).expect("the thread runs");
        polled
    });
    assert_eq!(polled.text(), "3 polls");
    assert!(catch_unwind(|| get("/forever")).is_err());
    assert!(catch_unwind(|| get("/panic")).is_err());
}

#[test]
fn pages_of_other_crates_are_tested_in_the_same_way() {
    let www = bantam_www::Www::new();
    let greeting = testing::get(&www, "/?firstname=Ada").wait().expect_status(Status::OK);
    assert!(greeting.text().contains("Hello, Ada!"), "{greeting}");
    let folders = bantam_folders::App::default();
    let missing = testing::get(&folders, "/nowhere/at/all").wait().expect_status(Status::NOT_FOUND);
    assert_eq!(missing.text(), "/nowhere/at/all: There is no such page.");
}

#[test]
fn a_failing_test_prints_what_the_documentation_says() {
    let failed = catch_unwind(|| get("/double?number=four").expect_status(Status::OK)).expect_err("it fails");
    let printed = failed.downcast_ref::<String>().expect("a message");
    let documentation = include_str!("../../core/src/testing/mod.rs");
    let documented =
        documentation.split_once("//! ```text\n").and_then(|(_, rest)| rest.split_once("//! ```\n"));
    let (documented, _) = documented.expect("an example");
    let lines: Vec<_> = documented.lines().map(|line| line.trim_start_matches("//!").trim()).collect();
    assert!(lines.len() > 5);
    let mut rest = printed.as_str();
    for line in lines.iter().filter(|line| **line != "...") {
        let (_, behind) = rest.split_once(line).unwrap_or_else(|| panic!("{line:?} is not in {printed}"));
        rest = behind;
    }
}
