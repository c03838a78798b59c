//! A page that answers while its form arrives: every size of reads, and every failing call.

use bantam::wire::Status;
use bantam::{Buffers, Connection, RequestDetails, Response, Site, serve};
use bantam_tests::answers::read;
use bantam_tests::executor::run;
use bantam_tests::script::{IoFault, ScriptedPeer};
use embedded_io::ErrorKind;

use crate::bodies::RECORDED;

/// Sends a line for each part when its data has been read.
struct Lines;

impl Site for Lines {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let mut memory = [0; 150];
        let mut form = details.multipart(&mut memory)?;
        form.connection().make_response(Response::new(Status::OK)).await?;
        while let Some(mut part) = form.next_part().await? {
            let mut length = 0;
            while let Some(bytes) = part.data().await? {
                length += bytes.len();
            }
            let (head, connection) = part.split();
            connection.send(head.name.raw()).await?;
            connection.send(format!(" {length}\n").as_bytes()).await?;
        }
        form.connection().send(b"end").await
    }
}

fn request() -> Vec<u8> {
    let body = RECORDED[0].body;
    let fields =
        format!("Content-Type: multipart/form-data; boundary=xyz\r\nContent-Length: {}\r\n", body.len());
    format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}").into_bytes()
}

fn serve_on(peer: &mut ScriptedPeer) {
    let mut buffers = Buffers::<256, 256>::new();
    let _ = run(serve(peer, &mut buffers.state(), &Lines));
}

#[test]
fn the_lines_are_the_same_at_every_size_of_reads() {
    for size in 1..request().len() {
        let mut peer = ScriptedPeer::sending(request()).max_read(size);
        serve_on(&mut peer);
        let answers = read(peer.received(), |_| false).expect("sound");
        assert_eq!(answers.len(), 1, "{size}");
        assert_eq!(String::from_utf8_lossy(&answers[0].body), "name 6\nfile 12\nbin 6\nend", "{size}");
    }
}

#[test]
fn a_call_that_fails_cuts_the_answer_off_and_adds_nothing() {
    let peer = || ScriptedPeer::sending(request()).max_read(60).max_write(40);
    let mut plain = peer();
    serve_on(&mut plain);
    let expected = plain.text();
    for call in 0..plain.calls {
        let mut failing = peer().with_fault(call, IoFault::FailForever(ErrorKind::ConnectionReset));
        serve_on(&mut failing);
        assert!(expected.starts_with(&failing.text()), "call {call}: {}", failing.text());
        let mut pending = peer().with_fault(call, IoFault::Pend);
        serve_on(&mut pending);
        assert_eq!(pending.text(), expected, "call {call} is pending");
    }
}
