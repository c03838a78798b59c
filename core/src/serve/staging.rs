//! Staging the head and the body of a response: the synchronous half of an [`Exchange`].
//! Invariant: whether a response that states no length gets one depends on its head, its body and the response buffer alone.

use core::fmt;

use super::exchange::Exchange;
use crate::cycle::BodyFraming;
use crate::error::{Fault, Misuse, Rejection};
use crate::page::{Fields, Pass, Response, Site};
use crate::transport::Transport;
use crate::wire::{ByteBuffer, ResponseHeadSpec, push_allow};

impl<T: Transport, S: Site> Exchange<'_, '_, T, S> {
    /// Stages the head of a response; returns false if it has to wait for a flush. `of_site`: with the fields of the site. Not inlined: pages
    /// and refusals share it.
    #[inline(never)]
    pub(crate) fn stage(&mut self, response: &Response<'_>, of_site: bool) -> Result<bool, Misuse> {
        let (framing, connection) =
            self.cycle.respond(response.status, response.length, self.transport.keep_alive())?;
        let (status, headers, date) = (response.status, response.headers, self.transport.date());
        let are_sound = response.is_sound();
        let head = ResponseHeadSpec { status, date: date.as_ref(), headers, framing, connection, are_sound };
        let more = self.refusal().map_or(&[][..], |refusal| refusal.fields);
        let (site, trail, head_received) = (self.site, self.trail, self.head);
        let (refused, is_secure) = (self.refused, self.transport.is_secure());
        let add = |out: &mut ByteBuffer<'_>, from| {
            if let Some(Fault::Rejection(Rejection::MethodNotAllowed(methods))) = refused {
                push_allow(out, methods)?;
            }
            let (out_of_site, head) = (out.reborrow(), head_received);
            let mut fields = Fields { out: out_of_site, from, status, head, added: Ok(()), is_secure };
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
        if self.response.is_open() {
            let (framing, connection) = self.cycle.head_end(self.status);
            self.response.close_head(framing, connection);
        }
    }

    /// Lends the free part of the response buffer to `write`. Returns how many bytes of body that has made; `None` if it has to
    /// wait for a flush. Not inlined: pages share it.
    #[inline(never)]
    pub(super) fn lend(
        &mut self,
        write: &mut dyn FnMut(&mut [u8]) -> usize,
    ) -> Result<Option<usize>, Misuse> {
        self.lend_once(|free| {
            let room = free.len();
            write(free).min(room)
        })
    }

    /// `write` returns no more than it was lent.
    fn lend_once(&mut self, write: impl FnOnce(&mut [u8]) -> usize) -> Result<Option<usize>, Misuse> {
        let framing = self.cycle.send(0)?;
        let mut room = usize::MAX;
        if self.response.is_open() {
            room = self.response.longest_whole().saturating_sub(self.cycle.length() as usize);
            if room == 0 {
                self.settle();
                room = usize::MAX;
            }
        }
        let free = self.response.free(framing);
        let room = room.min(free.len());
        let Some(place @ [_, ..]) = free.get_mut(..room) else { return Ok(None) };
        let count = write(place);
        if self.cycle.send(count)? != BodyFraming::Discard {
            self.response.fill(count);
        }
        Ok(Some(count))
    }

    /// Stages the head of a response, unless it `is_made`, and what fits of the text of `write`. Returns false if it has to wait for a
    /// flush. Not inlined: pages share it.
    #[inline(never)]
    pub(super) fn stage_pass(
        &mut self,
        response: &Response<'_>,
        write: &dyn Fn(&mut Pass<'_>) -> fmt::Result,
        is_made: &mut bool,
    ) -> Result<bool, Misuse> {
        if !*is_made && !self.stage(response, true)? {
            return Ok(false);
        }
        *is_made = true;
        let skip = self.cycle.length() as usize;
        let (mut is_whole, mut written) = (false, Ok(()));
        self.lend_once(|free| {
            let count;
            (count, is_whole, written) = Pass::run(free, skip, write);
            count
        })?;
        // A `Display` may hide that the memory is full.
        if is_whole && written.is_err() { Err(Misuse::FormatFailed) } else { Ok(is_whole) }
    }
}
