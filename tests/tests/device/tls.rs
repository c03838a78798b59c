//! Tests of the images with TLS, with curl, openssl and raw TCP clients. `tests/device-tls --check` builds the images and runs them.
//! Invariant: a connection over TLS 1.2 or 1.3 ends with close_notify, a client without TLS gets a sentence, and the heap is free after it.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::board::{Board, RISCV_MACHINE, RISCV_QEMU, read_to_end};

/// The options of curl for each version alone.
const VERSIONS: [[&str; 2]; 2] = [["--tlsv1.3", "-k"], ["--tls-max", "1.2"]];

/// Runs curl against pages of the board, with what `-w` prints behind each. Panics if it fails.
fn curl(board: &Board, arguments: &[&str], paths: &[&str]) -> Vec<u8> {
    let output = Command::new("curl")
        .args(["-ksS", "--max-time", "60", "-H", "Expect:"])
        .args(arguments)
        .args(paths.iter().map(|path| format!("https://{}{path}", board.address)))
        .output()
        .expect("curl runs");
    assert!(output.status.success(), "{paths:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn curl_text(board: &Board, arguments: &[&str], paths: &[&str]) -> String {
    String::from_utf8(curl(board, arguments, paths)).expect("UTF-8")
}

/// Returns the number after `word` on `/status`, over TLS 1.3.
fn status(board: &Board, word: &str) -> u32 {
    let page = curl_text(board, &["--tlsv1.3"], &["/status"]);
    let after = page.split(word).nth(1).unwrap_or_else(|| panic!("{word} in {page}"));
    let number: String = after.trim_start().chars().take_while(char::is_ascii_digit).collect();
    number.parse().unwrap_or_else(|_| panic!("a number after {word} in {page}"))
}

/// Runs openssl's client until the board closes the connection. Returns its messages.
fn openssl_client(board: &Board, version: &str, request: &str) -> String {
    let mut client = Command::new("openssl")
        .args(["s_client", "-msg", "-quiet", version, "-connect", &board.address.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl runs");
    // The end of its input would close the connection.
    let mut input = client.stdin.take().expect("piped");
    input.write_all(request.as_bytes()).expect("openssl reads");
    let mut messages = Vec::new();
    client.stdout.take().expect("piped").read_to_end(&mut messages).expect("it ends");
    drop(input);
    client.wait().expect("it ends");
    String::from_utf8_lossy(&messages).into_owned()
}

#[test]
#[ignore = "needs QEMU, curl and the firmware: tests/device-tls installs and builds them"]
fn curl_gets_pages_over_one_connection_with_tls_1_3_and_1_2() {
    let board = Board::boot("riscv_tls");
    let robots = include_str!("../../../www/static/robots.txt");
    for version in VERSIONS {
        let write = [&version[..], &["-w", "\n%{http_code} %{num_connects}\n"]].concat();
        let text = curl_text(&board, &write, &["/robots.txt", "/robots.txt"]);
        assert_eq!(text, format!("{robots}\n200 1\n{robots}\n200 0\n"), "{version:?}");
        assert!(
            curl_text(&board, &version, &["/?firstname=Ada%20%3Cb%3E"]).contains("Hello, Ada &lt;b&gt;!")
        );
        let files = [&version[..], &["--compressed"]].concat();
        assert!(curl(&board, &files, &["/style.css"]) == include_bytes!("../../../www/static/style.css"));
        assert!(curl_text(&board, &version, &["/sleep"]).matches("class=\"piece\"").count() == 5);
        let echoed = curl(&board, &[&version[..], &["--data-binary", "to and fro"]].concat(), &["/echo"]);
        assert_eq!(echoed, b"to and fro");
    }
}

#[test]
#[ignore = "needs QEMU, curl, openssl and the firmware: tests/device-tls installs and builds them"]
fn a_client_that_trusts_the_certificate_verifies_the_board() {
    let board = Board::boot("riscv_tls");
    let shown = Command::new("openssl")
        .args(["s_client", "-showcerts", "-connect", &board.address.to_string()])
        .stdin(Stdio::null())
        .output()
        .expect("openssl runs");
    let folder = tempfile::tempdir().expect("a folder");
    let trusted = folder.path().join("board.pem");
    std::fs::write(&trusted, shown.stdout).expect("written");
    let url = format!("https://localhost:{}/robots.txt", board.address.port());
    let verify = |arguments: &[&str]| {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "--max-time", "60", "--connect-to", &format!("::{}", board.address)])
            .args(arguments);
        curl.arg(&url).output().expect("curl runs")
    };
    let output = verify(&["--cacert", trusted.to_str().expect("UTF-8")]);
    assert!(output.stdout.starts_with(b"User-agent"), "{}", String::from_utf8_lossy(&output.stderr));
    let refused = verify(&[]);
    assert_eq!(refused.status.code(), Some(60), "an unknown certificate");
    assert!(curl_text(&board, &[], &["/robots.txt"]).starts_with("User-agent"), "the board goes on");
}

#[test]
#[ignore = "needs QEMU, openssl and the firmware: tests/device-tls installs and builds them"]
fn close_notify_comes_before_the_end_of_a_connection() {
    let board = Board::boot("riscv_tls");
    let closing = "GET /robots.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let refused = "GET / HTTP/9.9\r\n\r\n";
    for version in ["-tls1_3", "-tls1_2"] {
        // Without a request: at the deadline of an idle connection.
        for request in [closing, refused, ""] {
            let messages = openssl_client(&board, version, request);
            let received = messages.split("<<<").last().unwrap_or("");
            assert!(received.contains("close_notify"), "{version}, {request}: {messages}");
            assert!(messages.contains("HTTP/1.1 ") != request.is_empty(), "{version}, {request}: {messages}");
        }
    }
}

#[test]
#[ignore = "needs QEMU, curl and the firmware: tests/device-tls installs and builds them"]
fn a_megabyte_is_echoed_in_records_of_any_size() {
    let board = Board::boot("riscv_tls_whole");
    let folder = tempfile::tempdir().expect("a folder");
    let (file, body) =
        (folder.path().join("body"), (0..1_000_000u32).map(|n| ((n * 7) >> 3) as u8).collect::<Vec<_>>());
    std::fs::write(&file, &body).expect("written");
    let data = format!("@{}", file.display());
    for version in VERSIONS {
        let echoed = curl(&board, &[&version[..], &["--data-binary", &data]].concat(), &["/echo"]);
        assert!(echoed == body, "byte for byte, {version:?}");
    }
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| assert!(curl(&board, &["--data-binary", &data], &["/echo"]) == body));
        }
    });
}

#[test]
#[ignore = "needs QEMU, curl and the firmware: tests/device-tls installs and builds them"]
fn a_request_in_a_record_beyond_the_buffer_is_answered_413() {
    let board = Board::boot("riscv_tls");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("body");
    for version in VERSIONS {
        for (length, status) in [(3_000, "200"), (6_000, "413"), (1_000_000, "413")] {
            std::fs::write(&file, vec![b'x'; length]).expect("written");
            let data = format!("@{}", file.display());
            let upload = ["--data-binary", &data, "-w", "\n%{http_code}"];
            let text = curl_text(&board, &[&version[..], &upload].concat(), &["/echo"]);
            assert!(text.ends_with(&format!("\n{status}")), "{version:?}, {length}: {text}");
            assert_eq!(text.contains("A record of TLS is larger than"), status == "413", "{text}");
        }
    }
}

#[test]
#[ignore = "needs QEMU, curl and the firmware: tests/device-tls installs and builds them"]
fn a_request_without_tls_is_answered_400_with_a_sentence() {
    let board = Board::boot("riscv_tls");
    for request in ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "G"] {
        let answer = read_to_end(&mut board.send(request.as_bytes()));
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
        assert!(answer.ends_with("\r\n\r\nThis port speaks HTTPS only\n"), "{answer}");
    }
    assert!(curl_text(&board, &[], &["/robots.txt"]).starts_with("User-agent"));
}

#[test]
#[ignore = "needs QEMU, curl and the firmware: tests/device-tls installs and builds them"]
fn a_handshake_that_stalls_ends_at_its_deadline_and_delays_no_other() {
    let board = Board::boot("riscv_tls");
    std::thread::scope(|scope| {
        // A record that announces more than comes.
        for bytes in [&b"\x16"[..], b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"] {
            let board = &board;
            let mut client = board.send(bytes);
            scope.spawn(move || assert_eq!(read_to_end(&mut client), ""));
        }
        let robots = curl_text(&board, &[], &["/robots.txt"]);
        assert!(robots.starts_with("User-agent"), "the third connection");
        let page = curl_text(&board, &[], &["/status"]);
        let uptime: u32 = page.split_whitespace().nth(1).expect("a number").parse().expect("a number");
        assert!(page.contains(" 3 served\n") || uptime >= 10, "the two stall still: {page}");
    });
    assert!(status(&board, "uptime ") >= 10, "not before the deadline");
}

#[test]
#[ignore = "needs QEMU, curl and the firmware: tests/device-tls installs and builds them"]
fn the_heap_is_free_after_connections_of_every_kind() {
    let mut board = Board::boot("riscv_tls");
    let before = status(&board, "heap ");
    for version in VERSIONS {
        std::thread::scope(|scope| {
            // More than there are slots, and than there are sockets.
            for _ in 0..8 {
                scope.spawn(|| curl(&board, &version, &["/robots.txt"]));
            }
        });
    }
    let mut hello = b"\x16\x03\x01\x00\x40\x01\x00\x00\x3c\x03\x03".to_vec();
    hello.extend([7; 58]);
    for garbage in
        [&b"\x16\x03\x01\x00\x05hello"[..], b"\x15\x03\x03\x00\x02\x02\x50", b"\0\0\0\0\0\0\0\0", &hello]
    {
        // Whatever the answer, it ends.
        let _ = board.send(garbage).read_to_end(&mut Vec::new());
        // A client that is gone in its handshake.
        drop(board.send(garbage));
    }
    assert_eq!(status(&board, "heap "), before, "as with one connection at the start");
    assert!(board.is_up());
}

/// Runs the image on a machine with `devices` beside the network until it ends or is ready. Returns its output, and true if it has failed.
fn start(devices: &[&str]) -> (String, bool) {
    let mut qemu = Command::new(RISCV_QEMU)
        .args(RISCV_MACHINE)
        .args(["-netdev", "user,id=n0,restrict=on", "-device", "virtio-net-device,netdev=n0"])
        .args(devices)
        .args(["-display", "none", "-monitor", "none", "-serial", "null"])
        .args(["-semihosting-config", "enable=on,target=native", "-kernel"])
        .arg(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/firmware/riscv_tls"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("QEMU runs");
    let mut text = String::new();
    for line in BufReader::new(qemu.stdout.take().expect("piped")).lines().map_while(Result::ok) {
        text.push_str(&line);
        if line.starts_with("READY ") {
            qemu.kill().expect("it runs");
        }
    }
    (text, qemu.wait().expect("QEMU ends").code() == Some(1))
}

#[test]
#[ignore = "needs QEMU and the firmware: tests/device-tls installs and builds them"]
fn without_random_bytes_the_image_refuses_to_start() {
    let zeros = ["-object", "rng-random,filename=/dev/zero,id=r", "-device", "virtio-rng-device,rng=r"];
    let folder = tempfile::tempdir().expect("a folder");
    let fifo = folder.path().join("silent");
    assert!(Command::new("mkfifo").arg(&fifo).status().expect("mkfifo runs").success());
    let _writer = std::fs::File::options().read(true).write(true).open(&fifo).expect("a FIFO without bytes");
    let backend = format!("rng-random,filename={},id=r", fifo.display());
    let silent = ["-object", &backend, "-device", "virtio-rng-device,rng=r"];
    for devices in [&[][..], &zeros, &silent] {
        let (text, has_failed) = start(devices);
        assert!(text.starts_with("REFUSED no TLS without random bytes"), "{devices:?}: {text}");
        assert!(!text.contains("READY") && has_failed, "{devices:?}: {text}");
    }
}
