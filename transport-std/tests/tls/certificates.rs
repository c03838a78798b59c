//! Certificates by name, and their replacement while the server runs.

use std::fs;
use std::path::{Path, PathBuf};

use bantam_std::{Mode, RunningServer, Tls};
use rcgen::{CertificateParams, KeyPair};
use tempfile::TempDir;

use crate::client::{Client, connector};
use crate::common::{connect, get, latch, start};

/// Writes a certificate for these names, and its key.
fn write_pair(dir: &Path, file: &str, names: &[&str]) -> (PathBuf, PathBuf) {
    let key = KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let certificate = CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
    let (cert_path, key_path) = (dir.join(format!("{file}.crt")), dir.join(format!("{file}.key")));
    fs::write(&cert_path, certificate.pem()).unwrap();
    fs::write(&key_path, key.serialize_pem()).unwrap();
    (cert_path, key_path)
}

/// A server and the certificate that it has for a name.
struct Server {
    _running: RunningServer,
    address: std::net::SocketAddr,
}

impl Server {
    fn new(tls: &Tls) -> Self {
        let (running, address) = start(Mode::EventLoop, latch(), |server| server.tls(tls.clone()));
        Self { _running: running, address }
    }

    fn certificate(&self, name: &'static str) -> Vec<u8> {
        Client::named(name, &connector(rustls::ALL_VERSIONS), connect(self.address)).certificate()
    }
}

#[test]
fn a_client_gets_the_certificate_for_its_name_and_else_the_first() {
    let dir = TempDir::new().unwrap();
    let first = write_pair(dir.path(), "first", &["a.example"]);
    let second = write_pair(dir.path(), "second", &["b.example", "*.c.example"]);
    let server = Server::new(&Tls::from_pem_files([first, second]).unwrap());
    let (first, second) = (server.certificate("a.example"), server.certificate("b.example"));
    assert_ne!(first, second);
    for (name, expected) in [
        ("B.Example", &second),
        ("x.c.example", &second),
        ("c.example", &first),
        ("x.y.c.example", &first),
        ("other.example", &first),
        // No name is sent for an address.
        ("127.0.0.1", &first),
    ] {
        assert_eq!(server.certificate(name), *expected, "{name}");
    }
}

#[test]
fn a_new_certificate_is_for_new_handshakes_and_open_connections_go_on() {
    let dir = TempDir::new().unwrap();
    let pairs = [write_pair(dir.path(), "a", &["a.example"]), write_pair(dir.path(), "b", &["b.example"])];
    let tls = Tls::from_pem_files(pairs).unwrap();
    let server = Server::new(&tls);
    let (before, other) = (server.certificate("a.example"), server.certificate("b.example"));
    let mut open = Client::new(&connector(rustls::ALL_VERSIONS), server.address);
    let fingerprint = tls.fingerprint();
    assert_eq!(tls.reload_changed().unwrap(), 0, "no file has changed");
    write_pair(dir.path(), "a", &["a.example"]);
    assert_eq!(tls.reload().unwrap(), 1);
    assert_ne!(tls.fingerprint(), fingerprint);
    assert_ne!(server.certificate("a.example"), before);
    assert_eq!(server.certificate("b.example"), other);
    open.write_all(&get("/hello"));
    assert!(open.read_response().ends_with("hello"));
}

#[test]
fn a_certificate_that_does_not_load_leaves_the_one_before_and_is_reported_once() {
    let dir = TempDir::new().unwrap();
    let pairs = [write_pair(dir.path(), "a", &["a.example"]), write_pair(dir.path(), "b", &["b.example"])];
    let tls = Tls::from_pem_files(pairs.clone()).unwrap();
    let server = Server::new(&tls);
    let before = [server.certificate("a.example"), server.certificate("b.example")];
    // The new certificate without its key, beside another that is whole.
    fs::write(&pairs[0].0, fs::read(&pairs[1].0).unwrap()).unwrap();
    write_pair(dir.path(), "b", &["b.example", "longer.example"]);
    let error = tls.reload_changed().unwrap_err().to_string();
    assert!(error.contains("a.key is not the key of"), "{error}");
    assert_eq!(server.certificate("a.example"), before[0]);
    assert_ne!(server.certificate("b.example"), before[1], "the others are replaced");
    assert_eq!(tls.reload_changed().unwrap(), 0, "it is reported once");
    assert!(tls.reload().is_err(), "and whenever it is asked for");
    // A file that is gone.
    fs::remove_file(&pairs[0].1).unwrap();
    let error = tls.reload_changed().unwrap_err().to_string();
    assert!(error.contains("cannot read") && error.contains("a.key"), "{error}");
    assert_eq!(server.certificate("a.example"), before[0]);
    write_pair(dir.path(), "a", &["a.example", "again.example"]);
    assert_eq!(tls.reload_changed().unwrap(), 1);
}
