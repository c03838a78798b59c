//! The routes that the build script generates from the folders `pages/` and `static/`.

include!(concat!(env!("OUT_DIR"), "/routes.rs"));
