//! Law: a scenario goes the same way over a stream that waits and over one that blocks.

use bantam::{Blocking, Error, blocking, serve};

use crate::executor::run;
use crate::pages::Pages;
use crate::scenario::Scenario;
use crate::step::TapeError;
use crate::tape::Tape;

/// What became of a scenario.
#[derive(Debug)]
pub(crate) struct Played {
    /// The peer, afterwards.
    pub(crate) tape: Tape,
    /// What the server returned.
    pub(crate) result: Result<(), Error<TapeError>>,
}

/// Plays a scenario as it stands.
pub(crate) fn play(scenario: &Scenario) -> Played {
    play_on(scenario, scenario.tape())
}

/// Plays it on a changed tape.
pub(crate) fn play_on(scenario: &Scenario, mut tape: Tape) -> Played {
    let result =
        scenario.room.open(|session| run(serve(&mut tape, &mut session.body_limit(scenario.limit), &Pages)));
    Played { tape, result }
}

/// Plays it over a stream that blocks.
pub(crate) fn play_blocking(scenario: &Scenario, mut tape: Tape) -> Played {
    let hooks = std::mem::take(&mut tape.around);
    let mut transport = Blocking { stream: tape, hooks };
    let result = scenario.room.open(|session| {
        blocking::block_on(serve(&mut transport, &mut session.body_limit(scenario.limit), &Pages))
    });
    let Blocking { stream: mut tape, hooks } = transport;
    tape.around = hooks;
    Played { tape, result }
}

/// Plays every scenario as it stands, and says which of them do not go as they should.
///
/// # Panics
/// With all of those.
pub(crate) fn all_go_as_they_should(scenarios: &[Scenario]) {
    let wrong: Vec<_> = scenarios
        .iter()
        .filter_map(|scenario| {
            let played = play(scenario);
            let error = scenario.check(&played).err()?;
            let heard =
                String::from_utf8_lossy(&played.tape.heard[..played.tape.heard.len().min(600)]).into_owned();
            Some(format!("\n* {}: {error}\n  {:?}\n{heard}", scenario.name, played.result))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {} scenarios: {}", wrong.len(), scenarios.len(), wrong.concat());
}
