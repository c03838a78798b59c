//! Media types of files by their names: the registrations (IANA, RFC 6838) where they differ from the table of `mime_guess`.
//!
//! Invariant: only text states a charset, and only where its first bytes do not contradict.

use std::cell::RefCell;
use std::path::Path;
use std::sync::LazyLock;

use super::charset::is_utf8;
use super::extension::extension;
use super::text::Text;

/// The table: an extension in lower case, its type, and where that is from.
const TABLE: &str = include_str!("media_types.txt");

/// The extensions and types of [`TABLE`], in its order.
static TYPES: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once(' '))
        .map(|(extension, rest)| (extension, first_word(rest)))
        .collect()
});

/// How many extensions a thread remembers.
const RECENTS: usize = 64;

/// An extension that is remembered with its type. A longer one is looked up each time.
type Extension = Text<16>;

thread_local! {
    /// The types of extensions that this thread has looked up, each in the place that its letters choose.
    static RECENT: RefCell<[(Extension, MediaType); RECENTS]> =
        const { RefCell::new([(Extension::new(), MediaType::UNKNOWN); RECENTS]) };
}

fn first_word(text: &str) -> &str {
    text.split(' ').next().unwrap_or_default()
}

/// MPEG transport stream (RFC 3555), or TypeScript, which has no registration and is sent as plain text.
const TRANSPORT_STREAM: &str = "video/mp2t";

/// The type that a name stands for, and what the content of the file decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MediaType {
    name: &'static str,
    pub(super) by_content: ByContent,
}

/// What the first bytes of a file decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByContent {
    Nothing,
    /// Whether `charset=utf-8` is stated.
    Charset,
    /// Whether `.ts` is video or TypeScript.
    TransportStream,
    /// Whether `.svgz` is compressed.
    Gzip,
}

/// What was found in the first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    Utf8,
    TransportStream,
    Gzip,
}

impl MediaType {
    const UNKNOWN: Self = Self { name: "application/octet-stream", by_content: ByContent::Nothing };

    /// The type of a file name; `application/octet-stream` for an unknown one.
    pub(super) fn of(path: &Path) -> Self {
        let extension =
            extension(path).and_then(|extension| str::from_utf8(extension).ok()).unwrap_or_default();
        let mut lower = Extension::new();
        if lower.push(extension).is_none() {
            return Self::look_up(&extension.to_ascii_lowercase());
        }
        lower.make_lowercase();
        RECENT.with_borrow_mut(|recent| {
            let place = lower
                .as_bytes()
                .iter()
                .fold(0_usize, |place, byte| place.wrapping_mul(7).wrapping_add((*byte).into()));
            // The index is below the length.
            let (known, media_type) = &mut recent[place % RECENTS];
            if known.as_bytes() != lower.as_bytes() {
                (*known, *media_type) = (lower, Self::look_up(lower.as_str()));
            }
            *media_type
        })
    }

    /// The type of an extension in lower case.
    fn look_up(extension: &str) -> Self {
        let own = TYPES.binary_search_by(|(known, _)| (*known).cmp(extension)).ok();
        let name = match own.and_then(|index| TYPES.get(index)) {
            Some((_, name)) => name,
            None => mime_guess::from_ext(extension).first_raw().unwrap_or(Self::UNKNOWN.name),
        };
        // XML states its encoding itself (RFC 7303 section 3); JSON has one alone (RFC 8259 section 11).
        let is_text = name.starts_with("text/") && !name.ends_with("/xml") && !name.ends_with("+xml");
        let by_content = match extension {
            "ts" | "mts" => return Self { name: "text/plain", by_content: ByContent::TransportStream },
            "svgz" => ByContent::Gzip,
            _ if is_text => ByContent::Charset,
            _ => ByContent::Nothing,
        };
        Self { name, by_content }
    }

    /// Looks at the first bytes of a file, some 16 KB, or at all of it.
    pub(super) fn look(self, head: &[u8], whole: bool) -> Found {
        match self.by_content {
            ByContent::TransportStream if is_transport_stream(head) => Found::TransportStream,
            ByContent::Charset | ByContent::TransportStream if is_utf8(self.name, head, whole) => Found::Utf8,
            ByContent::Gzip if head.starts_with(&[0x1f, 0x8b]) => Found::Gzip,
            _ => Found::Nothing,
        }
    }

    /// The value of `Content-Type`.
    pub(super) fn content_type(self, found: Found) -> ContentType {
        match found {
            Found::Utf8 => ContentType::utf8(self.name).unwrap_or(ContentType::Plain(self.name)),
            Found::TransportStream => ContentType::Plain(TRANSPORT_STREAM),
            Found::Nothing | Found::Gzip => ContentType::Plain(self.name),
        }
    }
}

/// A value of `Content-Type`, made without an allocation.
#[derive(Clone, Copy, Debug)]
pub(super) enum ContentType {
    Plain(&'static str),
    /// With its charset. The longest type of text has 32 bytes.
    Utf8(Text<64>),
}

impl ContentType {
    /// `None` for a type that is longer than any.
    fn utf8(name: &str) -> Option<Self> {
        let mut text = Text::new();
        text.push(name)?;
        text.push("; charset=utf-8")?;
        Some(Self::Utf8(text))
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Plain(name) => name,
            Self::Utf8(text) => text.as_str(),
        }
    }
}

/// Returns true for packets of 188 bytes with a sync byte, after a time stamp of four bytes in `.mts`.
fn is_transport_stream(head: &[u8]) -> bool {
    let is_sync = |at: usize| head.get(at) == Some(&0x47);
    is_sync(0) && is_sync(188) || is_sync(4) && is_sync(196)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content_type(name: &str, head: &[u8]) -> String {
        let media_type = MediaType::of(Path::new(name));
        media_type.content_type(media_type.look(head, true)).as_str().to_owned()
    }

    #[test]
    fn a_type_is_that_of_its_extension_whatever_was_looked_up_before() {
        let names: Vec<_> = TYPES.iter().map(|(extension, _)| format!("a.{extension}")).collect();
        let long = format!("a.{}", "x".repeat(40));
        let names =
            names.iter().map(String::as_str).chain(["a.JS", "a.js", "a.html", "a", "a.x", "a.PDF", &long]);
        let names: Vec<_> = names.collect();
        for _ in 0..2 {
            for name in &names {
                let extension = Path::new(name).extension().unwrap_or_default().to_str().unwrap();
                let expected = MediaType::look_up(&extension.to_ascii_lowercase());
                assert_eq!(MediaType::of(Path::new(name)), expected, "{name}");
            }
        }
    }

    #[test]
    fn the_table_is_sorted_and_says_what_the_library_does_not() {
        assert!(TYPES.is_sorted_by(|(a, _), (b, _)| a < b), "{:?}", *TYPES);
        for (extension, name) in TYPES.iter() {
            let theirs = mime_guess::from_ext(extension).first_raw();
            assert_ne!(theirs, Some(*name), "{extension}");
        }
    }

    #[test]
    fn a_name_has_its_registered_type() {
        for (name, expected) in [
            ("a.html", "text/html; charset=utf-8"),
            ("a.css", "text/css; charset=utf-8"),
            ("a.js", "text/javascript; charset=utf-8"),
            ("a.mjs", "text/javascript; charset=utf-8"),
            ("a.cjs", "text/javascript; charset=utf-8"),
            ("a.md", "text/markdown; charset=utf-8"),
            ("a.csv", "text/csv; charset=utf-8"),
            ("a.ics", "text/calendar; charset=utf-8"),
            ("a.txt", "text/plain; charset=utf-8"),
            ("a.vtt", "text/vtt; charset=utf-8"),
            ("a.json", "application/json"),
            ("a.js.map", "application/json"),
            ("a.geojson", "application/geo+json"),
            ("a.jsonld", "application/ld+json"),
            ("a.webmanifest", "application/manifest+json"),
            ("a.yaml", "application/yaml"),
            ("a.yml", "application/yaml"),
            ("a.toml", "application/toml"),
            ("a.xml", "application/xml"),
            ("a.xsl", "application/xslt+xml"),
            ("a.xhtml", "application/xhtml+xml"),
            ("a.rss", "application/rss+xml"),
            ("a.svg", "image/svg+xml"),
            ("a.svgz", "image/svg+xml"),
            ("a.wasm", "application/wasm"),
            ("a.pdf", "application/pdf"),
            ("a.epub", "application/epub+zip"),
            ("a.woff", "font/woff"),
            ("a.woff2", "font/woff2"),
            ("a.ttf", "font/ttf"),
            ("a.otf", "font/otf"),
            ("a.ttc", "font/collection"),
            ("a.avif", "image/avif"),
            ("a.jxl", "image/jxl"),
            ("a.heic", "image/heic"),
            ("a.webp", "image/webp"),
            ("a.ico", "image/vnd.microsoft.icon"),
            ("a.flac", "audio/flac"),
            ("a.opus", "audio/ogg"),
            ("a.ogg", "audio/ogg"),
            ("a.m4a", "audio/mp4"),
            ("a.mp3", "audio/mpeg"),
            ("a.mp4", "video/mp4"),
            ("a.webm", "video/webm"),
            ("a.mkv", "video/matroska"),
            ("a.m3u8", "application/vnd.apple.mpegurl"),
            ("a.mpd", "application/dash+xml"),
            ("a.m2ts", "video/mp2t"),
            ("a.stl", "model/stl"),
            ("a.obj", "model/obj"),
            ("a.glb", "model/gltf-binary"),
            ("a.gltf", "model/gltf+json"),
            ("a.rpm", "application/x-rpm"),
            ("a.deb", "application/vnd.debian.binary-package"),
            ("a.apk", "application/vnd.android.package-archive"),
            ("a.dmg", "application/x-apple-diskimage"),
            ("a.7z", "application/x-7z-compressed"),
            ("a.zip", "application/zip"),
            ("a.tar.gz", "application/gzip"),
            ("a.tgz", "application/gzip"),
            ("a.zst", "application/zstd"),
            ("a.br", "application/octet-stream"),
            ("a.bin", "application/octet-stream"),
            ("a", "application/octet-stream"),
            ("a.", "application/octet-stream"),
            ("A.PDF", "application/pdf"),
            ("a.unknown-extension", "application/octet-stream"),
        ] {
            assert_eq!(content_type(name, b""), expected, "{name}");
        }
    }

    #[test]
    fn no_type_is_of_a_kind_that_has_no_charset_parameter_and_states_one() {
        for (extension, _) in TYPES.iter() {
            let stated = content_type(&format!("a.{extension}"), b"");
            assert_eq!(stated.contains("charset"), stated.starts_with("text/"), "{extension}: {stated}");
        }
        for name in ["a.xml", "a.svg", "a.addin", "a.vml", "a.json", "a.html.gz"] {
            assert!(!content_type(name, b"").contains("charset"), "{name}");
        }
    }

    #[test]
    fn the_content_tells_a_transport_stream_from_a_script() {
        let mut stream = vec![0; 400];
        (stream[0], stream[188]) = (0x47, 0x47);
        let mut stamped = vec![0; 400];
        (stamped[4], stamped[196]) = (0x47, 0x47);
        let script = format!("G{}", "export const x = 1;\n".repeat(20));
        for name in ["a.ts", "a.mts"] {
            assert_eq!(content_type(name, &stream), "video/mp2t");
            assert_eq!(content_type(name, script.as_bytes()), "text/plain; charset=utf-8");
            assert_eq!(content_type(name, b""), "text/plain; charset=utf-8");
        }
        assert_eq!(content_type("a.mts", &stamped), "video/mp2t");
    }
}
