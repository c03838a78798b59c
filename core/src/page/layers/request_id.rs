//! [`RequestId`]: a number of each response, or the name that the client gave to its request.

use crate::page::fields::Fields;
use crate::page::site::Layer;
use crate::slice::{ascii_str, lower_hex};

/// The longest name of a client's that is taken, in bytes.
const LONGEST: usize = 64;
/// Of a number.
const DIGITS: usize = 16;

/// Adds `X-Request-Id` to every response: a number of 16 hexadecimal digits, from a source of the application's, such as an
/// `AtomicU32` or a `Cell`. The number is made with the response; of one that has to be made anew, because it does not fit behind
/// earlier ones, a number is left out.
///
/// ```
/// use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
/// use bantam::layers::RequestId;
///
/// static NEXT: AtomicU32 = AtomicU32::new(0);
/// let layer = RequestId::new(|| u64::from(NEXT.fetch_add(1, Relaxed))).or_of_client();
/// # let _ = layer;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RequestId<F> {
    next: F,
    takes_clients: bool,
}

impl<F: Fn() -> u64> RequestId<F> {
    /// `next`: a number that no other response has. It must not wait.
    #[must_use]
    pub const fn new(next: F) -> Self {
        Self { next, takes_clients: false }
    }

    /// Takes the request's own `X-Request-Id`, if it has one of 1 to 64 letters, digits, `-`, `_` and `.`: for a site behind a proxy
    /// that sets it. A page then reads it from the request.
    #[must_use]
    pub fn or_of_client(mut self) -> Self {
        self.takes_clients = true;
        self
    }
}

impl<F: Fn() -> u64> Layer for RequestId<F> {
    fn fields(&self, fields: &mut Fields<'_>) {
        let mut memory = [0; LONGEST];
        let client = if self.takes_clients { fields.request() } else { None };
        let client = client.and_then(|head| head.headers.first("x-request-id")).filter(|id| is_name(id));
        let length = client.map_or(DIGITS, <[u8]>::len);
        let id = memory.get_mut(..length).unwrap_or_default();
        match client {
            Some(client) => id.iter_mut().zip(client).for_each(|(place, byte)| *place = *byte),
            None => {
                let mut number = (self.next)();
                for digit in id.iter_mut().rev() {
                    *digit = lower_hex((number & 15) as u8);
                    number >>= 4;
                }
            }
        }
        fields.set("X-Request-Id", ascii_str(id));
    }
}

fn is_name(id: &[u8]) -> bool {
    let usual = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=LONGEST).contains(&id.len()) && id.iter().all(usual)
}
