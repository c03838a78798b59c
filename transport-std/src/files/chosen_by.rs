//! `ChosenBy`: the request fields by which a response was chosen, whatever its status (RFC 9110 section 12.5.5).

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ChosenBy {
    pub(super) accept: bool,
    pub(super) accept_encoding: bool,
}

impl ChosenBy {
    /// The value of `Vary`; `None` if the response is the same for every request.
    pub(super) const fn vary(self) -> Option<&'static str> {
        match (self.accept, self.accept_encoding) {
            (false, false) => None,
            (false, true) => Some("Accept-Encoding"),
            (true, false) => Some("Accept"),
            (true, true) => Some("Accept, Accept-Encoding"),
        }
    }
}
