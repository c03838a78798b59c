//! Pages that are cancelled at any wait, or fail at any call.
//!
//! Invariant: the bytes sent are well-formed, earlier responses are unchanged, and what follows is a response to a request.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use bantam::{Buffers, Connection, LowLevelStream, Rejection, RequestDetails, Response, Site, serve};
use bantam_tests::answers::{Answer, MalformedResponse, read};
use bantam_tests::environment::LoggedExchange;
use bantam_tests::executor::run;
use bantam_tests::memory::{INPUT, OUTPUT, run_script};
use bantam_tests::pages::Pages;
use bantam_tests::scenario::Scenario;
use bantam_tests::scenarios::basic;
use bantam_tests::script::{IoFault, ScriptedPeer};

/// What a cancelled page returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// `Ok`.
    Returns,
    /// A rejection.
    Fails,
}

impl End {
    fn result<E: From<Rejection>>(self) -> Result<(), E> {
        match self {
            Self::Returns => Ok(()),
            Self::Fails => Err(Rejection::BadInput.into()),
        }
    }
}

/// Cancels a page when it is first pending.
struct CancelWhenPending {
    end: End,
    /// The number of the cancelled page, from 1; 0 if none was cancelled.
    cancelled: Cell<usize>,
    called: Cell<usize>,
}

impl Site for CancelWhenPending {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        self.called.set(self.called.get() + 1);
        let mut page = pin!(Pages.request_handler(details));
        poll_fn(|context| match page.as_mut().poll(context) {
            Poll::Pending => {
                self.cancelled.set(self.called.get());
                Poll::Ready(self.end.result())
            }
            ready => ready,
        })
        .await
    }
}

/// Fails one call of a page, before or after the call is made.
struct FailOneCall {
    /// How many calls precede the failing one.
    calls: Cell<usize>,
    before: bool,
    /// The number of the failed page, from 1; 0 if none has failed.
    failed: Cell<usize>,
    called: Cell<usize>,
}

/// A connection that counts its calls.
struct CountingConnection<'a, C> {
    connection: &'a mut C,
    plan: &'a FailOneCall,
}

impl<C: Connection> CountingConnection<'_, C> {
    /// Fails if the plan names this call. `done`: the call has been made.
    fn check(&self, done: bool) -> Result<(), C::Error> {
        let remaining = self.plan.calls.get();
        if done != self.plan.before && remaining == 0 && self.plan.failed.get() == 0 {
            self.plan.failed.set(self.plan.called.get());
            return Err(Rejection::BadInput.into());
        }
        if done {
            self.plan.calls.set(remaining.saturating_sub(1));
        }
        Ok(())
    }
}

impl<C: Connection> Connection for CountingConnection<'_, C> {
    type Error = C::Error;

    async fn recv(&mut self, memory: &mut [u8]) -> Result<usize, C::Error> {
        self.check(false)?;
        let count = self.connection.recv(memory).await?;
        self.check(true).map(|()| count)
    }

    fn limit_body(&mut self, limit: u64) -> Result<(), C::Error> {
        self.connection.limit_body(limit)
    }

    async fn send(&mut self, data: &[u8]) -> Result<(), C::Error> {
        self.check(false)?;
        self.connection.send(data).await?;
        self.check(true)
    }

    async fn make_response(&mut self, response: Response<'_>) -> Result<(), C::Error> {
        self.check(false)?;
        self.connection.make_response(response).await?;
        self.check(true)
    }

    fn response_already_made(&self) -> bool {
        self.connection.response_already_made()
    }

    async fn pause(&mut self, duration: Duration) -> Result<(), C::Error> {
        self.check(false)?;
        self.connection.pause(duration).await?;
        self.check(true)
    }

    async fn fill(&mut self, write: &mut dyn FnMut(&mut [u8]) -> usize) -> Result<usize, C::Error> {
        self.check(false)?;
        let count = self.connection.fill(write).await?;
        self.check(true).map(|()| count)
    }

    async fn flush(&mut self) -> Result<(), C::Error> {
        self.check(false)?;
        self.connection.flush().await?;
        self.check(true)
    }

    async fn gone(&mut self, limit: Duration) -> Result<bool, C::Error> {
        self.check(false)?;
        let gone = self.connection.gone(limit).await?;
        self.check(true).map(|()| gone)
    }

    fn is_ending(&self) -> bool {
        self.connection.is_ending()
    }

    fn close(&mut self) {
        self.connection.close();
    }

    async fn low_level(&mut self) -> Result<impl LowLevelStream, C::Error> {
        self.check(false)?;
        self.connection.low_level().await
    }
}

impl Site for FailOneCall {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        self.called.set(self.called.get() + 1);
        let mut place = None;
        let mut details =
            details.wrapped(&mut place, |connection| CountingConnection { connection, plan: self });
        Pages.request_handler(&mut details).await
    }
}

/// The final responses, and whether one more is cut off.
fn finals(peer: &ScriptedPeer, how: &str) -> (Vec<Answer>, bool) {
    let is_head = |number: usize| peer.log().get(number).is_some_and(LoggedExchange::is_head);
    let (mut answers, cut) = match read(&peer.written, is_head) {
        Ok(answers) => (answers, false),
        Err(MalformedResponse::CutOff(answers)) => (answers, true),
        Err(flaw) => panic!("{how}: {flaw:?} in {}", peer.text()),
    };
    answers.retain(|answer| answer.status >= 200);
    (answers, cut)
}

/// Serves a peer with a site. If page `number()`, from 1, was stopped, compares the run with `sound`.
fn serve_and_check(
    mut peer: ScriptedPeer,
    site: &impl Site,
    sound: &ScriptedPeer,
    number: impl Fn() -> usize,
    how: &str,
) -> ScriptedPeer {
    let mut buffers = Buffers::<INPUT, OUTPUT>::new();
    let served = run(serve(&mut peer, &mut buffers.state(), site));
    if number() > 0 {
        let ((answers, cut), (before, _)) = (finals(&peer, how), finals(sound, how));
        let before = &before[..before.len().min(number() - 1)];
        assert!(answers.starts_with(before), "{how}: {}", peer.text());
        assert!(answers.len() + usize::from(cut) <= peer.log().len(), "{how}: {}", peer.text());
        // A response that cannot be completed is the last one.
        let faulty = peer.log().last().is_some_and(|entry| entry.fault.is_some());
        assert!(!cut || faulty && (peer.is_shut_down() || served.is_err()), "{how}: {}", peer.text());
    }
    peer
}

/// Every basic scenario, and its peer after a run in which no page is stopped.
fn all(reads: usize, writes: usize) -> impl Iterator<Item = (Scenario, ScriptedPeer)> {
    basic::all().into_iter().map(move |scenario| {
        let mut sound = scenario.peer().max_read(reads).max_write(writes);
        run_script(&mut sound);
        (scenario, sound)
    })
}

#[test]
fn a_page_cancelled_at_any_wait_changes_no_other_response() {
    let mut cancelled = 0;
    for (scenario, sound) in all(16, 100) {
        for (call, end) in (0..sound.calls).flat_map(|call| [(call, End::Returns), (call, End::Fails)]) {
            let peer = scenario.peer().max_read(16).max_write(100).with_fault(call, IoFault::Pend);
            let site = CancelWhenPending { end, cancelled: Cell::new(0), called: Cell::new(0) };
            let how = format!("{}, call {call}, {end:?}", scenario.name);
            serve_and_check(peer, &site, &sound, || site.cancelled.get(), &how);
            cancelled += usize::from(site.cancelled.get() > 0);
        }
    }
    assert!(cancelled > 100, "{cancelled}");
}

#[test]
fn a_page_failing_at_any_call_changes_no_other_response() {
    let mut failed = 0;
    for ((scenario, sound), before) in
        all(usize::MAX, usize::MAX).flat_map(|pair| [(pair.clone(), true), (pair, false)])
    {
        for calls in 0.. {
            let site =
                FailOneCall { calls: Cell::new(calls), before, failed: Cell::new(0), called: Cell::new(0) };
            let how = format!("{}, after {calls} calls, {before}", scenario.name);
            let peer = serve_and_check(scenario.peer(), &site, &sound, || site.failed.get(), &how);
            if site.failed.get() == 0 {
                assert_eq!(peer.written, sound.written, "{how}: no call has failed");
                break;
            }
            failed += 1;
        }
    }
    assert!(failed > 100, "{failed}");
}
