//! The small parsers against the ABNF of their RFCs: sentences of each rule, and each with one byte changed.
//!
//! Invariant: a parser takes exactly what its rule takes; where its documentation names a difference, the rule here has it too.

mod abnf;
mod clients;
mod dates;
mod lists;
