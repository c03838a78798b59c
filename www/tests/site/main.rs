//! The site as its clients see it, a file for each idea.

mod echo;
mod files;
mod greeting;
mod methods;
mod paths;
mod pipe;
mod sleep;
