//! Every malformed case against the whole site, over sockets and in memory.
//!
//! Invariant: the statuses are those of the table, and the bytes are the same over both but for the date.

mod desktop;

use std::collections::BTreeSet;
use std::net::SocketAddr;

use bantam_std::{Mode, REQUEST_BUFFER_SIZE, RESPONSE_BUFFER_SIZE};
use bantam_tests::answers::{Answer, read};
use bantam_tests::malformed::{all, case::Case};
use bantam_tests::memory::{WHOLE, serve_bytes, without_continue};
use bantam_www::Www;

/// The date in memory.
const DATE: [u8; 29] = *b"Sun, 06 Nov 1994 12:00:00 GMT";

/// The response bytes of the site in memory, with the buffers of the desktop server.
fn in_memory(request: &[u8], max_read: usize) -> Vec<u8> {
    serve_bytes::<_, REQUEST_BUFFER_SIZE, RESPONSE_BUFFER_SIZE>(&Www::new(), request, max_read, Some(DATE))
}

/// The first difference from the table; empty if there is none.
fn difference(case: &Case, received: &[u8]) -> String {
    let answers = match read(received, |number| case.heads.contains(&number)) {
        Ok(answers) => answers,
        Err(difference) => return format!("{difference:?}"),
    };
    let finals: Vec<&Answer> = answers.iter().filter(|answer| answer.status >= 200).collect();
    let statuses: Vec<u16> = finals.iter().map(|answer| answer.status).collect();
    if statuses != case.expected() {
        return format!("{statuses:?} instead of {:?}", case.expected());
    }
    if finals.last().is_some_and(|answer| answer.closes()) == case.kept {
        return "Connection does not match the table".into();
    }
    finals.iter().map(|answer| check_fields(answer)).collect()
}

/// The first rule that the fields of a response break; empty if there is none.
fn check_fields(answer: &Answer) -> String {
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
        "a Server field".into()
    } else if matches!(answer.status, 204 | 304) && (length || coding) {
        "a length without a body".into()
    } else if refused && (!length || answer.field("content-type").is_none()) {
        "a refusal without its fields".into()
    } else if (answer.status == 405) != (answer.status >= 400 && answer.field("allow").is_some()) {
        "no Allow, or one too many".into()
    } else {
        String::new()
    }
}

/// Replaces the dates.
fn without_dates(received: &[u8]) -> Vec<u8> {
    let mut bytes = without_continue(received);
    let name = b"\r\nDate: ";
    let dates: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(name)).collect();
    for at in dates {
        bytes[at + name.len()..][..DATE.len()].copy_from_slice(&DATE);
    }
    bytes
}

/// Fails with all wrong cases and their bytes.
fn report(wrong: &[(Case, String, Vec<u8>)]) {
    let lines: Vec<_> = wrong
        .iter()
        .map(|(case, difference, received)| {
            format!("{}: {difference}\n{}", case.name, String::from_utf8_lossy(received))
        })
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
fn every_case_gets_the_statuses_of_its_table() {
    let received = all().into_iter().map(|case| (in_memory(&case.wire(), WHOLE), case));
    let compared = received.map(|(received, case)| (difference(&case, &received), case, received));
    let wrong: Vec<_> =
        compared.filter(|(difference, ..)| !difference.is_empty()).map(|(f, c, h)| (c, f, h)).collect();
    report(&wrong);
}

/// Cases with an echo are left out: a response that has begun before its body is refused is cut off.
#[test]
fn byte_by_byte_the_responses_are_the_same() {
    for case in all().iter().filter(|case| !case.sent.windows(5).any(|window| window == b"/echo")) {
        let (whole, pieces) = (in_memory(&case.wire(), WHOLE), in_memory(&case.wire(), 1));
        assert_eq!(whole, pieces, "{}", case.name);
    }
}

#[test]
fn a_socket_gets_the_bytes_of_memory() {
    // One client at a time: when clients wait for a thread, responses have `Connection: close`.
    for mode in Mode::ALL {
        assert_bytes_of_memory(desktop::start(*mode));
    }
}

fn assert_bytes_of_memory(server: SocketAddr) {
    let received = all().into_iter().map(|case| (desktop::exchange(server, &case.wire()), case));
    let compared = received.map(|(received, case)| match difference(&case, &received) {
        difference
            if difference.is_empty()
                && without_dates(&received) != without_dates(&in_memory(&case.wire(), WHOLE)) =>
        {
            ("not the bytes of memory".into(), case, received)
        }
        difference => (difference, case, received),
    });
    let wrong: Vec<_> =
        compared.filter(|(difference, ..)| !difference.is_empty()).map(|(f, c, h)| (c, f, h)).collect();
    report(&wrong);
}
