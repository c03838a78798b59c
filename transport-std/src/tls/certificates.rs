//! `Certificates`: the certificates of a server, which one a client gets, and their replacement while the server runs.
//! Invariant: a certificate that cannot be loaded leaves the one before in use.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use webpki::EndEntityCert;

use super::pem::{PemPair, Stamp};

/// Certificates by the names that they are for.
#[derive(Debug)]
struct ByName {
    /// In the order in which they were given. The first is for clients that ask for no name, or for another.
    all: Vec<Arc<CertifiedKey>>,
    /// Indexes of `all`, by a DNS name in lower case; a wildcard has its `*.`.
    names: HashMap<String, Vec<usize>>,
}

impl ByName {
    fn new(all: Vec<Arc<CertifiedKey>>) -> Self {
        let mut names: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, certificate) in all.iter().enumerate() {
            let Some(leaf) = certificate.cert.first() else { continue };
            let Ok(leaf) = EndEntityCert::try_from(leaf) else { continue };
            for name in leaf.valid_dns_names() {
                names.entry(name.to_ascii_lowercase()).or_default().push(index);
            }
        }
        Self { all, names }
    }

    /// Those for a name: with the name itself before those with a wildcard.
    fn of(&self, name: &str) -> Option<&[usize]> {
        let name = name.to_ascii_lowercase();
        let wildcard = || name.split_once('.').and_then(|(_, rest)| self.names.get(&format!("*.{rest}")));
        self.names.get(&name).or_else(wildcard).map(Vec::as_slice)
    }

    /// The first for this name that `is_usable`, or else the first.
    fn choose(
        &self,
        name: Option<&str>,
        is_usable: impl Fn(&CertifiedKey) -> bool,
    ) -> Option<Arc<CertifiedKey>> {
        let named = name.and_then(|name| self.of(name)).unwrap_or_default();
        let named: Vec<_> = named.iter().filter_map(|index| self.all.get(*index)).collect();
        let named = if named.is_empty() { self.all.iter().collect() } else { named };
        let usable = named.iter().find(|certificate| is_usable(certificate));
        usable.or(named.first()).map(|certificate| Arc::clone(certificate))
    }
}

/// A pair of files, and the version of them that was looked at last.
#[derive(Debug)]
struct Source {
    files: PemPair,
    seen: Stamp,
}

/// The certificates of a server.
#[derive(Debug)]
pub(super) struct Certificates {
    current: RwLock<Arc<ByName>>,
    /// Of each certificate; none of one that is not from files.
    sources: Mutex<Vec<Source>>,
}

impl Certificates {
    /// # Errors
    /// `InvalidInput` without a pair; those of [`PemPair::load`].
    pub(super) fn load(pairs: Vec<PemPair>) -> io::Result<Self> {
        if pairs.is_empty() {
            return Err(io::Error::new(ErrorKind::InvalidInput, "TLS needs a certificate"));
        }
        let sources = pairs.into_iter().map(|files| Source { seen: files.stamp(), files });
        let sources: Vec<_> = sources.collect();
        let all = sources.iter().map(|source| source.files.load()).collect::<io::Result<_>>()?;
        Ok(Self { current: RwLock::new(Arc::new(ByName::new(all))), sources: Mutex::new(sources) })
    }

    pub(super) fn fixed(certificate: Arc<CertifiedKey>) -> Self {
        let current = RwLock::new(Arc::new(ByName::new(vec![certificate])));
        Self { current, sources: Mutex::default() }
    }

    /// The certificate for clients that ask for no name.
    pub(super) fn first(&self) -> Option<Arc<CertifiedKey>> {
        self.current().all.first().cloned()
    }

    /// Loads the certificates again: all, or only those whose files have changed since the last look. Returns how many are other
    /// ones now.
    ///
    /// # Errors
    /// The sentences of those that could not be loaded, which stay as they are; the others are replaced all the same. A file that has
    /// not changed is not reported again, unless all are loaded.
    pub(super) fn reload(&self, all: bool) -> io::Result<usize> {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        let mut certificates = self.current().all.clone();
        let (mut replaced, mut errors) = (0, Vec::new());
        for (source, certificate) in sources.iter_mut().zip(&mut certificates) {
            let stamp = source.files.stamp();
            if !all && stamp == source.seen {
                continue;
            }
            source.seen = stamp;
            match source.files.load() {
                Ok(loaded) => {
                    replaced += usize::from(loaded.cert != certificate.cert);
                    *certificate = loaded;
                }
                Err(error) => errors.push(error.to_string()),
            }
        }
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ByName::new(certificates));
        if errors.is_empty() {
            return Ok(replaced);
        }
        Err(io::Error::new(ErrorKind::InvalidData, errors.join("; ")))
    }

    fn current(&self) -> Arc<ByName> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let schemes = hello.signature_schemes();
        let is_usable = |certificate: &CertifiedKey| certificate.key.choose_scheme(schemes).is_some();
        self.current().choose(hello.server_name(), is_usable)
    }
}
