//! WebSocket clients of others against a page that sends every message back, in every mode: Python's `websockets` and `ws` of npm.
//!
//! Each client prints a line for each check that it has passed, and exits with 0 if all have.

#[macro_use]
#[path = "../common/mod.rs"]
mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use bantam::wire::{CloseCode, DeflateOptions};
use bantam::{Connection, RequestDetails, Site, WebSocketOptions};
use bantam_std::{Mode, RunningServer, Server};

/// The checks of a client.
const CHECKS: [&str; 9] =
    ["text", "binary", "empty", "fragments", "ping", "large", "subprotocol", "too long", "close codes"];

/// Messages up to this length are sent back.
const MAX_MESSAGE: u64 = 4 << 20;

/// `/plain` sends every message back, `/deflate` compresses, `/forgetful` compresses without context takeover and with a window of 1 KB. The message
/// `close 4001 reason` is a wish.
struct Echo;

impl Site for Echo {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let mut memory = vec![0; 16 << 10];
        let mut options = WebSocketOptions::DEFAULT;
        (options.max_message, options.protocols) = (MAX_MESSAGE, &["echo.v2", "echo"]);
        let mut deflate = DeflateOptions::DEFAULT;
        if details.uri.path == "/forgetful" {
            (deflate.server_no_context_takeover, deflate.client_no_context_takeover) = (true, true);
            (deflate.server_max_window_bits, deflate.client_max_window_bits) = (10, 10);
        }
        let is_plain = details.uri.path == "/plain";
        let mut message = Vec::new();
        // The two kinds of connection have the same calls.
        macro_rules! echo {
            ($socket:expr) => {{
                let Some(mut socket) = $socket else { return Ok(()) };
                while let Ok(Some(piece)) = socket.recv().await {
                    let (opcode, is_last) = (piece.opcode, piece.is_last);
                    message.extend_from_slice(piece.data);
                    if !is_last {
                        continue;
                    }
                    let message = std::mem::take(&mut message);
                    if let Some((code, reason)) = wish(&message) {
                        let _ = socket.close(code, &reason).await;
                        break;
                    }
                    if socket.send(opcode, true, &message).await.is_err() {
                        break;
                    }
                }
            }};
        }
        if is_plain {
            echo!(details.websocket(&mut memory, &options).await?);
        } else {
            echo!(bantam_std::websocket(details, &mut memory, &options, &deflate).await?);
        }
        Ok(())
    }
}

/// The code and the reason of a message that asks to be closed.
fn wish(message: &[u8]) -> Option<(CloseCode, String)> {
    let words = std::str::from_utf8(message).ok()?.strip_prefix("close ")?;
    let (code, reason) = words.split_once(' ')?;
    Some((CloseCode::new(code.parse().ok()?)?, reason.to_owned()))
}

fn start(mode: Mode) -> RunningServer {
    let server = Server::new().mode(mode).workers(if mode == Mode::Threads { 8 } else { 1 });
    server.bind("127.0.0.1:0").expect("a free port").start(Echo).expect("started")
}

/// What `tests/run` has installed.
fn installed(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target").join(path)
}

/// Runs a client of this folder, which connects to each page in turn.
fn run_client(program: &Path, script: &str, mode: Mode) {
    let server = start(mode);
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/websocket_clients").join(script);
    for (page, kind) in [("plain", "plain"), ("deflate", "compressed"), ("forgetful", "compressed")] {
        let url = format!("ws://{}/{page}", server.local_addrs()[0]);
        let mut command = Command::new(program);
        command.arg(&script).args([url.as_str(), kind]).env("NODE_PATH", installed("node/node_modules"));
        let output = command.output().expect("the client starts");
        let text = String::from_utf8_lossy(&output.stdout);
        let passed: Vec<_> = text.lines().collect();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && passed == CHECKS, "{url}: {passed:?}\n{errors}");
    }
}

in_every_mode! {
    #[ignore = "needs Python's websockets: tests/run installs it"]
    fn websockets_of_python_is_served(mode) {
        run_client(&installed("python/bin/python"), "client.py", mode);
    }

    #[ignore = "needs node and its ws: tests/run installs them"]
    fn ws_of_npm_is_served(mode) {
        run_client(Path::new("node"), "client.cjs", mode);
    }
}
