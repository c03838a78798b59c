//! Responses whose page states no length.
//!
//! Invariant: whether such a response gets a length depends on its head, its body and the size of the response buffer alone; with
//! a length its bytes are those of a page that states it.

use std::time::Duration;

use bantam::{
    Connection, ConnectionState, Fault, Misuse, Rejection, RequestDetails, Response, Site, serve,
    wire::Status,
};
use bantam_tests::answers::{Answer, Framing, read};
use bantam_tests::executor::run;
use bantam_tests::script::ScriptedPeer;

/// What a page does behind `make_response`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Send(usize),
    Fill(usize),
    /// Fills with what has to be in one piece.
    FillWhole(usize),
    Flush,
    Pause,
    Receive,
    Close,
    Fail,
}

/// A page of steps at `/`, and short answers with a length at every other path.
struct Stepped {
    steps: Vec<Step>,
    length: Option<u64>,
}

/// The body of the page of steps, to be cut off where it ends.
fn body(length: usize) -> Vec<u8> {
    (0..length).map(|at| b'a' + (at % 26) as u8).collect()
}

const FIELDS: [(&str, &str); 1] = [("X", "y")];
const FRONT: usize = "HTTP/1.1 200 OK\r\nX: y".len();
/// What the core leaves free for the end of a head, and for the frame of a chunk.
const ROOM: usize = "\r\nTransfer-Encoding: chunked\r\nConnection: upgrade, close\r\n\r\n".len() + 6 + 2;

impl Site for Stepped {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let connection = &mut *details.connection;
        let response = Response::new(Status::OK).headers(&FIELDS);
        if details.uri.path != "/" {
            return connection.make_response(response.body(b"before")).await;
        }
        let response = self.length.map_or(response, |length| response.length(length));
        connection.make_response(response).await?;
        let (bytes, mut at) = (body(total(&self.steps)), 0);
        for step in &self.steps {
            match *step {
                Step::Send(count) => {
                    connection.send(&bytes[at..at + count]).await?;
                    at += count;
                }
                Step::Fill(count) => {
                    let end = at + count;
                    while at < end {
                        at += connection
                            .fill(&mut |free| {
                                let count = free.len().min(end - at);
                                free[..count].copy_from_slice(&bytes[at..at + count]);
                                Some(count)
                            })
                            .await?;
                    }
                }
                Step::FillWhole(count) => {
                    let piece = &bytes[at..at + count];
                    at += connection
                        .fill(&mut |free| {
                            free.get_mut(..count)?.copy_from_slice(piece);
                            Some(count)
                        })
                        .await?;
                }
                Step::Flush => connection.flush().await?,
                Step::Pause => connection.pause(Duration::ZERO).await?,
                Step::Receive => drop(connection.recv(&mut [0; 8]).await?),
                Step::Close => connection.close(),
                Step::Fail => return Err(Rejection::BadInput.into()),
            }
        }
        Ok(())
    }
}

fn total(steps: &[Step]) -> usize {
    let length = |step: &Step| match step {
        Step::Send(count) | Step::Fill(count) | Step::FillWhole(count) => *count,
        _ => 0,
    };
    steps.iter().map(length).sum()
}

/// Serves requests: `earlier` ones for an answer with a length, then the one for the page of steps.
fn serve_steps(request: &str, earlier: usize, capacity: usize, reads: usize, site: &Stepped) -> ScriptedPeer {
    let requests = "GET /before HTTP/1.1\r\nHost: a\r\n\r\n".repeat(earlier) + request;
    let mut peer = ScriptedPeer::sending(requests).max_read(reads);
    let (mut input, mut output) = (vec![0; 1024], vec![0; capacity]);
    let _ = run(serve(&mut peer, &mut ConnectionState::new(&mut input, &mut output), site));
    peer
}

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const REQUESTS: [&str; 5] = [
    GET,
    "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "GET / HTTP/1.0\r\n\r\n",
];

/// The longest body that gets a length. `None` if the buffer is too small for any.
fn longest(capacity: usize) -> Option<usize> {
    capacity.checked_sub(FRONT + ROOM).map(|longest| longest.min(65_535))
}

fn last(peer: &ScriptedPeer, request: &str) -> Answer {
    let head = request.starts_with("HEAD");
    let answers = read(peer.received(), |number| head && number + 1 == peer.log().len());
    answers.unwrap_or_else(|flaw| panic!("{flaw:?} in {}", peer.text())).pop().expect("an answer")
}

/// Compares a response with the model.
fn check(request: &str, earlier: usize, capacity: usize, reads: usize, steps: &[Step], stays: bool) {
    let how = format!("{request:?} behind {earlier}, {capacity} bytes, reads of {reads}, {steps:?}");
    let site = Stepped { steps: steps.to_vec(), length: None };
    let peer = serve_steps(request, earlier, capacity, reads, &site);
    let length = total(steps);
    // A page may skip its body for HEAD, so that nothing of its length is known.
    let is_skipped = request.starts_with("HEAD") && length == 0;
    if stays && !is_skipped && longest(capacity).is_some_and(|longest| length <= longest) {
        let stated = Stepped { length: Some(length as u64), ..site };
        let sound = serve_steps(request, earlier, 100_000, reads, &stated);
        assert_eq!(peer.text(), sound.text(), "{how}");
        return;
    }
    let answer = last(&peer, request);
    let old = request.contains("HTTP/1.0");
    assert_eq!(answer.framing, if old { Framing::Close } else { Framing::Chunked }, "{how}");
    assert_eq!(answer.closes(), old || request.contains("close"), "{how}");
    assert!(request.starts_with("HEAD") || answer.body == body(length), "{how}: {}", peer.text());
    assert_eq!(peer.log().len(), earlier + 1, "{how}");
}

/// The smallest buffer of the tests: that of a head with chunks and a close.
const SMALLEST: usize = FRONT + "\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n".len();

/// Bodies around the longest that gets a length.
fn lengths(capacity: usize) -> Vec<usize> {
    let longest = longest(capacity).unwrap_or(0);
    let mut lengths = vec![0, 1, 9, longest.saturating_sub(1), longest, longest + 1, 3 * longest + 5];
    lengths.sort_unstable();
    lengths.dedup();
    lengths
}

#[test]
fn a_body_that_the_buffer_holds_whole_has_a_length_and_no_other() {
    for (capacity, request) in
        (SMALLEST..SMALLEST + 160).flat_map(|capacity| REQUESTS.map(|request| (capacity, request)))
    {
        for (length, earlier) in
            lengths(capacity).into_iter().flat_map(|length| [0, 1, 3].map(|earlier| (length, earlier)))
        {
            for piece in [length, 7] {
                let pieces = vec![piece; length.checked_div(piece).unwrap_or(0)];
                let sends: Vec<_> = pieces.iter().map(|piece| Step::Send(*piece)).collect();
                check(request, earlier, capacity, usize::MAX, &sends, true);
                let fills: Vec<_> = pieces.iter().map(|piece| Step::Fill(*piece)).collect();
                check(request, earlier, capacity, usize::MAX, &fills, true);
            }
        }
    }
}

#[test]
fn a_chunk_has_at_most_65_535_bytes_and_a_longer_body_no_length() {
    for (request, length) in
        REQUESTS.iter().flat_map(|request| [65_535, 65_536].map(|length| (request, length)))
    {
        check(request, 1, 90_000, usize::MAX, &[Step::Send(length)], true);
        check(request, 1, 90_000, usize::MAX, &[Step::Fill(length)], true);
        check(request, 1, 90_000, usize::MAX, &[Step::Send(length), Step::Flush], false);
    }
}

#[test]
fn reads_of_any_size_change_no_form() {
    let capacity = 200;
    for (request, length) in
        REQUESTS.iter().flat_map(|request| lengths(capacity).into_iter().map(move |length| (request, length)))
    {
        for reads in 1..=3 * GET.len() {
            check(request, 2, capacity, reads, &[Step::Send(length)], true);
        }
    }
}

#[test]
fn a_wait_behind_the_head_makes_chunks_even_where_nothing_is_written() {
    for wait in [Step::Flush, Step::Pause, Step::Receive] {
        for (request, earlier) in REQUESTS.iter().flat_map(|request| [(request, 0), (request, 2)]) {
            for steps in [
                vec![wait],
                vec![wait, Step::Send(5)],
                vec![Step::Send(5), wait],
                vec![Step::Send(0), wait, wait],
            ] {
                check(request, earlier, 300, usize::MAX, &steps, false);
            }
        }
    }
}

#[test]
fn a_piece_that_has_to_be_whole_is_lent_all_room_or_is_a_misuse() {
    // The smallest one holds a 500 without its page.
    for capacity in 150..300 {
        for (request, earlier) in
            REQUESTS.iter().flat_map(|request| [0, 1, 3].map(|earlier| (request, earlier)))
        {
            let longest = longest(capacity).unwrap_or(0);
            for length in [longest.saturating_sub(1), longest].into_iter().filter(|length| *length > 0) {
                check(request, earlier, capacity, usize::MAX, &[Step::FillWhole(length)], true);
                if length > 1 {
                    let steps = [Step::Send(1), Step::FillWhole(length - 1)];
                    check(request, earlier, capacity, usize::MAX, &steps, true);
                    // What has been sent leaves as chunks if the rest does not fit behind it.
                    let steps = [Step::Send(2), Step::FillWhole(length - 1)];
                    check(request, earlier, capacity, usize::MAX, &steps, true);
                }
            }
            if longest > 0 {
                let site = Stepped { steps: vec![Step::FillWhole(longest + 1)], length: None };
                let peer = serve_steps(request, earlier, capacity, usize::MAX, &site);
                let failed = peer.log().last().expect("an exchange");
                assert_eq!(failed.fault, Some(Fault::Misuse(Misuse::PieceTooLong)), "{capacity}");
                assert_eq!(failed.status, 500, "{capacity}: nothing has left");
            }
        }
    }
}

#[test]
fn a_piece_of_a_chunked_body_is_lent_an_empty_buffer() {
    for (capacity, request) in
        (SMALLEST..400).flat_map(|capacity| REQUESTS.map(|request| (capacity, request)))
    {
        let longest = if request.contains("1.0") { capacity } else { capacity - 8 };
        let steps = [Step::Flush, Step::Send(3), Step::FillWhole(longest), Step::FillWhole(1)];
        check(request, 1, capacity, usize::MAX, &steps, false);
    }
    let site = Stepped { steps: vec![Step::Flush, Step::FillWhole(393)], length: None };
    let peer = serve_steps(GET, 0, 400, usize::MAX, &site);
    assert_eq!(peer.log()[0].fault, Some(Fault::Misuse(Misuse::PieceTooLong)));
    assert!(!peer.text().ends_with("0\r\n\r\n") && peer.is_shut_down(), "cut off: {}", peer.text());
}

#[test]
fn a_page_that_fails_before_its_length_is_known_is_refused_to_head_as_to_get() {
    for request in REQUESTS {
        for steps in [vec![Step::Fail], vec![Step::Send(5), Step::Fail], vec![Step::Fill(5), Step::Fail]] {
            let peer = serve_steps(request, 2, 600, usize::MAX, &Stepped { steps, length: None });
            assert_eq!(last(&peer, request).status, 400, "{}", peer.text());
        }
    }
}

#[test]
fn a_close_before_the_length_is_known_is_stated() {
    for request in REQUESTS {
        let site = Stepped { steps: vec![Step::Send(5), Step::Close], length: None };
        let answer = last(&serve_steps(request, 0, 300, usize::MAX, &site), request);
        assert!(answer.closes() && answer.framing == Framing::Length(5), "{answer:?}");
    }
}

#[test]
fn the_length_that_is_stated_bounds_what_is_filled() {
    for (length, form) in [(5, None), (4, Some(Misuse::BodyTooLong)), (6, Some(Misuse::BodyTooShort))] {
        let site = Stepped { steps: vec![Step::Fill(3), Step::FillWhole(2)], length: Some(length) };
        for request in REQUESTS {
            let peer = serve_steps(request, 1, 300, usize::MAX, &site);
            let fault = peer.log().last().expect("an exchange").fault;
            // To HEAD nothing has to be sent.
            let form = form.filter(|form| *form != Misuse::BodyTooShort || !request.starts_with("HEAD"));
            assert_eq!(fault, form.map(Fault::Misuse), "{request}, {length}");
        }
    }
}
