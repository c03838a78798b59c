//! `StoredHash`: a password hash of --basic-auth, Argon2 (RFC 9106) or bcrypt.
//!
//! Invariant: a hash that is parsed can be checked, within the bounds of memory and time below.

use std::str::FromStr as _;

use argon2::password_hash::PasswordHasher as _;
use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use bcrypt::HashParts;

use super::credentials::is_sendable;

/// The most memory that one check may need, in blocks of 1 KiB: 128 MiB.
const MAX_BLOCKS: usize = 128 * 1024;
/// The most memory that one check may fill in all its passes, in blocks of 1 KiB: 1 GiB, about a second.
const MAX_FILLED: usize = 1024 * 1024;
/// The bcrypt costs that can be checked in about a second.
const BCRYPT_COSTS: std::ops::RangeInclusive<u32> = 4..=14;
/// The blocks of [`HashMemory`] are allocated for so many at least. The glibc maps an allocation above 32 MiB on its own, and
/// unmaps it when it is freed; a smaller one may stay in a heap for ever. Blocks that are not written to cost nothing.
const MIN_CAPACITY: usize = 33 * 1024;

const NO_HASH: &str = "not an Argon2 or bcrypt hash; bantam --hash-password makes one";

/// Memory that one check after another uses.
#[derive(Default)]
pub(super) struct HashMemory(Vec<Block>);

impl HashMemory {
    /// Returns true if it has no blocks.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns so many blocks, or `None` if the system has no memory.
    fn blocks(&mut self, count: usize) -> Option<&mut [Block]> {
        if self.0.len() < count {
            let more = count.max(MIN_CAPACITY).saturating_sub(self.0.len());
            self.0.try_reserve_exact(more).ok()?;
            self.0.resize(count, Block::new());
        }
        self.0.get_mut(..count)
    }
}

/// The check of a password failed for want of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OutOfMemory;

#[derive(Clone, Debug)]
pub(super) enum StoredHash {
    Argon2(Box<(Argon2<'static>, Salt, Output)>),
    Bcrypt(String),
}

impl StoredHash {
    /// Parses a PHC string of Argon2, or a hash of bcrypt.
    ///
    /// # Errors
    /// A sentence for the operator, without the text.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with("$2") {
            let parts = HashParts::from_str(text).map_err(|_| NO_HASH)?;
            let cost = parts.get_cost();
            if !BCRYPT_COSTS.contains(&cost) {
                let (least, most) = (BCRYPT_COSTS.start(), BCRYPT_COSTS.end());
                return Err(format!("a bcrypt hash of cost {cost}; it has to be from {least} to {most}"));
            }
            return Ok(Self::Bcrypt(text.to_owned()));
        }
        let hash = PasswordHash::new(text).map_err(|_| NO_HASH)?;
        let algorithm = Algorithm::new(hash.algorithm.as_str()).map_err(|_| NO_HASH)?;
        // The reference implementation writes no version for 0x10, which is older than the field.
        let version = hash.version.map_or(Ok(Version::V0x10), Version::try_from).map_err(|_| NO_HASH)?;
        let params = Params::try_from(&hash).map_err(|_| NO_HASH)?;
        let (Some(salt), Some(output)) = (hash.salt, hash.hash) else { return Err(NO_HASH.into()) };
        let blocks = params.block_count();
        if blocks > MAX_BLOCKS {
            let (needed, most) = (blocks / 1024, MAX_BLOCKS / 1024);
            return Err(format!("a hash whose check needs {needed} MB of memory; {most} MB are the most"));
        }
        let filled = blocks.saturating_mul(usize::try_from(params.t_cost()).unwrap_or(usize::MAX));
        if filled > MAX_FILLED {
            let (filled, most) = (filled / 1024, MAX_FILLED / 1024);
            return Err(format!(
                "a hash whose check fills {filled} MB in all its passes; {most} MB are the most"
            ));
        }
        let argon2 = Argon2::new(algorithm, version, params);
        Ok(Self::Argon2(Box::new((argon2, salt, output))))
    }

    /// The memory that a check needs, in bytes.
    pub(super) fn memory(&self) -> usize {
        match self {
            Self::Argon2(hash) => hash.0.params().block_count() * Block::SIZE,
            Self::Bcrypt(_) => 0,
        }
    }

    /// Returns true if this is the hash of the password. Blocks for some 20 ms, by design of the hash. The time does not
    /// depend on how much of the password is right.
    pub(super) fn verify(&self, password: &[u8], memory: &mut HashMemory) -> Result<bool, OutOfMemory> {
        match self {
            Self::Argon2(hash) => {
                let (argon2, salt, output) = &**hash;
                let mut computed = [0; Output::MAX_LENGTH];
                let computed = computed.get_mut(..output.len()).unwrap_or_default();
                let blocks = memory.blocks(argon2.params().block_count()).ok_or(OutOfMemory)?;
                let hashed = argon2.hash_password_into_with_memory(password, salt, computed, blocks);
                // `Output` compares in constant time.
                Ok(hashed.is_ok() && Output::new(computed).is_ok_and(|computed| computed == *output))
            }
            Self::Bcrypt(hash) => Ok(bcrypt::verify(password, hash).unwrap_or(false)),
        }
    }
}

/// Hashes a password with Argon2id.
///
/// # Errors
/// A sentence for the operator.
pub(crate) fn hash(password: &[u8]) -> Result<String, String> {
    if !is_sendable(password) {
        return Err("a password has at most 1,024 bytes and no control characters (RFC 7617)".into());
    }
    Argon2::default().hash_password(password).map(|hash| hash.to_string()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verify(hash: &str, password: &str) -> bool {
        let hash = StoredHash::parse(hash).unwrap_or_else(|error| panic!("{hash}: {error}"));
        hash.verify(password.as_bytes(), &mut HashMemory::default()).unwrap()
    }

    #[test]
    fn the_right_password_of_a_hash_is_verified() {
        let (own, bcrypt) = (hash(b"pass:word").unwrap(), bcrypt::hash("pass:word", 4).unwrap());
        for hash in [&own, &bcrypt] {
            assert!(verify(hash, "pass:word"), "{hash}");
            for wrong in ["", "pass:wor", "pass:word ", "Pass:word"] {
                assert!(!verify(hash, wrong), "{hash} {wrong}");
            }
        }
    }

    #[test]
    fn hashes_of_the_reference_implementation_are_verified() {
        for hash in [
            "$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY",
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
            "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
        ] {
            assert!(verify(hash, "password") && !verify(hash, "passwore"), "{hash}");
        }
    }

    #[test]
    fn memory_is_used_for_hashes_of_every_size_in_turn() {
        let mut memory = HashMemory::default();
        for blocks in [64, 256, 8, 40_000, 256] {
            let params = Params::new(blocks, 1, 1, None).unwrap();
            let text = Argon2::from(params).hash_password(b"a").unwrap().to_string();
            let hash = StoredHash::parse(&text).unwrap();
            assert_eq!(hash.memory(), blocks as usize * 1024);
            assert_eq!(hash.verify(b"a", &mut memory), Ok(true), "{blocks}");
            assert_eq!(hash.verify(b"b", &mut memory), Ok(false), "{blocks}");
        }
    }

    #[test]
    fn a_text_that_is_no_hash_is_an_error() {
        let right = hash(b"a").unwrap();
        for wrong in [
            "",
            "secret",
            "$2b$04$x",
            "$argon2id$v=19$m=1",
            "$5$salt$x",
            &right.replace("argon2id", "argon2x"),
            &right.replace("v=19", "v=18"),
            &right.replace("t=2", "t=0"),
            right.rsplit_once('$').unwrap().0,
        ] {
            let error = StoredHash::parse(wrong).unwrap_err();
            assert!(error.starts_with("not an Argon2 or bcrypt hash"), "{wrong}: {error}");
        }
    }

    #[test]
    fn a_hash_that_costs_too_much_is_an_error_that_says_how_much() {
        let (argon2, bcrypt) = (hash(b"a").unwrap(), bcrypt::hash("a", 4).unwrap());
        for (text, word) in [
            (argon2.replace("m=19456", "m=1048576"), "1024 MB of memory"),
            (argon2.replace("t=2", "t=4000000000"), "in all its passes"),
            (bcrypt.replace("$04$", "$31$"), "cost 31"),
            (bcrypt.replace("$04$", "$03$"), "cost 3"),
        ] {
            let error = StoredHash::parse(&text).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
        assert!(StoredHash::parse(&argon2.replace("m=19456", "m=131072")).is_ok());
        assert!(StoredHash::parse(&bcrypt.replace("$04$", "$14$")).is_ok());
    }

    #[test]
    fn a_password_that_no_client_can_send_is_not_hashed() {
        for wrong in ["a\tb".into(), "\u{7f}".into(), "a\0".into(), "a".repeat(1025)] {
            assert!(hash(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
