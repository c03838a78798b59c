//! The parts of a form as a page reads them: every size of reads and of memory, every failing call, every early end.

use bantam::wire::Status;
use bantam::{Buffers, Connection, Fault, Rejection, RequestDetails, Response, Site, serve};
use bantam_tests::answers::read;
use bantam_tests::executor::{poll_times, run};
use bantam_tests::form_model::FormPart;
use bantam_tests::script::{IoFault, ScriptedPeer, Step};
use embedded_io::ErrorKind;

use crate::bodies::{RECORDED, REFUSED};

/// A page that answers with what it has read, through so much memory.
struct Mirror {
    memory: usize,
    parts: u16,
    /// Every second part is left unread, if this is true.
    skips: bool,
}

const WHOLE: Mirror = Mirror { memory: 512, parts: 1000, skips: false };

impl Site for Mirror {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let (mut memory, mut found) = (vec![0; self.memory], Vec::new());
        let mut form = details.multipart(&mut memory)?.max_parts(self.parts);
        while let Some(mut part) = form.next_part().await? {
            let mut copy = String::new();
            for header in part.head().headers {
                let [name, value] = [header.name, header.value].map(String::from_utf8_lossy);
                copy += &format!("{name}: {value}\r\n");
            }
            copy += "\r\n";
            let mut data = Vec::new();
            while !(self.skips && found.len() % 2 == 1) {
                let Some(bytes) = part.data().await? else { break };
                assert!(!bytes.is_empty());
                data.extend_from_slice(bytes);
            }
            assert!(self.skips || part.data().await?.is_none(), "the end of a part stays");
            assert!(part.head().headers.iter().count() > 0, "the head outlives the data");
            found.push(FormPart { head: copy.into_bytes(), data });
        }
        assert!(form.next_part().await?.is_none(), "the end of a form stays");
        details.connection.make_response(Response::new(Status::OK)).await?;
        details.connection.send(format!("{found:?}").as_bytes()).await
    }
}

fn request(content_type: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("POST / HTTP/1.1\r\nHost: a\r\n{content_type}Content-Length: {length}\r\n\r\n");
    [head.as_bytes(), body.as_bytes()].concat()
}

const FORM: &str = "Content-Type: multipart/form-data; boundary=xyz\r\n";

fn serve_on(site: &Mirror, peer: &mut ScriptedPeer) {
    let _ = run(serve(peer, &mut Buffers::<256, 512>::new().state(), site));
}

/// The status and the body of the answer to a form.
fn answer(site: &Mirror, mut peer: ScriptedPeer) -> (u16, String) {
    serve_on(site, &mut peer);
    let answers = read(peer.received(), |_| false).expect("sound");
    assert_eq!(answers.len(), 1, "{}", peer.text());
    (answers[0].status, String::from_utf8_lossy(&answers[0].body).into_owned())
}

#[test]
fn a_page_reads_the_same_parts_through_any_memory_that_holds_a_head() {
    for recorded in &RECORDED {
        let expected = format!("{:?}", recorded.parts());
        let longest = recorded.parts().iter().map(|part| part.head.len()).max().unwrap_or(0);
        for memory in longest + 1..longest + 80 {
            let site = Mirror { memory, ..WHOLE };
            for read in [1, 2, 7, memory, usize::MAX] {
                let peer = ScriptedPeer::sending(request(FORM, recorded.body)).max_read(read);
                assert_eq!(
                    answer(&site, peer),
                    (200, expected.clone()),
                    "{} through {memory}",
                    recorded.name
                );
            }
        }
        for memory in 1..=longest {
            let site = Mirror { memory, ..WHOLE };
            let peer = ScriptedPeer::sending(request(FORM, recorded.body));
            assert_eq!(answer(&site, peer).0, 413, "{} through {memory}", recorded.name);
        }
    }
}

#[test]
fn a_body_in_chunks_is_the_same() {
    for recorded in &RECORDED {
        for size in [1, 5, 100] {
            let chunks: String = recorded
                .body
                .as_bytes()
                .chunks(size)
                .map(|chunk| {
                    format!(
                        "{:x}\r\n{}\r\n",
                        chunk.len(),
                        chunk.iter().map(|byte| *byte as char).collect::<String>()
                    )
                })
                .collect();
            // Latin-1, so that each byte is one character.
            let mut bytes = format!("POST / HTTP/1.1\r\nHost: a\r\n{FORM}Transfer-Encoding: chunked\r\n\r\n")
                .into_bytes();
            bytes.extend(chunks.chars().map(|letter| letter as u8));
            bytes.extend_from_slice(b"0\r\n\r\n");
            let expected = format!("{:?}", recorded.parts());
            assert_eq!(answer(&WHOLE, ScriptedPeer::sending(bytes)), (200, expected), "{}", recorded.name);
        }
    }
}

#[test]
fn a_part_that_is_not_read_is_skipped() {
    let body = RECORDED[0].body;
    let mut expected = RECORDED[0].parts();
    expected[1].data.clear();
    for read in 1..body.len() {
        let peer = ScriptedPeer::sending(request(FORM, body)).max_read(read);
        assert_eq!(answer(&Mirror { skips: true, ..WHOLE }, peer), (200, format!("{expected:?}")));
    }
}

#[test]
fn a_form_that_is_refused_has_a_status_and_keeps_its_connection() {
    for (name, body, _) in REFUSED {
        let mut bytes = request(FORM, body);
        bytes.extend_from_slice(&request(FORM, "--xyz--"));
        let mut peer = ScriptedPeer::sending(bytes).max_read(9);
        serve_on(&WHOLE, &mut peer);
        let answers = read(peer.received(), |_| false).expect("sound");
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses, [400, 200], "{name}: {}", peer.text());
    }
    let two = Mirror { parts: 2, ..WHOLE };
    assert_eq!(answer(&two, ScriptedPeer::sending(request(FORM, RECORDED[0].body))).0, 413);
}

#[test]
fn a_request_without_a_boundary_is_refused() {
    for fields in [
        "",
        "Content-Type: multipart/form-data\r\n",
        "Content-Type: application/x-www-form-urlencoded\r\n",
        "Content-Type: multipart/form-data; boundary=xyz\r\nContent-Type: multipart/form-data; boundary=xyz\r\n",
    ] {
        let peer = ScriptedPeer::sending(request(fields, RECORDED[0].body));
        assert_eq!(answer(&WHOLE, peer).0, 400, "{fields}");
    }
}

#[test]
fn a_client_that_waits_for_100_continue_sends_its_form() {
    let head = format!(
        "POST / HTTP/1.1\r\nHost: a\r\n{FORM}Expect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        RECORDED[0].body.len()
    );
    let peer = ScriptedPeer::new([
        Step::Send(head.into_bytes()),
        Step::Expect(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()),
        Step::Send(RECORDED[0].body.into()),
    ]);
    let mut peer = peer.max_read(20);
    serve_on(&WHOLE, &mut peer);
    assert_eq!(peer.unmet, None);
    assert!(peer.text().contains("200 OK"), "{}", peer.text());
}

#[test]
fn a_form_that_is_cut_off_by_its_client_is_refused() {
    let whole = request(FORM, RECORDED[0].body);
    let start = whole.len() - RECORDED[0].body.len();
    for length in start..whole.len() {
        let mut peer = ScriptedPeer::sending(&whole[..length]).max_read(50);
        serve_on(&WHOLE, &mut peer);
        assert!(peer.text().starts_with("HTTP/1.1 400 "), "{length}: {}", peer.text());
        assert_eq!(peer.log()[0].fault, Some(Fault::Rejection(Rejection::Truncated)), "{length}");
    }
}

#[test]
fn a_failing_or_pending_call_loses_and_invents_nothing() {
    let peer = || ScriptedPeer::sending(request(FORM, RECORDED[0].body)).max_read(100).max_write(100);
    let mut plain = peer();
    serve_on(&WHOLE, &mut plain);
    let expected = plain.text();
    for call in 0..plain.calls {
        let mut pending = peer().with_fault(call, IoFault::Pend);
        serve_on(&WHOLE, &mut pending);
        assert_eq!(pending.text(), expected, "call {call} is pending");
        for fault in [IoFault::FailForever(ErrorKind::ConnectionReset), IoFault::Zero] {
            let mut failing = peer().with_fault(call, fault);
            serve_on(&WHOLE, &mut failing);
            assert!(
                !failing.text().contains("200 OK") || expected.starts_with(&failing.text()),
                "call {call}"
            );
        }
        // Dropped where it waits.
        let mut hanging = peer().with_fault(call, IoFault::Hang);
        let mut buffers = Buffers::<256, 512>::new();
        assert_eq!(
            poll_times(serve(&mut hanging, &mut buffers.state(), &WHOLE), 100).map(drop),
            None,
            "call {call}"
        );
    }
}
