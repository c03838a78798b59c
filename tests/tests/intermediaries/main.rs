//! Law: behind intermediaries that nobody here wrote everybody gets the answers to what they asked, whoever attacks, and whatever
//! restarts.

mod corpus;
mod instance;
mod load;
mod port;
mod proxy;
mod rolling;
mod smuggling;
