//! Every scenario, as it is, at every split, over a stream that blocks, and with every I/O call failing.

mod faults;
mod splits;
mod unsplit;
