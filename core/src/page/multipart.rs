//! [`Multipart`]: the parts of a `multipart/form-data` body, RFC 7578, streamed through memory of the page.
//!
//! Invariant: `memory[..head]` is the head of the part, or what has arrived of the next one's; `memory[from..to]` follows in the body, what
//! is received next behind that.

use core::future::Future;

use super::connection::Connection;
use super::details::RequestDetails;
use crate::error::Rejection;
use crate::slice::copy_down;
use crate::wire::{Boundary, MultipartDecoder, MultipartPiece as Piece, PartHead};

impl<C: Connection> RequestDetails<'_, C> {
    /// The parts of a `multipart/form-data` body. `memory` holds the head of one part, and at least one byte of what follows it: the
    /// data of each part is read through the rest.
    ///
    /// ```
    /// use bantam::{Connection, RequestDetails, Response, wire::Status};
    ///
    /// /// Counts the bytes of a file that a form uploads.
    /// async fn upload<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    ///     let (mut memory, mut length) = ([0; 512], 0);
    ///     let mut form = details.multipart(&mut memory)?;
    ///     while let Some(mut part) = form.next_part().await? {
    ///         let is_image = part.head().name == "image";
    ///         while let Some(bytes) = part.data().await? {
    ///             length += if is_image { bytes.len() } else { 0 };
    ///         }
    ///     }
    ///     details.connection.make_response(Response::new(Status::OK)).await?;
    ///     details.connection.send(length.to_string().as_bytes()).await
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Rejection::BadInput`] if `Content-Type` is missing, repeated, another, or has no single valid boundary.
    pub fn multipart<'f>(&'f mut self, memory: &'f mut [u8]) -> Result<Multipart<'f, C>, C::Error> {
        let boundary = Boundary::of_headers(&self.headers).map_err(Rejection::from)?;
        Ok(Multipart {
            connection: self.connection,
            memory,
            decoder: MultipartDecoder::new(boundary),
            head: 0,
            from: 0,
            to: 0,
        })
    }
}

/// The parts of a `multipart/form-data` body, in their order. [`RequestDetails::multipart`] makes it.
#[derive(Debug)]
pub struct Multipart<'f, C> {
    connection: &'f mut C,
    memory: &'f mut [u8],
    decoder: MultipartDecoder<'f>,
    head: usize,
    from: usize,
    to: usize,
}

impl<'f, C: Connection> Multipart<'f, C> {
    /// Sets the limit of parts, which is [`MultipartDecoder::MAX_PARTS`] otherwise.
    #[must_use]
    pub fn max_parts(self, parts: u16) -> Self {
        Self { decoder: self.decoder.max_parts(parts), ..self }
    }

    /// Reads up to the data of the next part. What is left of the part before is dropped. `None` at the end of the body, which is
    /// read to its end. Waits for the peer.
    ///
    /// # Errors
    /// A [`Rejection`]: [`Rejection::ContentTooLarge`] for a head that does not fit the memory or 4,096 bytes, or too many parts;
    /// [`Rejection::Truncated`] for a body that ends before its last boundary; [`Rejection::BadInput`] for one that is malformed. What
    /// [`Connection::recv`] fails with.
    pub fn next_part(&mut self) -> impl Future<Output = Result<Option<Part<'_, 'f, C>>, C::Error>> {
        async move {
            Ok(match self.advance(false).await? {
                Piece::HeadEnd => Some(Part { form: self }),
                _ => None,
            })
        }
    }

    /// The connection, for a page that answers while the form arrives, or when it is not valid.
    pub fn connection(&mut self) -> &mut C {
        self.connection
    }

    /// Reads up to the end of a head or of the body: returns [`Piece::HeadEnd`] or [`Piece::End`]. With `wants_data` it returns the pieces of
    /// data before them, too, and the end of the part.
    fn advance(&mut self, wants_data: bool) -> impl Future<Output = Result<Piece, C::Error>> {
        async move {
            loop {
                let piece = self.decode(wants_data)?;
                if piece != Piece::Framing {
                    return Ok(piece);
                }
                let Some(free @ [_, ..]) = self.memory.get_mut(self.head..) else {
                    return Err(Rejection::ContentTooLarge.into());
                };
                let count = self.connection.recv(free).await?;
                if count == 0 {
                    return if self.decoder.is_done() {
                        Ok(Piece::End)
                    } else {
                        Err(Rejection::Truncated.into())
                    };
                }
                (self.from, self.to) = (self.head, self.head + count);
            }
        }
    }

    /// The same in what has been received. Returns [`Piece::Framing`] if more has to be received.
    // Inlined it costs flash: the future of `advance` keeps its variables in memory.
    #[inline(never)]
    fn decode(&mut self, wants_data: bool) -> Result<Piece, Rejection> {
        loop {
            // The head of a part stays until the next one begins, in its place.
            if self.decoder.is_before_head() {
                self.to = copy_down(self.memory, self.from..self.to, 0);
                (self.head, self.from) = (0, 0);
            }
            let input = self.memory.get(self.from..self.to).unwrap_or(&[]);
            if input.is_empty() {
                return Ok(Piece::Framing);
            }
            let piece = self.decoder.advance(input)?;
            self.from += self.decoder.used;
            match piece {
                Piece::Head => self.head = self.from,
                Piece::HeadEnd => {
                    self.head = self.from;
                    PartHead::parse(self.memory.get(..self.head).unwrap_or(&[]))?;
                    return Ok(piece);
                }
                Piece::Data | Piece::Held | Piece::PartEnd if wants_data => return Ok(piece),
                _ => {}
            }
        }
    }

    fn part_head(&self) -> PartHead<'_> {
        PartHead::again(self.memory.get(..self.head).unwrap_or(&[]))
    }
}

/// A part of a form: its head, and its data as it arrives. [`Multipart::next_part`] makes it.
#[derive(Debug)]
pub struct Part<'p, 'f, C> {
    form: &'p mut Multipart<'f, C>,
}

impl<C: Connection> Part<'_, '_, C> {
    /// The name, the name of the file and the type: what the peer says of the part.
    #[must_use]
    pub fn head(&self) -> PartHead<'_> {
        self.form.part_head()
    }

    /// The head, and the connection, for a page that answers while the form arrives. What the page reads from the connection is missing in
    /// the form.
    pub fn split(&mut self) -> (PartHead<'_>, &mut C) {
        let Multipart { connection, memory, head, .. } = &mut *self.form;
        (PartHead::again(memory.get(..*head).unwrap_or(&[])), connection)
    }

    /// The next bytes of the data, as they arrive; at least one. `None` at the end of the part. Waits for the peer.
    ///
    /// # Errors
    /// Those of [`Multipart::next_part`].
    pub fn data(&mut self) -> impl Future<Output = Result<Option<&[u8]>, C::Error>> {
        async move {
            if !self.form.decoder.in_part {
                return Ok(None);
            }
            Ok(match self.form.advance(true).await? {
                Piece::Data => {
                    let Multipart { decoder, memory, from, .. } = &*self.form;
                    // The start of a delimiter may follow.
                    memory.get(from.wrapping_sub(decoder.used)..).and_then(|data| data.get(..decoder.length))
                }
                Piece::Held => Some(self.form.decoder.held()),
                _ => None,
            })
        }
    }
}
