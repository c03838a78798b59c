//! The generator's own tests, which a build script has no place for, and those of whole folders.

#![allow(dead_code, reason = "what only the build needs")]

#[path = "../../build/files.rs"]
mod files;
mod folders;
#[path = "../../build/pages.rs"]
mod pages;
#[path = "../../build/routes.rs"]
mod routes;
#[path = "../../build/tree.rs"]
mod tree;
