//! `User`: the value of --user, and the change to it.
//!
//! Invariant: after the change no thread of the process has the rights of root, and none can get them back.

#[cfg(all(unix, not(target_vendor = "apple")))]
use std::ffi::CString;

#[cfg(all(unix, not(target_vendor = "apple")))]
use nix::unistd::{Gid, Uid, initgroups, setgid, setgroups, setuid};

/// A user by name or number, and a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    name: String,
    group: Option<String>,
}

/// Parses `NAME[:GROUP]`.
pub(super) fn parse(text: &str) -> Result<User, String> {
    let (name, group) = match text.split_once(':') {
        Some((name, group)) => (name, Some(group)),
        None => (text, None),
    };
    let is_name = |name: &str| !name.is_empty() && !name.contains([':', '/']) && name.trim() == name;
    if !is_name(name) || !group.is_none_or(is_name) {
        return Err("expected a user, or a user and a group, such as www-data or www-data:www-data".into());
    }
    Ok(User { name: name.into(), group: group.map(String::from) })
}

/// The numbers of a user.
#[cfg(all(unix, not(target_vendor = "apple")))]
#[derive(Debug)]
pub(super) struct Identity {
    uid: Uid,
    gid: Gid,
    /// `None` for a number without a name.
    name: Option<CString>,
}

/// Returns true if this process is root's.
#[cfg(all(unix, not(target_vendor = "apple")))]
pub(super) fn is_root() -> bool {
    Uid::effective().is_root()
}

#[cfg(all(unix, not(target_vendor = "apple")))]
impl User {
    /// Looks the user up, and whether this process can become it.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(super) fn check(&self) -> Result<Identity, String> {
        let identity = self.look_up()?;
        let name = &self.name;
        if identity.uid.is_root() {
            return Err(format!("--user: {name} is root, which gives up nothing"));
        }
        if !is_root() && Uid::effective() != identity.uid {
            return Err(format!("--user: this process is not root, and cannot become {name}"));
        }
        Ok(identity)
    }

    fn look_up(&self) -> Result<Identity, String> {
        let name = &self.name;
        let failed = |error| format!("--user: cannot look up {name}: {error}");
        let mut found = nix::unistd::User::from_name(name).map_err(failed)?;
        let number = name.parse().ok().map(Uid::from_raw);
        if let (None, Some(uid)) = (&found, number) {
            found = nix::unistd::User::from_uid(uid).map_err(failed)?;
        }
        let uid = found.as_ref().map(|user| user.uid).or(number);
        let uid = uid.ok_or_else(|| format!("--user: there is no user {name}"))?;
        let gid = match &self.group {
            Some(group) => group_of(group)?,
            None => found.as_ref().map(|user| user.gid).ok_or_else(|| {
                format!("--user: the user {name} has no name here, and so needs its group: {name}:GROUP")
            })?,
        };
        let name = found.map(|user| CString::new(user.name)).transpose();
        Ok(Identity { uid, gid, name: name.map_err(|error| error.to_string())? })
    }

    /// Changes the user and the groups of all threads of this process.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub(super) fn switch(&self) -> Result<(), String> {
        let Identity { uid, gid, name } = self.check()?;
        if !is_root() {
            return Ok(());
        }
        let groups = match &name {
            Some(name) => initgroups(name, gid),
            None => setgroups(&[gid]),
        };
        let changed = groups.and_then(|()| setgid(gid)).and_then(|()| setuid(uid));
        changed.map_err(|error| format!("--user: cannot become {}: {error}", self.name))?;
        if setuid(Uid::from_raw(0)).is_ok() || Uid::effective() != uid {
            return Err(format!("--user: this process can return from {} to root", self.name));
        }
        Ok(())
    }
}

#[cfg(all(unix, not(target_vendor = "apple")))]
fn group_of(name: &str) -> Result<Gid, String> {
    let found = nix::unistd::Group::from_name(name);
    let found = found.map_err(|error| format!("--user: cannot look up the group {name}: {error}"))?;
    let gid = found.map(|group| group.gid).or_else(|| name.parse().ok().map(Gid::from_raw));
    gid.ok_or_else(|| format!("--user: there is no group {name}"))
}

#[cfg(not(all(unix, not(target_vendor = "apple"))))]
impl User {
    /// # Errors
    /// Always: this system has no safe call that changes the groups of a process.
    pub(super) fn check(&self) -> Result<(), String> {
        Err(format!("--user: this system does not let a program become {}", self.name))
    }

    /// # Errors
    /// Those of [`Self::check`].
    pub(super) fn switch(&self) -> Result<(), String> {
        self.check()
    }
}

#[cfg(all(unix, target_vendor = "apple"))]
pub(super) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
pub(super) const fn is_root() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_a_name_and_perhaps_a_group() {
        let user =
            |name: &str, group: Option<&str>| Ok(User { name: name.into(), group: group.map(String::from) });
        assert_eq!(parse("www-data"), user("www-data", None));
        assert_eq!(parse("www-data:adm"), user("www-data", Some("adm")));
        assert_eq!(parse("65534:65534"), user("65534", Some("65534")));
        for text in ["", ":", "a:", ":a", "a:b:c", " a", "a b ", "a/b"] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }
}
