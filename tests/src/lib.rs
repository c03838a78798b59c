//! What the tests share: a simulated peer, a reader of answers that knows nothing of bantam, pages that behave and pages
//! that do not, and conversations with known ends.

pub mod answers;
pub mod hostile;
pub mod memory;
pub mod net;
pub mod pages;
pub mod scenarios;
pub mod tape;
