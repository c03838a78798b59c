//! `System`: which names of files mean something else to the system than the file of that name.
//!
//! Invariant: a name that is refused is never opened; what another name of the same file would show stays hidden.

/// The system whose rules a name has to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum System {
    /// A name is any bytes but `/` and NUL.
    #[cfg_attr(windows, allow(dead_code, reason = "the tests use both"))]
    Unix,
    /// The rules of Win32 and NTFS ("Naming Files, Paths, and Namespaces").
    #[cfg_attr(not(windows), allow(dead_code, reason = "the tests use both"))]
    Windows,
}

impl System {
    /// The system of this program.
    pub(super) const THIS: Self = if cfg!(windows) { Self::Windows } else { Self::Unix };

    /// Returns true for a name that one file or directory has, and that nothing else is meant by.
    pub(super) fn is_name(self, name: &[u8]) -> bool {
        let is_component =
            !matches!(name, b"" | b"." | b"..") && !name.iter().any(|byte| matches!(byte, 0 | b'/'));
        is_component && (self == Self::Unix || is_plain_on_windows(name))
    }
}

/// Returns false for the names that Windows takes for another file, or for something that is no file.
fn is_plain_on_windows(name: &[u8]) -> bool {
    // Separators, streams (`a:b`), wildcards, and what no name of NTFS has.
    let is_special = |byte: &u8| *byte < b' ' || b"\"*:<>?\\|".contains(byte);
    // Win32 drops dots and spaces at the end: `a.txt.` opens `a.txt`.
    let ends_plainly = !matches!(name.last(), Some(b'.' | b' '));
    ends_plainly && !name.iter().any(is_special) && !is_device(name) && !is_short_name(name)
}

/// Returns true for `NUL`, `com1.txt` and their like: devices, whatever the extension is.
fn is_device(name: &[u8]) -> bool {
    let base = name.split(|byte| *byte == b'.').next().unwrap_or_default().trim_ascii_end();
    let is = |device: &[u8]| base.eq_ignore_ascii_case(device);
    if [&b"CON"[..], b"PRN", b"AUX", b"NUL", b"CONIN$", b"CONOUT$", b"CLOCK$"].into_iter().any(is) {
        return true;
    }
    let Some((port, number)) = base.split_at_checked(3) else { return false };
    let is_port = port.eq_ignore_ascii_case(b"COM") || port.eq_ignore_ascii_case(b"LPT");
    // The superscript digits are digits there, as in Latin-1.
    is_port && matches!(number, [b'0'..=b'9'] | [0xc2, 0xb9 | 0xb2 | 0xb3])
}

/// Returns true for a name in the form of those that NTFS makes up for longer ones, such as `GIT~1` for `.git`: it would show
/// what the other name hides.
fn is_short_name(name: &[u8]) -> bool {
    let mut parts = name.split(|byte| *byte == b'.');
    let (base, extension) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let Some(tilde) = base.iter().rposition(|byte| *byte == b'~') else { return false };
    let number = base.get(tilde + 1..).unwrap_or_default();
    // A character may take several bytes: what may be short is refused.
    let length = |bytes: &[u8]| bytes.iter().filter(|byte| !matches!(byte, 0x80..=0xbf)).count();
    let is_numbered = !number.is_empty() && number.iter().all(u8::is_ascii_digit);
    is_numbered && length(base) <= 8 && length(extension) <= 3 && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_that_is_no_name_is_refused_on_every_system() {
        for system in [System::Unix, System::Windows] {
            for name in ["", ".", "..", "a/b", "a\0"] {
                assert!(!system.is_name(name.as_bytes()), "{name:?}");
            }
            for name in [
                "a",
                "a.txt",
                "a b",
                ".env",
                "con sole",
                "console",
                "com",
                "com10",
                "lpt",
                "lpt1x",
                "null",
                "xNUL",
                "aux-1.txt",
                "a~",
                "~1.longer",
                "a~b",
                "backup~2024.html",
                "readme~1.html",
                "longername~1",
                "a~1.b.c",
                "é.txt",
                "com⁴",
                "auxiliary",
                "nul_",
                "a.nul",
                "COM¹²",
            ] {
                assert!(system.is_name(name.as_bytes()), "{name:?}");
            }
        }
    }

    #[test]
    fn what_windows_takes_for_another_file_or_for_none_is_a_name_elsewhere() {
        for name in [
            "CON",
            "con",
            "Con.txt",
            "PRN",
            "AUX",
            "aux.h",
            "NUL",
            "nul.tar.gz",
            "NUL .txt",
            "NUL ",
            "COM1",
            "com9.log",
            "COM0",
            "LPT1",
            "lpt9.x",
            "COM¹",
            "com².txt",
            "LPT³",
            "CONIN$",
            "conout$",
            "CLOCK$",
            "x.txt.",
            "x.txt ",
            "x. .",
            "...",
            " ",
            "GIT~1",
            "git~1",
            "HTACCE~1",
            "PROGRA~1.TXT",
            "a~10.b",
            "ÄÖÜABC~1",
            "~1",
            "a:b",
            "a::$DATA",
            "c:",
            "a\\b",
            "\\\\",
            "a*",
            "a?",
            "a<b",
            "a>b",
            "a|b",
            "a\"b",
            "a\x1fb",
        ] {
            assert!(!System::Windows.is_name(name.as_bytes()), "{name:?}");
            assert!(System::Unix.is_name(name.as_bytes()), "{name:?}");
        }
    }
}
