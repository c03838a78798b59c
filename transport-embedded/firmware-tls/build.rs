//! The build script: the certificate and its private key, in DER.
//!
//! Those of the files `BANTAM_TLS_CERTIFICATE` and `BANTAM_TLS_KEY`; without these variables a pair for tests, which openssl makes.
//! The image contains the key.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let (certificate, key) = (out.join("certificate.der"), out.join("key.der"));
    println!("cargo::rerun-if-env-changed=BANTAM_TLS_CERTIFICATE");
    println!("cargo::rerun-if-env-changed=BANTAM_TLS_KEY");
    println!("cargo::rerun-if-changed=build.rs");
    match (env::var_os("BANTAM_TLS_CERTIFICATE"), env::var_os("BANTAM_TLS_KEY")) {
        (Some(from), Some(key_from)) => {
            copy(Path::new(&from), &certificate);
            copy(Path::new(&key_from), &key);
        }
        (None, None) => make_for_tests(&certificate, &key),
        _ => panic!("BANTAM_TLS_CERTIFICATE and BANTAM_TLS_KEY go together"),
    }
}

fn copy(from: &Path, to: &Path) {
    println!("cargo::rerun-if-changed={}", from.display());
    fs::copy(from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
}

/// Makes a key of P-256 and a certificate that it signs itself.
fn make_for_tests(certificate: &Path, key: &Path) {
    println!(
        "cargo::warning=the certificate is self-signed, for tests alone: set BANTAM_TLS_CERTIFICATE and BANTAM_TLS_KEY"
    );
    let (certificate, key) = (certificate.to_str().expect("UTF-8"), key.to_str().expect("UTF-8"));
    openssl(&["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-outform", "DER", "-out", key]);
    openssl(&[
        "req",
        "-x509",
        "-new",
        "-key",
        key,
        "-keyform",
        "DER",
        "-sha256",
        "-days",
        "3650",
        "-outform",
        "DER",
        "-out",
        certificate,
        "-subj",
        "/CN=bantam-for-tests-only",
        "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:10.0.2.15",
    ]);
}

fn openssl(arguments: &[&str]) {
    let output = Command::new("openssl").args(arguments).output().expect("openssl is installed");
    assert!(output.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}
