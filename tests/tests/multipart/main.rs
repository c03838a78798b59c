//! Bodies of `multipart/form-data`: the decoder against a plain model, the page's parts over a simulated peer, and clients.

mod answering;
mod bodies;
mod clients;
mod decoder;
mod linear;
mod parts;
