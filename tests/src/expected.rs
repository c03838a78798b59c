//! What a scenario expects of one response.

use crate::answers::{Answer, Framing};

/// The required properties of a response.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The status.
    pub status: u16,
    /// The request is HEAD.
    pub to_head: bool,
    body: Option<Vec<u8>>,
    framing: Option<Framing>,
    fields: Vec<(&'static str, &'static str)>,
}

/// A response with this status and body.
#[must_use]
pub fn answer(status: u16, body: impl AsRef<[u8]>) -> Expected {
    Expected { status, to_head: false, body: Some(body.as_ref().to_vec()), framing: None, fields: vec![] }
}

/// 200 with this body.
#[must_use]
pub fn ok(body: impl AsRef<[u8]>) -> Expected {
    answer(200, body)
}

/// An error response of the server: short HTML that names the status.
#[must_use]
pub fn refused(status: u16) -> Expected {
    Expected { body: None, ..answer(status, "") }
}

impl Expected {
    /// To a HEAD request.
    #[must_use]
    pub const fn for_head(mut self) -> Self {
        self.to_head = true;
        self
    }

    /// With this framing.
    #[must_use]
    pub const fn framed(mut self, framing: Framing) -> Self {
        self.framing = Some(framing);
        self
    }

    /// With this field.
    #[must_use]
    pub fn field(mut self, name: &'static str, value: &'static str) -> Self {
        self.fields.push((name, value));
        self
    }

    /// Compares a response with this one.
    ///
    /// # Errors
    /// The first difference.
    pub fn check(&self, answer: &Answer) -> Result<(), String> {
        if answer.status != self.status {
            return Err(format!("status {} instead of {}", answer.status, self.status));
        }
        if let Some(framing) = self.framing.filter(|framing| *framing != answer.framing) {
            return Err(format!("framing {:?} instead of {framing:?}", answer.framing));
        }
        if let Some((name, _)) = self.fields.iter().find(|(name, value)| answer.field(name) != Some(value)) {
            return Err(format!("{name}: {:?}", answer.field(name)));
        }
        match &self.body {
            Some(body) if answer.complete && *body != answer.body => {
                Err(format!("body {:?}", String::from_utf8_lossy(&answer.body)))
            }
            Some(body) if !body.starts_with(&answer.body) => Err("another body".into()),
            None => self.check_refusal(answer),
            _ => Ok(()),
        }
    }

    fn check_refusal(&self, answer: &Answer) -> Result<(), String> {
        let text = String::from_utf8_lossy(&answer.body);
        let (short, named) = (50..600, format!("<title>{} ", self.status));
        let Framing::Length(length) = answer.framing else {
            return Err(format!("framing {:?}", answer.framing));
        };
        if !short.contains(&length) {
            Err(format!("a length of {length}"))
        } else if self.to_head && !text.is_empty() {
            Err("a body to HEAD".into())
        } else if !self.to_head && !text.contains(&named) {
            Err(format!("the page does not name the status: {text}"))
        } else if answer.field("Content-Type") != Some("text/html; charset=utf-8") {
            Err("not HTML".into())
        } else {
            Ok(())
        }
    }
}
