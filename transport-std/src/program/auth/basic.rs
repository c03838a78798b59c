//! `BasicAuth`: users and their password hashes for HTTP Basic authentication (RFC 7617).
//!
//! Invariant: the time of a check depends neither on how much of a password is right nor on whether the user exists.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bantam::wire::Headers;
use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command};
use log::{info, warn};

use super::credentials::{Credentials, is_sendable};
use super::hash_pool::{HashPool, THREADS};
use super::hash_queue::{Ticket, Verdict};
use super::scope::AuthFor;
use super::stored_hash::{OutOfMemory, StoredHash};

/// A user whose hash [`UserParser`] has validated.
#[derive(Clone, Debug)]
pub(crate) struct User {
    name: String,
    hash: StoredHash,
}

/// Parses a value of --basic-auth. An error does not repeat the value, as those of clap do: it may be a password.
#[derive(Clone, Debug)]
pub(crate) struct UserParser;

impl TypedValueParser for UserParser {
    type Value = User;

    fn parse_ref(&self, command: &Command, _: Option<&Arg>, value: &OsStr) -> Result<User, clap::Error> {
        let parsed = value.to_str().ok_or_else(|| "the value is not UTF-8".into()).and_then(parse);
        parsed.map_err(|message| {
            let message = format!("--basic-auth: {message}\n");
            clap::Error::raw(ErrorKind::ValueValidation, message).with_cmd(command)
        })
    }
}

/// `USER:HASH`.
fn parse(text: &str) -> Result<User, String> {
    let (name, hash) = text.split_once(':').ok_or("expected USER:HASH")?;
    match name {
        "" => Err("the user name is missing".into()),
        _ if !is_sendable(name.as_bytes()) => Err("the user name has a control character".into()),
        _ => Ok(User { name: name.into(), hash: StoredHash::parse(hash)? }),
    }
}

/// Checks that no name is given twice.
///
/// # Errors
/// A sentence for the operator.
pub(super) fn check_names(users: &[User]) -> Result<(), String> {
    let mut names = BTreeSet::new();
    match users.iter().find(|user| !names.insert(&user.name)) {
        Some(user) => Err(format!("--basic-auth: the user {} is given twice", user.name)),
        None => Ok(()),
    }
}

/// A user, and the digest of the credentials that were verified last; 0 is none.
#[derive(Debug)]
struct Entry {
    user: User,
    last_digest: AtomicU64,
}

/// Without users every request is authenticated.
#[derive(Debug)]
pub(crate) struct BasicAuth {
    users: Vec<Arc<Entry>>,
    /// A random key: a client cannot compute a digest.
    state: RandomState,
    /// `None` without users.
    pool: Option<HashPool>,
    pub(super) scope: AuthFor,
}

impl BasicAuth {
    /// Starts the threads that check passwords, if there are users.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(crate) fn start(users: Vec<User>, scope: AuthFor) -> Result<Self, String> {
        let memory = users.iter().map(|user| user.hash.memory()).max();
        let pool = memory.map(|_| HashPool::start()).transpose();
        let pool = pool.map_err(|error| format!("cannot start a thread for passwords: {error}"))?;
        if let Some(memory @ 1..) = memory {
            info!(
                "passwords: {THREADS} are checked at a time, with {} MB of memory each",
                memory.div_ceil(1 << 20)
            );
        }
        let entry = |user| Arc::new(Entry { user, last_digest: AtomicU64::new(0) });
        Ok(Self { users: users.into_iter().map(entry).collect(), state: RandomState::new(), pool, scope })
    }

    /// Returns true if there is a password to check.
    pub(super) const fn has_users(&self) -> bool {
        self.pool.is_some()
    }

    /// Returns true if every request needs a password.
    pub(super) fn is_for_all(&self) -> bool {
        self.pool.is_some() && self.scope == AuthFor::All
    }

    /// Judges the credentials of a request. The digest of the last right credentials of each user is cached: those are
    /// answered at once. Does not block.
    ///
    /// # Errors
    /// The ticket of a check that has been queued.
    pub(super) fn check(&self, headers: &Headers<'_>, client: Option<IpAddr>) -> Result<Verdict, Ticket> {
        let Some(pool) = &self.pool else { return Ok(Verdict::Right) };
        let Some(credentials) = Credentials::of(headers) else { return Ok(Verdict::Wrong) };
        let digest = self.state.hash_one(credentials.bytes()) | 1;
        let known = self.users.iter().find(|entry| entry.user.name.as_bytes() == credentials.name());
        if known.is_some_and(|entry| entry.last_digest.load(Ordering::Relaxed) == digest) {
            return Ok(Verdict::Right);
        }
        let exists = known.is_some();
        let Some(entry) = known.or_else(|| self.stand_in(credentials.name())).map(Arc::clone) else {
            return Ok(Verdict::Wrong);
        };
        let check = move |memory: &mut _| match entry.user.hash.verify(credentials.password(), memory) {
            Ok(true) if exists => {
                entry.last_digest.store(digest, Ordering::Relaxed);
                Verdict::Right
            }
            Ok(_) => Verdict::Wrong,
            Err(OutOfMemory) => {
                warn!("there is no memory to check a password with");
                Verdict::Busy
            }
        };
        match pool.submit(digest, client, check) {
            Ok(ticket) => Err(ticket),
            Err(verdict) => Ok(verdict),
        }
    }

    /// The user whose hash is computed for a name that does not exist: always the same one, and another for another name, so
    /// that such names take as long as the users do.
    fn stand_in(&self, name: &[u8]) -> Option<&Arc<Entry>> {
        let count = u64::try_from(self.users.len()).ok().filter(|count| *count > 0)?;
        self.users.get(usize::try_from(self.state.hash_one(name) % count).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordHasher as _;
    use argon2::{Argon2, Params};
    use bantam::blocking::block_on;
    use bantam::wire::request_head;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn users() -> BasicAuth {
        let argon2 = Argon2::from(Params::new(64, 1, 1, None).unwrap());
        let argon2 = argon2.hash_password("\u{e4}".as_bytes()).unwrap();
        let bcrypt = bcrypt::hash("pass:word", 4).unwrap();
        let users = [format!("ada:{argon2}"), format!("bob:{bcrypt}")];
        BasicAuth::start(users.iter().map(|user| parse(user).unwrap()).collect(), AuthFor::All).unwrap()
    }

    fn begin(users: &BasicAuth, credentials: &str) -> Result<Verdict, Ticket> {
        let field = format!("Authorization: Basic {}\r\n", STANDARD.encode(credentials));
        let head = format!("GET / HTTP/1.1\r\nHost: a\r\n{field}\r\n");
        users.check(&request_head(head.as_bytes()).unwrap().1.headers, None)
    }

    fn check(users: &BasicAuth, credentials: &str) -> Verdict {
        begin(users, credentials).unwrap_or_else(block_on)
    }

    #[test]
    fn only_the_right_password_of_a_user_is_accepted() {
        let users = users();
        for right in ["ada:\u{e4}", "ada:\u{e4}", "bob:pass:word"] {
            assert_eq!(check(&users, right), Verdict::Right, "{right}");
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
            "eve:\u{e4}",
            ":\u{e4}",
        ] {
            assert_eq!(check(&users, wrong), Verdict::Wrong, "{wrong}");
        }
    }

    #[test]
    fn credentials_that_were_right_are_right_at_once_and_others_are_queued() {
        let users = users();
        assert_eq!(check(&users, "bob:pass:word"), Verdict::Right);
        assert_eq!(begin(&users, "bob:pass:word").ok(), Some(Verdict::Right));
        for other in ["bob:wrong", "ada:pass:word", "eve:pass:word"] {
            assert!(begin(&users, other).is_err(), "{other}");
        }
        assert_eq!(begin(&users, "bob:pass:word").ok(), Some(Verdict::Right), "not behind the guesses");
    }

    #[test]
    fn a_name_that_does_not_exist_always_takes_the_time_of_the_same_user() {
        let users = users();
        let name = |name: &str| users.stand_in(name.as_bytes()).unwrap().user.name.clone();
        let names: Vec<_> = (0..64).map(|number| name(&format!("eve{number}"))).collect();
        assert!(names.iter().any(|name| name == "ada") && names.iter().any(|name| name == "bob"));
        assert_eq!(name("eve0"), names[0]);
    }

    #[test]
    fn without_users_every_request_is_authenticated() {
        let users = BasicAuth::start(Vec::new(), AuthFor::All).unwrap();
        assert_eq!(begin(&users, "a:b").ok(), Some(Verdict::Right));
    }

    #[test]
    fn a_user_has_a_name_and_a_hash() {
        let hash = bcrypt::hash("a", 4).unwrap();
        for wrong in ["ada", "ada:", "ada:secret", &format!(":{hash}"), &format!("a\td:{hash}")] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        let twice = [parse(&format!("ada:{hash}")).unwrap(), parse(&format!("ada:{hash}")).unwrap()];
        assert!(check_names(&twice).unwrap_err().contains("ada is given twice"));
        assert!(check_names(&twice[..1]).is_ok());
    }
}
