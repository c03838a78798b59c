//! Every flag of the program is a feature of the pairs, or has a reason not to be one.

use std::collections::BTreeSet;

use crate::{FEATURES, program};

/// The flags of every case: see `Case::start`.
const EVERY_CASE: [&str; 3] = ["--root", "--workers", "--access-log"];

/// Flags that are no feature, and why. A flag that can change the answer to a request is a feature.
const NO_FEATURE: &[(&str, &[&str])] = &[
    ("where the program listens: the answers are the same", &["--bind", "--unix-mode", "--redirect-http"]),
    (
        "needs a certificate of its own, and is --tls-self-signed from there on",
        &["--tls-cert", "--tls-key", "--tls-reload"],
    ),
    (
        "a limit that no request of a rule reaches",
        &[
            "--max-connections",
            "--max-head",
            "--timeout-idle",
            "--timeout-head",
            "--timeout-body",
            "--timeout-body-total",
            "--timeout-reply",
        ],
    ),
    ("works at the end of the program", &["--timeout-stop", "--drain"]),
    (
        "what is told of answers, not what they are",
        &["--log-format", "--quiet", "--verbose", "--metrics", "--metrics-tls"],
    ),
    ("says what the value of --trust-proxy means", &["--client-from"]),
    ("the settings themselves", &["--config", "--check-config"]),
    ("compression, and uploads, with other amounts", &["--compress-cache", "--upload-max", "--upload-fsync"]),
    ("which methods --basic-auth asks: --upload with a password has its tests", &["--auth-for"]),
    (
        "what the process may do and who it is: every case runs in the sandbox",
        &["--sandbox", "--sandbox-read", "--user"],
    ),
    ("what is displayed at the start", &["--qr", "--open"]),
    ("serves nothing", &["--hash-password", "--man", "--completions"]),
];

#[test]
fn every_flag_is_a_feature_or_has_a_reason_not_to_be_one() {
    let flags: BTreeSet<String> = program::flags().into_iter().map(|(name, _)| name).collect();
    let features = FEATURES.iter().flat_map(|(_, flags)| flags.iter()).filter(|word| word.starts_with("--"));
    let features: BTreeSet<&str> = features.copied().chain(EVERY_CASE).collect();
    let others: Vec<&str> = NO_FEATURE.iter().flat_map(|(_, flags)| flags.iter().copied()).collect();
    let mut wrong = Vec::new();
    for flag in &flags {
        if !features.contains(&**flag) && !others.contains(&&**flag) {
            wrong.push(format!(
                "{flag}: add it to FEATURES of pairs/main.rs, or to NO_FEATURE of pairs/coverage.rs"
            ));
        }
    }
    for flag in features.iter().chain(&others).filter(|flag| !flags.contains(**flag)) {
        wrong.push(format!("{flag} is no flag of --help"));
    }
    for (index, flag) in others.iter().enumerate() {
        if features.contains(flag) || others[..index].contains(flag) {
            wrong.push(format!("{flag} stands in two places"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
