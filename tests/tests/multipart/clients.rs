//! Forms of clients that share no code with bantam, over a real socket.

use std::fs;
use std::path::Path;
use std::process::Command;

use bantam::wire::Status;
use bantam::{Connection, RequestDetails, Response, Site};
use bantam_std::{RunningServer, Server};
use tempfile::{TempDir, tempdir};

/// Answers with a line for each part: its name, the name of its file, its type, its length and a sum of its bytes.
struct List;

impl Site for List {
    async fn request_handler<C: Connection>(
        &self,
        details: &mut RequestDetails<'_, C>,
    ) -> Result<(), C::Error> {
        let (mut memory, mut lines) = ([0; 512], String::new());
        let mut form = details.multipart(&mut memory)?;
        while let Some(mut part) = form.next_part().await? {
            let (mut length, mut sum) = (0, 0u32);
            while let Some(bytes) = part.data().await? {
                length += bytes.len();
                sum = bytes.iter().fold(sum, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)));
            }
            let (head, mut name, mut file) = (part.head(), [0; 96], [0; 96]);
            let file = head.file_name.map(|file_name| file_name.text(&mut file).expect("UTF-8"));
            let kind = head.content_type.map(|kind| kind.escape_ascii().to_string());
            lines += &format!(
                "{:?} {file:?} {kind:?} {length} {sum}\n",
                head.name.text(&mut name).expect("UTF-8")
            );
        }
        details.connection.make_response(Response::new(Status::OK).body(lines.as_bytes())).await
    }
}

fn sum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(*byte)))
}

/// Names that are hard to quote. Where a client escapes `"` as `%22` it cannot be told from these three characters.
const TRICKY_NAME: &str = "a\"\u{fc};b \u{20ac} 50%25 %zz 100%.txt";

/// The files that every client sends, and the server.
struct Uploads {
    server: RunningServer,
    folder: TempDir,
    files: [(&'static str, Vec<u8>); 4],
}

impl Uploads {
    fn new() -> Self {
        let server = Server::new().bind("127.0.0.1:0").expect("a port").start(List).expect("started");
        let folder = tempdir().expect("a folder");
        let random = |count: u32| (0..count).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let files = [
            ("random.bin", random(300_000)),
            ("tricky.txt", b"\r\n--\r\n--------------------------\r\n---".repeat(1000)),
            ("empty", Vec::new()),
            ("large.bin", random(20_000_000)),
        ];
        for (name, content) in &files {
            fs::write(folder.path().join(name), content).expect("written");
        }
        Self { server, folder, files }
    }

    fn url(&self) -> String {
        format!("http://{}/", self.server.local_addrs()[0])
    }

    /// The line for a part that is one of the files.
    fn line(&self, name: &str, file: &str, kind: &str) -> String {
        let (_, bytes) = self.files.iter().find(|(known, _)| known.starts_with(name)).expect("a file");
        format!("{name:?} Some({file:?}) Some({kind:?}) {} {}\n", bytes.len(), sum(bytes))
    }

    /// Runs a client, which prints what the server has answered.
    fn run(&self, client: &mut Command) -> String {
        let output = client.current_dir(self.folder.path()).output().expect("the client runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }
}

const OCTETS: &str = "application/octet-stream";

#[test]
#[ignore = "needs curl: tests/run installs it"]
fn curl_uploads_fields_and_files_with_any_bytes_in_them() {
    let uploads = Uploads::new();
    let quoted = TRICKY_NAME.replace('"', "\\\"");
    let form = [
        "name=Ada L.",
        "random=@random.bin",
        &format!("tricky=@tricky.txt;type=text/x-tricky;filename=\"{quoted}\""),
        "empty=@empty",
        "empty name=",
        "large=@large.bin",
    ];
    let expected = [
        format!("\"name\" None None 6 {}\n", sum(b"Ada L.")),
        uploads.line("random", "random.bin", OCTETS),
        uploads.line("tricky", TRICKY_NAME, "text/x-tricky"),
        uploads.line("empty", "empty", OCTETS),
        String::from("\"empty name\" None None 0 0\n"),
        uploads.line("large", "large.bin", OCTETS),
    ];
    for chunked in [false, true] {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "--max-time", "60"]);
        for part in form {
            curl.args(["-F", part]);
        }
        if chunked {
            curl.args(["-H", "Transfer-Encoding: chunked"]);
        }
        assert_eq!(uploads.run(curl.arg(uploads.url())), expected.concat());
    }
}

const REQUESTS: &str = r#"
import requests, sys
url, tricky = sys.argv[1:]
response = requests.post(url, timeout=60, data=[('\xe4"\r\n', '\xf6\r\nAda')], files=[
    ('random', open('random.bin', 'rb')),
    ('tricky', (tricky, open('tricky.txt', 'rb'), 'text/x-tricky')),
    ('empty', ('empty', b'', 'application/octet-stream')),
    ('large', ('large.bin', open('large.bin', 'rb'), 'application/octet-stream', {'X-Field': 'a'})),
])
sys.stdout.buffer.write(response.content)
"#;

#[test]
#[ignore = "needs requests of Python: tests/run installs it"]
fn requests_of_python_uploads_fields_and_files_with_any_bytes_in_them() {
    let uploads = Uploads::new();
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/python/bin/python");
    let text = uploads.run(Command::new(python).args(["-c", REQUESTS, &uploads.url(), TRICKY_NAME]));
    let random = uploads.line("random", "random.bin", OCTETS);
    let expected = [
        format!("\"\u{e4}\\\"\\r\\n\" None None 7 {}\n", sum("\u{f6}\r\nAda".as_bytes())),
        random.replace(&format!("Some({OCTETS:?})"), "None"),
        uploads.line("tricky", TRICKY_NAME, "text/x-tricky"),
        uploads.line("empty", "empty", OCTETS),
        uploads.line("large", "large.bin", OCTETS),
    ];
    assert_eq!(text, expected.concat());
}

const FETCH: &str = r#"
const { openAsBlob } = require('node:fs')
const [url, tricky] = process.argv.slice(1)
const send = async () => {
  const form = new FormData()
  form.append('\xe4"\r\n', '\xf6\r\nAda')
  form.append('random', await openAsBlob('random.bin'), 'random.bin')
  form.append('tricky', await openAsBlob('tricky.txt', { type: 'text/x-tricky' }), tricky)
  form.append('empty', new Blob([]))
  form.append('large', await openAsBlob('large.bin', { type: 'application/octet-stream' }), 'large.bin')
  const response = await fetch(url, { method: 'POST', body: form })
  process.stdout.write(await response.text())
}
send()
"#;

#[test]
#[ignore = "needs node: tests/run installs it"]
fn fetch_of_node_uploads_fields_and_files_with_any_bytes_in_them() {
    let uploads = Uploads::new();
    let text = uploads.run(Command::new("node").args(["-e", FETCH, &uploads.url(), TRICKY_NAME]));
    let expected = [
        format!("\"\u{e4}\\\"\\r\\n\" None None 7 {}\n", sum("\u{f6}\r\nAda".as_bytes())),
        uploads.line("random", "random.bin", OCTETS),
        uploads.line("tricky", TRICKY_NAME, "text/x-tricky"),
        uploads.line("empty", "blob", OCTETS),
        uploads.line("large", "large.bin", OCTETS),
    ];
    assert_eq!(text, expected.concat());
}
