//! A guide to serving a site on a desktop. It has no code of its own. The guide to pages is [`bantam::guide`].
//!
//! 1. [`first_server`]: from a site to a program: addresses, modes, files, TLS, proxies, the end.
//! 2. [`from_other_servers`]: from tiny_http, Python's `http.server` and axum to a server here.

#[doc = include_str!("first_server.md")]
pub mod first_server {}
#[doc = include_str!("from_other_servers.md")]
pub mod from_other_servers {}
