//! Rosters in a directory of their own, and what is said of them.

mod example;
mod files;
mod groups;
mod hostile;
mod identity;
mod kinds;
mod lists;
mod people;
mod policies;
mod references;
mod syntax;
mod teams;

use std::fs;
use std::path::PathBuf;

use super::*;

/// Files of a roster; they go when it goes.
struct Files {
    directory: tempfile::TempDir,
}

impl Files {
    fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let made = Self { directory: tempfile::tempdir().unwrap() };
        for (name, text) in files {
            made.write(name, text);
        }
        made
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    fn link(&self, name: &str, target: impl AsRef<std::path::Path>) {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, path).unwrap();
    }

    /// Where the roster is; what lies beside it is outside.
    fn root(&self) -> PathBuf {
        self.directory.path().join("roster")
    }

    fn load(&self) -> Result<Roster, Complaints> {
        load(&self.root(), "roster/", Some(&known()))
    }

    /// The complaints as they are shown, without colours.
    fn told(&self) -> String {
        match self.load() {
            Ok(_) => "nothing is wrong".to_owned(),
            Err(complaints) => self.without_root(&complaints.to_string()),
        }
    }

    fn without_root(&self, text: &str) -> String {
        text.replace(&*self.directory.path().to_string_lossy(), "DIR")
    }
}

fn known() -> Known {
    Known::from([
        ("emporix".into(), Some(KindName::Emporix)),
        ("travel".into(), Some(KindName::CompanyV3)),
        ("finance".into(), Some(KindName::SolveXia)),
        ("broken".into(), None),
    ])
}

/// A roster out of its files: `roster! { "a.toml" => "…" }`, or out of one.
macro_rules! roster {
    ($($name:literal => $text:expr),+ $(,)?) => { $crate::roster::tests::Files::new([$(($name, AsRef::<str>::as_ref($text))),+]) };
    ($text:expr) => { $crate::roster::tests::Files::new([("r.toml", AsRef::<str>::as_ref($text))]) };
}
use roster;

/// What is said of a roster of one file.
fn complaints(text: &str) -> String {
    roster!(text).told()
}
