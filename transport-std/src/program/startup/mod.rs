//! What the program says and does when it has started: its URLs on stdout, a QR code, a browser.
//!
//! Invariant: where stdout is no terminal, it has a line `bantam serves URL` for each listener, and more only by --qr.

mod browser;
mod qr;
mod reachable;

use std::io::{self, IsTerminal as _};
use std::net::{IpAddr, SocketAddr};

use anstream::{AutoStream, ColorChoice};
use bantam_std::RunningServer;
use clap::Args;
use clap::builder::styling::{AnsiColor, Style};
use log::warn;

pub(crate) use self::browser::Browser;
use self::reachable::{own_addresses, reachable};

#[derive(Debug, Args)]
#[command(next_help_heading = "At the start")]
pub(crate) struct StartupArgs {
    /// Print a QR code of the first URL that other machines can open, for a phone in the same network
    #[arg(long)]
    qr: bool,

    /// Open the first URL in the browser of this desktop, when the server has started; not as root
    #[arg(long)]
    open: bool,
}

impl StartupArgs {
    /// Prepares for --open.
    ///
    /// # Errors
    /// A sentence for the operator, for want of a thread.
    pub(crate) fn browser(&self, is_root: bool) -> Result<Option<Browser>, String> {
        if self.open && is_root {
            warn!("--open: root starts no browser");
            return Ok(None);
        }
        self.open
            .then(Browser::prepare)
            .transpose()
            .map_err(|error| format!("cannot start a thread: {error}"))
    }

    /// The text for stdout: where the server listens, on a terminal also where it can be reached, and the QR code.
    pub(crate) fn announce(
        &self,
        server: &RunningServer,
        scheme: &str,
        prefix: &str,
        browser: Option<Browser>,
    ) -> String {
        let url = |address: SocketAddr| format!("{scheme}://{address}{prefix}/");
        let (listening, is_terminal) = (server.local_addrs(), io::stdout().is_terminal());
        let own = if is_terminal || self.qr { own_addresses() } else { Vec::new() };
        let style = style();
        let mut text = urls(listening, &own, url, is_terminal, style);
        for path in server.unix_paths() {
            text.push_str(&format!("bantam serves unix:{}\n", path.display()));
        }
        let reachable: Vec<_> =
            listening.iter().flat_map(|address| reachable(*address, listening, &own)).collect();
        if self.qr {
            match reachable.iter().find(|address| !address.ip().is_loopback()) {
                Some(address) => text.push_str(&qr::render(&url(*address), style.is_some())),
                None => {
                    warn!("--qr: no other machine can open a URL of this server; see --bind 0.0.0.0:8080");
                }
            }
        }
        if let Some(browser) = browser {
            match reachable.first() {
                Some(address) => browser.open(url(*address)),
                None => warn!("--open: no --bind is a TCP address"),
            }
        }
        text
    }
}

/// The line of each listener, and on a terminal a line for each URL behind a wildcard.
fn urls(
    listening: &[SocketAddr],
    own: &[IpAddr],
    url: impl Fn(SocketAddr) -> String,
    all: bool,
    style: Option<Style>,
) -> String {
    let mut text = String::new();
    let (on, off) = style.map(|style| (style.render(), style.render_reset())).unzip();
    let (on, off) =
        (on.map(|on| on.to_string()).unwrap_or_default(), off.map(|off| off.to_string()).unwrap_or_default());
    for address in listening {
        text.push_str(&format!("bantam serves {on}{}{off}\n", url(*address)));
        if all && address.ip().is_unspecified() {
            for address in reachable(*address, listening, own) {
                text.push_str(&format!("              {on}{}{off}\n", url(address)));
            }
        }
    }
    text
}

/// The style of a URL; `None` where stdout has no colours, or NO_COLOR is set.
fn style() -> Option<Style> {
    // Windows: turns the colours of the console on.
    #[cfg(windows)]
    drop(AutoStream::auto(io::stdout()));
    let has_colors = io::stdout().is_terminal() && AutoStream::choice(&io::stdout()) != ColorChoice::Never;
    has_colors.then(|| AnsiColor::Cyan.on_default().bold())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_a_line_for_each_address_behind_a_wildcard() {
        let listening = ["0.0.0.0:80", "[::1]:81"].map(|address| address.parse().unwrap());
        let own = ["192.0.2.1", "2001:db8::1"].map(|address| address.parse().unwrap());
        let http = |address| format!("http://{address}/");
        let lines = "bantam serves http://0.0.0.0:80/\nbantam serves http://[::1]:81/\n";
        assert_eq!(urls(&listening, &own, http, false, None), lines);
        let all = "bantam serves http://0.0.0.0:80/\n              http://127.0.0.1:80/\n              \
                   http://192.0.2.1:80/\nbantam serves http://[::1]:81/\n";
        assert_eq!(urls(&listening, &own, http, true, None), all);
        let styled = urls(
            &listening[1..],
            &own,
            |address| format!("https://{address}/docs/"),
            true,
            Some(Style::new().bold()),
        );
        assert_eq!(styled, "bantam serves \u{1b}[1mhttps://[::1]:81/docs/\u{1b}[0m\n");
    }
}
