//! The WebSocket of a real browser against a page that sends every message back, in every mode, compressed and not.

#[allow(dead_code, reason = "tests/browser.rs uses the rest")]
mod webdriver;

use bantam::wire::{CloseCode, DeflateOptions};
use bantam::{Connection, RequestDetails, Site, WebSocketOptions};
use bantam_std::{Mode, Server};
use serde_json::json;
use webdriver::Browser;

/// Sends every message of up to 4 MB back, and closes with 4001 at the message `close`. `/plain` does not compress.
struct Echo;

impl Site for Echo {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let mut memory = vec![0; 8192];
        let mut options = WebSocketOptions::DEFAULT;
        (options.max_message, options.protocols) = (4 << 20, &["echo"]);
        let mut deflate = DeflateOptions::DEFAULT;
        deflate.server_no_context_takeover = details.uri.path == "/forgetful";
        let mut message = Vec::new();
        // The two kinds of connection have the same calls.
        macro_rules! echo {
            ($socket:expr) => {{
                let Some(mut socket) = $socket else { return Ok(()) };
                while let Ok(Some(piece)) = socket.recv().await {
                    let (opcode, is_last) = (piece.opcode, piece.is_last);
                    message.extend_from_slice(piece.data);
                    if is_last && message == b"close" {
                        let _ = socket.close(CloseCode::new(4001).expect("a code"), "as wished").await;
                        break;
                    }
                    if is_last && socket.send(opcode, true, &std::mem::take(&mut message)).await.is_err() {
                        break;
                    }
                }
            }};
        }
        if details.uri.path == "/plain" {
            echo!(details.websocket(&mut memory, &options).await?);
        } else {
            echo!(bantam_std::websocket(details, &mut memory, &options, &deflate).await?);
        }
        Ok(())
    }
}

/// Sends messages of every kind and waits for each echo. Returns what was agreed, how many were equal, and the close.
const SCRIPT: &str = r#"
    const open = path => new Promise((resolve, reject) => {
        const socket = new WebSocket(`ws://${location.host}${path}`, ['other', 'echo']);
        socket.binaryType = 'arraybuffer';
        socket.onopen = () => resolve(socket);
        socket.onerror = () => reject(new Error('refused'));
    });
    const closed = socket => new Promise(resolve => socket.onclose = resolve);
    const bytes = length => { const data = new Uint8Array(length);
        for (let at = 0; at < length; at += 65536) crypto.getRandomValues(data.subarray(at, at + 65536));
        return data; };
    const same = (sent, got) => typeof sent === 'string' ? sent === got
        : new Uint8Array(got).length === sent.length && new Uint8Array(got).every((byte, at) => byte === sent[at]);
    const run = async path => {
        const socket = await open(path);
        const { protocol, extensions } = socket;
        let equal = 0;
        for (const message of ['Hello', 'ä € 𝄞', 'Hello', '', 'x'.repeat(126), 'json '.repeat(20000), bytes(0), bytes(1), bytes(125),
                bytes(65536), new Uint8Array(70000), bytes(1 << 20), 'z'.repeat(4 << 20)]) {
            const answer = new Promise(resolve => socket.onmessage = event => resolve(event.data));
            socket.send(message);
            equal += same(message, await answer);
        }
        socket.send('close');
        const { code, reason, wasClean } = await closed(socket);
        const long = await open(path);
        long.send('z'.repeat((4 << 20) + 1));
        const tooLong = (await closed(long)).code;
        const leaving = await open(path);
        leaving.close(3001, 'bye');
        const left = await closed(leaving);
        return { protocol, extensions, equal, code, reason, wasClean, tooLong, left: [left.code, left.wasClean] };
    };
"#;

#[test]
#[ignore = "needs Chromium: tests/run installs it"]
fn the_websocket_of_a_browser_is_served_in_every_mode() {
    let browser = Browser::start();
    for mode in Mode::ALL {
        let server = Server::new().mode(*mode).bind("127.0.0.1:0").expect("a free port");
        let server = server.start(Echo).expect("started");
        // 426, from the same origin.
        browser.go(&format!("http://{}/", server.local_addrs()[0]));
        for (path, extensions) in [
            ("/plain", ""),
            ("/deflate", "permessage-deflate"),
            ("/forgetful", "permessage-deflate; server_no_context_takeover"),
        ] {
            let result = browser.run(&format!("{SCRIPT} return run('{path}')"));
            let expected = json!({
                "protocol": "echo", "extensions": extensions, "equal": 13, "code": 4001, "reason": "as wished",
                "wasClean": true, "tooLong": 1009, "left": [3001, true],
            });
            assert_eq!(result, expected, "{mode:?} {path}");
        }
    }
}
