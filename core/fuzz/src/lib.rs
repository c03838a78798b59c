//! What the targets share: a stream that hands out its bytes in pieces, and a reader of answers that knows nothing of bantam.

pub mod answers;
pub mod pipe;
