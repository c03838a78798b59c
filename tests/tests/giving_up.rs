//! Law: wherever a page fails, or is given up, what has left is well-formed, the answers before it are untouched, and
//! whatever follows it is an answer to a request.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use bantam::{Buffers, Connection, Rejection, RequestDetails, Response, Site, serve};
use bantam_tests::answers::{Answer, MalformedResponse, read};
use bantam_tests::pages::Pages;
use bantam_tests::scenarios::{INPUT, OUTPUT, SCENARIOS, Scenario, converse};
use bantam_tests::tape::{Mishap, Tape, run};
use embedded_io_async::{Read, Write};

/// How a page ends that does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// As if all were well.
    Returns,
    /// With an error of its own.
    Fails,
}

impl End {
    fn of<E: From<Rejection>>(self) -> Result<(), E> {
        match self {
            Self::Returns => Ok(()),
            Self::Fails => Err(Rejection::BadInput.into()),
        }
    }
}

/// The pages, given up when they first have to wait.
struct Impatient {
    end: End,
    /// How many pages have been called when one was given up; 0 if none was.
    given_up: Cell<usize>,
    called: Cell<usize>,
}

impl Site for Impatient {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        self.called.set(self.called.get() + 1);
        let mut page = pin!(Pages.request_handler(details));
        poll_fn(|context| match page.as_mut().poll(context) {
            Poll::Pending => {
                self.given_up.set(self.called.get());
                Poll::Ready(self.end.of())
            }
            ready => ready,
        })
        .await
    }
}

/// The pages, one of whose calls fails: before it does anything, or when it has done it.
struct Unlucky {
    /// How many calls go well.
    calls: Cell<usize>,
    first: bool,
    failed: Cell<usize>,
    called: Cell<usize>,
}

/// A connection whose calls are counted.
struct Counted<'a, C> {
    connection: &'a mut C,
    luck: &'a Unlucky,
}

impl<C: Connection> Counted<'_, C> {
    /// Fails, if it is this call's turn, which is `done` or not.
    fn turn(&self, done: bool) -> Result<(), C::Error> {
        let left = self.luck.calls.get();
        if done != self.luck.first && left == 0 && self.luck.failed.get() == 0 {
            self.luck.failed.set(self.luck.called.get());
            return Err(Rejection::BadInput.into());
        }
        if done {
            self.luck.calls.set(left.saturating_sub(1));
        }
        Ok(())
    }
}

impl<C: Connection> Connection for Counted<'_, C> {
    type Error = C::Error;

    async fn recv(&mut self, memory: &mut [u8]) -> Result<usize, C::Error> {
        self.turn(false)?;
        let count = self.connection.recv(memory).await?;
        self.turn(true).map(|()| count)
    }

    async fn send(&mut self, data: &[u8]) -> Result<(), C::Error> {
        self.turn(false)?;
        self.connection.send(data).await?;
        self.turn(true)
    }

    async fn make_response(&mut self, response: Response<'_>) -> Result<(), C::Error> {
        self.turn(false)?;
        self.connection.make_response(response).await?;
        self.turn(true)
    }

    fn response_already_made(&self) -> bool {
        self.connection.response_already_made()
    }

    async fn pause(&mut self, duration: Duration) -> Result<(), C::Error> {
        self.turn(false)?;
        self.connection.pause(duration).await?;
        self.turn(true)
    }

    fn close(&mut self) {
        self.connection.close();
    }

    async fn low_level(&mut self) -> Result<impl Read + Write, C::Error> {
        self.turn(false)?;
        self.connection.low_level().await
    }
}

impl Site for Unlucky {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        self.called.set(self.called.get() + 1);
        let mut place = None;
        let mut details = details.wrapped(&mut place, |connection| Counted { connection, luck: self });
        Pages.request_handler(&mut details).await
    }
}

/// The final answers, and whether one more is cut off.
fn finals(tape: &Tape, how: &str) -> (Vec<Answer>, bool) {
    let is_head =
        |number: usize| tape.log.get(number).is_some_and(|entry| entry.request_line.starts_with(b"HEAD "));
    let (mut answers, cut) = match read(&tape.heard, is_head) {
        Ok(answers) => (answers, false),
        Err(MalformedResponse::CutOff(answers)) => (answers, true),
        Err(flaw) => panic!("{how}: {flaw:?} in {}", tape.text()),
    };
    answers.retain(|answer| answer.status >= 200);
    (answers, cut)
}

/// Does HTTP end there? What follows is the page's own.
fn switches(scenario: &Scenario) -> bool {
    ["/upgrade", "/raw"].iter().any(|path| scenario.said.contains(path))
}

/// Serves a scenario by a site; `how` a page of it does not go on, and which, from 1, is checked if there is one.
fn play(mut tape: Tape, site: &impl Site, sound: &Tape, number: impl Fn() -> usize, how: &str) -> Tape {
    let mut buffers = Buffers::<INPUT, OUTPUT>::new();
    let served = run(serve(&mut tape, &mut buffers.state(), site));
    if number() > 0 {
        let ((answers, cut), (before, _)) = (finals(&tape, how), finals(sound, how));
        let before = &before[..before.len().min(number() - 1)];
        assert!(answers.starts_with(before), "{how}: {}", tape.text());
        assert!(answers.len() + usize::from(cut) <= tape.log.len(), "{how}: {}", tape.text());
        // Whatever cannot be completed is the last, and its connection ends.
        let faulty = tape.log.last().is_some_and(|entry| entry.fault.is_some());
        assert!(!cut || faulty && (tape.ended || served.is_err()), "{how}: {}", tape.text());
    }
    tape
}

/// Every scenario that is HTTP to its end, and what is heard without a fault.
fn all(reads: usize, writes: usize) -> impl Iterator<Item = (&'static Scenario, Tape)> {
    SCENARIOS.iter().filter(|scenario| !switches(scenario)).map(move |scenario| {
        let mut sound = scenario.tape().at_most(reads, writes);
        converse(&mut sound);
        (scenario, sound)
    })
}

#[test]
fn a_page_that_is_given_up_wherever_it_waits_spoils_no_other_answer() {
    let mut given_up = 0;
    for (scenario, sound) in all(16, 100) {
        for (call, end) in (0..sound.calls).flat_map(|call| [(call, End::Returns), (call, End::Fails)]) {
            let tape = scenario.tape().at_most(16, 100).with(call, Mishap::Pends);
            let site = Impatient { end, given_up: Cell::new(0), called: Cell::new(0) };
            let how = format!("{}, call {call}, {end:?}", scenario.name);
            play(tape, &site, &sound, || site.given_up.get(), &how);
            given_up += usize::from(site.given_up.get() > 0);
        }
    }
    assert!(given_up > 100, "{given_up}");
}

#[test]
fn a_page_that_fails_at_any_of_its_calls_spoils_no_other_answer() {
    let mut failed = 0;
    for ((scenario, sound), first) in
        all(usize::MAX, usize::MAX).flat_map(|pair| [(pair.clone(), true), (pair, false)])
    {
        for calls in 0.. {
            let site = Unlucky { calls: Cell::new(calls), first, failed: Cell::new(0), called: Cell::new(0) };
            let how = format!("{}, behind {calls} calls, {first}", scenario.name);
            let tape = play(scenario.tape(), &site, &sound, || site.failed.get(), &how);
            if site.failed.get() == 0 {
                assert_eq!(tape.heard, sound.heard, "{how}: calls that go well change nothing");
                break;
            }
            failed += 1;
        }
    }
    assert!(failed > 100, "{failed}");
}
