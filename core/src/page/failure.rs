//! [`Failure`]: the error of a page that has errors of its own.

use super::connection::Connection;
use crate::error::{Fault, Misuse, PageError, Rejection, SourceError};
use crate::refusal::Refusal;
use crate::wire::Status;

/// The error of a page that has errors of its own: `?` makes it from the errors of every connection, and from all that the application
/// converts into it. A page of [`routes!`](crate::routes) may return it in the place of `C::Error`; elsewhere
/// [`RequestDetails::fail`](crate::RequestDetails::fail) makes that of it.
///
/// ```
/// use bantam::{Connection, Failure, Refusal, Rejection, RequestDetails, Response, wire::Status};
///
/// enum NoteError {
///     Unknown,
///     Taken,
///     Locked,
/// }
///
/// static LOCKED: Refusal = Refusal::new(Status::SERVICE_UNAVAILABLE)
///     .reason("Another client is writing this note.")
///     .fields(&[("Retry-After", "2")]);
///
/// impl From<NoteError> for Failure {
///     fn from(error: NoteError) -> Self {
///         match error {
///             NoteError::Unknown => Rejection::NotFound.into(),
///             NoteError::Taken => Status::CONFLICT.into(),
///             NoteError::Locked => (&LOCKED).into(),
///         }
///     }
/// }
///
/// # fn note(_: u32) -> Result<&'static [u8], NoteError> { Err(NoteError::Unknown) }
/// async fn page<C: Connection>(details: &mut RequestDetails<'_, C>) -> Result<(), Failure> {
///     let text = note(7)?;
///     details.connection.make_response(Response::new(Status::OK).body(text)).await?;
///     Ok(())
/// }
/// ```
///
/// What a stream failed with is lost in it: [`serve`](crate::serve) then returns [`Error::Closed`](crate::Error::Closed).
#[derive(Clone, Copy, Debug)]
pub struct Failure(Kind);

#[derive(Clone, Copy, Debug)]
enum Kind {
    Fault(Fault),
    Refusal(&'static Refusal),
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Self(Kind::Fault(Fault::Rejection(rejection)))
    }
}

/// A refusal with this status; [`Misuse::BadStatus`] outside of 400..=599.
impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Rejection::with(status).map_or_else(|| Misuse::BadStatus.into(), Self::from)
    }
}

impl From<&'static Refusal> for Failure {
    fn from(refusal: &'static Refusal) -> Self {
        Self(Kind::Refusal(refusal))
    }
}

impl From<Misuse> for Failure {
    fn from(misuse: Misuse) -> Self {
        Self(Kind::Fault(Fault::Misuse(misuse)))
    }
}

impl From<SourceError> for Failure {
    fn from(_: SourceError) -> Self {
        Self(Kind::Fault(Fault::Source))
    }
}

impl<E: PageError> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(Kind::Fault(error.fault()))
    }
}

/// An error that a page returns: that of its connection, or a [`Failure`].
pub trait PageFailure<C: Connection> {
    /// The error of the connection.
    fn fail(self, connection: &mut C) -> C::Error;
}

impl<C: Connection<Error = E>, E: PageError> PageFailure<C> for E {
    fn fail(self, _: &mut C) -> E {
        self
    }
}

impl<C: Connection> PageFailure<C> for Failure {
    fn fail(self, connection: &mut C) -> C::Error {
        match self.0 {
            Kind::Fault(fault) => fault.into(),
            Kind::Refusal(refusal) => connection.refuse(refusal),
        }
    }
}
