//! The scenarios: whole connections, each with its expected end.

pub mod basic;
pub mod bodies;
pub mod ends;
pub mod expect;
pub mod fields;
pub mod framing;
pub mod lines;
pub mod own;
pub mod plain;

use crate::scenario::Scenario;

/// All of them.
#[must_use]
pub fn all() -> Vec<Scenario> {
    [
        plain::all(),
        bodies::all(),
        expect::all(),
        lines::all(),
        fields::all(),
        framing::all(),
        own::all(),
        ends::all(),
        basic::all(),
    ]
    .concat()
}
