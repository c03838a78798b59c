//! Malformed and unusual requests, and the statuses of their responses.
//!
//! Invariant: every input has one response, the same over every transport.

mod bytes;
pub mod case;
mod chunks;
mod connections;
mod expectations;
mod fields;
mod hosts;
mod lengths;
mod lines;
mod methods;
mod targets;

use case::Case;

/// All cases that fit the buffers of a device, but those of single bytes.
#[must_use]
pub fn named() -> Vec<Case> {
    let tables = [
        lines::all(),
        targets::all(),
        hosts::all(),
        fields::all(),
        lengths::all(),
        chunks::all(),
        connections::all(),
        expectations::all(),
        methods::all(),
    ];
    tables.concat()
}

/// All cases, with the long ones, and with every byte at every place.
#[must_use]
pub fn all() -> Vec<Case> {
    [named(), lines::long(), bytes::all()].concat()
}
