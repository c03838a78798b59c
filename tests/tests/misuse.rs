//! Pages that break a rule of `Connection`.
//!
//! Invariant: a misuse is logged, never breaks the framing, and is answered 500 unless the response has been sent.

use bantam::{Fault, Misuse, Rejection};
use bantam_tests::answers::{MalformedResponse, read};
use bantam_tests::memory::run_script;
use bantam_tests::requests::get;
use bantam_tests::script::ScriptedPeer;

fn visit(path: &str) -> ScriptedPeer {
    let mut peer = ScriptedPeer::sending(get(path));
    run_script(&mut peer);
    peer
}

#[test]
fn a_misuse_before_the_response_is_sent_is_a_500() {
    for (path, misuse) in [
        ("/misuse/no-response", Misuse::NoResponse),
        ("/misuse/send-first", Misuse::SendBeforeResponse),
        ("/misuse/too-long", Misuse::BodyTooLong),
        ("/misuse/too-short", Misuse::BodyTooShort),
        ("/misuse/header", Misuse::BadHeader),
        ("/misuse/reserved", Misuse::ReservedHeader),
        ("/misuse/large-head", Misuse::HeadTooLarge),
        ("/misuse/status-100", Misuse::BadStatus),
        ("/misuse/status-101", Misuse::BadStatus),
        ("/misuse/body-204", Misuse::BodyForbidden),
    ] {
        let peer = visit(path);
        let answers = read(peer.received(), |_| false).unwrap_or_else(|flaw| panic!("{path}: {flaw:?}"));
        assert!(
            answers.len() == 1 && answers[0].status == 500 && !answers[0].closes(),
            "{path}: {}",
            peer.text()
        );
        assert!(!peer.text().contains("Set-Cookie"), "{}", peer.text());
        assert_eq!(peer.log().len(), 1);
        assert_eq!((peer.log()[0].status, peer.log()[0].fault), (500, Some(Fault::Misuse(misuse))), "{path}");
    }
}

#[test]
fn a_second_response_is_not_sent() {
    let peer = visit("/misuse/second");
    assert!(peer.text().ends_with("\r\n\r\nfirst"), "{}", peer.text());
    assert_eq!(peer.log()[0].fault, Some(Fault::Misuse(Misuse::SecondResponse)));
    assert!(!peer.is_shut_down(), "and the connection goes on");
}

#[test]
fn a_response_sent_in_part_is_cut_off_and_never_padded() {
    for path in ["/misuse/much-too-short", "/misuse/fails-late"] {
        let peer = visit(path);
        let flaw = read(peer.received(), |_| false).expect_err(path);
        assert_eq!(flaw, MalformedResponse::CutOff(Vec::new()), "{path}");
        assert_eq!((peer.log()[0].status, peer.log()[0].body_sent), (200, 10_000), "{path}");
        assert!(peer.log()[0].fault.is_some() && peer.is_shut_down(), "{path}");
    }
}

#[test]
fn a_complete_response_is_not_rolled_back() {
    let peer = visit("/misuse/fails-too-late");
    assert!(peer.text().ends_with("\r\n\r\nall of it"), "{}", peer.text());
    assert_eq!(peer.log()[0].fault, Some(Fault::Rejection(Rejection::BadInput)));
}

#[test]
fn an_incomplete_response_is_rolled_back() {
    let peer = visit("/misuse/fails-behind-head");
    assert!(
        peer.text().starts_with("HTTP/1.1 400 ") && !peer.text().contains("never seen"),
        "{}",
        peer.text()
    );
}

#[test]
fn a_refused_head_does_not_count_as_a_response() {
    assert!(visit("/unchecked/recover").text().ends_with("\r\n\r\nrecovered"));
}

#[test]
fn http_after_low_level_is_a_misuse() {
    let peer = visit("/misuse/send-after-low-level");
    assert_eq!(peer.text(), "raw");
    assert_eq!(peer.log()[0].fault, Some(Fault::Misuse(Misuse::AfterLowLevel)));
}

#[test]
fn a_failing_page_changes_no_earlier_response() {
    let mut peer = ScriptedPeer::sending(["/", "/misuse/too-short", "/"].map(get).concat());
    run_script(&mut peer);
    let answers = read(peer.received(), |_| false).expect("well-formed");
    assert!(answers.iter().map(|answer| answer.status).eq([200, 500, 200]), "{}", peer.text());
}
