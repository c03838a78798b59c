//! Tests of the site over an in-memory stream.

mod echo;
mod files;
mod greeting;
mod methods;
mod paths;
mod pipe;
mod sleep;
