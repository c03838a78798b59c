//! `BasicAuth`: users and their password hashes for HTTP Basic authentication (RFC 7617).
//!
//! Invariant: the time of a check depends neither on how much of a password is right nor on whether the user exists.

use std::hash::{BuildHasher as _, RandomState};
use std::str::FromStr as _;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A user whose hash [`parse`] has validated.
#[derive(Clone, Debug)]
pub(crate) struct User {
    name: String,
    hash: String,
}

impl User {
    fn verify(&self, password: &[u8]) -> bool {
        if is_bcrypt(&self.hash) {
            return bcrypt::verify(password, &self.hash).unwrap_or(false);
        }
        PasswordHash::new(&self.hash)
            .is_ok_and(|hash| Argon2::default().verify_password(password, &hash).is_ok())
    }
}

/// `USER:HASH`.
pub(crate) fn parse(text: &str) -> Result<User, String> {
    let (name, hash) = text.split_once(':').ok_or("expected USER:HASH")?;
    let valid = if is_bcrypt(hash) {
        bcrypt::HashParts::from_str(hash).is_ok()
    } else {
        hash.starts_with("$argon2") && PasswordHash::new(hash).is_ok_and(|hash| hash.hash.is_some())
    };
    match name {
        "" => Err("the user name is missing".into()),
        _ if valid => Ok(User { name: name.into(), hash: hash.into() }),
        _ => Err("not an Argon2 or bcrypt hash; bantam --hash-password makes one".into()),
    }
}

fn is_bcrypt(hash: &str) -> bool {
    hash.starts_with("$2")
}

/// Hashes a password with Argon2id.
pub(crate) fn hash(password: &[u8]) -> Result<String, String> {
    Argon2::default().hash_password(password).map(|hash| hash.to_string()).map_err(|error| error.to_string())
}

/// Without users every request is authenticated.
#[derive(Debug)]
pub(crate) struct BasicAuth {
    /// Each user with the digest of the credentials that were verified last; 0 is none.
    users: Vec<(User, AtomicU64)>,
    /// A random key: a client cannot compute a digest.
    state: RandomState,
}

impl BasicAuth {
    pub(crate) fn new(users: Vec<User>) -> Self {
        let users = users.into_iter().map(|user| (user, AtomicU64::new(0))).collect();
        Self { users, state: RandomState::new() }
    }

    /// Returns true if the value of `Authorization` names a user with the right password. Computing a hash blocks the
    /// thread for some 20 ms, by design of the hash; the digest of the last right credentials of each user is cached.
    pub(crate) fn authenticate(&self, authorization: Option<&[u8]>) -> bool {
        let Some((any_user, _)) = self.users.first() else { return true };
        let Some(credentials) = authorization.and_then(credentials) else { return false };
        let Some(colon) = credentials.iter().position(|byte| *byte == b':') else { return false };
        let (name, password) = (&credentials[..colon], &credentials[colon + 1..]);
        let Some((user, last_digest)) = self.users.iter().find(|(user, _)| user.name.as_bytes() == name)
        else {
            // Takes as long as a wrong password.
            any_user.verify(password);
            return false;
        };
        let digest = self.state.hash_one(&credentials) | 1;
        if last_digest.load(Ordering::Relaxed) == digest {
            return true;
        }
        let verified = user.verify(password);
        if verified {
            last_digest.store(digest, Ordering::Relaxed);
        }
        verified
    }
}

/// Decodes `Basic base64(user:password)` (RFC 7617 section 2).
fn credentials(field: &[u8]) -> Option<Vec<u8>> {
    let (scheme, encoded) = field.split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        return None;
    }
    STANDARD.decode(encoded.trim_ascii()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str) -> Vec<u8> {
        format!("Basic {}", STANDARD.encode(text)).into_bytes()
    }

    fn users() -> BasicAuth {
        let bcrypt = bcrypt::hash("pass:word", 4).unwrap();
        let ada = parse(&format!("ada:{}", hash("\u{e4}".as_bytes()).unwrap())).unwrap();
        BasicAuth::new(vec![ada, parse(&format!("bob:{bcrypt}")).unwrap()])
    }

    #[test]
    fn only_the_right_password_of_a_user_is_accepted() {
        let users = users();
        for right in ["ada:\u{e4}", "ada:\u{e4}", "bob:pass:word"] {
            assert!(users.authenticate(Some(&field(right))), "{right}");
        }
        for wrong in [
            "",
            ":",
            "ada",
            "ada:",
            "ada:\u{e4}\u{e4}",
            "ada:pass:word",
            "bob:pass",
            "eve:pass:word",
            ":\u{e4}",
        ] {
            assert!(!users.authenticate(Some(&field(wrong))), "{wrong}");
        }
        assert!(!users.authenticate(None));
    }

    #[test]
    fn the_scheme_is_case_insensitive_and_any_other_is_refused() {
        let users = users();
        let coded = STANDARD.encode("bob:pass:word");
        assert!(users.authenticate(Some(format!("bAsIc   {coded}").as_bytes())));
        for wrong in [
            format!("Bearer {coded}"),
            format!("Basic{coded}"),
            format!("Basic {coded}!"),
            "Basic".into(),
            "".into(),
        ] {
            assert!(!users.authenticate(Some(wrong.as_bytes())), "{wrong}");
        }
    }

    #[test]
    fn without_users_every_request_is_authenticated() {
        assert!(BasicAuth::new(Vec::new()).authenticate(None));
    }

    #[test]
    fn a_plain_text_password_is_not_a_hash() {
        for wrong in [
            "ada",
            "ada:",
            "ada:secret",
            ":$2b$04$x",
            "ada:$2b$04$x",
            "ada:$argon2id$v=19$m=1",
            "ada:$5$salt$x",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
