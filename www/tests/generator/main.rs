//! Runs the unit tests of the build script, and tests it on whole folders.

#![allow(dead_code, reason = "the entry point is not called")]

#[path = "../../../transport-std/src/files/charset.rs"]
mod charset;
#[path = "../../build/files.rs"]
mod files;
mod folders;
#[path = "../../../transport-std/src/files/media_type.rs"]
mod media_type;
#[path = "../../build/pages.rs"]
mod pages;
#[path = "../../build/routes.rs"]
mod routes;
mod types;
#[path = "../../build/walk.rs"]
mod walk;
