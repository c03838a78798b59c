//! [`Refusal`]: a status, a sentence and fields, with which a page refuses a request.

use crate::status::Status;

/// A status of 400..=599 in one byte: an error that holds it is no larger than any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusalStatus(u8);

impl RefusalStatus {
    /// `None` outside of 400..=599.
    #[must_use]
    pub const fn new(status: Status) -> Option<Self> {
        match status.code() {
            code @ 400..=599 => Some(Self((code - 400) as u8)),
            _ => None,
        }
    }

    /// The status.
    #[must_use]
    pub const fn status(self) -> Status {
        Status::refusal(self.0)
    }
}

/// A refusal with a sentence and fields of its own, in a `static`. A page returns it by
/// [`RequestDetails::refuse`](crate::RequestDetails::refuse), or as its [`Failure`](crate::Failure).
///
/// The body that the request may have is dropped, and the connection persists, as for a [`Rejection`](crate::Rejection). For fields that are known at
/// run time only, such as a time, the page makes a response itself.
///
/// ```
/// use bantam::{Refusal, wire::Status};
///
/// static LOGIN: Refusal = Refusal::new(Status::UNAUTHORIZED)
///     .reason("Please log in.")
///     .fields(&[("WWW-Authenticate", "Basic realm=\"notes\"")]);
/// assert_eq!(LOGIN.status, Status::UNAUTHORIZED);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The status, 400..=599.
    pub status: Status,
    /// One sentence, for the body of the response.
    pub reason: &'static str,
    /// Fields of the response.
    pub fields: &'static [(&'static str, &'static str)],
}

impl Refusal {
    /// A refusal without fields.
    ///
    /// # Panics
    /// When a constant is evaluated: if the status is outside of 400..=599.
    #[must_use]
    pub const fn new(status: Status) -> Self {
        assert!(RefusalStatus::new(status).is_some(), "a refusal has a status of 400 to 599");
        Self { status, reason: "The page refuses the request.", fields: &[] }
    }

    /// Sets the sentence. It stands in HTML as it is, and in problem details (feature `problem-json`) as a string of JSON.
    #[must_use]
    pub const fn reason(mut self, reason: &'static str) -> Self {
        self.reason = reason;
        self
    }

    /// Sets the fields. They are checked like those of a [`Response`](crate::Response): with one that is not valid the
    /// response is 500.
    #[must_use]
    pub const fn fields(mut self, fields: &'static [(&'static str, &'static str)]) -> Self {
        self.fields = fields;
        self
    }
}
