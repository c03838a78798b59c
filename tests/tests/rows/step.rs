//! Law: a peer is a list of steps; what it does depends on what it has heard, never on real time.

use std::fmt;
use std::time::Duration;

use embedded_io::ErrorKind;

/// One thing that a peer does. When there are none left it has closed its side.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Sends these bytes, as a piece of their own: no read goes beyond.
    Say(Vec<u8>),
    /// Goes on when it has heard this; until then it is silent.
    Hear(Vec<u8>),
    /// Is silent for so long.
    Wait(Duration),
    /// Is silent for ever.
    Silence,
    /// Is gone: every read fails.
    Fail(ErrorKind),
}

impl From<&str> for Step {
    fn from(text: &str) -> Self {
        Self::Say(text.as_bytes().to_vec())
    }
}

/// What goes wrong in one I/O call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It fails, the next one does not.
    Once(ErrorKind),
    /// It fails, and so do all that follow.
    Dead(ErrorKind),
    /// It moves no byte, and says so: the end for a read, a closed stream for a write.
    Zero,
    /// It has to be waited for, but not long.
    Pend,
    /// It is never done.
    PendForEver,
}

/// What a tape fails with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TapeError(pub(crate) ErrorKind);

impl fmt::Display for TapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl std::error::Error for TapeError {}

impl embedded_io::Error for TapeError {
    fn kind(&self) -> ErrorKind {
        self.0
    }
}
