//! Who asks: the user whose process it is, as the kernel says, by the name that this host has for that user.
//!
//! `USER` and `LOGNAME` are whatever somebody sets them to, and are not looked at. What sudo leaves in the environment
//! counts for root alone, who could do anything anyway.

use std::fs;

use rustix::process::getuid;

use crate::clean::clean;

/// Where this host names its users. Those of a directory service are told by their numbers.
const PASSWD: &str = "/etc/passwd";

/// Whose process this is, for the audit trail.
#[must_use]
pub fn asks(env: &dyn Fn(&str) -> Option<String>) -> String {
    told(getuid().as_raw(), through_sudo(env).as_deref())
}

/// A user, for the audit trail: `alice (uid 1000)`, `uid 1234` without a name, and `alice via sudo (uid 0)` where
/// root says to act for somebody. Nobody but root can say so.
#[must_use]
pub fn told(uid: u32, through_sudo: Option<&str>) -> String {
    told_with(uid, through_sudo, &passwd())
}

/// Who became root through sudo, as the environment says.
#[must_use]
pub fn through_sudo(env: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    through_sudo_with(env, &passwd())
}

fn told_with(uid: u32, through_sudo: Option<&str>, passwd: &str) -> String {
    match (through_sudo, name(uid, passwd)) {
        (Some(user), _) if uid == 0 => format!("{} via sudo (uid 0)", clean(user)),
        (_, Some(name)) => format!("{} (uid {uid})", clean(name)),
        (_, None) => format!("uid {uid}"),
    }
}

/// The number counts before the name, since this host says whose it is. Root who uses sudo is root.
fn through_sudo_with(env: &dyn Fn(&str) -> Option<String>, passwd: &str) -> Option<String> {
    let uid: Option<u32> = env("SUDO_UID").and_then(|text| text.parse().ok());
    if uid == Some(0) {
        return None;
    }
    let named = uid.and_then(|uid| name(uid, passwd)).map(str::to_owned);
    let said = || env("SUDO_USER").filter(|user| !user.trim().is_empty());
    named.or_else(said).or_else(|| uid.map(|uid| format!("uid {uid}")))
}

/// The first name that a user has.
fn name(uid: u32, passwd: &str) -> Option<&str> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?);
        (!name.is_empty() && number.parse() == Ok(uid)).then_some(name)
    })
}

fn passwd() -> String {
    fs::read(PASSWD).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
