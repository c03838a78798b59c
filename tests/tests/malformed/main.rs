//! Law: the whole program answers every case as its table says, over a real socket and over none, with the same bytes but
//! those of its clock; and says when it has answered.

mod desktop;

use std::collections::BTreeSet;
use std::net::SocketAddr;

use bantam_std::{Mode, REQUEST_BUFFER_SIZE, RESPONSE_BUFFER_SIZE};
use bantam_tests::answers::{Answer, read};
use bantam_tests::malformed::{all, case::Case};
use bantam_tests::memory::{WHOLE, serve_bytes, without_continue};
use bantam_www::Www;

/// The time where time stands still.
const NOON: [u8; 29] = *b"Sun, 06 Nov 1994 12:00:00 GMT";

/// What the site answers with the buffers of a desktop.
fn in_memory(says: &[u8], piece: usize) -> Vec<u8> {
    serve_bytes::<_, REQUEST_BUFFER_SIZE, RESPONSE_BUFFER_SIZE>(&Www, says, piece, Some(NOON))
}

/// What is wrong with what a client has heard; nothing, if nothing is said.
fn flaws(case: &Case, heard: &[u8]) -> String {
    let answers = match read(heard, |number| case.heads.contains(&number)) {
        Ok(answers) => answers,
        Err(flaw) => return format!("{flaw:?}"),
    };
    let finals: Vec<&Answer> = answers.iter().filter(|answer| answer.status >= 200).collect();
    let statuses: Vec<u16> = finals.iter().map(|answer| answer.status).collect();
    if statuses != case.expected() {
        return format!("{statuses:?} instead of {:?}", case.expected());
    }
    if finals.last().is_some_and(|answer| answer.closes()) == case.kept {
        return "what it says of the connection is not so".into();
    }
    finals.iter().map(|answer| fields(answer)).collect()
}

/// What every answer has to have.
fn fields(answer: &Answer) -> String {
    let all = |name: &str| answer.fields.iter().filter(|field| field.0.eq_ignore_ascii_case(name)).count();
    let is_date = |date: &str| date.len() == 29 && date.ends_with(" GMT");
    let refused = answer.status >= 400;
    let (length, coding) =
        (answer.field("content-length").is_some(), answer.field("transfer-encoding").is_some());
    if all("date") != 1 || !answer.field("date").is_some_and(is_date) {
        "no date".into()
    } else if ["content-length", "transfer-encoding", "connection", "content-type"]
        .iter()
        .any(|name| all(name) > 1)
    {
        "a field twice".into()
    } else if answer.field("server").is_some() {
        "too much about the server".into()
    } else if matches!(answer.status, 204 | 304) && (length || coding) {
        "a length for nothing".into()
    } else if refused && (!length || !answer.closes() || answer.field("content-type").is_none()) {
        "a refusal without its fields".into()
    } else if (answer.status == 405) != (answer.status >= 400 && answer.field("allow").is_some()) {
        "no Allow, or one too many".into()
    } else {
        String::new()
    }
}

/// Without what depends on time.
fn timeless(heard: &[u8]) -> Vec<u8> {
    let mut bytes = without_continue(heard);
    let name = b"\r\nDate: ";
    let dates: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(name)).collect();
    for at in dates {
        bytes[at + name.len()..][..NOON.len()].copy_from_slice(&NOON);
    }
    bytes
}

/// Every case that does not go as it should, with all that was heard.
fn report(wrong: &[(Case, String, Vec<u8>)]) {
    let lines: Vec<_> = wrong
        .iter()
        .map(|(case, flaw, heard)| format!("{}: {flaw}\n{}", case.name, String::from_utf8_lossy(heard)))
        .collect();
    assert!(lines.is_empty(), "{} cases:\n{}", lines.len(), lines.join("\n"));
}

#[test]
fn no_two_cases_have_the_same_name_and_there_are_thousands() {
    let cases = all();
    let names: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    let twice = cases.len() - names.len();
    assert!(twice == 0 && cases.len() > 6_000, "{} cases, {twice} names twice", cases.len());
}

#[test]
fn every_case_goes_as_its_table_says() {
    let heard = all().into_iter().map(|case| (in_memory(&case.wire(), WHOLE), case));
    let flawed = heard.map(|(heard, case)| (flaws(&case, &heard), case, heard));
    let wrong: Vec<_> = flawed.filter(|(flaw, ..)| !flaw.is_empty()).map(|(f, c, h)| (c, f, h)).collect();
    report(&wrong);
}

/// An echo has begun to leave before the rest of it comes, and then can only be cut off.
#[test]
fn byte_by_byte_the_same_bytes_are_heard() {
    for case in all().iter().filter(|case| !case.sent.windows(5).any(|window| window == b"/echo")) {
        let (whole, pieces) = (in_memory(&case.wire(), WHOLE), in_memory(&case.wire(), 1));
        assert_eq!(whole, pieces, "{}", case.name);
    }
}

#[test]
fn a_real_socket_hears_the_same_bytes_as_none() {
    // One client after another: where one has to wait for a thread, answers say `Connection: close`.
    for mode in Mode::ALL {
        hears_the_same_bytes_as_none(desktop::start(*mode));
    }
}

fn hears_the_same_bytes_as_none(server: SocketAddr) {
    let heard = all().into_iter().map(|case| (desktop::hear(server, &case.wire()), case));
    let flawed = heard.map(|(heard, case)| match flaws(&case, &heard) {
        flaw if flaw.is_empty() && timeless(&heard) != timeless(&in_memory(&case.wire(), WHOLE)) => {
            ("not what was heard in memory".into(), case, heard)
        }
        flaw => (flaw, case, heard),
    });
    let wrong: Vec<_> = flawed.filter(|(flaw, ..)| !flaw.is_empty()).map(|(f, c, h)| (c, f, h)).collect();
    report(&wrong);
}
