//! Law: whatever bytes come, what leaves is a sequence of well-formed answers, never more than there were requests, and
//! nothing behind a close.

#![no_main]

use bantam::wire::Status;
use bantam::{
    Blocking, Connection, Fault, Hooks, Record, Rejection, RequestDetails, Response, Session, Site,
};
use bantam::{Buffers, blocking, serve};
use bantam_fuzz::answers;
use bantam_fuzz::pipe::Pipe;
use libfuzzer_sys::fuzz_target;

struct Pages;

impl Site for Pages {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let connection = &mut *details.connection;
        match details.uri.path {
            "/" => connection.make_response(Response::new(Status::OK).body(b"hello")).await,
            "/stream" => {
                connection.make_response(Response::new(Status::OK)).await?;
                for _ in 0..20 {
                    connection.send(b"some of it, ").await?;
                }
                Ok(())
            }
            "/echo" => {
                let mut memory = [0; 16];
                let mut count = connection.recv(&mut memory).await?;
                connection.make_response(Response::new(Status::OK)).await?;
                while count > 0 {
                    connection.send(&memory[..count]).await?;
                    count = connection.recv(&mut memory).await?;
                }
                Ok(())
            }
            "/empty" => connection.make_response(Response::new(Status::NO_CONTENT)).await,
            "/lazy" => Ok(()),
            _ => Err(Rejection::NotFound.into()),
        }
    }
}

/// What the core says it has answered, to hold against what was heard.
#[derive(Default)]
struct Log(Vec<(bool, u16, bool)>);

impl Hooks<Pipe<'_>> for Log {
    fn answered(&mut self, record: &Record<'_>) {
        let cut =
            matches!(record.fault, Some(fault) if fault.status() != record.status || fault == Fault::Stream);
        self.0.push((record.request_line.starts_with(b"HEAD "), record.status.code(), cut));
    }
}

fuzz_target!(|data: &[u8]| {
    let [reads, writes, small, said @ ..] = data else { return };
    let pipe =
        Pipe { said, heard: Vec::new(), reads: 1 + usize::from(*reads), writes: 1 + usize::from(*writes) };
    let mut transport = Blocking { stream: pipe, hooks: Log::default() };
    let (mut narrow, mut wide) = (Buffers::<80, { Session::MIN_OUTPUT }>::new(), Buffers::<512, 1024>::new());
    let session = if small % 2 == 0 { narrow.session() } else { wide.session() };
    blocking::run(serve(&mut transport, &mut session.body_limit(10_000), &Pages)).unwrap();
    let log = transport.hooks.0;
    if log.iter().any(|(_, _, cut)| *cut) {
        // The last answer was cut off: nobody can read that.
        return;
    }
    let answers = answers::read(&transport.stream.heard, |number| log.get(number).map(|(head, _, _)| *head));
    let finals: Vec<_> =
        answers.iter().filter(|answer| answer.status >= 200).map(|answer| answer.status).collect();
    assert!(finals.iter().eq(log.iter().map(|(_, status, _)| status)), "{finals:?} {log:?}");
    let lines = said.split(|byte| *byte == b'\n').count();
    assert!(finals.len() <= lines, "more answers than lines");
});
