//! [`Coding`]: the content codings in which static files are kept.
//! Invariant: a coding is kept only where it saves a tenth of the file.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::{fs, io};

use flate2::Compression;
use flate2::write::GzEncoder;

/// A content coding (RFC 9110 section 8.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// `br`, which browsers ask for over TLS only.
    Brotli,
    /// `gzip`.
    Gzip,
}

/// The length of the beginning that shows whether a file can be compressed at all: pictures and films cannot.
const SAMPLE: usize = 64 * 1024;
/// Files up to this length are compressed by brotli as far as it can, which takes about a second per megabyte.
const THOROUGH: usize = 512 * 1024;

impl Coding {
    /// The name in `Content-Encoding`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    fn encode(self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Gzip => gzip(bytes, Compression::best()),
            Self::Brotli => {
                let quality = if bytes.len() <= THOROUGH { 11 } else { 9 };
                let parameters =
                    brotli::enc::BrotliEncoderParams { quality, lgwin: 22, ..Default::default() };
                let mut coded = Vec::new();
                brotli::BrotliCompress(&mut &*bytes, &mut coded, &parameters)?;
                Ok(coded)
            }
        }
    }

    /// Compresses a file into `folder`, under the digest of its content: a later build finds it there. Returns the path and the content if
    /// the coding saves a tenth.
    pub(crate) fn keep(
        self,
        bytes: &[u8],
        digest: &str,
        folder: &Path,
    ) -> io::Result<Option<(PathBuf, Vec<u8>)>> {
        if !is_compressible(bytes)? {
            return Ok(None);
        }
        let name = format!("{digest}.{}", self.name());
        let path = folder.join(&name);
        let coded = match fs::read(&path) {
            Ok(coded) => coded,
            Err(_) => {
                let coded = self.encode(bytes)?;
                fs::create_dir_all(folder)?;
                // A build that is killed leaves no part of a file under its name.
                let unfinished = folder.join(format!("{name}.new"));
                fs::write(&unfinished, &coded)?;
                fs::rename(&unfinished, &path)?;
                coded
            }
        };
        Ok(saves_a_tenth(coded.len(), bytes.len()).then_some((path, coded)))
    }
}

fn gzip(bytes: &[u8], level: Compression) -> io::Result<Vec<u8>> {
    // Without a time: the same content gives the same bytes.
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn is_compressible(bytes: &[u8]) -> io::Result<bool> {
    let Some((sample, _)) = bytes.split_at_checked(SAMPLE) else { return Ok(true) };
    Ok(saves_a_tenth(gzip(sample, Compression::fast())?.len(), sample.len()))
}

const fn saves_a_tenth(coded: usize, plain: usize) -> bool {
    coded <= plain - plain.div_ceil(10)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    const TEXT: &[u8] = &[b'a'; 1000];

    #[test]
    fn every_coding_decodes_to_the_file() {
        let folder = tempfile::tempdir().unwrap();
        for coding in [Coding::Brotli, Coding::Gzip] {
            // The second time it is read.
            for _ in 0..2 {
                let (path, coded) = coding.keep(TEXT, "digest", folder.path()).unwrap().unwrap();
                assert_eq!(fs::read(path).unwrap(), coded);
                let mut decoded = Vec::new();
                match coding {
                    Coding::Gzip => {
                        flate2::read::GzDecoder::new(&*coded).read_to_end(&mut decoded).map(drop).unwrap();
                    }
                    Coding::Brotli => brotli::BrotliDecompress(&mut &*coded, &mut decoded).unwrap(),
                }
                assert_eq!(decoded, TEXT);
            }
        }
    }

    #[test]
    fn what_saves_less_than_a_tenth_is_not_kept() {
        assert!(saves_a_tenth(90, 100) && !saves_a_tenth(91, 100) && !saves_a_tenth(1, 1));
        let folder = tempfile::tempdir().unwrap();
        assert!(Coding::Gzip.keep(b"short", "digest", folder.path()).unwrap().is_none());
    }

    #[test]
    fn a_long_file_that_cannot_be_compressed_is_not_tried() {
        let mut state = 1_u32;
        let random = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as u8
        };
        let noise: Vec<u8> = std::iter::repeat_with(random).take(2 * SAMPLE).collect();
        let folder = tempfile::tempdir().unwrap();
        assert!(Coding::Brotli.keep(&noise, "digest", folder.path()).unwrap().is_none());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
