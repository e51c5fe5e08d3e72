//! Its part of the TOML: a base URL and credentials, as every provider has them, and nothing else. The
//! environment is in the host name (`https://{env}.solvexia.com`, official reference).

use crate::providers::Access;

/// The scopes to ask for (names: official reference; which call needs which: inferred). Without any, a
/// token could only see processes (official reference).
pub(super) fn scopes(access: Access) -> &'static str {
    match access {
        Access::Read => "usergroup_read user_read",
        Access::Write => "usergroup user_read",
    }
}
