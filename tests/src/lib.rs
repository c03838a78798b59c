//! Test support: a scripted peer, a response parser that shares no code with bantam, a site whose pages use and misuse their
//! connection, and scenarios with known ends.

pub mod answers;
pub mod blocking_peer;
pub mod buffers;
pub mod environment;
pub mod every_way;
pub mod executor;
pub mod expected;
pub mod form_model;
pub mod malformed;
pub mod memory;
pub mod naive;
pub mod net;
pub mod pages;
pub mod requests;
pub mod scenario;
pub mod scenarios;
pub mod script;

/// The code of the repository's README, which needs several packages, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// The code of the README of `bantam-www`, which serves it by `bantam-std`, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../www/README.md")]
struct SiteReadme;
