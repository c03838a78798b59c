//! HTTPS: `cargo run -p bantam-std --features tls --example tls`, then `curl --insecure https://127.0.0.1:8443/`. It makes a certificate at its
//! start; with `-- CERT.pem KEY.pem` it uses these.

use std::io::{self, Write as _};

use bantam::wire::Status;
use bantam::{Connection, RequestDetails, Site};
use bantam_std::{RunningServer, Server, Tls};

struct Secure;

impl Site for Secure {
    bantam::routes! { GET "/" => page }
}

async fn page<C: Connection>(_: &Secure, details: &mut RequestDetails<'_, C>) -> Result<(), C::Error> {
    details.text(Status::OK, format_args!("hello over TLS\n")).await
}

pub(crate) fn start(address: &str, tls: Tls) -> io::Result<RunningServer> {
    Server::new().tls(tls).bind(address)?.start(Secure)
}

fn main() -> io::Result<()> {
    let tls = match &std::env::args().skip(1).collect::<Vec<_>>()[..] {
        [] => Tls::self_signed(["localhost", "127.0.0.1"])?,
        [certificate, key] => Tls::from_pem_files([(certificate, key)])?,
        _ => return Err(io::Error::other("two files are needed: CERT.pem KEY.pem, or none")),
    };
    writeln!(io::stdout(), "the certificate has the SHA-256 fingerprint {}", tls.fingerprint())?;
    let server = start("127.0.0.1:8443", tls)?;
    writeln!(io::stdout(), "https://{}/", server.local_addrs()[0])?;
    server.wait();
    Ok(())
}
