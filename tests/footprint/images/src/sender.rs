//! The value of the page of JSON.

use serde::Serialize;

/// Three fields.
#[derive(Serialize)]
pub struct Sender<N> {
    /// A text.
    pub name: N,
    /// A number.
    pub number: u32,
    /// A boolean.
    pub known: bool,
}
