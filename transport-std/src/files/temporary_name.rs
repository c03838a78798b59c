//! The names of files that are being uploaded: hidden ones, beside the file that each becomes.
//!
//! Invariant: no request opens, lists or stores such a name, also where hidden names are served.

use std::hash::{BuildHasher as _, RandomState};

const PREFIX: &str = ".bantam-upload-";

/// A name that cannot be guessed.
pub(super) fn new() -> String {
    format!("{PREFIX}{:016x}", RandomState::new().hash_one(std::time::Instant::now()))
}

/// Returns true for such a name, in any case: some file systems do not tell cases apart.
pub(super) fn is_temporary(name: &[u8]) -> bool {
    name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_name_is_temporary_and_another_one_each_time() {
        let names = [new(), new()];
        assert!(names.iter().all(|name| is_temporary(name.as_bytes())) && names[0] != names[1], "{names:?}");
        assert!(is_temporary(b".BANTAM-Upload-") && is_temporary(b".bantam-upload-x.gz"));
        assert!(!is_temporary(b".bantam-upload") && !is_temporary(b"a.bantam-upload-") && !is_temporary(b""));
    }
}
