//! [`Multipart`]: the parts of a `multipart/form-data` body, RFC 7578, streamed through memory of the page.
//!
//! Invariant: `memory[..head]` is the head of the part, or what has arrived of the next one's; `memory[from..to]` follows in the body, what
//! is received next behind that.

use core::future::Future;

use super::connection::Connection;
use super::details::RequestDetails;
use crate::error::Rejection;
use crate::slice::copy_down;
use crate::wire::{Boundary, MultipartDecoder, MultipartError, MultipartPiece as Piece, PartHead};

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
            loop {
                match self.advance().await? {
                    Piece::End => return Ok(None),
                    Piece::HeadEnd => return Ok(Some(Part { form: self })),
                    _ => {}
                }
            }
        }
    }

    /// The connection, for a page that answers while the form arrives, or when it is not valid.
    pub fn connection(&mut self) -> &mut C {
        self.connection
    }

    /// The next piece.
    fn advance(&mut self) -> impl Future<Output = Result<Piece, C::Error>> {
        async move {
            // The head of a part stays until the next one begins, in its place.
            if self.decoder.is_before_head() {
                self.to = copy_down(self.memory, self.from..self.to, 0);
                (self.head, self.from) = (0, 0);
            }
            if self.from == self.to {
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
            Ok(self.decode().map_err(Rejection::from)?)
        }
    }

    fn decode(&mut self) -> Result<Piece, MultipartError> {
        let piece = self.decoder.advance(self.memory.get(self.from..self.to).unwrap_or(&[]))?;
        self.from += self.decoder.used;
        if matches!(piece, Piece::Head | Piece::HeadEnd) {
            self.head = self.from;
        }
        if piece == Piece::HeadEnd {
            self.part_head()?;
        }
        Ok(piece)
    }

    fn part_head(&self) -> Result<PartHead<'_>, MultipartError> {
        PartHead::parse(self.memory.get(..self.head).unwrap_or(&[]))
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
        // It has been parsed before.
        self.form.part_head().unwrap_or(PartHead::EMPTY)
    }

    /// The head, and the connection, for a page that answers while the form arrives. What the page reads from the connection is missing in
    /// the form.
    pub fn split(&mut self) -> (PartHead<'_>, &mut C) {
        let Multipart { connection, memory, head, .. } = &mut *self.form;
        // It has been parsed before.
        (PartHead::parse(memory.get(..*head).unwrap_or(&[])).unwrap_or(PartHead::EMPTY), connection)
    }

    /// The next bytes of the data, as they arrive; at least one. `None` at the end of the part. Waits for the peer.
    ///
    /// # Errors
    /// Those of [`Multipart::next_part`].
    pub fn data(&mut self) -> impl Future<Output = Result<Option<&[u8]>, C::Error>> {
        async move {
            while self.form.decoder.in_part {
                match self.form.advance().await? {
                    Piece::Data => {
                        let Multipart { decoder, memory, from, .. } = &*self.form;
                        // The start of a delimiter may follow.
                        let data = memory
                            .get(from.wrapping_sub(decoder.used)..)
                            .and_then(|data| data.get(..decoder.length));
                        return Ok(data);
                    }
                    Piece::Held => return Ok(Some(self.form.decoder.held())),
                    Piece::End => break,
                    _ => {}
                }
            }
            Ok(None)
        }
    }
}
