//! What the program tells its operator: metrics in the format of Prometheus, refusals, users, and health.

#[macro_use]
mod common;
#[path = "common/program.rs"]
mod program;
#[path = "telemetry/status.rs"]
mod status;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::process::Stdio;

use common::{connect, get, read_response, read_to_close, send};
use program::{Program, command};

/// Samples by their names with labels.
type Samples = BTreeMap<String, f64>;

fn scrape(metrics: SocketAddr) -> String {
    let response = read_to_close(&mut send(metrics, b"GET /metrics HTTP/1.0\r\n\r\n"));
    response.split_once("\r\n\r\n").expect("a head").1.to_owned()
}

/// A reader of text format 0.0.4: each family is one HELP, one TYPE and its samples, and none comes twice.
fn parse(text: &str) -> Samples {
    assert!(text.ends_with('\n'), "{text}");
    let is_name = |name: &str| {
        let mut letters = name.chars();
        letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
            && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    let (mut samples, mut kinds, mut help) = (Samples::new(), BTreeMap::new(), "");
    let (mut family, mut kind) = ("", "");
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, text) = rest.split_once(' ').expect("a text");
            assert!(is_name(name) && text.ends_with('.'), "{line}");
            help = name;
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            (family, kind) = rest.split_once(' ').expect("a type");
            assert_eq!(family, help, "HELP and TYPE are of one family");
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert_eq!(kinds.insert(family, kind), None, "the family comes once: {line}");
            assert_eq!(kind == "counter", family.ends_with("_total"), "{line}");
        } else {
            let (series, value) = line.rsplit_once(' ').expect("a value");
            let name = series.split('{').next().expect("a name");
            let suffix = name.strip_prefix(family).expect("the sample is of its family");
            let suffixes = if kind == "histogram" { &["_bucket", "_sum", "_count"][..] } else { &[""] };
            assert!(suffixes.contains(&suffix), "{line}");
            if let Some(labels) = series.strip_prefix(name).filter(|labels| !labels.is_empty()) {
                let labels =
                    labels.strip_prefix('{').and_then(|labels| labels.strip_suffix('}')).expect("labels");
                for label in labels.split(',') {
                    let (label, value) = label.split_once('=').expect("a label");
                    assert!(is_name(label) && value.len() > 2, "{line}");
                    assert!(
                        value.starts_with('"') && value.ends_with('"') && !value.contains('\\'),
                        "{line}"
                    );
                }
            }
            let value: f64 = value.parse().expect("a number");
            assert!(value >= 0.0, "{line}");
            assert_eq!(samples.insert(series.to_owned(), value), None, "the series comes once: {line}");
        }
    }
    samples
}

/// The right credentials of the user ada, and wrong ones.
const RIGHT: &str = "Authorization: Basic YWRhOnNlY3JldA==\r\n";
const WRONG: &str = "Authorization: Basic YWRhOnNlY3Jl\r\n";

fn hash(password: &str) -> String {
    let mut hashing =
        command(&["--hash-password"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("started");
    hashing.stdin.take().expect("piped").write_all(password.as_bytes()).expect("written");
    String::from_utf8(hashing.wait_with_output().expect("ended").stdout).expect("text").trim().to_owned()
}

#[test]
fn metrics_are_valid_and_every_series_begins_at_zero() {
    let mut program = Program::start(&["--metrics", "127.0.0.1:0"]);
    let metrics = program.metrics_address();
    let before = parse(&scrape(metrics));
    for series in [
        "bantam_requests_total{status=\"200\"}",
        "bantam_requests_total{status=\"503\"}",
        "bantam_refusals_total{reason=\"bad_host\"}",
        "bantam_refusals_total{reason=\"timeout\"}",
        "bantam_refusals_total{reason=\"tls\"}",
        "bantam_refusals_total{reason=\"proxy_header\"}",
        "bantam_refusals_total{reason=\"connection_limit\"}",
        "bantam_connections_rejected_total",
        "bantam_page_failures_total",
        "bantam_responses_aborted_total",
        "bantam_log_lines_lost_total{sink=\"stderr\"}",
    ] {
        assert_eq!(before.get(series), Some(&0.0), "{series}");
    }
    read_response(&mut send(program.address, &get("/robots.txt"))).unwrap();
    read_to_close(&mut send(program.address, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n"));
    let after = parse(&scrape(metrics));
    let names = |samples: &Samples| samples.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&before), names(&after), "no series appears later");
    assert_eq!(after["bantam_requests_total{status=\"200\"}"], 1.0);
    assert_eq!(after["bantam_refusals_total{reason=\"tls\"}"], 1.0);
}

#[test]
#[cfg(target_os = "linux")]
fn the_metrics_of_the_process_are_those_of_proc() {
    let mut program = Program::start(&["--metrics", "127.0.0.1:0"]);
    let metrics = program.metrics_address();
    let samples = parse(&scrape(metrics));
    let number = |key: &str| -> f64 {
        program.status(key).split_whitespace().nth(1).unwrap().parse().expect("a number")
    };
    assert_eq!(samples["process_threads"], number("Threads"));
    assert!((samples["process_resident_memory_bytes"] / 1024.0 - number("VmRSS")).abs() < 1024.0);
    assert!((samples["process_virtual_memory_bytes"] / 1024.0 - number("VmSize")).abs() < 1024.0);
    let open = std::fs::read_dir(format!("/proc/{}/fd", program.child.id())).unwrap().count() as f64;
    // The connection of the scrape may still be open.
    let counted = samples["process_open_fds"];
    assert!(open <= counted && counted <= open + 1.0, "{counted} of {open}");
    assert!(samples["process_max_fds"] >= counted);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
    let age = now - samples["process_start_time_seconds"];
    assert!((-2.0..600.0).contains(&age), "{age} s old");
    assert!(samples["process_cpu_seconds_total"] < 60.0);
}

#[test]
fn a_user_is_logged_if_the_access_control_has_let_the_request_in() {
    let user = format!("ada:{}", hash("secret"));
    for format in ["common", "json"] {
        let mut program = Program::start(&["--basic-auth", &user, "--log-format", format]);
        let mut logged = |name: &str, request: &str| {
            read_to_close(&mut send(program.address, format!("{request}\r\n").as_bytes()));
            let line = program.wait_for_line(name);
            if format == "common" {
                return line.split(' ').nth(2).unwrap().to_owned();
            }
            let line: serde_json::Value = serde_json::from_str(&line).unwrap();
            line["user"].as_str().unwrap_or("-").to_owned()
        };
        for (name, request, user) in [
            ("/1", format!("GET /1 HTTP/1.0\r\n{WRONG}"), "-"),
            ("/2", "GET /2 HTTP/1.0\r\n".to_owned(), "-"),
            ("/robots.txt?3", format!("GET /robots.txt?3 HTTP/1.0\r\n{RIGHT}"), "ada"),
            ("/4", format!("GET /4 HTTP/1.0\r\n{RIGHT}"), "ada"),
            ("/5", format!("GET /5 HTTP/1.0\r\n{WRONG}"), "-"),
            // These are refused or answered by others than a page.
            ("/6", format!("OPTIONS /6 HTTP/1.0\r\n{WRONG}"), "-"),
            ("/7", format!("GET /7 HTTP/1.0\r\nHost: a b\r\n{WRONG}"), "-"),
            ("/8", format!("BREW /8 HTTP/1.0\r\n{WRONG}"), "-"),
            (
                "/9",
                format!("GET /9 HTTP/1.0\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n{WRONG}"),
                "-",
            ),
        ] {
            assert_eq!(logged(name, &request), user, "{format}: {request}");
        }
    }
}

#[test]
fn without_users_no_name_is_logged() {
    let mut program = Program::start(&[]);
    read_to_close(&mut send(program.address, format!("GET /1 HTTP/1.0\r\n{RIGHT}\r\n").as_bytes()));
    assert!(program.wait_for_line("/1").starts_with("127.0.0.1 - - ["));
}

in_every_mode! {
fn a_proxy_without_its_header_is_said_logged_and_counted(mode) {
    let flags = ["--metrics", "127.0.0.1:0", "--trust-proxy", "127.0.0.1", "--client-from", "proxy-protocol"];
    let mut program = Program::start_in(mode, &flags);
    let metrics = program.metrics_address();
    assert!(read_to_close(&mut send(program.address, &get("/robots.txt"))).starts_with("HTTP/1.1 400 "));
    let warning = program.wait_for_line("PROXY protocol");
    assert!(warning.starts_with("warn: 127.0.0.1:") && warning.contains("answered 400"), "{warning}");
    let line = program.wait_for_line("\" 400 ");
    assert!(line.starts_with("127.0.0.1 - - [") && line.contains("] \"\" 400 0"), "{line}");
    assert_eq!(parse(&scrape(metrics))["bantam_refusals_total{reason=\"proxy_header\"}"], 1.0);
    // The warnings have a limit; the lines of the access log have none.
    for _ in 0..20 {
        read_to_close(&mut send(program.address, &get("/robots.txt")));
    }
    program.signal("TERM");
    let (_, _, err) = program.wait();
    assert_eq!(err.matches("PROXY protocol").count(), 4, "{err}");
    assert_eq!(err.matches("\"\" 400 0").count(), 20, "{err}");
}

fn a_connection_beyond_the_limit_is_said_logged_and_counted(mode) {
    let mut program = Program::start_in(mode, &["--metrics", "127.0.0.1:0", "--max-connections", "2"]);
    let metrics = program.metrics_address();
    let begin = || {
        let mut client = send(program.address, &[get("/robots.txt"), b"GET / HT".to_vec()].concat());
        read_response(&mut client).unwrap();
        client
    };
    let _begun = [begin(), begin()];
    assert!(read_to_close(&mut send(program.address, &get("/robots.txt"))).starts_with("HTTP/1.1 503 "));
    let samples = parse(&scrape(metrics));
    assert_eq!(samples["bantam_refusals_total{reason=\"connection_limit\"}"], 1.0);
    assert_eq!(samples["bantam_connections_rejected_total"], 1.0);
    let warning = program.wait_for_line("limit of connections");
    assert!(warning.starts_with("warn: 127.0.0.1:"), "{warning}");
    assert!(program.wait_for_line("\" 503 ").starts_with("127.0.0.1 - - ["));
}
}

#[test]
fn a_proxy_that_is_not_trusted_is_said() {
    for header in [&b"PROXY TCP4 1.2.3.4 9.9.9.9 77 80\r\n"[..], b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"] {
        let mut program = Program::start(&[]);
        let answer = read_to_close(&mut send(program.address, &[header, &get("/robots.txt")].concat()));
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        let line = program.wait_for_line("PROXY protocol");
        assert!(line.starts_with("warn: 127.0.0.1:"), "{line}");
    }
}

#[test]
fn a_head_that_takes_too_long_is_logged_and_counted() {
    let mut program = Program::start(&["--metrics", "127.0.0.1:0", "--timeout-head", "0.1"]);
    let metrics = program.metrics_address();
    assert!(read_to_close(&mut send(program.address, b"GET /1 HTTP/1.1\r\n")).starts_with("HTTP/1.1 408 "));
    assert!(program.wait_for_line("\" 408 ").contains("\"GET /1 HTTP/1.1\" 408 "));
    assert_eq!(parse(&scrape(metrics))["bantam_refusals_total{reason=\"timeout\"}"], 1.0);
}

/// A file of mode 0, which root may read all the same, and a link out of the root, which no user may follow.
#[test]
#[cfg(unix)]
fn a_file_that_may_not_be_read_is_said_a_few_times() {
    use std::os::unix::fs::PermissionsExt as _;

    let dir = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("a"), "a").unwrap();
    std::os::unix::fs::symlink(outside.path().join("a"), dir.path().join("link")).unwrap();
    let secret = dir.path().join("secret");
    std::fs::write(&secret, "a").unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o000)).unwrap();
    let may_read_anyway = std::fs::read(&secret).is_ok();
    let program = Program::start(&["--root", dir.path().to_str().unwrap()]);
    for path in ["/missing", "/link", "/secret"].repeat(20) {
        let answer =
            read_to_close(&mut send(program.address, format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()));
        assert!(
            answer.starts_with("HTTP/1.1 404 ") || (may_read_anyway && path == "/secret"),
            "{path}: {answer}"
        );
    }
    program.signal("TERM");
    let (_, _, err) = program.wait();
    let warnings: Vec<_> = err.lines().filter(|line| line.starts_with("warn: cannot read ")).collect();
    assert_eq!(warnings.len(), 5, "{err}");
    assert!(warnings.iter().any(|line| line.starts_with("warn: cannot read \"link\": ")), "{err}");
    assert!(may_read_anyway || warnings.iter().any(|line| line.contains("\"secret\"")), "{err}");
}

#[test]
fn silent_connections_do_not_keep_health_from_being_answered() {
    let mut program = Program::start(&["--metrics", "127.0.0.1:0"]);
    let metrics = program.metrics_address();
    let silent: Vec<_> = (0..400).map(|_| connect(metrics)).collect();
    let kept: Vec<_> = (0..400)
        .map(|_| {
            let mut client = send(metrics, &get("/healthz"));
            assert!(read_response(&mut client).unwrap().ends_with("\r\n\r\nok\n"));
            client
        })
        .collect();
    for _ in 0..10 {
        let health = read_to_close(&mut send(metrics, b"GET /healthz HTTP/1.0\r\n\r\n"));
        assert!(health.starts_with("HTTP/1.1 200 "), "{health}");
    }
    drop((silent, kept));
}
