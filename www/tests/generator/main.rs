//! Runs the unit tests of the build script, and tests it on whole folders.

#![allow(dead_code, reason = "the entry point is not called")]

#[path = "../../build/files.rs"]
mod files;
mod folders;
#[path = "../../build/pages.rs"]
mod pages;
#[path = "../../build/routes.rs"]
mod routes;
#[path = "../../build/walk.rs"]
mod walk;
