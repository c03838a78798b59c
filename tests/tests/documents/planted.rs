//! Errors that are planted in documents, each of which has to be found, beside what is right.

use crate::check::check;
use crate::markdown::Document;
use crate::repository::Repository;

/// What is written, and a part of what is found; nothing is found of an empty one.
const PLANTED: &[(&str, &str)] = &[
    // Flags of the program.
    ("`--bind ADDR:PORT`, `--quiet=no`, `bantam DIR --spa index.html`", ""),
    ("`--blind ADDR:PORT`", "--blind is no flag"),
    ("with --blind", "--blind is no flag"),
    ("`--quiet --blind`", "--blind is no flag"),
    ("`bantam public --blind=x`", "bantam has no --blind"),
    ("```sh\nA=b bantam --blind\n```", "bantam has no --blind"),
    ("`BANTAM_TIMEOUT_IDLE=5`, `BANTAM_TLS_CERTIFICATE`", ""),
    // In two parts, or this file would be a source that has it.
    (concat!("`BANTAM_TIMEOUT_", "IDOL=5`"), "nothing reads BANTAM_TIMEOUT_"),
    // Scripts.
    ("`tests/bench-parser --check` and `--device`, `tests/stress 1 2`, `tests/device riscv path/to/elf`", ""),
    ("`tests/bench-parsers`", "tests/bench-parsers is no program"),
    ("`tests/lib`", "tests/lib is no program"),
    ("`tests/bench-parser --chick`", "does not have --chick"),
    ("`tests/device risc`", "does not have risc"),
    ("`--device` of `tests/bench-server`", "--device is no flag"),
    ("```sh\nWAYS=\"kept\" tests/bench-server --kept\n```", "does not have --kept"),
    // Commands of cargo.
    ("`cargo test -p bantam-std --features cli --test syscalls filter -- --ignored`", ""),
    ("`cargo test -p bantam-sdt`", "there is no package bantam-sdt"),
    ("`cargo test -p bantam-std --features cil`", "there is no feature cil"),
    ("`cargo test --workspace --features bantam-std/cil`", "there is no feature bantam-std/cil"),
    ("`cargo test -p bantam-std --test syscall`", "there is no test syscall"),
    ("`cargo test -p bantam-std --test syscalls filters`", "no test has filters"),
    ("`cargo test -p bantam-std --test syscalls -- --ignore`", "a test program has no --ignore"),
    ("`cargo test --works`", "cargo test has no --works"),
    ("`cargo run -p bantam --example clients`", "there is no example clients"),
    ("`cargo run --release -- --blind`", "the program has no --blind"),
    ("`cargo run -p bantam-std --example plaintext -- --blind`", "the program has no --blind"),
    ("`cargo install --path transport-sdt`", "transport-sdt does not exist"),
    ("    cd transport-embedded/boards\n    cargo build -p pico-w", ""),
    ("    cd transport-embedded/boards\n    cargo build -p pico", "there is no package pico"),
    ("    cd transport-embedded/bards\n    cargo build", "there is no folder transport-embedded/bards"),
    // Features.
    ("the feature `ws`, the features `ipv6` (default), `dhcp` and `log`", ""),
    ("the feature `wss`", "there is no feature wss"),
    ("the features `ipv6` (default), `dhpc` and `log`", "there is no feature dhpc"),
    ("```toml\nbantam = { version = \"0.1\", features = [\"json\", \"ws\"] }\n```", ""),
    (
        "```toml\nbantam = { version = \"0.1\", features = [\"json\", \"tls\"] }\n```",
        "bantam has no feature tls",
    ),
    ("```toml\nbantam-sdt = \"0.1\"\n```", "there is no package bantam-sdt"),
    // Paths and links.
    ("`tests/tests/documents`, `core/src/lib.rs`, `core/src/method::a_method`, `core/src/lib`", ""),
    ("`core/src/library.rs`", "core/src/library.rs does not exist"),
    ("[a](README.md#two-commands) [b](core) [c](#here)\n\n# Here\n", ""),
    ("[a](READ.md)", "READ.md leads nowhere"),
    ("![a](core/no.png)", "core/no.png leads nowhere"),
    ("<source srcset=\"core/no.svg\">", "core/no.svg leads nowhere"),
    ("[a](README.md#three-commands)", "there is no such heading"),
    ("[a](#there)\n\n# Here\n", "there is no such heading"),
];

#[test]
fn a_planted_error_is_found_and_what_is_right_is_not() {
    let repository = Repository::read();
    for (text, part) in PLANTED {
        let found = check(&Document::parse("planted.md", text), &repository);
        let is_as_expected =
            if part.is_empty() { found.is_empty() } else { found.len() == 1 && found[0].contains(part) };
        assert!(is_as_expected, "{text}: {found:?}");
    }
}
