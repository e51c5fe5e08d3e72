//! References to secrets, and nothing else where a secret belongs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::file::Origin;
use super::mask::{is_credential_name, is_variable_name};
use crate::document::{Item, Table, Written};
use crate::providers::secret::{SecretRef, SecretSource, is_open_to_others};

/// How to write a reference.
pub const HELP: &str =
    "write where the secret is: { env = \"NAME\" }, { credential = \"NAME\" } or { file = \"PATH\" }";

/// Reads a reference. What it leads to is not looked at, but for a file that others can read: a check
/// also runs where the secrets of the daemon are not.
pub fn read(section: &mut Table<'_>, key: &'static str, origin: &Origin) -> Option<SecretRef> {
    let value = section.value(key)?;
    let span = value.span();
    let Item::Table(mut table) = value.clone().item() else {
        let message = format!("{} must be a reference to a secret, never the secret itself", value.label());
        value.complain(message, format!("{HELP}; and renew the secret if this was one"));
        return None;
    };
    let label = table.label().to_owned();
    let env = table.string("env");
    let credential = table.string("credential");
    let file = table.string("file");
    let written = ["env", "credential", "file"].into_iter().filter(|key| table.contains(key)).count();
    let message = match written {
        0 => format!("{label} does not say where the secret is"),
        _ => format!("{label} says in {written} ways where the secret is, and needs one"),
    };
    // A table with unknown keys only is told about these.
    if written > 1 || table.is_empty() {
        section.complain(&table.span(), message, HELP);
    }
    let source = source(&table, env, credential, file, origin);
    table.finish();
    let set_at = origin.set_at(section, &span);
    source.filter(|_| written == 1).map(|source| SecretRef { source, set_at })
}

fn source(
    table: &Table<'_>,
    env: Option<Written<&str>>,
    credential: Option<Written<&str>>,
    file: Option<Written<&str>>,
    origin: &Origin,
) -> Option<SecretSource> {
    if let Some(name) = env {
        if is_variable_name(name.value) {
            return Some(SecretSource::Env(name.value.to_owned()));
        }
        table.complain(
            &name.span,
            "this is no name of an environment variable",
            "write letters, digits and `_`, such as { env = \"EMPORIX_CLIENT_SECRET\" }",
        );
    }
    if let Some(name) = credential {
        if is_credential_name(name.value) {
            return Some(SecretSource::Credential(name.value.to_owned()));
        }
        table.complain(
            &name.span,
            "this is no name of a credential",
            "write the name before the colon in `LoadCredential=`: letters, digits, `.`, `_` and `-`",
        );
    }
    let path = file?;
    if path.trim().is_empty() || path.contains('\0') {
        table.complain(&path.span, "this is no path of a file", "write { file = \"PATH\" }");
        return None;
    }
    let full = origin.folder.join(path.value);
    refuse_open(table, &path, &full);
    Some(SecretSource::File(full))
}

fn refuse_open(table: &Table<'_>, written: &Written<&str>, path: &Path) {
    let Ok(metadata) = fs::metadata(path) else { return };
    if metadata.is_file() && is_open_to_others(metadata.permissions().mode()) {
        table.complain(
            &written.span,
            "this secret file is open to every user of this host",
            format!("run `chmod o= {}`", path.display()),
        );
    }
}
