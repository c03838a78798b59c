//! HTTPS: --tls-cert, --tls-key, --tls-self-signed, and the thread that looks at the files again.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use std::{io, thread};

use bantam_std::Tls;
use clap::Args;
use log::{error, info};

use crate::values;

#[derive(Debug, Args)]
#[command(next_help_heading = "HTTPS")]
pub(crate) struct TlsArgs {
    /// Speak HTTPS on the TCP addresses of --bind, with this certificate: a PEM file, with the chain behind it. May be repeated,
    /// each with its --tls-key: a client gets the one for the name that it asks for, or else the first [default: plain HTTP]
    #[arg(long, value_name = "FILE", value_delimiter = ',', value_parser = values::element)]
    pub(crate) tls_cert: Vec<String>,

    /// The private key of each --tls-cert, in the same order: a PEM file of PKCS#8, SEC1 or PKCS#1, not encrypted
    #[arg(long, value_name = "FILE", value_delimiter = ',', value_parser = values::element)]
    tls_key: Vec<String>,

    /// Speak HTTPS with a certificate that is made at the start, and of which browsers warn: for development. Its key stays in
    /// memory, and its fingerprint is logged
    #[arg(long)]
    pub(crate) tls_self_signed: bool,

    /// Time between two looks at the files of --tls-cert and --tls-key; SIGHUP loads them at once. 0 means at SIGHUP only
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = values::timeout)]
    tls_reload: Duration,

    /// Answer plain HTTP at this address with a redirect (308) to the same path over HTTPS [default: off]
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) redirect_http: Option<String>,
}

impl TlsArgs {
    /// The files of --tls-cert and --tls-key.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        self.tls_cert.iter().chain(&self.tls_key).map(Path::new)
    }

    /// Finds flags that contradict each other. `metrics`: the value of --metrics-tls.
    ///
    /// # Errors
    /// A sentence for the user.
    pub(crate) fn check(&self, metrics: bool) -> Result<(), String> {
        let (certificates, keys) = (self.tls_cert.len(), self.tls_key.len());
        let has_files = certificates + keys > 0;
        if has_files && self.tls_self_signed {
            return Err("--tls-self-signed: there is a --tls-cert already".into());
        }
        if certificates != keys {
            return Err(format!(
                "each --tls-cert needs its --tls-key: there are {certificates} certificates and {keys} keys"
            ));
        }
        let is_plain = !has_files && !self.tls_self_signed;
        match (is_plain, &self.redirect_http) {
            (true, Some(_)) => Err("--redirect-http: there is no HTTPS to redirect to (--tls-cert)".into()),
            (true, None) if metrics => Err("--metrics-tls: there is no certificate (--tls-cert)".into()),
            _ => Ok(()),
        }
    }

    /// Loads the certificates; `None` for plain HTTP. A certificate that is made is for the addresses of --bind, too.
    ///
    /// # Errors
    /// A sentence for the user.
    pub(crate) fn load(&self, bind: &[String]) -> Result<Option<Tls>, String> {
        if self.tls_self_signed {
            let tls = Tls::self_signed(own_names(bind));
            return tls.map(Some).map_err(|error| format!("--tls-self-signed: {error}"));
        }
        let pairs = self.tls_cert.iter().zip(&self.tls_key);
        let tls = (!self.tls_cert.is_empty()).then(|| Tls::from_pem_files(pairs));
        tls.transpose().map_err(|error| format!("--tls-cert: {error}"))
    }

    /// Starts the thread that looks at the files again, if there are any.
    ///
    /// # Errors
    /// The system's, for want of a thread.
    pub(crate) fn watch(&self, tls: &Tls) -> io::Result<()> {
        if self.tls_cert.is_empty() || self.tls_reload == Duration::MAX {
            return Ok(());
        }
        let (tls, interval) = (tls.clone(), self.tls_reload);
        let watch = move || loop {
            thread::sleep(interval);
            report(tls.reload_changed());
        };
        thread::Builder::new().name("bantam-tls".into()).spawn(watch).map(drop)
    }
}

/// Logs what a look at the files has come to.
pub(crate) fn report(reloaded: io::Result<usize>) {
    match reloaded {
        Ok(0) => {}
        Ok(count) => info!("{count} new certificates are in use"),
        Err(error) => error!("the certificate stays as it was: {error}"),
    }
}

/// The names of this machine by which a client may reach it.
fn own_names(bind: &[String]) -> Vec<String> {
    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(String::from).into();
    let bound = bind.iter().filter_map(|address| Some(address.parse::<SocketAddr>().ok()?.ip()));
    names.extend(bound.filter(|ip| !ip.is_unspecified()).map(|ip: IpAddr| ip.to_string()));
    names.dedup();
    names
}
