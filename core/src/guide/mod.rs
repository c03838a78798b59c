//! A guide to pages, in the order in which a site grows. It has no code of its own.
//!
//! 1. [`first_page`]: a site with one page, served over any stream.
//! 2. [`routes`]: paths, methods, parameters, sites below a prefix, layers, refusals.
//! 3. [`forms`]: queries, forms, JSON, cookies, redirects.
//! 4. [`uploads`]: bodies of any length in fixed memory, forms with files.
//! 5. [`events`]: responses without an end, and pages that wait.
//! 6. `websocket` (feature `ws`): connections that leave HTTP.
//! 7. [`own_transport`]: serving over what this crate does not know.
//! 8. `testing_pages` (feature `testing`): requests without a socket.
//! 9. [`from_other_servers`]: what pages of other servers look like here.
//!
//! The crate `bantam-std` serves such a site on a desktop, and has a guide to that; `bantam-embedded` serves it on a microcontroller.
//! [`wire::alone`](crate::wire::alone) is the guide to the parser alone.

#[doc = include_str!("events.md")]
pub mod events {}
#[doc = include_str!("first_page.md")]
pub mod first_page {}
#[doc = include_str!("forms.md")]
pub mod forms {}
#[doc = include_str!("from_other_servers.md")]
pub mod from_other_servers {}
#[doc = include_str!("own_transport.md")]
pub mod own_transport {}
#[doc = include_str!("routes.md")]
pub mod routes {}
#[cfg(feature = "testing")]
#[doc = include_str!("testing_pages.md")]
pub mod testing_pages {}
#[doc = include_str!("uploads.md")]
pub mod uploads {}
#[cfg(feature = "ws")]
#[doc = include_str!("websocket.md")]
pub mod websocket {}
