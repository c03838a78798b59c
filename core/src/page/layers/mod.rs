//! Layers that are ready-made: what many sites are wrapped in. Each holds its settings alone and costs nothing where it is not used.
//!
//! ```
//! use bantam::layers::{BodyLimit, CacheControl, CacheRule, SecurityHeaders};
//! use bantam::{Connection, RequestDetails, Site};
//!
//! struct App;
//! # impl Site for App {
//! #     async fn request_handler<C: Connection>(&self, _: &mut RequestDetails<'_, C>) -> Result<(), C::Error> { Ok(()) }
//! # }
//!
//! const RULES: [CacheRule; 1] = [CacheRule::suffix(".css", "max-age=3600")];
//!
//! let site = App
//!     .layer(BodyLimit::new(16 * 1024))
//!     .layer(CacheControl::new(&RULES))
//!     .layer(SecurityHeaders::new());
//! # let _ = site;
//! ```

mod body_limit;
mod cache_control;
mod request_id;
mod security_headers;
mod time_limit;

pub use self::body_limit::BodyLimit;
pub use self::cache_control::{CacheControl, CacheRule};
pub use self::request_id::RequestId;
pub use self::security_headers::SecurityHeaders;
pub use self::time_limit::TimeLimit;
