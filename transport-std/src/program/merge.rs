//! `Merge`: the flags of the command line, and the settings of weaker sources as flags before them.
//!
//! Invariant: what a source sets is neither overridden nor contradicted by a weaker one.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, Command, FromArgMatches as _, Id};

use crate::args::Args;
use crate::headers::HeaderRule;
use crate::setting::{Setting, in_source, invalid, is_switch, settings, switch};

/// The command line, and what is added to it from weaker sources.
pub(crate) struct Merge<'c> {
    command: &'c Command,
    argv: Vec<OsString>,
    path: Option<PathBuf>,
    /// What is set so far, and whether it is on: a switch that is off excludes no opposite.
    set: Vec<(Id, bool)>,
    added: Vec<Setting>,
}

impl<'c> Merge<'c> {
    pub(crate) fn new(command: &'c Command, argv: Vec<OsString>) -> Result<Self, clap::Error> {
        let mut merge = Self { command, argv: Vec::new(), path: None, set: Vec::new(), added: Vec::new() };
        let mut argv = argv.into_iter();
        for flag in argv.by_ref() {
            let is_last = flag == "--";
            merge.push(flag)?;
            if is_last {
                break;
            }
        }
        merge.argv.extend(argv);
        // A flag may require one that a weaker source sets, so errors wait until all is known.
        let given = command.clone().ignore_errors(true).try_get_matches_from(&merge.argv)?;
        merge.path = given.get_one("config").cloned();
        for arg in settings(command)
            .filter(|arg| given.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine))
        {
            if merge.is_set(arg.get_id()) {
                let message = format!("--{} is both on and off", arg.get_long().unwrap_or_default());
                return Err(command.clone().error(ErrorKind::ArgumentConflict, message));
            }
            merge.set.push((arg.get_id().clone(), true));
        }
        // An argument without a name overrides the flag that stands for it.
        if given.get_one::<PathBuf>("dir").is_some() {
            merge.set.push(("root_flag".into(), true));
        }
        Ok(merge)
    }

    /// Adds an argument of the command line. `--SWITCH=no` sets the switch, and is no argument.
    fn push(&mut self, argument: OsString) -> Result<(), clap::Error> {
        let parts = argument.to_str().and_then(|text| text.strip_prefix("--")?.split_once('='));
        let found = parts.and_then(|(name, value)| {
            let is_named = |arg: &&Arg| is_switch(arg) && arg.get_long() == Some(name);
            settings(self.command).find(is_named).map(|arg| (arg, name, value))
        });
        match found {
            Some((arg, name, value)) if switch(self.command, arg, value.as_ref())? => {
                self.argv.push(format!("--{name}").into());
            }
            Some((arg, ..)) => self.set.push((arg.get_id().clone(), false)),
            None => self.argv.push(argument),
        }
        Ok(())
    }

    /// The file of --config.
    pub(crate) fn config(&self) -> Option<&PathBuf> {
        self.path.as_ref()
    }

    fn is_set(&self, id: &Id) -> bool {
        self.set.iter().any(|(other, _)| other == id)
    }

    /// Adds the settings of a source, but for those that a stronger one has set, or has set an opposite of.
    pub(crate) fn add(&mut self, weaker: Vec<Setting>) -> Result<(), clap::Error> {
        let is_opposite = |id: &Id, other: &Id| {
            let arg = settings(self.command).find(|arg| arg.get_id() == id);
            arg.is_some_and(|arg| {
                self.command.get_arg_conflicts_with(arg).iter().any(|arg| arg.get_id() == other)
            })
        };
        let overridden = |id: &Id| {
            self.set
                .iter()
                .any(|(set, is_on)| set == id || (*is_on && (is_opposite(id, set) || is_opposite(set, id))))
        };
        for setting in &weaker {
            self.check(setting)?;
        }
        let (_, kept): (Vec<_>, Vec<_>) = weaker.into_iter().partition(|setting| overridden(&setting.id));
        self.set.extend(kept.iter().map(|setting| (setting.id.clone(), !setting.flags.is_empty())));
        self.added.extend(kept);
        Ok(())
    }

    /// Reports a wrong value under the name of its source, though a stronger source may override it.
    fn check(&self, setting: &Setting) -> Result<(), clap::Error> {
        match self.parse(&setting.flags) {
            // Another flag may be missing or in the way: that is a matter of all sources together.
            Err(error)
                if !matches!(
                    error.kind(),
                    ErrorKind::MissingRequiredArgument | ErrorKind::ArgumentConflict
                ) =>
            {
                Err(in_source(&setting.source, &error))
            }
            _ => Ok(()),
        }
    }

    fn parse<'f>(
        &self,
        flags: impl IntoIterator<Item = &'f OsString>,
    ) -> Result<clap::ArgMatches, clap::Error> {
        let flags = flags.into_iter().cloned();
        self.command.clone().try_get_matches_from(std::iter::once("bantam".into()).chain(flags))
    }

    /// Parses all flags, and adds the fields by path, which only the file has.
    pub(crate) fn finish(self, rules: Vec<HeaderRule>) -> Result<Args, clap::Error> {
        let argv = || self.argv.iter().skip(1);
        let added = |left_out: Option<usize>| {
            let used = self.added.iter().enumerate().filter(move |(index, _)| Some(*index) != left_out);
            used.flat_map(|(_, setting)| &setting.flags)
        };
        let matches = self.parse(added(None).chain(argv())).map_err(|error| {
            // The setting without which there is no error, if it is one of a weaker source.
            let is_culprit = |index: &usize| self.parse(added(Some(*index)).chain(argv())).is_ok();
            let culprit = (0..self.added.len()).find(is_culprit).and_then(|index| self.added.get(index));
            culprit.map(|setting| in_source(&setting.source, &error)).unwrap_or(error)
        })?;
        let mut args = Args::from_arg_matches(&matches)?;
        args.headers.rules = rules;
        args.validate().map_err(|message| invalid(&message))?;
        Ok(args)
    }
}
