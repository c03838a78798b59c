//! A scripted connection and its expected responses.
//!
//! Invariant: neither how the bytes are split nor whether the stream blocks is part of a scenario.

use bantam::{ConnectionState, Error, Phase, blocking, serve};
use embedded_io::ErrorKind;

use crate::answers::{Answer, read_prefix};
use crate::blocking_peer::over_blocking;
use crate::buffers::BufferSizes;
use crate::executor;
use crate::expected::{Expected, refused};
use crate::pages::Pages;
use crate::script::{Event, ScriptedPeer, Step};

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The peer closes, or neither side does.
    Kept,
    /// The server closes, and its last response has `close`.
    Closed,
    /// The server closes, although its last response has no `close`.
    Dropped,
    /// The server closes, and its last response has `close`, without reading on: the request has `close`, too.
    Left,
    /// The server closes in the middle of its last response.
    Cut,
    /// The stream fails.
    Failed,
}

/// What a peer does, and what the server has to respond.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// One sentence.
    pub name: String,
    /// The script of the peer.
    pub steps: Vec<Step>,
    /// The responses.
    pub answers: Vec<Expected>,
    /// How the connection ends.
    pub end: End,
    /// The buffers of the connection.
    pub buffers: BufferSizes,
    /// The longest accepted request body, in bytes.
    pub body_limit: u64,
    /// The boundaries of the response's chunks depend on how the request is split.
    pub chunks_vary: bool,
    /// Whether 100 (Continue) is sent depends on how the request is split; then it is not compared.
    pub continue_varies: bool,
}

/// A scenario with a peer that sends `bytes` at once, and then closes its side.
#[must_use]
pub fn scenario(name: impl Into<String>, bytes: impl AsRef<[u8]>) -> Scenario {
    steps(name, [Step::Send(bytes.as_ref().to_vec())])
}

/// A scenario with a peer that executes these steps.
#[must_use]
pub fn steps(name: impl Into<String>, steps: impl IntoIterator<Item = Step>) -> Scenario {
    Scenario {
        name: name.into(),
        steps: steps.into_iter().collect(),
        answers: vec![],
        end: End::Kept,
        buffers: BufferSizes::Usual,
        body_limit: 100_000,
        chunks_vary: false,
        continue_varies: false,
    }
}

/// The outcome of a scenario.
#[derive(Debug)]
pub struct ScenarioRun {
    /// The peer, at the end.
    pub peer: ScriptedPeer,
    /// What `serve` returned.
    pub result: Result<(), Error<ErrorKind>>,
}

impl Scenario {
    /// Expects this response next.
    #[must_use]
    pub fn expects(mut self, answer: Expected) -> Self {
        self.answers.push(answer);
        self
    }

    /// Expects this end.
    #[must_use]
    pub const fn ends(mut self, end: End) -> Self {
        self.end = end;
        self
    }

    /// Expects an error response to a message that is not understood, and that the server closes.
    #[must_use]
    pub fn then_refused(self, status: u16) -> Self {
        self.expects(refused(status)).ends(End::Closed)
    }

    /// Expects an error response, and that the connection goes on.
    #[must_use]
    pub fn then_declined(self, status: u16) -> Self {
        self.expects(refused(status))
    }

    /// With these buffers.
    #[must_use]
    pub const fn with_buffers(mut self, buffers: BufferSizes) -> Self {
        self.buffers = buffers;
        self
    }

    /// With request bodies of at most this many bytes.
    #[must_use]
    pub const fn body_limit(mut self, bytes: u64) -> Self {
        self.body_limit = bytes;
        self
    }

    /// The boundaries of the response's chunks depend on how the request is split.
    #[must_use]
    pub const fn chunks_vary(mut self) -> Self {
        self.chunks_vary = true;
        self
    }

    /// Whether 100 (Continue) is sent depends on how the request is split.
    #[must_use]
    pub const fn continue_varies(mut self) -> Self {
        self.continue_varies = true;
        self
    }

    /// The peer.
    #[must_use]
    pub fn peer(&self) -> ScriptedPeer {
        ScriptedPeer::new(self.steps.iter().cloned())
    }

    /// All that the peer sends.
    #[must_use]
    pub fn sent(&self) -> Vec<u8> {
        let bytes = |step: &Step| if let Step::Send(bytes) = step { bytes.clone() } else { Vec::new() };
        self.steps.iter().flat_map(bytes).collect()
    }

    /// Serves the peer.
    #[must_use]
    pub fn run(&self) -> ScenarioRun {
        self.run_on(self.peer())
    }

    /// Serves another peer in its place.
    #[must_use]
    pub fn run_on(&self, mut peer: ScriptedPeer) -> ScenarioRun {
        let serve = |state: ConnectionState<'_>| {
            executor::run(serve(&mut peer, &mut state.body_limit(self.body_limit), &Pages))
        };
        let result = self.buffers.with_state(serve);
        ScenarioRun { peer, result }
    }

    /// Serves another peer in its place, over a stream that blocks.
    #[must_use]
    pub fn run_blocking(&self, peer: ScriptedPeer) -> ScenarioRun {
        let (peer, result) = over_blocking(peer, |transport| {
            self.buffers.with_state(|state| {
                blocking::block_on(serve(transport, &mut state.body_limit(self.body_limit), &Pages))
            })
        });
        ScenarioRun { peer, result }
    }

    /// For every final response, whether its request is HEAD.
    #[must_use]
    pub fn heads(&self) -> Vec<bool> {
        self.answers.iter().filter(|answer| answer.status >= 101).map(|answer| answer.to_head).collect()
    }

    /// Splits what the peer has received into responses, the last one perhaps incomplete.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn read(&self, bytes: &[u8]) -> Result<Vec<Answer>, String> {
        let heads = self.heads();
        let mut answers = read_prefix(bytes, |number| heads.get(number) == Some(&true))?;
        answers.retain(|answer| !(self.continue_varies && answer.is_interim()));
        Ok(answers)
    }

    /// Compares a run with the expected responses and the expected end.
    ///
    /// # Errors
    /// The first difference.
    pub fn check(&self, run: &ScenarioRun) -> Result<(), String> {
        let answers = self.read(run.peer.received())?;
        for (number, (expected, answer)) in self.answers.iter().zip(&answers).enumerate() {
            expected.check(answer).map_err(|error| format!("response {number}: {error}"))?;
        }
        if answers.len() != self.answers.len() {
            return Err(format!("{} responses instead of {}", answers.len(), self.answers.len()));
        }
        let end = run.end(answers.last())?;
        // A client with `close` may have sent more bytes early enough to be read.
        let equal = end == self.end || (end, self.end) == (End::Closed, End::Left);
        if equal { Ok(()) } else { Err(format!("ends {end:?} instead of {:?}", self.end)) }
    }
}

impl ScenarioRun {
    /// The status and the fault of every exchange that was reported.
    #[must_use]
    pub fn faults(&self) -> Vec<(u16, Option<bantam::Fault>)> {
        self.peer.log().iter().map(|exchange| (exchange.status, exchange.fault)).collect()
    }

    fn end(&self, last: Option<&Answer>) -> Result<End, String> {
        let (closes, complete) = last.map_or((false, true), |last| (last.closes(), last.complete));
        let shut = self.peer.is_shut_down();
        let lingering = [Event::Shutdown, Event::Enter(Phase::Close)];
        if shut && !self.peer.events.windows(2).any(|events| events == lingering) {
            return Err("no lingering close after the shutdown".into());
        }
        match (self.result.is_err(), shut, closes, complete) {
            (true, ..) => Ok(End::Failed),
            (false, false, false, true) => Ok(End::Kept),
            (false, true, _, false) => Ok(End::Cut),
            (false, true, true, _) => Ok(End::Closed),
            (false, false, true, true) => Ok(End::Left),
            (false, true, false, _) => Ok(End::Dropped),
            other => Err(format!("no such end: {other:?}")),
        }
    }
}
