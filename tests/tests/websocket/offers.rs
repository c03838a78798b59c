//! The negotiation of permessage-deflate, RFC 7692 section 7.1: every parameter, alone and wrong.

use bantam::wire::{DeflateOptions, request_head};

/// The answer of a server with these options to an offer.
fn answer(options: &DeflateOptions, offers: &str) -> Option<String> {
    let request = format!("GET / HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Extensions: {offers}\r\n\r\n");
    let (_, head) = request_head(request.as_bytes()).expect("valid");
    options.choose(&head.headers).map(|agreed| agreed.to_string())
}

fn options(server_forgets: bool, client_forgets: bool, server_bits: u8, client_bits: u8) -> DeflateOptions {
    let mut options = DeflateOptions::DEFAULT;
    options.server_no_context_takeover = server_forgets;
    options.client_no_context_takeover = client_forgets;
    (options.server_max_window_bits, options.client_max_window_bits) = (server_bits, client_bits);
    options
}

#[test]
fn an_offer_is_answered_with_what_it_asks_for() {
    for (offer, expected) in [
        ("", ""),
        ("; server_no_context_takeover", "; server_no_context_takeover"),
        ("; client_no_context_takeover", "; client_no_context_takeover"),
        ("; server_max_window_bits=9", "; server_max_window_bits=9"),
        ("; server_max_window_bits=\"12\"", "; server_max_window_bits=12"),
        // A limit is accepted by an answer that has it.
        ("; server_max_window_bits=15", "; server_max_window_bits=15"),
        ("; client_max_window_bits", ""),
        ("; client_max_window_bits=15", ""),
        ("; client_max_window_bits=8", "; client_max_window_bits=8"),
        (
            ";client_max_window_bits =  10;\tserver_max_window_bits=11;server_no_context_takeover;client_no_context_takeover",
            "; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=11; client_max_window_bits=10",
        ),
    ] {
        let answered = answer(&DeflateOptions::DEFAULT, &format!("permessage-deflate{offer}"));
        assert_eq!(answered, Some(format!("permessage-deflate{expected}")), "{offer}");
    }
}

#[test]
fn an_offer_that_is_not_valid_or_not_understood_is_declined_and_the_next_is_taken() {
    for bad in [
        "x-webkit-deflate-frame",
        "permessage-bzip2",
        "Permessage-Deflate",
        "permessage-deflate; x",
        "permessage-deflate;",
        "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; client_no_context_takeover=true",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; client_max_window_bits; client_max_window_bits=9",
        "permessage-deflate; server_max_window_bits=9; server_max_window_bits=9",
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=",
        "permessage-deflate; server_max_window_bits=\"\"",
        // A window of 256 bytes cannot be made.
        "permessage-deflate; server_max_window_bits=8",
        "permessage-deflate; server_max_window_bits=7",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=09",
        "permessage-deflate; server_max_window_bits=+9",
        "permessage-deflate; server_max_window_bits=1 0",
        "permessage-deflate; server_max_window_bits=\"10",
        "permessage-deflate; server_max_window_bits=\"1,0\"",
        "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; client_max_window_bits=16",
        "permessage-deflate; client_max_window_bits=",
        "permessage-deflate; client_max_window_bits=999999999999999999999",
        "permessage-deflate; SERVER_MAX_WINDOW_BITS=10",
    ] {
        assert_eq!(answer(&DeflateOptions::DEFAULT, bad), None, "{bad}");
        if !bad.contains("\"10") {
            let both = format!("{bad}, permessage-deflate; server_max_window_bits=10");
            let next = "permessage-deflate; server_max_window_bits=10";
            assert_eq!(answer(&DeflateOptions::DEFAULT, &both).as_deref(), Some(next), "{bad}");
        }
    }
}

#[test]
fn the_first_offer_that_can_be_accepted_is_answered_over_all_lines() {
    let offers = "permessage-deflate; server_max_window_bits=8\r\n\
        Sec-WebSocket-Extensions: foo, permessage-deflate; client_no_context_takeover, permessage-deflate";
    let expected = "permessage-deflate; client_no_context_takeover";
    assert_eq!(answer(&DeflateOptions::DEFAULT, offers).as_deref(), Some(expected));
}

#[test]
fn the_server_limits_what_the_client_lets_be_limited() {
    let all = options(true, true, 10, 9);
    let forgets = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    for (offer, expected) in [
        // The client cannot be limited if it has not said so.
        ("", "; server_max_window_bits=10"),
        ("; client_max_window_bits", "; server_max_window_bits=10; client_max_window_bits=9"),
        ("; client_max_window_bits=8", "; server_max_window_bits=10; client_max_window_bits=8"),
        ("; client_max_window_bits=12", "; server_max_window_bits=10; client_max_window_bits=9"),
        ("; server_max_window_bits=9", "; server_max_window_bits=9"),
        ("; server_max_window_bits=15", "; server_max_window_bits=10"),
    ] {
        let answered = answer(&all, &format!("permessage-deflate{offer}"));
        assert_eq!(answered, Some(format!("{forgets}{expected}")), "{offer}");
    }
    // Bits out of range are brought into it.
    let wrong = options(false, false, 0, 200);
    let answered = answer(&wrong, "permessage-deflate; client_max_window_bits");
    assert_eq!(answered.as_deref(), Some("permessage-deflate; server_max_window_bits=9"));
}
