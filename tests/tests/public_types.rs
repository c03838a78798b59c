//! Traits that users expect of public types, asked of the listings in `tests/api`, which `tests/public-api` compares with the code.

use std::collections::BTreeSet;

const LISTINGS: [&str; 5] = [
    include_str!("../api/bantam.txt"),
    include_str!("../api/bantam-std.txt"),
    include_str!("../api/bantam-embedded.txt"),
    include_str!("../api/bantam-build.txt"),
    include_str!("../api/bantam-www.txt"),
];

/// Types without a trait, and why.
const EXCEPTIONS: [(&str, &str, &str); 6] = [
    (
        "core::marker::Send",
        "FilteredRxToken",
        "borrows what the filter shares with its port, which one executor has",
    ),
    ("core::marker::Sync", "FilteredRxToken", "the same"),
    ("core::marker::Send", "SynFilter", "shares cells with its port"),
    ("core::marker::Sync", "SynFilter", "the same"),
    ("core::marker::Sync", "ServerPort", "workers on one executor share its cells"),
    ("core::marker::Sync", "TcpServer", "the slots of one loop share its cells"),
];

/// The name of a type, without its modules, which are others where it is exported twice, and without its parameters.
fn name(text: &str) -> &str {
    let path = text
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != ':')
        .next()
        .unwrap_or(text);
    path.rsplit(':').next().unwrap_or(path)
}

/// The public structs and enums of a listing.
fn types(listing: &str) -> BTreeSet<&str> {
    let lines = listing.lines().map(|line| line.strip_prefix("#[non_exhaustive] ").unwrap_or(line));
    lines
        .filter_map(|line| line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum ")))
        .map(name)
        .collect()
}

/// The types that implement a trait, if only where their parameters do.
fn implementors<'text>(listing: &'text str, of: &str) -> BTreeSet<&'text str> {
    let (implemented, denied) = (format!(" {of} for "), format!("!{of} for "));
    let lines = listing.lines().filter(|line| line.starts_with("impl") && !line.contains(&denied));
    lines.filter_map(|line| Some(name(line.split_once(&implemented)?.1))).collect()
}

#[test]
fn every_public_type_is_debug_send_and_sync() {
    let (mut wrong, mut found, mut counted) = (Vec::new(), BTreeSet::new(), 0);
    for listing in LISTINGS {
        let types = types(listing);
        counted += types.len();
        for of in ["core::fmt::Debug", "core::marker::Send", "core::marker::Sync"] {
            let implementors = implementors(listing, of);
            for missing in types.difference(&implementors) {
                match EXCEPTIONS.iter().position(|exception| (exception.0, exception.1) == (of, *missing)) {
                    Some(exception) => _ = found.insert(exception),
                    None => wrong.push(format!("{missing} is not {of}")),
                }
            }
        }
    }
    let stale = (0..EXCEPTIONS.len()).filter(|exception| !found.contains(exception));
    wrong.extend(stale.map(|exception| format!("needs no exception: {:?}", EXCEPTIONS[exception])));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(counted > 100, "{counted} types");
}

#[test]
fn a_type_that_lacks_a_trait_is_found() {
    let listing = "impl<T> !core::marker::Send for a::B<T>\nimpl core::marker::Send for a::C where T: core::marker::Send\n\
                   #[non_exhaustive] pub enum a::B<T>\npub struct a::C\npub fn a::d()";
    assert_eq!(types(listing), BTreeSet::from(["B", "C"]));
    assert_eq!(implementors(listing, "core::marker::Send"), BTreeSet::from(["C"]));
}
