//! [`SecurityHeaders`]: fields by which browsers restrict what a page may do.

use crate::page::fields::Fields;
use crate::page::site::Layer;

/// Adds `X-Content-Type-Options: nosniff`, `Referrer-Policy` and what else is set, to every response that does not have the field.
#[derive(Clone, Copy, Debug)]
pub struct SecurityHeaders {
    referrer_policy: &'static str,
    frame_options: &'static str,
    content_security_policy: &'static str,
    strict_transport_security: &'static str,
}

impl SecurityHeaders {
    /// `nosniff`, and `Referrer-Policy: same-origin`.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            referrer_policy: "same-origin",
            frame_options: "",
            content_security_policy: "",
            strict_transport_security: "",
        }
    }

    /// Sets `Referrer-Policy`.
    #[must_use]
    pub const fn referrer_policy(mut self, value: &'static str) -> Self {
        self.referrer_policy = value;
        self
    }

    /// Sets `X-Frame-Options`, such as `DENY`.
    #[must_use]
    pub const fn frame_options(mut self, value: &'static str) -> Self {
        self.frame_options = value;
        self
    }

    /// Sets `Content-Security-Policy`, such as `default-src 'self'`.
    #[must_use]
    pub const fn content_security_policy(mut self, value: &'static str) -> Self {
        self.content_security_policy = value;
        self
    }

    /// Sets `Strict-Transport-Security` (RFC 6797), such as `max-age=31536000`, for a site that is reached over TLS alone.
    #[must_use]
    pub const fn strict_transport_security(mut self, value: &'static str) -> Self {
        self.strict_transport_security = value;
        self
    }
}

impl Default for SecurityHeaders {
    fn default() -> Self {
        Self::new()
    }
}

impl Layer for SecurityHeaders {
    fn fields(&self, fields: &mut Fields<'_>) {
        for (name, value) in [
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", self.referrer_policy),
            ("X-Frame-Options", self.frame_options),
            ("Content-Security-Policy", self.content_security_policy),
            ("Strict-Transport-Security", self.strict_transport_security),
        ] {
            if !value.is_empty() {
                fields.add_if_absent(name, value);
            }
        }
    }
}
