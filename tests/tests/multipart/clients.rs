//! Forms of clients that share no code with bantam, over a real socket.

use std::fs;
use std::process::Command;

use bantam::wire::Status;
use bantam::{Connection, RequestDetails, Response, Site};
use bantam_std::Server;
use tempfile::tempdir;

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
            let (head, mut name, mut file) = (part.head(), [0; 64], [0; 64]);
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

#[test]
#[ignore = "needs curl: tests/run installs it"]
fn curl_uploads_fields_and_files_with_any_bytes_in_them() {
    let server = Server::new().bind("127.0.0.1:0").expect("a port").start(List).expect("started");
    let folder = tempdir().expect("a folder");
    let bytes: Vec<u8> = (0..300_000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let tricky = b"\r\n--\r\n--------------------------\r\n---".repeat(1000);
    for (name, content) in [("random.bin", &bytes), ("tricky.txt", &tricky), ("empty", &Vec::new())] {
        fs::write(folder.path().join(name), content).expect("written");
    }
    let form = [
        "name=Ada L.",
        "random=@random.bin",
        "tricky=@tricky.txt;type=text/x-tricky;filename=\"a\\\"ü;b.txt\"",
        "empty=@empty",
        "empty name=",
    ];
    for chunked in [false, true] {
        let mut curl = Command::new("curl");
        curl.current_dir(folder.path()).args(["-sS", "--max-time", "60"]);
        for part in form {
            curl.args(["-F", part]);
        }
        if chunked {
            curl.args(["-H", "Transfer-Encoding: chunked"]);
        }
        let output = curl.arg(format!("http://{}/", server.local_addrs()[0])).output().expect("curl runs");
        let text = String::from_utf8(output.stdout).expect("text");
        let octets = "Some(\"application/octet-stream\")";
        let expected = [
            format!("\"name\" None None 6 {}\n", sum(b"Ada L.")),
            format!("\"random\" Some(\"random.bin\") {octets} {} {}\n", bytes.len(), sum(&bytes)),
            format!(
                "\"tricky\" Some(\"a\\\"ü;b.txt\") Some(\"text/x-tricky\") {} {}\n",
                tricky.len(),
                sum(&tricky)
            ),
            format!("\"empty\" Some(\"empty\") {octets} 0 0\n"),
            String::from("\"empty name\" None None 0 0\n"),
        ];
        assert_eq!(text, expected.concat(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
