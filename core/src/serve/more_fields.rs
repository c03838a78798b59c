//! [`MoreFields`]: the fields of a response that are not the page's.

use core::net::SocketAddr;

use crate::error::{Fault, Misuse, Rejection};
use crate::page::{Fields, Site, Trail};
use crate::refusal::Refusal;
use crate::status::Status;
use crate::wire::{ByteBuffer, ResponseHeadSpec, encode_front};

/// The fields of a response that are not the page's: those of a refusal, and those of the site.
#[derive(Debug)]
pub(crate) struct MoreFields<'a, S> {
    /// What the response answers, if it is a refusal.
    pub(crate) fault: Option<Fault>,
    pub(crate) refusal: Option<&'static Refusal>,
    /// `None` for a response without fields of the site.
    pub(crate) site: Option<&'a S>,
    pub(crate) trail: Trail,
    /// The head of the request.
    pub(crate) head: &'a [u8],
    pub(crate) client: Option<SocketAddr>,
}

impl<S: Site> MoreFields<'_, S> {
    /// The status and the sentence of the response to a fault.
    pub(crate) fn answer(&self) -> (Status, &'static str) {
        match self.refusal {
            Some(refusal) => (refusal.status, refusal.reason),
            None => self.fault.unwrap_or(Fault::Source).answer(),
        }
    }

    /// Appends the front of a head, or a part of it.
    pub(crate) fn encode(&self, out: &mut ByteBuffer<'_>, spec: &ResponseHeadSpec<'_>) -> Result<(), Misuse> {
        let (allow, pair);
        let fields = match self.fault {
            Some(Fault::Rejection(Rejection::MethodNotAllowed(methods))) => {
                allow = methods.to_allow();
                pair = [("Allow", &*allow)];
                &pair[..]
            }
            _ => self.refusal.map_or(&[][..], |refusal| refusal.fields),
        };
        let from = encode_front(out, spec, fields)?;
        let Some(site) = self.site else { return Ok(()) };
        let (status, head, client, added) = (spec.status, self.head, self.client, Ok(()));
        let mut fields = Fields { out: out.reborrow(), from, status, head, client, added };
        site.fields_along(self.trail, &mut fields);
        let (length, added) = (fields.out.len(), fields.added);
        out.set_len(length);
        added
    }
}
