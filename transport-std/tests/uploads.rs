//! Uploads: what is stored, and here those that the program refuses before they are whole, by clients that write all of a request
//! before they read.
//!
//! Invariant: the client reports the status of the answer, and no broken connection.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

#[macro_use]
mod common;
#[path = "uploads/client.rs"]
mod client;
#[path = "uploads/clients.rs"]
mod clients;
#[path = "uploads/disk.rs"]
mod disk;
#[path = "uploads/kills.rs"]
mod kills;
#[path = "uploads/links.rs"]
mod links;
#[path = "uploads/operators.rs"]
mod operators;
#[path = "common/program.rs"]
mod program;
#[path = "uploads/requests.rs"]
mod requests;

use std::fs;
use std::path::Path;
use std::process::{Command, ExitStatus, Output};

use bantam_std::Mode;
use program::Program;
use tempfile::TempDir;

/// More than the buffers of two sockets hold.
const SIZE: usize = 20_000_000;

/// A program with a limit of bodies and one without, and a file to upload to both.
struct Uploads {
    dir: TempDir,
    limited: Program,
    unlimited: Program,
}

impl Uploads {
    fn start(mode: Mode) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join("large"), vec![b'x'; SIZE]).expect("a file");
        let root = dir.path().to_str().expect("a path").to_owned();
        let limited = Program::start_in(mode, &["--quiet", "--root", &root, "--max-body", "1000"]);
        let unlimited = Program::start_in(mode, &["--quiet", "--root", &root]);
        Self { dir, limited, unlimited }
    }

    /// Uploads to a file, with each of both programs. `client` returns what the client prints.
    fn check(&self, client: &str, upload: impl Fn(&str, &Path) -> Output) {
        for (program, status) in [(&self.unlimited, "405"), (&self.limited, "413")] {
            let output = upload(&program.url("/large"), &self.dir.path().join("large"));
            let text = format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
            assert!(text.contains(&format!("status {status}")), "{client}: {text}");
        }
    }
}

/// Runs a script over a URL and a file.
fn run_script(command: &str, flag: &str, script: &str, url: &str, file: &Path) -> Output {
    Command::new(command).args([flag, script, url]).arg(file).output().expect("it runs")
}

fn is_installed(command: &str) -> bool {
    let found = Command::new(command).arg("--version").output();
    found.is_ok_and(|output| ExitStatus::success(&output.status))
}

const NODE: &str = "
    const body = require('fs').readFileSync(process.argv[2]);
    fetch(process.argv[1], { method: 'POST', body })
        .then(answer => console.log('status', answer.status), error => console.log(error, error.cause));
";
const URLLIB: &str = "
import sys, urllib.request, urllib.error
try:
    urllib.request.urlopen(sys.argv[1], open(sys.argv[2], 'rb').read())
except urllib.error.HTTPError as error:
    print('status', error.code)
";
const HTTP_CLIENT: &str = "
import sys, http.client, urllib.parse
connection = http.client.HTTPConnection(urllib.parse.urlsplit(sys.argv[1]).netloc)
connection.request('POST', '/large', open(sys.argv[2], 'rb').read())
print('status', connection.getresponse().status)
";
/// wget writes `ERROR 405: Method Not Allowed.`, in the language of the user.
const WGET: &str =
    "LC_ALL=C wget --no-config --tries 1 -O /dev/null --post-file \"$1\" \"$0\" 2>&1 | sed 's/ERROR/status/'";

in_every_mode! {
#[ignore = "needs curl: tests/run installs it"]
fn curl_gets_the_status_of_a_refused_upload(mode) {
    let uploads = Uploads::start(mode);
    for expect in ["Expect:", "Expect: 100-continue"] {
        uploads.check(expect, |url, file| {
            let data = format!("@{}", file.display());
            let args = ["-sS", "--max-time", "60", "-o", "/dev/null", "-w", "status %{http_code}", "-H", expect];
            Command::new("curl").args(args).args(["--data-binary", &data, url]).output().expect("curl runs")
        });
    }
}

/// Those of them that are installed.
#[ignore = "needs node, python3 or wget, where they are installed"]
fn other_clients_get_the_status_of_a_refused_upload(mode) {
    let uploads = Uploads::start(mode);
    for (client, command, flag, script) in [
        ("fetch of node", "node", "-e", NODE),
        ("urllib of Python", "python3", "-c", URLLIB),
        ("http.client of Python", "python3", "-c", HTTP_CLIENT),
        ("wget", "sh", "-c", WGET),
    ] {
        if is_installed(if client == "wget" { client } else { command }) {
            uploads.check(client, |url, file| run_script(command, flag, script, url, file));
        } else {
            println!("{client} is not installed");
        }
    }
}
}
