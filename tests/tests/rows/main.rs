//! Law: every known way to break a server that a core can meet is a scenario, and every scenario goes the same way however its
//! bytes are cut, over whichever kind of stream, and comes to no worse than its beginning when a call fails.

mod answers;
mod executor;
mod faults;
mod pages;
mod play;
mod scenario;
mod scenarios;
mod splits;
mod step;
mod tape;
mod whole;
