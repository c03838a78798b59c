//! `Cycle`, the state of one exchange.
//!
//! Invariant: every call is legal in certain states; in any other it returns an error and changes nothing.

use bantam::wire::{BodyLength, ConnectionOption, Status, request_head};
use bantam::{AfterExchange, BodyFraming, Cycle, Misuse, Rejection};

fn begin(request: &str) -> Cycle {
    let (_, head) = request_head(request.as_bytes()).expect("a head");
    Cycle::begin(&head, u64::MAX).expect("within the limit")
}

fn get() -> Cycle {
    begin("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
}

fn post(fields: &str) -> Cycle {
    begin(&format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n"))
}

#[test]
fn nothing_is_sent_or_finished_before_a_response() {
    let mut cycle = get();
    assert_eq!(cycle.send(1), Err(Misuse::SendBeforeResponse));
    assert_eq!(cycle.finish(), Err(Misuse::NoResponse));
    assert!(!cycle.response_is_made() && !cycle.response_is_whole());
    assert!(cycle.respond(Status::OK, Some(1), true).is_ok(), "nothing has changed");
}

#[test]
fn there_is_one_response() {
    let mut cycle = get();
    cycle.respond(Status::OK, Some(1), true).expect("the first");
    assert_eq!(cycle.respond(Status::OK, None, true), Err(Misuse::SecondResponse));
    assert_eq!(cycle.send(1), Ok(BodyFraming::Plain), "the first one's length stands");
    cycle.retract();
    assert!(cycle.respond(Status::OK, None, true).is_ok(), "one that was not written is none");
}

#[test]
fn a_stated_length_is_exact() {
    let mut cycle = get();
    assert_eq!(cycle.respond(Status::OK, Some(5), true), Ok((Some(BodyLength::Known(5)), None)));
    assert_eq!(cycle.send(3), Ok(BodyFraming::Plain));
    assert_eq!(cycle.send(3), Err(Misuse::BodyTooLong));
    assert_eq!(cycle.finish(), Err(Misuse::BodyTooShort));
    assert_eq!(cycle.send(2), Ok(BodyFraming::Plain));
    assert_eq!((cycle.finish(), cycle.sent(), cycle.after()), (Ok(false), 5, AfterExchange::Keep));
}

#[test]
fn a_length_not_known_is_chunked_or_ends_with_the_connection() {
    let mut cycle = get();
    assert_eq!(cycle.respond(Status::OK, None, true), Ok((Some(BodyLength::Chunked), None)));
    assert_eq!(
        (cycle.send(3), cycle.finish(), cycle.after()),
        (Ok(BodyFraming::Chunk), Ok(true), AfterExchange::Keep)
    );

    let mut cycle = begin("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    let framing = Ok((Some(BodyLength::UntilClose), Some(ConnectionOption::Close)));
    assert_eq!(cycle.respond(Status::OK, None, true), framing);
    assert_eq!(
        (cycle.send(3), cycle.finish(), cycle.after()),
        (Ok(BodyFraming::Plain), Ok(false), AfterExchange::Close)
    );
}

#[test]
fn a_length_that_becomes_known_is_stated() {
    for (request, option) in [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", None),
        ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", Some(ConnectionOption::KeepAlive)),
        ("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", None),
    ] {
        let mut cycle = begin(request);
        cycle.respond(Status::OK, None, true).expect("made");
        cycle.send(3).and(cycle.send(4)).expect("sent");
        assert_eq!(cycle.length(), 7, "{request}");
        cycle.know_length();
        assert_eq!(cycle.head_end(Status::OK), (Some(BodyLength::Known(7)), option), "{request}");
        assert_eq!(cycle.send(1), Err(Misuse::BodyTooLong), "{request}");
        assert_eq!((cycle.finish(), cycle.after()), (Ok(false), AfterExchange::Keep), "{request}");
    }
}

/// RFC 9110 section 8.6: no other length than that of GET.
#[test]
fn a_body_that_is_skipped_for_head_has_no_length() {
    let mut cycle = begin("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    cycle.respond(Status::OK, None, true).expect("made");
    cycle.know_length();
    assert_eq!(cycle.head_end(Status::OK), (Some(BodyLength::Chunked), None));
    assert_eq!((cycle.finish(), cycle.after()), (Ok(false), AfterExchange::Keep));
}

#[test]
fn a_stated_length_stays_what_it_is() {
    let mut cycle = get();
    cycle.respond(Status::OK, Some(5), true).expect("made");
    cycle.send(3).expect("sent");
    cycle.know_length();
    assert_eq!(cycle.head_end(Status::OK), (Some(BodyLength::Known(5)), None));
    assert_eq!(cycle.finish(), Err(Misuse::BodyTooShort));
}

#[test]
fn a_response_to_head_is_whole_if_its_length_is_stated() {
    for (length, whole) in [(Some(5), true), (None, false)] {
        let mut cycle = begin("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
        cycle.respond(Status::OK, length, true).expect("made");
        assert_eq!(cycle.response_is_whole(), whole, "{length:?}");
    }
}

#[test]
fn a_1_0_connection_is_kept_only_with_keep_alive() {
    let mut kept = begin("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    let option = kept.respond(Status::OK, Some(0), true).expect("made").1;
    assert_eq!((option, kept.after()), (Some(ConnectionOption::KeepAlive), AfterExchange::Keep));
    let mut closed = begin("GET / HTTP/1.0\r\n\r\n");
    let option = closed.respond(Status::OK, Some(0), true).expect("made").1;
    assert_eq!((option, closed.after()), (Some(ConnectionOption::Close), AfterExchange::CloseAfterFlush));
}

#[test]
fn head_is_framed_like_get_and_has_no_body() {
    let mut cycle = begin("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(cycle.respond(Status::OK, Some(5), true), Ok((Some(BodyLength::Known(5)), None)));
    assert_eq!(cycle.send(5), Ok(BodyFraming::Discard));
    assert_eq!(cycle.send(1), Err(Misuse::BodyTooLong));
    let mut cycle = begin("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(cycle.respond(Status::OK, None, true), Ok((Some(BodyLength::Chunked), None)));
    assert_eq!((cycle.finish(), cycle.sent(), cycle.after()), (Ok(false), 0, AfterExchange::Keep));
}

#[test]
fn a_status_without_a_body_has_no_framing_and_takes_none() {
    for status in [Status::NO_CONTENT, Status::NOT_MODIFIED] {
        let mut cycle = get();
        assert_eq!(cycle.respond(status, Some(1), true), Err(Misuse::BodyForbidden));
        assert_eq!(cycle.respond(status, None, true), Ok((None, None)));
        assert_eq!(cycle.send(1), Err(Misuse::BodyTooLong));
        assert_eq!((cycle.finish(), cycle.after()), (Ok(false), AfterExchange::Keep));
    }
}

#[test]
fn only_a_final_status_is_a_response() {
    for code in [100, 101, 103, 199, 600, 999] {
        let status = Status::new(code).expect("three digits");
        assert_eq!(get().respond(status, None, true), Err(Misuse::BadStatus), "{code}");
    }
}

#[test]
fn protocols_are_switched_only_after_an_upgrade_request() {
    let mut cycle = begin("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
    let option = cycle.respond(Status::SWITCHING_PROTOCOLS, None, true);
    assert_eq!(option, Ok((None, Some(ConnectionOption::Upgrade))));
    cycle.low_level();
    assert_eq!((cycle.send(1), cycle.after()), (Err(Misuse::AfterLowLevel), AfterExchange::Close));
    assert_eq!(cycle.respond(Status::OK, None, true), Err(Misuse::AfterLowLevel));
}

#[test]
fn a_body_is_counted_down() {
    let mut cycle = post("Content-Length: 5\r\n");
    let step = cycle.receive(b"abc").expect("body");
    assert_eq!((step.used, step.data, cycle.data_left()), (3, &b"abc"[..], 2));
    let step = cycle.receive(b"deGET").expect("body");
    assert_eq!((step.used, step.data), (2, &b"de"[..]));
    assert!(cycle.body_is_done());
    assert_eq!(cycle.receive(b"GET").expect("nothing").used, 0);
}

#[test]
fn a_body_left_unread_is_drained() {
    let mut cycle = post("Content-Length: 5\r\n");
    cycle.respond(Status::OK, Some(0), true).expect("made");
    assert_eq!(cycle.after(), AfterExchange::Drain);
    cycle.received_directly(5).expect("read past it");
    assert_eq!(cycle.after(), AfterExchange::Keep);
}

#[test]
fn a_limit_holds_for_stated_and_for_counted_lengths() {
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n";
    let (_, head) = request_head(head.as_bytes()).expect("a head");
    assert_eq!(Cycle::begin(&head, 5).err(), Some(Rejection::ContentTooLarge));
    assert!(Cycle::begin(&head, 6).is_ok());
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let (_, head) = request_head(head.as_bytes()).expect("a head");
    let mut cycle = Cycle::begin(&head, 5).expect("not known yet");
    assert!(cycle.receive(b"5\r\nabcde\r\n1\r\n").is_ok());
    cycle.receive(b"\r\n1\r\n").expect("framing");
    assert_eq!(cycle.receive(b"f"), Err(Rejection::ContentTooLarge));
}

#[test]
fn continue_is_sent_once_and_only_before_the_response() {
    let mut cycle = post("Expect: 100-continue\r\nContent-Length: 5\r\n");
    assert_eq!((cycle.want_body(false), cycle.want_body(false)), (Ok(true), Ok(false)));
    let mut early = post("Expect: 100-continue\r\nContent-Length: 5\r\n");
    assert_eq!(early.want_body(true), Ok(false), "the body has begun");
    let mut late = post("Expect: 100-continue\r\nContent-Length: 5\r\n");
    let option = late.respond(Status::OK, Some(0), true).expect("made").1;
    assert_eq!((option, late.after()), (Some(ConnectionOption::Close), AfterExchange::Close));
    assert_eq!(late.want_body(false), Err(Misuse::BodyDeclined));
}

#[test]
fn a_page_or_a_transport_may_end_the_connection() {
    let mut cycle = get();
    cycle.close();
    assert_eq!(cycle.respond(Status::OK, Some(0), true).expect("made").1, Some(ConnectionOption::Close));
    let mut cycle = get();
    assert_eq!(cycle.respond(Status::OK, Some(0), false).expect("made").1, Some(ConnectionOption::Close));
    assert_eq!(cycle.after(), AfterExchange::Close);
}

#[test]
fn a_status_without_a_body_may_have_a_length_of_zero() {
    for status in [Status::NO_CONTENT, Status::NOT_MODIFIED, Status::RESET_CONTENT] {
        assert!(get().respond(status, Some(0), true).is_ok(), "{status:?}");
    }
}

#[test]
fn low_level_ends_http() {
    let mut cycle = get();
    assert!(!cycle.is_low_level());
    cycle.low_level();
    assert!(cycle.is_low_level());
}
