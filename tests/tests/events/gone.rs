//! `Connection::gone`: what comes while a page watches for the end of its peer is kept.

use std::cell::RefCell;
use std::time::Duration;

use bantam::wire::Status;
use bantam::{Buffers, Connection, RequestDetails, Response, Site, serve};
use bantam_tests::answers::read;
use bantam_tests::executor::run;
use bantam_tests::requests::{get, post};
use bantam_tests::script::{ScriptedPeer, Step};

/// A page that watches for so long, and then reads its body.
#[derive(Default)]
struct Watch(RefCell<Vec<bool>>);

const LIMIT: Duration = Duration::from_secs(10);

impl Site for Watch {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        if details.uri.path == "/watch" {
            let gone = details.connection.gone(LIMIT).await?;
            assert!(!details.connection.is_ending());
            self.0.borrow_mut().push(gone);
        }
        let mut memory = [0; 128];
        let body = details.body(&mut memory).await?;
        details.connection.make_response(Response::new(Status::OK).body(body)).await
    }
}

/// Serves the steps; returns the bodies of the answers, and what the watches have found.
fn watch(steps: impl IntoIterator<Item = Step>, reads: usize) -> (Vec<String>, Vec<bool>) {
    let (mut peer, site) = (ScriptedPeer::new(steps).max_read(reads), Watch::default());
    run(serve(&mut peer, &mut Buffers::<256, 512>::new().state(), &site)).expect("the stream is sound");
    let answers = read(peer.received(), |_| false).expect("well-formed");
    let bodies = answers.into_iter().map(|answer| String::from_utf8(answer.body).expect("text"));
    (bodies.collect(), site.0.into_inner())
}

#[test]
fn a_body_and_requests_that_come_meanwhile_are_read_and_answered() {
    let late = [post("/watch", &"x".repeat(90)), post("/other", "y"), get("/watch")].concat();
    let expected = vec!["x".repeat(90), "y".into(), String::new()];
    for cut in 0..late.len() {
        let (now, later) = late.as_bytes().split_at(cut);
        for reads in [1, 7, 256] {
            let steps =
                [Step::Send(now.into()), Step::Delay(Duration::from_secs(1)), Step::Send(later.into())];
            let (bodies, _) = watch(steps, reads);
            assert_eq!(bodies, expected, "cut at {cut}, reads of {reads}");
        }
    }
}

#[test]
fn a_watch_ends_with_the_peer_or_at_its_limit() {
    let request = Step::from(&get("/watch")[..]);
    for (seconds, gone) in [(0, true), (9, true), (11, false)] {
        let (bodies, found) = watch([request.clone(), Step::Delay(Duration::from_secs(seconds))], 256);
        assert_eq!((bodies.len(), found), (1, vec![gone]), "{seconds} s");
    }
}

#[test]
fn what_does_not_fit_the_request_buffer_is_left_to_the_peer_and_loses_nothing() {
    let behind = get("/a");
    let requests = get("/watch") + &behind.repeat(40);
    assert!(requests.len() > 2 * 256);
    for reads in [1, 50, 256] {
        let (bodies, found) = watch([Step::from(&requests[..])], reads);
        assert_eq!((bodies.len(), found), (41, vec![false]), "the end is not seen: the buffer is full");
    }
}
