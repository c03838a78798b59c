//! `Tls`: what a server needs to speak HTTPS.

use std::fmt::{self, Write as _};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use ring::digest::{SHA256, digest};
use rustls::crypto::ring::{Ticketer, default_provider};
use rustls::server::NoServerSessionStorage;
use rustls::{ServerConfig, ServerConnection};

use super::certificates::Certificates;
use super::pem::PemPair;
use super::self_signed::self_signed;
use super::session::Session;
use super::validity::not_after;

/// The certificates of a server that speaks HTTPS, for [`Server::tls`](crate::Server::tls). A clone is a handle to the same ones.
///
/// TLS 1.2 and 1.3, with AES-GCM and ChaCha20-Poly1305 and a key exchange by X25519, P-256 or P-384 only. ALPN is `http/1.1`. A
/// client resumes its session with a ticket, whose key stays in memory and changes every six hours. There is no early data, no
/// compression and no renegotiation.
///
/// A handshake has the time of [`Deadlines::head`](bantam::Deadlines::head), from the moment the connection is accepted.
#[derive(Clone)]
pub struct Tls {
    config: Arc<ServerConfig>,
    certificates: Arc<Certificates>,
}

impl Tls {
    /// Loads certificates, each from a file with its chain and one with its key, both PEM. The key is PKCS#8, SEC1 or PKCS#1, and not
    /// encrypted: RSA, ECDSA with P-256 or P-384, or Ed25519.
    ///
    /// A client gets the certificate for the name that it asks for (SNI), and else the first. Of several for one name it gets the
    /// first whose kind of key it can verify.
    ///
    /// # Errors
    /// `InvalidInput` without a pair; `InvalidData` for a file that cannot be used; the system's. The text names the file.
    pub fn from_pem_files<C: Into<PathBuf>, K: Into<PathBuf>>(
        pairs: impl IntoIterator<Item = (C, K)>,
    ) -> io::Result<Self> {
        let pairs = pairs.into_iter().map(|(chain, key)| PemPair { chain: chain.into(), key: key.into() });
        Self::new(Certificates::load(pairs.collect())?)
    }

    /// Makes a key, which stays in memory, and a certificate that no authority has signed, for these host names and IP addresses.
    /// Browsers warn of it: for development.
    ///
    /// # Errors
    /// `InvalidInput` for a name that is not ASCII; the system's, for want of random numbers.
    pub fn self_signed<N: Into<String>>(names: impl IntoIterator<Item = N>) -> io::Result<Self> {
        Self::new(Certificates::fixed(self_signed(names.into_iter().map(Into::into).collect())?))
    }

    fn new(certificates: Certificates) -> io::Result<Self> {
        let certificates = Arc::new(certificates);
        let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?;
        let mut config = builder.with_no_client_auth().with_cert_resolver(Arc::clone(&certificates) as _);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config.ticketer = Ticketer::new().map_err(io::Error::other)?;
        // Tickets need no memory here.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        Ok(Self { config: Arc::new(config), certificates })
    }

    /// Loads all certificates again. Connections go on; the next handshake gets the new ones. Returns how many are other ones now.
    /// Blocks while it reads the files.
    ///
    /// # Errors
    /// What is wrong with those that cannot be loaded: they stay as they are, and the others are replaced.
    pub fn reload(&self) -> io::Result<usize> {
        self.certificates.reload(true)
    }

    /// Does what [`Self::reload`] does, for those whose files have another time or size than at the last look. A version that cannot
    /// be loaded is reported once.
    ///
    /// # Errors
    /// Those of [`Self::reload`].
    pub fn reload_changed(&self) -> io::Result<usize> {
        self.certificates.reload(false)
    }

    /// The SHA-256 fingerprint of the first certificate, in hexadecimal digits with colons, as browsers show it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut text = String::new();
        let first = self.certificates.first();
        if let Some(leaf) = first.as_ref().and_then(|certificate| certificate.cert.first()) {
            for byte in digest(&SHA256, leaf).as_ref() {
                let colon = if text.is_empty() { "" } else { ":" };
                let _ = write!(text, "{colon}{byte:02X}");
            }
        }
        text
    }

    /// When the first certificate expires (RFC 5280 section 4.1.2.5); `None` if it does not state a time that is understood.
    #[must_use]
    pub fn expires(&self) -> Option<SystemTime> {
        not_after(self.certificates.first()?.cert.first()?)
    }

    #[cfg(test)]
    pub(super) fn first_certificate(&self) -> Option<rustls_pki_types::CertificateDer<'static>> {
        self.certificates.first()?.cert.first().cloned()
    }

    /// A session for a connection that is accepted.
    pub(crate) fn accept(&self) -> io::Result<Session> {
        let connection = ServerConnection::new(Arc::clone(&self.config)).map_err(io::Error::other)?;
        Ok(Session::new(connection))
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("fingerprint", &self.fingerprint()).finish_non_exhaustive()
    }
}
