//! Reads a certificate and its key from PEM files.
//! Invariant: an error names the file and says what is wrong with it.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use rustls::crypto::ring::sign::any_supported_type;
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// The longest file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// The files of one certificate.
#[derive(Clone, Debug)]
pub(super) struct PemPair {
    /// The certificate, and behind it those that lead to a root.
    pub(super) chain: PathBuf,
    /// PKCS#8, SEC1 or PKCS#1.
    pub(super) key: PathBuf,
}

/// What tells one version of two files from another.
pub(super) type Stamp = [Option<(SystemTime, u64)>; 2];

impl PemPair {
    /// The times and sizes of the files now.
    pub(super) fn stamp(&self) -> Stamp {
        [&self.chain, &self.key].map(|path| {
            let metadata = path.metadata().ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        })
    }

    /// Reads both files.
    ///
    /// # Errors
    /// The system's; `InvalidData` for what cannot be used. Each names the file.
    pub(super) fn load(&self) -> io::Result<Arc<CertifiedKey>> {
        let chain = CertificateDer::pem_slice_iter(&read(&self.chain)?)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| invalid(&self.chain, &format!("is not valid PEM: {error}")))?;
        if chain.is_empty() {
            return Err(invalid(&self.chain, "has no certificate (PEM, BEGIN CERTIFICATE)"));
        }
        let text = read(&self.key)?;
        let key = PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
            rustls_pki_types::pem::Error::NoItemsFound if is_encrypted(&text) => {
                invalid(&self.key, "has an encrypted key: `openssl pkey -in FILE -out NEW` decrypts it")
            }
            rustls_pki_types::pem::Error::NoItemsFound => {
                invalid(&self.key, "has no private key (PEM of PKCS#8, SEC1 or PKCS#1)")
            }
            error => invalid(&self.key, &format!("is not valid PEM: {error}")),
        })?;
        certified(chain, &key).map_err(|error| match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                invalid(&self.key, &format!("is not the key of {}", self.chain.display()))
            }
            Error::InvalidCertificate(error) => {
                invalid(&self.chain, &format!("is not a certificate: {error:?}"))
            }
            _ => invalid(
                &self.key,
                "has a key of a kind that is not supported: RSA, ECDSA P-256 or P-384, or Ed25519",
            ),
        })
    }
}

/// Joins a chain and its key.
///
/// # Errors
/// Where they do not belong together, or cannot be used.
pub(super) fn certified(
    chain: Vec<CertificateDer<'static>>,
    key: &PrivateKeyDer<'_>,
) -> Result<Arc<CertifiedKey>, Error> {
    let certified = CertifiedKey::new(chain, any_supported_type(key)?);
    match certified.keys_match() {
        // A key that cannot tell its public part is taken.
        Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(Arc::new(certified)),
        Err(error) => Err(error),
    }
}

fn is_encrypted(text: &[u8]) -> bool {
    text.windows(b"ENCRYPTED".len()).any(|part| part == b"ENCRYPTED")
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let cannot_read =
        |error: io::Error| io::Error::new(error.kind(), format!("cannot read {}: {error}", path.display()));
    let file = File::open(path).map_err(cannot_read)?;
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(cannot_read)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(invalid(path, "is longer than 1 MB"));
    }
    Ok(bytes)
}

fn invalid(path: &Path, what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("{} {what}", path.display()))
}
