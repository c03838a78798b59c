//! Law: a password is compared by its hash alone, and whole; how long that takes tells neither how much of it was right nor
//! whether the name exists.

use std::hash::{BuildHasher as _, RandomState};
use std::str::FromStr as _;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Somebody who is let in. The hash is sound: it was looked at when it was parsed.
#[derive(Clone, Debug)]
pub(crate) struct User {
    name: String,
    hash: String,
}

impl User {
    fn has(&self, password: &[u8]) -> bool {
        if is_bcrypt(&self.hash) {
            return bcrypt::verify(password, &self.hash).unwrap_or(false);
        }
        PasswordHash::new(&self.hash)
            .is_ok_and(|hash| Argon2::default().verify_password(password, &hash).is_ok())
    }
}

/// `USER:HASH`.
pub(crate) fn parse(text: &str) -> Result<User, String> {
    let (name, hash) = text.split_once(':').ok_or("a name, a colon and a hash are needed")?;
    let sound = if is_bcrypt(hash) {
        bcrypt::HashParts::from_str(hash).is_ok()
    } else {
        hash.starts_with("$argon2") && PasswordHash::new(hash).is_ok_and(|hash| hash.hash.is_some())
    };
    match name {
        "" => Err("the name is missing".into()),
        _ if sound => Ok(User { name: name.into(), hash: hash.into() }),
        _ => Err("this is no Argon2 or bcrypt hash; bantam --hash-password makes one".into()),
    }
}

fn is_bcrypt(hash: &str) -> bool {
    hash.starts_with("$2")
}

/// The Argon2id hash of a password.
pub(crate) fn hash(password: &[u8]) -> Result<String, String> {
    let hash = Argon2::default().hash_password(password).map_err(|error| error.to_string())?;
    Ok(hash.to_string())
}

/// Everybody who is let in; with nobody named that is everybody.
#[derive(Debug)]
pub(crate) struct Users {
    users: Vec<(User, AtomicU64)>,
    /// Keyed, so that nobody outside can tell what a credential becomes.
    state: RandomState,
}

impl Users {
    pub(crate) fn new(users: Vec<User>) -> Self {
        let users = users.into_iter().map(|user| (user, AtomicU64::new(0))).collect();
        Self { users, state: RandomState::new() }
    }

    /// May whoever sends this `Authorization` come in? A hash takes some 20 ms of the processor, by design; what was right is
    /// remembered, the last of each user.
    pub(crate) fn let_in(&self, authorization: Option<&[u8]>) -> bool {
        let Some((somebody, _)) = self.users.first() else { return true };
        let Some(credentials) = authorization.and_then(credentials) else { return false };
        let Some(colon) = credentials.iter().position(|byte| *byte == b':') else { return false };
        let (name, password) = (&credentials[..colon], &credentials[colon + 1..]);
        let Some((user, known)) = self.users.iter().find(|(user, _)| user.name.as_bytes() == name) else {
            somebody.has(password);
            return false;
        };
        // 0 is what nothing is remembered by.
        let digest = self.state.hash_one(&credentials) | 1;
        if known.load(Ordering::Relaxed) == digest {
            return true;
        }
        let right = user.has(password);
        if right {
            known.store(digest, Ordering::Relaxed);
        }
        right
    }
}

/// What is said behind `Basic` (RFC 7617 section 2).
fn credentials(field: &[u8]) -> Option<Vec<u8>> {
    let (scheme, coded) = field.split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        return None;
    }
    STANDARD.decode(coded.trim_ascii()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str) -> Vec<u8> {
        format!("Basic {}", STANDARD.encode(text)).into_bytes()
    }

    fn users() -> Users {
        let bcrypt = bcrypt::hash("pass:word", 4).unwrap();
        let ada = parse(&format!("ada:{}", hash("\u{e4}".as_bytes()).unwrap())).unwrap();
        Users::new(vec![ada, parse(&format!("bob:{bcrypt}")).unwrap()])
    }

    #[test]
    fn whoever_has_the_password_comes_in_and_nobody_else() {
        let users = users();
        for right in ["ada:\u{e4}", "ada:\u{e4}", "bob:pass:word"] {
            assert!(users.let_in(Some(&field(right))), "{right}");
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
            assert!(!users.let_in(Some(&field(wrong))), "{wrong}");
        }
        assert!(!users.let_in(None));
    }

    #[test]
    fn the_scheme_has_any_case_and_everything_else_is_refused() {
        let users = users();
        let coded = STANDARD.encode("bob:pass:word");
        assert!(users.let_in(Some(format!("bAsIc   {coded}").as_bytes())));
        for wrong in [
            format!("Bearer {coded}"),
            format!("Basic{coded}"),
            format!("Basic {coded}!"),
            "Basic".into(),
            "".into(),
        ] {
            assert!(!users.let_in(Some(wrong.as_bytes())), "{wrong}");
        }
    }

    #[test]
    fn without_users_everybody_comes_in() {
        assert!(Users::new(Vec::new()).let_in(None));
    }

    #[test]
    fn a_password_in_plain_text_is_no_hash() {
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
