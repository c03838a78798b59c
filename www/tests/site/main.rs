//! Tests of the site over an in-memory stream.

#[cfg(feature = "chat")]
mod chat;
mod codings;
mod counter;
mod echo;
mod files;
mod greeting;
mod hello;
#[cfg(feature = "live")]
mod live;
mod methods;
mod paths;
mod pipe;
mod sleep;
#[cfg(feature = "upload")]
mod upload;
