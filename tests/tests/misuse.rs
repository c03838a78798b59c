//! Law: a page cannot break the framing. What it must not do reaches nobody but the log, and the client is answered 500
//! where that can still be.

use bantam::{Fault, Misuse, Rejection};
use bantam_tests::answers::{MalformedResponse, read};
use bantam_tests::scenarios::converse;
use bantam_tests::tape::Tape;

fn get(path: &str) -> Tape {
    let mut tape = Tape::saying(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
    converse(&mut tape);
    tape
}

#[test]
fn a_misuse_before_the_answer_has_left_is_a_500() {
    for (path, misuse) in [
        ("/no-response", Misuse::NoResponse),
        ("/send-first", Misuse::SendBeforeResponse),
        ("/too-long", Misuse::BodyTooLong),
        ("/too-short", Misuse::BodyTooShort),
        ("/split", Misuse::BadHeader),
        ("/reserved", Misuse::ReservedHeader),
        ("/large-head", Misuse::HeadTooLarge),
        ("/interim", Misuse::BadStatus),
        ("/switch", Misuse::BadStatus),
        ("/empty-with-body", Misuse::BodyForbidden),
    ] {
        let tape = get(path);
        let answers = read(&tape.heard, |_| false).unwrap_or_else(|flaw| panic!("{path}: {flaw:?}"));
        assert!(
            answers.len() == 1 && answers[0].status == 500 && answers[0].closes(),
            "{path}: {}",
            tape.text()
        );
        assert!(!tape.text().contains("Injected"), "{}", tape.text());
        assert_eq!(tape.log.len(), 1);
        assert_eq!((tape.log[0].status, tape.log[0].fault), (500, Some(Fault::Misuse(misuse))), "{path}");
    }
}

#[test]
fn a_second_response_never_reaches_the_wire() {
    let tape = get("/second");
    assert!(tape.text().ends_with("\r\n\r\nfirst"), "{}", tape.text());
    assert_eq!(tape.log[0].fault, Some(Fault::Misuse(Misuse::SecondResponse)));
    assert!(tape.ended, "and the connection ends");
}

#[test]
fn an_answer_that_has_begun_to_leave_is_cut_off_and_never_padded() {
    for path in ["/too-short-large", "/fail-late"] {
        let tape = get(path);
        let flaw = read(&tape.heard, |_| false).expect_err(path);
        assert_eq!(flaw, MalformedResponse::CutOff(Vec::new()), "{path}");
        assert_eq!((tape.log[0].status, tape.log[0].body_sent), (200, 5000), "{path}");
        assert!(tape.log[0].fault.is_some() && tape.ended, "{path}");
    }
}

#[test]
fn an_answer_that_is_whole_is_not_taken_back() {
    let tape = get("/fail-whole");
    assert!(tape.text().ends_with("\r\n\r\nwhole"), "{}", tape.text());
    assert_eq!(tape.log[0].fault, Some(Fault::Rejection(Rejection::BadInput)));
}

#[test]
fn an_answer_that_is_not_whole_is_taken_back() {
    let tape = get("/fail-early");
    assert!(
        tape.text().starts_with("HTTP/1.1 400 ") && !tape.text().contains("never seen"),
        "{}",
        tape.text()
    );
}

#[test]
fn a_head_that_was_refused_leaves_room_for_another() {
    assert!(get("/recover").text().ends_with("\r\n\r\nrecovered"));
}

#[test]
fn http_after_low_level_is_a_misuse() {
    let tape = get("/raw");
    assert_eq!(tape.text(), "raw");
    assert_eq!(tape.log[0].fault, Some(Fault::Misuse(Misuse::AfterLowLevel)));
}

#[test]
fn a_page_that_fails_takes_no_earlier_answer_with_it() {
    let mut tape = Tape::saying(
        ["/", "/too-short", "/"].map(|path| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")).concat(),
    );
    converse(&mut tape);
    let answers = read(&tape.heard, |_| false).expect("well-formed");
    assert!(answers.iter().map(|answer| answer.status).eq([200, 500]), "{}", tape.text());
}
