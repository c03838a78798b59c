//! Server-sent events, and what else waits for the end of its peer: `Connection::gone`, the stream of a page that has left HTTP.

mod endings;
mod gone;
mod low_level;
mod pages;
mod stream;
