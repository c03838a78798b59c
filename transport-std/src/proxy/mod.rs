//! The address of the client behind trusted proxies: header fields and the PROXY protocol.

mod hops;
mod protocol;
mod resolve;
mod trusted;

pub(crate) use self::protocol::ProxyHeader;
pub(crate) use self::resolve::ResolveClient;
pub use self::trusted::{ClientAddrSource, InvalidNetwork, TrustedProxies};
