//! What a scripted peer does ([`Step`]), what goes wrong in its stream ([`IoFault`]), and what it records ([`PeerEvent`]).

use std::time::Duration;
use std::vec::Vec;

use embedded_io::ErrorKind;

use crate::transport::Phase;

/// One action of the peer. After the last one its side is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Sends these bytes. No read returns bytes of two `Send` steps.
    Send(Vec<u8>),
    /// Sends nothing until these bytes were flushed to it: until then reads time out.
    Expect(Vec<u8>),
    /// Sends nothing for this long.
    Delay(Duration),
    /// Sends nothing: every read times out.
    Stall,
    /// Sends nothing, and the server begins to stop: from now on a read in [`Phase::LowLevel`] that waits times out at once.
    Stop,
    /// Resets the connection: every read fails.
    Fail(ErrorKind),
}

impl From<&str> for Step {
    fn from(text: &str) -> Self {
        Self::Send(text.as_bytes().to_vec())
    }
}

impl From<Vec<u8>> for Step {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Send(bytes)
    }
}

/// What goes wrong in one I/O call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IoFault {
    /// The call fails, the next one does not.
    Fail(ErrorKind),
    /// The call fails, and so do all that follow.
    FailForever(ErrorKind),
    /// The call moves no byte: end of file for a read, a closed stream for a write.
    Zero,
    /// The call is pending once, and wakes its task.
    Pend,
    /// The call is pending forever.
    Hang,
}

/// A call that the peer has recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerEvent {
    /// A phase was entered.
    Enter(Phase),
    /// This many bytes were read.
    Read(usize),
    /// This many bytes were written.
    Write(usize),
    /// Written bytes were delivered.
    Flush,
    /// The write side was shut down.
    Shutdown,
    /// A page paused.
    Pause(Duration),
}
