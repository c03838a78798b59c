//! `Logins`: the credentials that the access control has let in, so that the access log can name their user.
//!
//! Invariant: the log has a name only beside credentials that the access control has accepted.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bantam::wire::{Method, Status};
use bantam::{Connection, ExchangeRecord, Layer, RequestDetails, Site};

/// How many credentials are remembered.
const SLOTS: usize = 256;
/// The longest name that is logged, in bytes.
pub(super) const MAX_NAME: usize = 512;

#[derive(Debug)]
pub(crate) struct Logins {
    /// Digests of values of `Authorization`; 0 is none. A digest replaces another one in its slot.
    slots: [AtomicU64; SLOTS],
    /// A random key: a client cannot compute a digest.
    key: RandomState,
}

impl Default for Logins {
    fn default() -> Self {
        Self { slots: [const { AtomicU64::new(0) }; SLOTS], key: RandomState::new() }
    }
}

impl Logins {
    fn slot(&self, authorization: &[u8]) -> (&AtomicU64, u64) {
        let digest = self.key.hash_one(authorization) | 1;
        // The remainder is below the length.
        (&self.slots[(digest >> 1) as usize % SLOTS], digest)
    }

    /// Remembers credentials that the access control has accepted.
    fn record(&self, authorization: &[u8]) {
        let (slot, digest) = self.slot(authorization);
        if slot.load(Ordering::Relaxed) != digest {
            slot.store(digest, Ordering::Relaxed);
        }
    }

    /// The user of a request whose credentials the access control has accepted, in it or in one before.
    pub(super) fn user<'m>(
        &self,
        record: &ExchangeRecord<'_>,
        memory: &'m mut [u8; MAX_NAME],
    ) -> Option<&'m [u8]> {
        if record.status == Status::UNAUTHORIZED {
            return None;
        }
        let headers = record.headers();
        let (slot, digest) = self.slot(headers.first("authorization")?);
        if slot.load(Ordering::Relaxed) != digest {
            return None;
        }
        let mut length = 0;
        for byte in headers.basic_auth()?.bytes().take_while(|byte| *byte != b':') {
            *memory.get_mut(length)? = byte;
            length += 1;
        }
        memory.get(..length)
    }
}

/// The layer right below the access control: a request reaches it if its credentials were accepted.
#[derive(Debug)]
pub(crate) struct LoginRecorder {
    /// `None` without users: every request is let in.
    pub(crate) logins: Option<Arc<Logins>>,
}

impl Layer for LoginRecorder {
    // Returns the future of the site: one around it would add its own size to every request.
    fn handle<C: Connection, S: Site>(
        &self,
        details: &mut RequestDetails<'_, C>,
        site: &S,
    ) -> impl Future<Output = Result<(), C::Error>> {
        // A preflight (CORS) carries no credentials and needs none: what it has in their place was not checked.
        if let Some(logins) = &self.logins
            && details.method != Method::Options
            && let Some(authorization) = details.headers.first("authorization")
        {
            logins.record(authorization);
        }
        site.request_handler(details)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;
    use std::time::Duration;

    use bantam::Response;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn with_credentials(credentials: &str) -> Vec<u8> {
        format!("GET / HTTP/1.0\r\nAuthorization: Basic {}\r\n\r\n", STANDARD.encode(credentials))
            .into_bytes()
    }

    fn user(logins: &Logins, head: &[u8], status: Status) -> Option<Vec<u8>> {
        let record = ExchangeRecord::new(head, status, 0, None);
        logins.user(&record, &mut [0; MAX_NAME]).map(<[u8]>::to_vec)
    }

    #[test]
    fn a_name_needs_credentials_that_were_accepted() {
        let (logins, head) = (Logins::default(), with_credentials("ada:pass:word"));
        assert_eq!(user(&logins, &head, Status::OK), None, "nothing was accepted yet");
        let record = ExchangeRecord::new(&head, Status::OK, 0, None);
        logins.record(record.headers().first("authorization").unwrap());
        assert_eq!(user(&logins, &head, Status::OK).as_deref(), Some(&b"ada"[..]));
        assert_eq!(user(&logins, &head, Status::UNAUTHORIZED), None);
        for other in ["ada:pass", "ada:", "eve:pass:word"] {
            assert_eq!(user(&logins, &with_credentials(other), Status::NOT_FOUND), None, "{other}");
        }
        assert_eq!(user(&logins, b"GET / HTTP/1.0\r\n\r\n", Status::OK), None);
    }

    #[derive(Debug)]
    struct Anything;

    impl Site for Anything {
        async fn request_handler<C: Connection>(
            &self,
            details: &mut RequestDetails<'_, C>,
        ) -> Result<(), C::Error> {
            details.connection.make_response(Response::new(Status::OK).body(b"")).await
        }
    }

    #[test]
    fn a_request_that_reaches_the_site_is_accepted_unless_it_is_a_preflight() {
        let logins = Arc::new(Logins::default());
        let site = Anything.layer(LoginRecorder { logins: Some(Arc::clone(&logins)) });
        let server = bantam_std::Server::new().bind("127.0.0.1:0").unwrap().start(site).unwrap();
        for (method, name, accepted) in
            [("OPTIONS", "eve", false), ("GET", "ada", true), ("HEAD", "bob", true)]
        {
            let field = format!("Authorization: Basic {}\r\n", STANDARD.encode(format!("{name}:x")));
            let mut client = TcpStream::connect(server.local_addrs()[0]).unwrap();
            write!(client, "{method} / HTTP/1.0\r\n{field}\r\n").unwrap();
            client.read_to_end(&mut Vec::new()).unwrap();
            let head = format!("GET / HTTP/1.0\r\n{field}\r\n");
            let logged = user(&logins, head.as_bytes(), Status::OK);
            assert_eq!(logged.as_deref() == Some(name.as_bytes()), accepted, "{method}");
        }
        server.handle().shutdown(Duration::ZERO);
        server.wait();
    }

    #[test]
    fn credentials_that_cannot_be_decoded_have_no_name() {
        let logins = Logins::default();
        let long = format!("Basic {}", STANDARD.encode(format!("{}:a", "a".repeat(MAX_NAME + 1))));
        for value in ["Basic", "Basic !", "Basic QUFB", "Bearer abc", "", &long] {
            logins.record(value.as_bytes());
            let head = format!("GET / HTTP/1.0\r\nAuthorization: {value}\r\n\r\n");
            assert_eq!(user(&logins, head.as_bytes(), Status::OK), None, "{value}");
        }
    }
}
