//! The server behind nginx and HAProxy, under load, under attack and during restarts.
//!
//! Invariant: every client gets the responses to its own requests.

mod corpus;
mod instance;
mod load;
mod port;
mod proxy;
mod rolling;
mod smuggling;
