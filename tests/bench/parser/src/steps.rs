//! Counts instructions by single-stepping a second process of this program (ptrace).
//!
//! Invariant: the counted instructions are executed, not simulated, so that a choice at run time (AVX2) is included.

use std::collections::VecDeque;
use std::process::{Child, Command};

use nix::sys::ptrace;
use nix::sys::signal::{Signal, raise};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::contenders::{Case, Work, cases};

/// The argument of the stepped process.
pub const WORKER: &str = "--worker";

/// Runs all cases, and stops before and after each.
pub fn work() -> nix::Result<()> {
    ptrace::traceme()?;
    raise(Signal::SIGSTOP)?;
    let nothing: Work = Box::new(|| {});
    for work in in_order(&cases(), &nothing) {
        // The first runs detect processor features and bind symbols, and are not counted.
        work();
        work();
        raise(Signal::SIGSTOP)?;
        work();
        raise(Signal::SIGSTOP)?;
    }
    Ok(())
}

fn in_order<'a>(cases: &'a [Case], nothing: &'a Work) -> impl Iterator<Item = &'a Work> {
    let works = cases.iter().flat_map(|case| [&case.ours].into_iter().chain(&case.theirs).chain(&case.pico));
    [nothing].into_iter().chain(works)
}

/// The instructions of one case.
pub struct Count {
    /// The title in the table.
    pub name: String,
    /// Of bantam.
    pub ours: u64,
    /// Of httparse, or form_urlencoded.
    pub theirs: Option<u64>,
    /// Of picohttpparser.
    pub pico: Option<u64>,
}

impl Count {
    /// The ratio of bantam to the other parser.
    pub fn ratio(&self) -> Option<f64> {
        Some(self.ours as f64 / self.theirs? as f64)
    }
}

/// Counts the instructions of all cases.
pub fn count() -> Result<Vec<Count>, Box<dyn std::error::Error>> {
    let mut worker = Command::new(std::env::current_exe()?).arg(WORKER).spawn()?;
    let counted = follow(&worker);
    if counted.is_err() {
        worker.kill()?;
    }
    let mut counts: VecDeque<u64> = counted?.into();
    let stops = counts.pop_front().ok_or("no counts")?;
    let mut next = |there: bool| match there {
        true => counts.pop_front().map(|count| count - stops).ok_or("the worker stopped too early").map(Some),
        false => Ok(None),
    };
    let mut all = Vec::new();
    for case in cases() {
        let (ours, theirs) = (next(true)?, next(case.theirs.is_some())?);
        all.push(Count {
            name: case.name,
            ours: ours.unwrap_or(0),
            theirs,
            pico: next(case.pico.is_some())?,
        });
    }
    Ok(all)
}

/// The instructions between every other stop and the next one.
fn follow(worker: &Child) -> nix::Result<Vec<u64>> {
    let worker = Pid::from_raw(worker.id() as i32);
    let (mut counts, mut counting, mut count) = (Vec::new(), false, 0);
    // The first stop is the start of the worker.
    waitpid(worker, None)?;
    ptrace::cont(worker, None)?;
    loop {
        match waitpid(worker, None)? {
            WaitStatus::Stopped(_, Signal::SIGTRAP) => count += 1,
            WaitStatus::Stopped(_, Signal::SIGSTOP) => {
                if counting {
                    counts.push(count);
                }
                (counting, count) = (!counting, 0);
            }
            WaitStatus::Stopped(_, signal) => {
                ptrace::cont(worker, signal)?;
                continue;
            }
            _ => return Ok(counts),
        }
        if counting { ptrace::step(worker, None)? } else { ptrace::cont(worker, None)? }
    }
}
