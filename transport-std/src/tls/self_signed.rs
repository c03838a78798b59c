//! A certificate that no authority has signed, for development.

use std::io;
use std::sync::Arc;

use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::sign::CertifiedKey;
use rustls_pki_types::PrivatePkcs8KeyDer;

use super::pem::certified;

/// Makes a key (ECDSA P-256), which stays in memory, and a certificate of it for these names and addresses.
///
/// # Errors
/// `InvalidInput` for a name that no certificate can have.
pub(super) fn self_signed(names: Vec<String>) -> io::Result<Arc<CertifiedKey>> {
    let made = || {
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name.push(DnType::CommonName, "bantam, for development");
        let key = KeyPair::generate()?;
        Ok::<_, rcgen::Error>((params.self_signed(&key)?, key))
    };
    let (certificate, key) = made().map_err(invalid)?;
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    certified(vec![certificate.der().clone()], &key.into()).map_err(invalid)
}

fn invalid(error: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("cannot make a certificate: {error}"))
}
