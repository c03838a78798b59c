//! The examples, run as programs.

mod counters;

use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use bantam_std::Server;
use bantam_www::Www;

/// Builds an example of a package. Returns its path.
fn build(package: &str, name: &str) -> PathBuf {
    let built =
        Command::new(env!("CARGO")).args(["build", "--quiet", "-p", package, "--example", name]).status();
    assert!(built.expect("cargo runs").success());
    // The examples are in a sibling of this test's folder.
    let here = std::env::current_exe().expect("a path");
    here.parent().and_then(|deps| deps.parent()).expect("a folder").join("examples").join(name)
}

/// Runs an example of the core with these arguments and this standard input.
fn example(name: &str, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(build("bantam", name))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    // The example may have ended without reading all input.
    let _ = child.stdin.take().expect("piped").write_all(input);
    child.wait_with_output().expect("ended")
}

const REQUESTS: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\n\r\n\
                        POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn the_serial_example_serves_and_the_capture_example_reads_its_output() {
    let line = example("line", &[], REQUESTS.as_bytes());
    let output = String::from_utf8(line.stdout).expect("text");
    let statuses: Vec<_> = output.lines().filter_map(|line| line.strip_prefix("HTTP/1.1 ")).collect();
    assert_eq!(statuses, ["200 OK", "200 OK", "404 Not Found", "200 OK"], "{output}");
    assert!(output.ends_with("\r\n\r\nHello over the line.\n"));

    let folder = std::env::temp_dir().join(format!("bantam-capture-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let files = ["requests", "responses"].map(|name| folder.join(name));
    fs::write(&files[0], REQUESTS).expect("written");
    fs::write(&files[1], &output).expect("written");
    let capture = example("capture", &files.each_ref().map(|file| file.to_str().expect("a name")), b"");
    let _ = fs::remove_dir_all(folder);
    let read = String::from_utf8(capture.stdout).expect("text");
    let expected = "GET / (0 bytes of body)\n  200 OK (21 bytes of body)\n\
                    HEAD / (0 bytes of body)\n  200 OK (0 bytes of body)\n\
                    POST /x (3 bytes of body)\n  404 Not Found (0 bytes of body)\n\
                    GET / (0 bytes of body)\n  200 OK (21 bytes of body)\n";
    assert_eq!(read, expected, "{}", String::from_utf8_lossy(&capture.stderr));
}

/// The output of the capture example, and its error message if it fails.
fn capture(requests: &str, responses: &str) -> Result<String, String> {
    let folder =
        std::env::temp_dir().join(format!("bantam-capture-{}-{}", std::process::id(), responses.len()));
    fs::create_dir_all(&folder).expect("a folder");
    let files = ["requests", "responses"].map(|name| folder.join(name));
    fs::write(&files[0], requests).expect("written");
    fs::write(&files[1], responses).expect("written");
    let output = example("capture", &files.each_ref().map(|file| file.to_str().expect("a name")), b"");
    let _ = fs::remove_dir_all(folder);
    let [stdout, stderr] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).expect("text"));
    if output.status.success() { Ok(stdout) } else { Err(stderr) }
}

#[test]
fn a_capture_is_decoded_and_a_truncated_one_is_an_error() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\n\r\n";
    let sized = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
    let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for response in [chunked, sized] {
        let expected = "GET / (0 bytes of body)\n  200 OK (3 bytes of body)\n";
        assert_eq!(capture(request, response).as_deref(), Ok(expected));
        for length in [0, 20, response.len() - 1] {
            let error = capture(request, &response[..length]).expect_err("truncated");
            assert!(error.contains("ended too early") || error.contains("Truncated"), "{error}");
        }
    }
}

#[test]
fn a_response_that_only_a_client_takes_is_read() {
    let request = "GET /?ids[]=1 HTTP/1.1\r\nHost: a\r\n\r\n";
    let response = "\r\nHTTP/1.1 200\nA : b,\n c\nTransfer-Encoding:\r\n chunked\n\n3  \r\nabc\r\n0\r\n\r\n";
    assert_eq!(
        capture(request, response).as_deref(),
        Ok("GET / (0 bytes of body)\n  200 OK (3 bytes of body)\n")
    );

    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("bound"));
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        let _ = stream.read(&mut [0; 1024]).expect("a request");
        stream
            .write_all(b"HTTP/1.1 200 OK\nContent-Type: text/plain;\r\n\tcharset=utf-8\n\nabc")
            .expect("sent");
    });
    let read = example("client", &[&url], b"");
    server.join().expect("served");
    assert_eq!(read.stdout, b"abc", "{read:?}");
    assert_eq!(String::from_utf8_lossy(&read.stderr), "200 OK text/plain;  \tcharset=utf-8\n");
}

#[test]
#[cfg(target_os = "linux")]
fn an_example_that_cannot_print_ends_with_an_error() {
    let files = ["requests", "responses"]
        .map(|name| std::env::temp_dir().join(format!("bantam-full-{}-{name}", std::process::id())));
    fs::write(&files[0], "GET / HTTP/1.1\r\nHost: a\r\n\r\n").expect("written");
    fs::write(&files[1], "HTTP/1.1 204 No Content\r\n\r\n").expect("written");
    let full = fs::File::options().write(true).open("/dev/full").expect("Linux");
    let output =
        Command::new(build("bantam", "capture")).args(&files).stdout(full).output().expect("it runs");
    files.iter().for_each(|file| drop(fs::remove_file(file)));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && !stderr.contains("panicked"), "{stderr}");
}

#[test]
fn the_serial_example_refuses_other_bytes() {
    let line = example("line", &[], b"NONSENSE\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let output = String::from_utf8(line.stdout).expect("text");
    assert!(output.starts_with("HTTP/1.1 400 ") && output.matches("HTTP/1.1 ").count() == 1, "{output}");
}

#[test]
fn a_client_gets_what_a_server_sends_chunked_or_not() {
    let server = Server::new().bind("127.0.0.1:0").expect("a port").start(Www::new()).expect("started");
    let url = |path: &str| format!("http://{}{path}", server.local_addrs()[0]);
    let style = example("client", &[&url("/style.css")], b"");
    assert!(style.stdout == include_bytes!("../../www/static/style.css"), "{style:?}");
    let greeting = example("client", &[&url("/?firstname=Ada")], b"");
    assert!(String::from_utf8_lossy(&greeting.stdout).contains("Hello, Ada!"), "{greeting:?}");
    assert!(String::from_utf8_lossy(&greeting.stderr).starts_with("200 OK text/html"));
    let nothing = example("client", &["ftp://nowhere"], b"");
    assert!(!nothing.status.success() && !nothing.stderr.is_empty());
}

#[test]
fn the_proxy_passes_on_what_it_understands_and_refuses_the_rest() {
    let server = Server::new().bind("127.0.0.1:0").expect("a port").start(Www::new()).expect("started");
    let broken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let broken_address = broken.local_addr().expect("bound");
    std::thread::spawn(move || {
        for stream in broken.incoming() {
            let mut stream = stream.expect("a client");
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx");
        }
    });
    let example = build("bantam", "proxy");
    let start = |server: &str| {
        let mut proxy = Command::new(&example).args(["127.0.0.1:0", server]).stdout(Stdio::piped()).spawn();
        let mut url = String::new();
        let stdout = proxy.as_mut().expect("started").stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut url).expect("a line");
        (proxy.expect("started"), url.replace("http://", "").replace("/\n", ""))
    };
    let proxies = [start(&server.local_addrs()[0].to_string()), start(&broken_address.to_string())];
    let ask = |number: usize, request: &str| {
        let mut stream = TcpStream::connect(&proxies[number].1).expect("connected");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    };
    let checked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let greeting =
            ask(0, "GET /?firstname=Ada HTTP/1.1\r\nHost: a\r\nConnection: x-hop\r\nX-Hop: 1\r\n\r\n");
        assert!(greeting.starts_with("HTTP/1.1 200 ") && greeting.contains("Hello, Ada!"), "{greeting}");
        assert_eq!(greeting.matches("Connection: close\r\n").count(), 1, "{greeting}");
        let head = ask(0, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
        assert!(head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"), "{head}");
        let echo =
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\n\r\n";
        let echo = ask(0, echo);
        assert!(echo.starts_with("HTTP/1.1 200 ") && echo.contains("hello"), "{echo}");
        for (refused, status) in [
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "400"),
            ("GET / HTTP/1.1\nHost: a\n\n", "400"),
            (
                "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
                "400",
            ),
            ("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", "501"),
        ] {
            let answer = ask(0, refused);
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{refused}: {answer}");
        }
        let answer = ask(1, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
    }));
    for (mut proxy, _) in proxies {
        proxy.kill().and_then(|()| proxy.wait()).expect("ended");
    }
    checked.expect("every answer is right");
}

#[test]
fn a_client_reads_and_changes_the_counters_of_the_json_api() {
    let mut command = Command::new(build("bantam-std", "json_api"));
    let mut server = command.arg("127.0.0.1:0").stdout(Stdio::piped()).spawn().expect("started");
    let mut url = String::new();
    BufReader::new(server.stdout.take().expect("piped")).read_line(&mut url).expect("a line");
    let address =
        url.strip_prefix("http://").and_then(|url| url.split('/').next()).expect("a URL").to_owned();
    let checked = std::panic::catch_unwind(|| counters::check(&address));
    server.kill().and_then(|()| server.wait()).expect("ended");
    checked.expect("every answer is right");
}

#[test]
fn the_clock_of_the_events_example_goes_on_behind_the_last_event() {
    let mut command = Command::new(build("bantam-std", "events"));
    let mut server = command.arg("127.0.0.1:0").stdout(Stdio::piped()).spawn().expect("started");
    let mut url = String::new();
    BufReader::new(server.stdout.take().expect("piped")).read_line(&mut url).expect("a line");
    let address =
        url.strip_prefix("http://").and_then(|url| url.split('/').next()).expect("a URL").to_owned();
    let read = std::panic::catch_unwind(|| {
        let mut client = TcpStream::connect(address).expect("connected");
        client.write_all(b"GET /clock HTTP/1.0\r\nLast-Event-ID: 41\r\n\r\n").expect("sent");
        let lines = BufReader::new(client).lines().map(|line| line.expect("open"));
        lines.filter(|line| line.starts_with("id: ")).take(2).collect::<Vec<_>>()
    });
    server.kill().and_then(|()| server.wait()).expect("ended");
    assert_eq!(read.expect("read"), ["id: 42", "id: 43"]);
}

#[test]
fn the_upload_example_streams_a_form_of_any_size() {
    for length in [0, 1, 511, 512, 513, 3_000_000] {
        let output = example("upload", &[&length.to_string()], b"");
        let text = String::from_utf8(output.stdout).expect("text");
        let expected = format!("Some(\"name\"): 3 bytes\nSome(\"file\"): {length} bytes\n");
        assert!(text.starts_with(&expected), "{text}");
    }
}

#[test]
fn the_update_example_installs_what_it_packs_and_refuses_half_of_it() {
    let folder = std::env::temp_dir().join(format!("bantam-ota-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let [program, image] = ["program", "image"].map(|name| folder.join(name));
    fs::write(&program, [7; 5000]).expect("written");
    let example = build("bantam", "ota");
    let packed = Command::new(&example).arg("pack").args([&program, &image]).status().expect("it runs");
    assert!(packed.success());
    let image = fs::read(image).expect("packed");
    let _ = fs::remove_dir_all(folder);

    let mut server =
        Command::new(example).args(["serve", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().expect("started");
    let mut lines = BufReader::new(server.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let url = lines.next().expect("a URL");
    let upload = |file: &[u8]| {
        let head = b"--xyz\r\nContent-Disposition: form-data; name=image; filename=a\r\n\r\n";
        let body = [head, file, b"\r\n--xyz--\r\n"].concat();
        let address = url.trim_start_matches("http://").trim_end_matches('/');
        let mut stream = TcpStream::connect(address).expect("connected");
        let head = format!(
            "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {}\r\n\
             Content-Type: multipart/form-data; boundary=xyz\r\n\r\n",
            body.len()
        );
        stream.write_all(&[head.as_bytes(), &body].concat()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    };
    let half = upload(&image[..image.len() / 2]);
    assert!(half.starts_with("HTTP/1.1 400 ") && half.contains("The image is cut off."), "{half}");
    let whole = upload(&image);
    assert!(whole.starts_with("HTTP/1.1 200 "), "{whole}");
    assert_eq!(lines.next().as_deref(), Some("slot 0 would start: image 1 of 5000 bytes"));
    server.kill().expect("killed");
    server.wait().expect("ended");
}
