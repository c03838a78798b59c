//! Every pair of the program's features, and the rules that hold for all of them together.
//!
//! Invariant: a rule names no pair; what a feature promises alone, it promises beside every other.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod answer;
#[path = "../common/mod.rs"]
mod common;
mod contents;
mod coverage;
#[path = "../common/program.rs"]
mod program;
mod rules;

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use answer::Answer;
use program::Program;
use tempfile::TempDir;

/// The user `ada` with the password `password`, which is checked in a millisecond.
const USER: &str = "ada:$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
const LOGIN: &str = "Authorization: Basic YWRhOnBhc3N3b3Jk\r\n";
/// The origin of --cors.
const ORIGIN: &str = "Origin: https://a.example\r\n";
const OTHER_ORIGIN: &str = "Origin: https://b.example\r\n";

/// A feature of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Feature {
    Auth,
    Cors,
    CorsAll,
    Spa,
    Listing,
    Archive,
    Pages,
    AllowHost,
    Proxy,
    CacheControl,
    Hidden,
    PrettyUrls,
    Prefix,
    Redirect,
    NoSymlinks,
    MaxBody,
    Upload,
    Responses,
    Compress,
    Limits,
    Tls,
    Threads,
    #[cfg(feature = "tokio")]
    Tokio,
}

use Feature::*;

/// Fields and pages of the operator's.
const OWN_RESPONSES: &[&str] = &[
    "--header",
    "X-Own: a, b",
    "--header",
    "Referrer-Policy: no-referrer",
    "--security-headers",
    "--error-page",
    "401=error.html,404=error.html,405=error.html,412=error.html,416=error.html,421=error.html",
];

/// Limits that no rule reaches.
const LIMITS: &[&str] = &[
    "--rate-limit",
    "1000000/s",
    "--max-rate",
    "1g",
    "--max-requests",
    "1000",
    "--timeout-connection",
    "600",
    "--max-connections-per-client",
    "1000",
];

/// Each feature with its flags.
const FEATURES: &[(Feature, &[&str])] = &[
    (Auth, &["--basic-auth", USER]),
    (Cors, &["--cors", "https://a.example"]),
    (CorsAll, &["--cors", "*"]),
    (Spa, &["--spa", "spa.html"]),
    (Listing, &["--listing"]),
    (Archive, &["--archive"]),
    (Pages, &["--pages"]),
    (AllowHost, &["--allow-host", "a"]),
    (Proxy, &["--trust-proxy", "127.0.0.1"]),
    (CacheControl, &["--cache-control", "max-age=60"]),
    (Hidden, &["--hidden"]),
    (PrettyUrls, &["--pretty-urls"]),
    (Prefix, &["--prefix", "/docs"]),
    (Redirect, &["--redirect", "/old/*=/new/*,/docs/old/*=/docs/new/*=302"]),
    (NoSymlinks, &["--symlinks", "never"]),
    (MaxBody, &["--max-body", "10"]),
    (Upload, &["--upload", "--upload-overwrite", "--upload-min-free", "0"]),
    (Responses, OWN_RESPONSES),
    (Compress, &["--compress", "all"]),
    (Limits, LIMITS),
    (Tls, &["--tls-self-signed"]),
    (Threads, &["--mode", "threads"]),
    #[cfg(feature = "tokio")]
    (Tokio, &["--mode", "tokio"]),
];

/// Paths of what there is below the root, and of what there is not.
const PATHS: [&str; 13] = [
    "/",
    "/a.txt",
    "/coded.txt",
    "/long.txt",
    "/dir",
    "/dir/",
    "/dir/?archive=tar.gz",
    "/site/",
    "/page",
    "/gone",
    "/link.txt",
    "/.hidden",
    "/nothing",
];

/// The program with some features.
struct Case {
    features: Vec<Feature>,
    program: Program,
    log: std::path::PathBuf,
    answers: RefCell<HashMap<String, Answer>>,
}

impl Case {
    fn start(root: &Path, features: &[usize]) -> Self {
        let features: Vec<_> = features.iter().map(|index| FEATURES[*index]).collect();
        let log = root.parent().unwrap().join("log");
        let _ = fs::remove_file(&log);
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let (root, log_text) = (text(root), text(&log));
        let mut flags = vec!["--root", &*root, "--workers", "2", "--access-log", &*log_text];
        features.iter().for_each(|(_, own)| flags.extend(*own));
        let mut program = Program::start(&flags);
        let features: Vec<_> = features.into_iter().map(|(feature, _)| feature).collect();
        if features.contains(&Tls) {
            program.address = common::tls_bridge::bridge(program.address);
        }
        Self { features, program, log, answers: RefCell::default() }
    }

    fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }

    /// A path below the prefix of --prefix.
    fn path(&self, path: &str) -> String {
        let prefix = if self.has(Prefix) && path.starts_with('/') { "/docs" } else { "" };
        format!("{prefix}{path}")
    }

    /// The answer to a request with whatever the features ask for.
    fn ask(&self, method: &str, path: &str, fields: &str) -> Answer {
        self.ask_plainly(method, path, &format!("Host: a\r\n{}{fields}", self.login()))
    }

    /// The field that --basic-auth asks for.
    fn login(&self) -> &'static str {
        if self.has(Auth) { LOGIN } else { "" }
    }

    /// The answer to a request. The same request is sent once.
    fn ask_plainly(&self, method: &str, path: &str, fields: &str) -> Answer {
        let path = self.path(path);
        let request = format!("{method} {path} HTTP/1.1\r\n{fields}Connection: close\r\n\r\n");
        if let Some(answer) = self.answers.borrow().get(&request) {
            return answer.clone();
        }
        let mut bytes = Vec::new();
        let mut stream = common::send(self.program.address, request.as_bytes());
        stream.read_to_end(&mut bytes).expect("closed in time");
        let answer = Answer::parse(&request, &bytes);
        self.answers.borrow_mut().insert(request, answer.clone());
        answer
    }
}

/// Fills a folder.
fn fill(root: &Path) {
    for dir in ["", "dir", "site"] {
        fs::create_dir(root.join(dir)).unwrap();
    }
    let text = "0123456789".repeat(10);
    for (name, content) in [
        ("a.txt", "a text"),
        ("coded.txt", &text),
        // It need not be what its name says.
        ("coded.txt.gz", "0123456789 coded"),
        ("long.txt", &text.repeat(50)),
        ("dir/b.txt", "b"),
        ("site/index.html", "<p>index"),
        ("spa.html", "<p>application"),
        ("page.html", "<p>page"),
        ("gone.html.gz", "coded"),
        ("error.html", "<p>own page"),
        (".hidden", "hidden"),
    ] {
        fs::write(root.join(name), content).unwrap();
        // An hour old, so that its tag is strong.
        let then = SystemTime::now() - Duration::from_secs(3600);
        File::options().append(true).open(root.join(name)).and_then(|file| file.set_modified(then)).unwrap();
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink("a.txt", root.join("link.txt")).unwrap();
}

/// Starts the program with these features, and checks every rule.
fn check(home: &TempDir, features: &[usize]) {
    let case = Case::start(&home.path().join("root"), features);
    for (name, rule) in rules::RULES {
        println!("{:?}: {name}", case.features);
        rule(&case);
    }
}

/// Checks a share of the pairs.
fn check_pairs(share: usize, shares: usize) {
    let home = tempfile::tempdir().unwrap();
    fill(&home.path().join("root"));
    let count = FEATURES.len();
    let singles = (0..count).map(|one| vec![one]);
    let pairs = (0..count).flat_map(|one| (one + 1..count).map(move |other| vec![one, other]));
    let has_two_modes =
        |features: &[usize]| features.iter().filter(|index| FEATURES[**index].1[0] == "--mode").count() > 1;
    let all = std::iter::once(Vec::new()).chain(singles).chain(pairs);
    for features in all.filter(|features| !has_two_modes(features)).skip(share).step_by(shares) {
        check(&home, &features);
    }
}

#[test]
fn every_rule_holds_for_every_pair_of_features_1() {
    check_pairs(0, 2);
}

#[test]
fn every_rule_holds_for_every_pair_of_features_2() {
    check_pairs(1, 2);
}

#[test]
fn every_rule_holds_for_all_features_together() {
    let home = tempfile::tempdir().unwrap();
    fill(&home.path().join("root"));
    // Left out are the modes, and what makes a refusal of what the others serve.
    let is_left_out = |feature| match feature {
        NoSymlinks | MaxBody | Threads => true,
        #[cfg(feature = "tokio")]
        Tokio => true,
        _ => false,
    };
    for other_origins in [CorsAll, Cors] {
        let is_in = |feature| feature != other_origins && !is_left_out(feature);
        let all: Vec<_> = (0..FEATURES.len()).filter(|index| is_in(FEATURES[*index].0)).collect();
        check(&home, &all);
    }
}
