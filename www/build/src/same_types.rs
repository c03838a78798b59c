//! Compares the content types of the site with those of `bantam-std`, which serves the same names from disk.

use std::path::Path;

use crate::files::content_type;
use crate::media_type::MediaType;

const TABLE: &str = include_str!("../../../transport-std/src/files/media_types.txt");

#[test]
fn the_copy_of_the_table_is_the_table() {
    assert_eq!(include_str!("media_types.txt"), TABLE);
}

#[test]
fn a_file_has_the_same_type_in_the_image_and_on_disk() {
    let own = TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split(' ').next());
    let others = [
        "html",
        "css",
        "js",
        "json",
        "txt",
        "md",
        "csv",
        "svg",
        "png",
        "jpg",
        "webp",
        "avif",
        "gif",
        "pdf",
        "woff2",
        "ttf",
        "wasm",
        "mp4",
        "webm",
        "mp3",
        "zip",
        "gz",
        "atom",
        "rss",
        "xhtml",
        "webmanifest",
        "ics",
        "vtt",
        "unknown",
    ];
    for extension in own.chain(others) {
        for bytes in [&b""[..], "caf\u{e9}".as_bytes(), b"caf\xe9"] {
            let name = format!("a.{extension}");
            let media_type = MediaType::of(Path::new(&name));
            let on_disk = media_type.content_type(media_type.look(bytes, true));
            assert_eq!(content_type(&name, bytes), on_disk.as_str(), "{name} {bytes:?}");
        }
    }
}
