//! The extension of a file's name, which most of its response depends on.

use std::path::Path;

/// The extension of a path below the root, as [`Path::extension`] finds it, which looks for more: none for a name that begins
/// with its only dot.
pub(super) fn extension(path: &Path) -> Option<&[u8]> {
    let is_separator = |byte: &u8| *byte == b'/' || cfg!(windows) && *byte == b'\\';
    let path = path.as_os_str().as_encoded_bytes();
    let start = path.iter().rposition(is_separator).map_or(0, |at| at + 1);
    let name = path.get(start..)?;
    let dot = name.iter().rposition(|byte| *byte == b'.').filter(|dot| *dot > 0)?;
    name.get(dot + 1..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_is_that_of_the_standard_library() {
        for path in
            ["", "a", "a.js", "a.b/c", "a.b/c.d.e", ".a", "x/.a", ".a.b", "a.", "a..", "...", "..a", "a/b.c"]
        {
            let expected = Path::new(path).extension().map(std::ffi::OsStr::as_encoded_bytes);
            assert_eq!(extension(Path::new(path)), expected, "{path}");
        }
    }
}
