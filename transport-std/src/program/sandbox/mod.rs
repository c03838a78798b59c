//! The sandbox: what the program gives up between its start and its first request: its user, and rights by Landlock.
//!
//! Invariant: every thread that serves or logs starts behind [`SandboxArgs::give_up`], and inherits what restricts the thread
//! that calls it.

mod follow;
#[cfg(target_os = "linux")]
mod landlock;
mod needs;
mod user;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use log::{debug, warn};

pub(crate) use self::needs::Needs;
use self::user::User;
use crate::values::element;

#[derive(Debug, Args)]
#[command(next_help_heading = "Privileges")]
pub(crate) struct SandboxArgs {
    /// Give up, before the first request, files, TCP connections and signals that serving does not need, by Landlock (Linux
    /// 5.13); --verbose lists what is left. A --root is readable, and what its links are switched to beside their targets
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    sandbox: SandboxMode,

    /// Let the sandbox read below this directory, too: the parent of a --root that is deleted and made again. May be repeated
    /// [default: none]
    #[arg(long, value_name = "DIR", value_delimiter = ',', value_parser = element)]
    sandbox_read: Vec<String>,

    /// Become this user, with its groups or this one, when all addresses are bound, and logs and keys are open; names or
    /// numbers. For a start as root [default: the user that starts it]
    #[arg(long, value_name = "NAME[:GROUP]", value_parser = user::parse)]
    user: Option<User>,
}

/// A value of --sandbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum SandboxMode {
    /// Give up nothing
    Off,
    /// Give up what this kernel can restrict
    #[default]
    BestEffort,
    /// Do not start where the kernel cannot restrict access to files
    Required,
}

/// What has to stay open while the sandbox is in place.
pub(crate) struct Sandbox {
    #[cfg(target_os = "linux")]
    _restriction: Option<landlock::Restriction>,
}

impl SandboxArgs {
    /// Finds what [`Self::give_up`] would fail for, and gives up nothing.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(crate) fn check(&self) -> Result<(), String> {
        if let Some(path) = self.read().find(|path| !path.is_dir()) {
            return Err(format!("--sandbox-read: there is no directory {}", path.display()));
        }
        if self.sandbox == SandboxMode::Required {
            is_available().map_err(|why| format!("--sandbox required: {why}"))?;
        }
        self.user.as_ref().map_or(Ok(()), |user| user.check().map(drop))
    }

    /// The values of --sandbox-read.
    fn read(&self) -> impl Iterator<Item = PathBuf> {
        self.sandbox_read.iter().map(PathBuf::from)
    }

    /// Returns true if the process serves as root.
    pub(crate) fn stays_root(&self) -> bool {
        self.user.is_none() && user::is_root()
    }

    /// Changes the user, then restricts this thread, and those that it starts, to `needs`.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(crate) fn give_up(&self, mut needs: Needs) -> Result<Sandbox, String> {
        self.check()?;
        if let Some(user) = &self.user {
            user.switch()?;
            for (path, what) in needs.unreachable() {
                warn!("--user: the new user cannot {what} {} again, as SIGHUP would", path.display());
            }
        }
        needs.read.extend(self.read());
        self.restrict(&needs)
    }

    #[cfg(target_os = "linux")]
    fn restrict(&self, needs: &Needs) -> Result<Sandbox, String> {
        if self.sandbox == SandboxMode::Off {
            return Ok(Sandbox { _restriction: None });
        }
        let restricted = landlock::restrict(needs);
        match &restricted {
            Ok(restriction) => debug!("sandbox: {restriction}"),
            Err(why) if self.sandbox == SandboxMode::Required => {
                return Err(format!("--sandbox required: {why}"));
            }
            Err(why) => debug!("no sandbox: {why}"),
        }
        Ok(Sandbox { _restriction: restricted.ok() })
    }

    /// [`Self::check`] has refused what cannot be met.
    #[cfg(not(target_os = "linux"))]
    fn restrict(&self, _: &Needs) -> Result<Sandbox, String> {
        if self.sandbox != SandboxMode::Off {
            debug!("no sandbox: this system has no Landlock");
        }
        Ok(Sandbox {})
    }
}

#[cfg(target_os = "linux")]
use self::landlock::is_available;

#[cfg(not(target_os = "linux"))]
fn is_available() -> Result<(), &'static str> {
    Err("this system has no Landlock")
}
