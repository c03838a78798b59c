//! Law: a scenario is what a peer does and what it has to hear; how the bytes are cut, and by which kind of stream they
//! travel, is not part of it.

use bantam::{Buffers, ConnectionState, Phase};

use crate::answers::{self, Answer, Framing};
use crate::play::Played;
use crate::step::Step;
use crate::tape::{Event, Tape};

/// The memory of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// As small as the documentation allows: a request buffer of 256 bytes, [`ConnectionState::MIN_OUTPUT`] for responses.
    Narrow,
    /// 1 KB and 1 KB.
    Usual,
    /// 4 KB and 8 KB.
    Wide,
}

impl Room {
    /// How long a head may be.
    pub(crate) const fn head_limit(self) -> usize {
        match self {
            Self::Narrow => 256 - ConnectionState::RESERVE,
            Self::Usual => 1024 - ConnectionState::RESERVE,
            Self::Wide => 4096 - ConnectionState::RESERVE,
        }
    }

    /// Lends the memory.
    pub(crate) fn open<R>(self, visit: impl FnOnce(ConnectionState<'_>) -> R) -> R {
        match self {
            Self::Narrow => visit(Buffers::<256, { ConnectionState::MIN_OUTPUT }>::new().state()),
            Self::Usual => visit(Buffers::<1024, 1024>::new().state()),
            Self::Wide => visit(Buffers::<4096, 8192>::new().state()),
        }
    }
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The peer, or nobody: the server would have gone on.
    Kept,
    /// The server, and its last answer said so.
    Closed,
    /// The server, although it had said nothing.
    Dropped,
    /// The server, and its last answer said so; the client had said that it would send nothing more, so that nothing is read.
    Left,
    /// The server, in the middle of its last answer.
    Cut,
    /// The stream failed.
    Failed,
}

/// An answer as it has to be.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    /// The status.
    pub(crate) status: u16,
    /// Is it the answer to HEAD?
    pub(crate) to_head: bool,
    body: Option<Vec<u8>>,
    framing: Option<Framing>,
    fields: Vec<(&'static str, &'static str)>,
}

/// An answer with this status and body.
pub(crate) fn answer(status: u16, body: impl AsRef<[u8]>) -> Expected {
    Expected { status, to_head: false, body: Some(body.as_ref().to_vec()), framing: None, fields: vec![] }
}

/// 200 with this body.
pub(crate) fn ok(body: impl AsRef<[u8]>) -> Expected {
    answer(200, body)
}

/// An error answer of the server's own: short HTML that names the status.
pub(crate) fn refused(status: u16) -> Expected {
    Expected { body: None, ..answer(status, "") }
}

impl Expected {
    /// To a HEAD request.
    pub(crate) fn for_head(mut self) -> Self {
        self.to_head = true;
        self
    }

    /// Framed so.
    pub(crate) const fn framed(mut self, framing: Framing) -> Self {
        self.framing = Some(framing);
        self
    }

    /// With this field.
    pub(crate) fn field(mut self, name: &'static str, value: &'static str) -> Self {
        self.fields.push((name, value));
        self
    }

    fn check(&self, answer: &Answer) -> Result<(), String> {
        if answer.status != self.status {
            return Err(format!("status {} instead of {}", answer.status, self.status));
        }
        if let Some(framing) = self.framing.filter(|framing| *framing != answer.framing) {
            return Err(format!("framing {:?} instead of {framing:?}", answer.framing));
        }
        if let Some((name, _)) = self.fields.iter().find(|(name, value)| answer.field(name) != Some(value)) {
            return Err(format!("{name}: {:?}", answer.field(name)));
        }
        match &self.body {
            Some(body) if answer.whole && *body != answer.body => {
                Err(format!("body {:?}", String::from_utf8_lossy(&answer.body)))
            }
            Some(body) if !body.starts_with(&answer.body) => Err("a body of its own".into()),
            None => self.check_refusal(answer),
            _ => Ok(()),
        }
    }

    fn check_refusal(&self, answer: &Answer) -> Result<(), String> {
        let text = String::from_utf8_lossy(&answer.body);
        let (short, named) = (50..600, format!("<title>{} ", self.status));
        match answer.framing {
            Framing::Length(length) if !short.contains(&length) => Err("a length to wonder about".into()),
            Framing::Length(_) if self.to_head && !text.is_empty() => Err("a body to HEAD".into()),
            Framing::Length(_) if !self.to_head && !text.contains(&named) => {
                Err(format!("not named: {text}"))
            }
            Framing::Length(_) if answer.field("Content-Type") != Some("text/html; charset=utf-8") => {
                Err("not HTML".into())
            }
            Framing::Length(_) if !answer.closes => Err("no Connection: close".into()),
            Framing::Length(_) => Ok(()),
            other => Err(format!("framing {other:?}")),
        }
    }
}

/// Who says what, and what has to be answered.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    /// One sentence.
    pub(crate) name: String,
    /// What the peer does.
    pub(crate) steps: Vec<Step>,
    /// What it has to hear.
    pub(crate) answers: Vec<Expected>,
    /// How it ends.
    pub(crate) end: End,
    /// The memory.
    pub(crate) room: Room,
    /// The longest body that is taken.
    pub(crate) limit: u64,
    /// Do the boundaries of chunks depend on how the bytes come?
    pub(crate) streams: bool,
    /// Does 100 (Continue) depend on how the bytes come? Then it is not compared.
    pub(crate) races: bool,
}

/// A peer that says `said` at once, and then closes its side.
pub(crate) fn scenario(name: impl Into<String>, said: impl AsRef<[u8]>) -> Scenario {
    steps(name, [Step::Say(said.as_ref().to_vec())])
}

/// A peer that does this.
pub(crate) fn steps(name: impl Into<String>, steps: impl IntoIterator<Item = Step>) -> Scenario {
    Scenario {
        name: name.into(),
        steps: steps.into_iter().collect(),
        answers: vec![],
        end: End::Kept,
        room: Room::Usual,
        limit: 100_000,
        streams: false,
        races: false,
    }
}

impl Scenario {
    /// It hears this next.
    pub(crate) fn hears(mut self, answer: Expected) -> Self {
        self.answers.push(answer);
        self
    }

    /// It ends so.
    pub(crate) const fn ends(mut self, end: End) -> Self {
        self.end = end;
        self
    }

    /// It hears this refusal, and the connection ends.
    pub(crate) fn then_refused(self, status: u16) -> Self {
        self.hears(refused(status)).ends(End::Closed)
    }

    /// In this memory.
    pub(crate) const fn within(mut self, room: Room) -> Self {
        self.room = room;
        self
    }

    /// Bodies may be so long.
    pub(crate) const fn limited(mut self, limit: u64) -> Self {
        self.limit = limit;
        self
    }

    /// The boundaries of chunks depend on how the bytes come.
    pub(crate) const fn streams(mut self) -> Self {
        self.streams = true;
        self
    }

    /// Whether 100 (Continue) is sent depends on how the bytes come.
    pub(crate) const fn races(mut self) -> Self {
        self.races = true;
        self
    }

    /// The peer.
    pub(crate) fn tape(&self) -> Tape {
        Tape::new(self.steps.iter().cloned())
    }

    /// Which of the final answers are to HEAD.
    pub(crate) fn heads(&self) -> Vec<bool> {
        self.answers.iter().filter(|answer| answer.status >= 101).map(|answer| answer.to_head).collect()
    }

    /// What was heard, as answers.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(&self, heard: &[u8]) -> Result<Vec<Answer>, String> {
        let mut answers = answers::read(heard, &self.heads())?;
        answers.retain(|answer| !(self.races && answer.is_interim()));
        Ok(answers)
    }

    /// Is that what had to happen?
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn check(&self, played: &Played) -> Result<(), String> {
        let answers = self.read(&played.tape.heard)?;
        for (number, (expected, answer)) in self.answers.iter().zip(&answers).enumerate() {
            expected.check(answer).map_err(|error| format!("answer {number}: {error}"))?;
        }
        if answers.len() != self.answers.len() {
            return Err(format!("{} answers instead of {}", answers.len(), self.answers.len()));
        }
        let (closes, whole) = answers.last().map_or((false, true), |last| (last.closes, last.whole));
        let shut = played.tape.is_shut_down();
        let polite = [Event::Shutdown, Event::Enter(Phase::Close)];
        if shut && !played.tape.events.windows(2).any(|events| events == polite) {
            return Err("what the peer still sends is not read".into());
        }
        let found = match (played.result.is_err(), shut, closes, whole) {
            (true, ..) => End::Failed,
            (false, false, false, true) => End::Kept,
            (false, true, _, false) => End::Cut,
            (false, true, true, _) => End::Closed,
            (false, false, true, true) => End::Left,
            (false, true, false, _) => End::Dropped,
            other => return Err(format!("ends in no way: {other:?}")),
        };
        // A client that sends more although it has said that it would not may have sent it in time to be read.
        let alike = found == self.end || (found, self.end) == (End::Closed, End::Left);
        if alike { Ok(()) } else { Err(format!("ends {found:?} instead of {:?}", self.end)) }
    }
}
