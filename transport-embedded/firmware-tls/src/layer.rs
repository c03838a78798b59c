//! [`TlsLayer`]: the certificate and its key, as a layer around the stream of every connection.

use bantam::Transport;
use bantam_embedded::StreamLayer;
use embedded_io_async::ErrorKind;
use mbedtls_rs::{
    Certificate, Credentials, PrivateKey, ServerSessionConfig, SessionConfig, SessionError, Tls,
    TlsReference, X509,
};

use crate::stream::TlsStream;

/// TLS 1.2 and 1.3 for the connections of `serve_slot_through`. A connection keeps its slot until it ends; while it lives, its state is on
/// the heap of Mbed TLS.
pub struct TlsLayer {
    tls: TlsReference<'static>,
    config: SessionConfig<'static>,
}

impl TlsLayer {
    /// Returns a layer with a certificate and its private key, in DER. The certificate is not copied; the key is, to the heap.
    ///
    /// # Errors
    /// Fails if one of them cannot be parsed, or if the heap is too small.
    pub fn new(
        tls: &'static Tls<'static>,
        certificate: &'static [u8],
        key: &[u8],
    ) -> Result<Self, SessionError> {
        let credentials = Credentials {
            certificate: Certificate::new_no_copy(certificate)?,
            private_key: PrivateKey::new(X509::DER(key), None)?,
        };
        let config = SessionConfig::Server(ServerSessionConfig::new(credentials));
        Ok(Self { tls: tls.reference(), config })
    }
}

impl StreamLayer for TlsLayer {
    const IS_STATEFUL: bool = true;
    type Stream<T: Transport<Error = ErrorKind>> = TlsStream<T>;

    fn wrap<T: Transport<Error = ErrorKind>>(&self, stream: T) -> TlsStream<T> {
        TlsStream::new(self.tls, &self.config, stream)
    }
}
