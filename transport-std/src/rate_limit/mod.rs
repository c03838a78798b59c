//! Requests a second, by client or by whatever a site chooses: a layer with a table of fixed size.

mod layer;
mod rate;
mod refusals;
mod table;

pub use layer::{ByClient, RateKey, RateLimit};
pub use rate::Rate;
