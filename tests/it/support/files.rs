//! The files of a world: configuration, roster and secrets.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::book::Book;
use super::world::World;

impl World {
    /// Writes configuration and roster as the story has them now.
    pub(super) fn write_story(&self) {
        let book = self.book();
        let is_written = |path: &str| book.written.iter().any(|written| written == path);
        let is_ours = |path: &str| !(is_written(path) || book.own_roster && path.starts_with("roster/"));
        fs::create_dir_all(self.path("roster")).expect("folders can be made");
        for (name, text) in book.roster() {
            if is_ours(&format!("roster/{name}")) {
                self.replace(&self.path("roster").join(name), &text);
            }
        }
        if is_ours("rosterd.toml") {
            self.replace(&self.path("rosterd.toml"), &self.configuration(&book));
        }
    }

    /// Whoever reads the file meanwhile finds what was there, or this, and never half of it. One that says this
    /// already stays as it is.
    pub(super) fn replace(&self, file: &Path, text: &str) {
        if fs::read(file).is_ok_and(|before| before == text.as_bytes()) {
            return;
        }
        // What a symbolic link leads to is written, not the link.
        let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
        let whole = self.path(".whole");
        fs::write(&whole, text).expect("files can be written");
        fs::rename(&whole, file).expect("files can be renamed");
    }

    fn configuration(&self, book: &Book) -> String {
        let Sandboxed { emporix, travel, finance } = self.sandboxed();
        let mut text = String::from("roster = \"roster/\"\n");
        if !book.daemon.is_empty() {
            text += "\n[daemon]\n";
        }
        for line in &book.daemon {
            let _ = writeln!(text, "{line}");
        }
        text += "\n[guard]\n";
        for (key, value) in &book.guard {
            let _ = writeln!(text, "{key} = {value}");
        }
        for (provider, reached) in [("emporix", emporix), ("travel", travel), ("finance", finance)] {
            let _ = writeln!(text, "\n[providers.{provider}]\n{reached}");
            if let Some(lines) = book.credentials.get(provider) {
                text += lines;
            } else {
                let _ = writeln!(text, "client_id = {{ file = \"secrets/{provider}-id\" }}");
                let _ = writeln!(text, "client_secret = {{ file = \"secrets/{provider}-secret\" }}");
            }
            for line in book.providers.get(provider).into_iter().flatten() {
                let _ = writeln!(text, "{line}");
            }
        }
        text
    }

    fn sandboxed(&self) -> Sandboxed {
        let (emporix, travel, finance) =
            (self.sandbox().emporix(), self.sandbox().company(), self.sandbox().solvexia());
        let reach = |kind: &str, url: &str| format!("kind = \"{kind}\"\nbase_url = \"{url}\"");
        let company = travel.company_id();
        Sandboxed {
            emporix: format!("{}\ntenant = \"{}\"", reach("emporix", emporix.url()), emporix.tenant()),
            travel: format!("{}\ncompany_id = \"{company}\"", reach("company-v3", travel.url())),
            finance: reach("solvexia", finance.url()),
        }
    }

    pub(super) fn write_secrets(&self) {
        let (emporix, travel, finance) =
            (self.sandbox().emporix(), self.sandbox().company(), self.sandbox().solvexia());
        let secrets = [
            ("emporix", emporix.client_id(), emporix.client_secret()),
            ("travel", travel.client_id(), travel.client_secret()),
            ("finance", finance.client_id(), finance.client_secret()),
        ];
        for (provider, id, secret) in secrets {
            self.write_secret(&format!("{provider}-id"), id);
            self.write_secret(&format!("{provider}-secret"), secret);
        }
    }

    /// A file below `secrets/` that only its owner may read.
    pub fn write_secret(&self, name: &str, text: &str) {
        let file = self.path("secrets").join(name);
        fs::create_dir_all(file.parent().expect("it stands in a folder")).expect("folders can be made");
        write_private(&self.path(".secret"), text);
        fs::rename(self.path(".secret"), file).expect("files can be renamed");
    }

    /// How a provider is logged in to, as lines of TOML, instead of a client's id and secret in files.
    pub fn set_credentials(&self, provider: &str, lines: &str) {
        self.book().credentials.insert(provider.to_owned(), format!("{lines}\n"));
    }
}

/// How each provider is reached, as lines of TOML.
struct Sandboxed {
    emporix: String,
    travel: String,
    finance: String,
}

/// Files and folders below `from`.
pub(super) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("folders can be made");
    for entry in fs::read_dir(from).expect("the directory is there") {
        let entry = entry.expect("it can be listed");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("files can be copied");
        }
    }
}

/// Only the owner may read it, as for any secret.
fn write_private(path: &Path, text: &str) {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    writeln!(file.expect("files can be made"), "{text}").expect("files can be written");
}
