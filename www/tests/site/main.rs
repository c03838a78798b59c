//! Tests of the site over an in-memory stream.

mod codings;
mod counter;
mod echo;
mod files;
mod greeting;
mod hello;
mod methods;
mod paths;
mod pipe;
mod sleep;
