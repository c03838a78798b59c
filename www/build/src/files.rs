//! The static files of a folder, with their content types, their validators (RFC 9110 section 8.8) and their content codings.
//! Invariant: two representations with different content have different ETags.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{env, fs, io};

use sha2::{Digest, Sha256};

use crate::compress::Coding;
use crate::walk;

/// Which representations of a file are kept.
#[derive(Clone, Debug)]
pub(crate) struct Forms {
    /// The preferred one first.
    pub(crate) codings: Vec<Coding>,
    /// Whether a file that is compressed is also kept as it is.
    pub(crate) identity: bool,
}

/// A file in one content coding.
#[derive(Clone, Debug)]
pub(crate) struct Representation {
    pub(crate) coding: Option<Coding>,
    /// Strong, with quotes (RFC 9110 section 8.8.3).
    pub(crate) etag: String,
    pub(crate) source: PathBuf,
}

/// A static file.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// The name for messages: `static/style.css`.
    pub(crate) name: String,
    pub(crate) path: String,
    /// The path with a hash of the content; `None` if there is none.
    pub(crate) hashed_path: Option<String>,
    pub(crate) content_type: String,
    /// An IMF-fixdate; `None` if the time of the file says nothing.
    pub(crate) modified: Option<String>,
    pub(crate) representations: Vec<Representation>,
}

/// Returns all files below a folder, sorted by path. Writes compressed ones below `out`.
pub(crate) fn find(
    root: &Path,
    folder: &str,
    forms: &Forms,
    hashed: bool,
    out: &Path,
) -> Result<Vec<File>, String> {
    let mut files = Vec::new();
    for (relative, source) in walk::files(&root.join(folder))? {
        let name = format!("{folder}/{relative}");
        walk::check_plain(&relative).map_err(|message| format!("{name}: {message}"))?;
        let bytes = fs::read(&source).map_err(|error| format!("{name} cannot be read: {error}"))?;
        let digest = digest(&bytes);
        let path = format!("/{relative}");
        let hashed_path = hashed.then(|| hashed_path(&path, &digest));
        let representations = representations(&bytes, &digest, &source, forms, out)
            .map_err(|error| format!("{name} cannot be compressed: {error}"))?;
        let (content_type, modified) = (content_type(&relative, &bytes), modified(&source));
        files.push(File { name, path, hashed_path, content_type, modified, representations });
    }
    Ok(files)
}

/// The representations of a file, the preferred one first and `identity` last.
fn representations(
    bytes: &[u8],
    digest: &str,
    source: &Path,
    forms: &Forms,
    out: &Path,
) -> io::Result<Vec<Representation>> {
    let mut kept = Vec::new();
    let mut shortest = bytes.len();
    // From the last one, which is what a client without Accept-Encoding may get: those before it have to be shorter.
    for coding in forms.codings.iter().rev() {
        if let Some((source, coded)) = coding.keep(bytes, digest, &out.join("compressed"))?
            && coded.len() < shortest
        {
            shortest = coded.len();
            kept.insert(0, Representation { coding: Some(*coding), etag: etag(&coded), source });
        }
    }
    if forms.identity || kept.is_empty() {
        kept.push(Representation { coding: None, etag: etag(bytes), source: source.to_owned() });
    }
    Ok(kept)
}

/// `/a/style.3fa9c1d2.css` for `/a/style.css`: 32 bits of the digest.
fn hashed_path(path: &str, digest: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let digest = &digest[..8];
    match name.rsplit_once('.') {
        Some((stem, ending)) => format!("{folder}/{stem}.{digest}.{ending}"),
        None => format!("{folder}/{name}.{digest}"),
    }
}

/// The media types that differ from those of `mime_guess` where a registration does. A copy of those of `bantam-std`: a package
/// has no file of another.
const TYPES: &str = include_str!("media_types.txt");

/// Returns the type of a file by its name, with a charset if it is text and UTF-8. XML and JSON have no such parameter (RFC
/// 7303 section 3, RFC 8259 section 11).
pub(crate) fn content_type(name: &str, bytes: &[u8]) -> String {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let extension = extension.to_ascii_lowercase();
    let of_line = |line: &'static str| match line.split(' ').collect::<Vec<_>>()[..] {
        [own, media_type, ..] if own == extension => Some(media_type),
        _ => None,
    };
    let own = TYPES.lines().find_map(of_line);
    let library = || mime_guess::from_ext(&extension).first_raw().unwrap_or("application/octet-stream");
    let media_type = own.unwrap_or_else(library);
    let is_text = media_type.starts_with("text/") && !media_type.ends_with("xml");
    let charset = if is_text && std::str::from_utf8(bytes).is_ok() { "; charset=utf-8" } else { "" };
    format!("{media_type}{charset}")
}

/// The SHA-256 of the content, in hexadecimal digits.
fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns 64 bits of the digest of the content.
fn etag(bytes: &[u8]) -> String {
    format!("\"{}\"", &digest(bytes)[..16])
}

/// 1990, before the web: a file gets such a time from a tool that wants every copy to be the same. Two versions share it.
const FIRST_TIME: Duration = Duration::from_secs(631_152_000);
/// 2006-07-24 01:21:28: the time of every file of a package that `cargo package` makes.
const PACKAGED: Duration = Duration::from_secs(1_153_704_088);

/// Returns the modification time, at most `SOURCE_DATE_EPOCH` (reproducible builds).
fn modified(source: &Path) -> Option<String> {
    let changed = fs::metadata(source).and_then(|file| file.modified()).ok()?;
    let epoch = env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.parse().ok());
    let latest = epoch.map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds));
    state(latest.map_or(changed, |latest| changed.min(latest)))
}

fn state(time: SystemTime) -> Option<String> {
    (time >= UNIX_EPOCH + FIRST_TIME && time != UNIX_EPOCH + PACKAGED).then(|| httpdate::fmt_http_date(time))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn file(path: &str) -> File {
        let source = PathBuf::from(format!("static{path}"));
        File {
            name: format!("static{path}"),
            path: path.into(),
            hashed_path: None,
            content_type: "text/plain".into(),
            modified: None,
            representations: vec![Representation { coding: None, etag: "\"x\"".into(), source }],
        }
    }

    /// The codings of a file's representations.
    fn kept(bytes: &[u8], codings: &[Coding], identity: bool) -> Vec<&'static str> {
        let out = tempfile::tempdir().unwrap();
        let forms = Forms { codings: codings.to_vec(), identity };
        let kept = representations(bytes, &digest(bytes), Path::new("a"), &forms, out.path()).unwrap();
        let etags: std::collections::BTreeSet<_> = kept.iter().map(|kept| &kept.etag).collect();
        assert_eq!(etags.len(), kept.len(), "each has a tag of its own");
        kept.iter().map(|kept| kept.coding.map_or("identity", Coding::name)).collect()
    }

    #[test]
    fn a_file_is_kept_in_the_codings_that_are_shorter_and_identity_is_last() {
        use Coding::{Brotli, Gzip};
        let text = [b'a'; 1000];
        assert_eq!(kept(&text, &[Brotli, Gzip], true), ["br", "gzip", "identity"]);
        assert_eq!(kept(&text, &[Gzip], true), ["gzip", "identity"]);
        assert_eq!(kept(&text, &[Gzip], false), ["gzip"]);
        assert_eq!(kept(&text, &[], true), ["identity"]);
        assert_eq!(kept(b"short", &[Brotli, Gzip], false), ["identity"], "never none");
        assert_eq!(
            kept(&text, &[Gzip, Brotli], true),
            ["br", "identity"],
            "gzip is longer, and so never better"
        );
    }

    #[test]
    fn a_hashed_path_has_the_hash_before_the_ending() {
        for (path, expected) in [
            ("/style.css", "/style.12345678.css"),
            ("/a.b/c", "/a.b/c.12345678"),
            ("/a/b.tar.gz", "/a/b.tar.12345678.gz"),
        ] {
            assert_eq!(hashed_path(path, "1234567890"), expected);
        }
    }

    #[test]
    fn the_extension_decides_the_content_type_and_text_is_utf_8() {
        for (name, expected) in [
            ("style.css", "text/css; charset=utf-8"),
            ("robots.txt", "text/plain; charset=utf-8"),
            ("bantam.svg", "image/svg+xml"),
            ("favicon.ico", "image/vnd.microsoft.icon"),
            ("site.mjs", "text/javascript; charset=utf-8"),
            ("feed.xml", "application/xml"),
            ("site.js", "text/javascript; charset=utf-8"),
            ("manifest.json", "application/json"),
            ("unknown", "application/octet-stream"),
        ] {
            assert_eq!(content_type(name, b""), expected, "{name}");
        }
        assert_eq!(content_type("latin1.txt", b"caf\xe9"), "text/plain");
    }

    #[test]
    fn a_time_that_says_nothing_is_not_stated() {
        for (seconds, expected) in [
            (0, None),
            (1, None),
            (315_532_800, None),
            (631_152_000, Some("Mon, 01 Jan 1990 00:00:00 GMT")),
            (1_153_704_087, Some("Mon, 24 Jul 2006 01:21:27 GMT")),
            (1_153_704_088, None),
        ] {
            assert_eq!(state(UNIX_EPOCH + Duration::from_secs(seconds)).as_deref(), expected, "{seconds}");
        }
        assert_eq!(state(UNIX_EPOCH - Duration::from_secs(1)), None);
    }

    #[test]
    fn another_content_is_another_etag() {
        assert_eq!(etag(b""), "\"e3b0c44298fc1c14\"");
        assert_ne!(etag(b"a"), etag(b"b"));
    }
}
