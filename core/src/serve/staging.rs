//! Staging the head and the body of a response: the synchronous half of an [`Exchange`].
//! Invariant: whether a response that states no length gets one depends on its head, its body and the response buffer alone.

use super::exchange::Exchange;
use crate::cycle::BodyFraming;
use crate::error::{Fault, Misuse, Rejection};
use crate::page::{Fields, Response, Site};
use crate::transport::Transport;
use crate::wire::{ByteBuffer, ResponseHeadSpec};

impl<T: Transport, S: Site> Exchange<'_, '_, T, S> {
    /// Stages the head of a response; returns false if it has to wait for a flush. `of_site`: with the fields of the site. Not inlined: pages
    /// and refusals share it.
    #[inline(never)]
    pub(crate) fn stage(&mut self, response: &Response<'_>, of_site: bool) -> Result<bool, Misuse> {
        let (framing, connection) =
            self.cycle.respond(response.status, response.length, self.transport.keep_alive())?;
        let (status, headers, date) = (response.status, response.headers, self.transport.date());
        let head = ResponseHeadSpec { status, date: date.as_ref(), headers, framing, connection };
        let (allow, pair);
        let more = match self.refused {
            Some(Fault::Rejection(Rejection::MethodNotAllowed(methods))) => {
                allow = methods.to_allow();
                pair = [("Allow", &*allow)];
                &pair
            }
            _ => self.refusal().map_or(&[][..], |refusal| refusal.fields),
        };
        let (site, trail, head_received, client) =
            (self.site, self.trail, self.head, self.transport.peer_addr());
        let add = |out: &mut ByteBuffer<'_>, from| {
            let mut fields =
                Fields { out: out.reborrow(), from, status, head: head_received, client, added: Ok(()) };
            if of_site {
                site.fields_along(trail, &mut fields);
            }
            let (length, added) = (fields.out.len(), fields.added);
            out.set_len(length);
            added
        };
        if let Err(misuse) = self.response.stage(&head, more, add) {
            self.cycle.retract();
            let may_fit = misuse == Misuse::HeadTooLarge && !self.response.is_empty();
            return if may_fit { Ok(false) } else { Err(misuse) };
        }
        self.status = status;
        Ok(true)
    }

    /// Ends an open head with the framing that the cycle states: no length, before it knows it.
    #[inline(never)]
    pub(super) fn settle(&mut self) {
        let (framing, connection) = self.cycle.head_end(self.status);
        self.response.close_head(framing, connection);
    }

    /// Lends the free part of the response buffer to `write`. Returns how many bytes of body that has made; `None` if it has to
    /// wait for a flush.
    #[inline(never)]
    pub(super) fn lend(
        &mut self,
        write: &mut dyn FnMut(&mut [u8]) -> Option<usize>,
    ) -> Result<Option<usize>, Misuse> {
        let framing = self.cycle.send(0)?;
        let is_open = self.response.is_open();
        let (sent, longest) = (self.cycle.length() as usize, self.response.longest_whole());
        let mut free = self.response.free(framing);
        let mut room = free.len();
        if is_open {
            room = room.min(longest.saturating_sub(sent));
            free = free.get_mut(..room).unwrap_or(&mut []);
        }
        if room > 0
            && let Some(count) = write(free).map(|count| count.min(room))
        {
            if self.cycle.send(count)? != BodyFraming::Discard {
                self.response.fill(count);
            }
            return Ok(Some(count));
        }
        if !self.response.can_flush() {
            // What a page has tried to send whole, and first of all, is refused as long as that is possible.
            if !is_open || room > 0 && sent == 0 {
                return Err(Misuse::PieceTooLong);
            }
            self.settle();
        }
        Ok(None)
    }
}
