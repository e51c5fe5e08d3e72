//! The files of a roster: which there are, and whether they stood still while they were read.
//!
//! Nothing outside the root is ever opened: a symbolic link counts only when what it leads to lies inside.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use crate::complaint::{Complaint, Complaints};

/// Where a roster is.
#[derive(Debug)]
pub(super) struct Tree {
    /// The directory that everything lies in, without symbolic links.
    pub(super) root: PathBuf,
    /// Its TOML files by name relative to the root, in name order.
    pub(super) files: BTreeMap<String, Stamped>,
}

/// A file, and what tells whether it changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamped {
    /// Where it is, without symbolic links.
    pub(super) path: PathBuf,
    pub(super) stamp: Stamp,
}

/// What changes when a file is written or replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    written: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(|metadata| Self::from(&metadata))
    }
}

impl From<&Metadata> for Stamp {
    fn from(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            written: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// Why a path written in the roster is not taken.
#[derive(Debug)]
pub(super) enum Refused {
    /// It leads out of the root.
    Outside,
    /// It cannot be followed.
    Unreadable(io::Error),
}

/// Finds the TOML files of a roster: one file, or a directory with all below it.
pub(super) fn find(path: &Path, shown_root: &str, complaints: &mut Complaints) -> Option<Tree> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => {
            complaints.push(unreadable(&path.to_string_lossy(), &error));
            return None;
        }
    };
    if metadata.is_dir() {
        directory(path, shown_root, complaints)
    } else {
        single(path, shown_root, complaints)
    }
}

/// Where a path that the roster names leads, when that is inside the root.
pub(super) fn confine(root: &Path, written: &str) -> Result<(String, PathBuf), Refused> {
    let mut parts: Vec<&OsStr> = Vec::new();
    for component in Path::new(written).components() {
        match component {
            Component::Normal(part) => parts.push(part),
            Component::CurDir => {}
            Component::ParentDir if parts.pop().is_some() => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return Err(Refused::Outside),
        }
    }
    let relative: PathBuf = parts.iter().collect();
    let path = fs::canonicalize(root.join(&relative)).map_err(Refused::Unreadable)?;
    if path.starts_with(root) { Ok((name_of(&relative), path)) } else { Err(Refused::Outside) }
}

fn single(path: &Path, shown_root: &str, complaints: &mut Complaints) -> Option<Tree> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let found = fs::canonicalize(parent).and_then(|root| {
        let path = fs::canonicalize(path)?;
        let stamp = Stamp::of(&path)?;
        Ok((root, Stamped { path, stamp }))
    });
    match found {
        Ok((root, file)) => Some(Tree { root, files: BTreeMap::from([(name, file)]) }),
        Err(error) => {
            complaints.push(unreadable(&format!("{shown_root}{name}"), &error));
            None
        }
    }
}

fn directory(path: &Path, shown_root: &str, complaints: &mut Complaints) -> Option<Tree> {
    let shown = if shown_root.is_empty() { path.to_string_lossy() } else { shown_root.into() };
    let root = match fs::canonicalize(path) {
        Ok(root) => root,
        Err(error) => {
            complaints.push(unreadable(&shown, &error));
            return None;
        }
    };
    let before = complaints.len();
    let mut walk = Walk {
        root: &root,
        shown_root,
        complaints,
        files: BTreeMap::new(),
        links: BTreeSet::new(),
        seen: BTreeSet::new(),
    };
    walk.run();
    let files = walk.files;
    if files.is_empty() && complaints.len() == before {
        let complaint = Complaint::about(&shown, "there is no TOML file in this directory or below it");
        complaints.push(complaint.help("a roster is one or more files whose names end in .toml"));
    }
    Some(Tree { root, files })
}

/// A walk through a directory. What is really there comes before what links lead to, so that a file has
/// its own name where it has one inside, and every file and directory is taken once, loops or not.
struct Walk<'a> {
    root: &'a Path,
    shown_root: &'a str,
    complaints: &'a mut Complaints,
    files: BTreeMap<String, Stamped>,
    links: BTreeSet<PathBuf>,
    seen: BTreeSet<PathBuf>,
}

impl Walk<'_> {
    fn run(&mut self) {
        self.below(PathBuf::new(), self.root.to_owned());
        while let Some(link) = self.links.pop_first() {
            self.follow(&link);
        }
    }

    /// Takes all that is really below a directory, which has a name relative to the root and a true path.
    fn below(&mut self, name: PathBuf, path: PathBuf) {
        let mut open = vec![(name, path)];
        while let Some((name, path)) = open.pop() {
            if !self.seen.insert(path.clone()) {
                continue;
            }
            let entries = match fs::read_dir(&path).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
                Ok(entries) => entries,
                Err(error) => {
                    self.complain(&name, &error);
                    continue;
                }
            };
            for entry in entries {
                let (file_name, below) = (entry.file_name(), name.join(entry.file_name()));
                if file_name.as_encoded_bytes().starts_with(b".") {
                    continue;
                }
                match entry.file_type() {
                    Ok(kind) if kind.is_symlink() => {
                        self.links.insert(below);
                    }
                    Ok(kind) if kind.is_dir() => open.push((below, entry.path())),
                    Ok(_) => self.file(&below, entry.path()),
                    Err(error) => self.complain(&below, &error),
                }
            }
        }
    }

    fn follow(&mut self, link: &Path) {
        let path = match fs::canonicalize(self.root.join(link)) {
            Ok(path) => path,
            Err(error) if is_toml(link) => return self.complain(link, &error),
            // A broken link to something that would not be read is nobody's trouble.
            Err(_) => return,
        };
        let is_dir = path.is_dir();
        if !path.starts_with(self.root) {
            if is_dir || is_toml(link) {
                let message = "this symbolic link leads out of the roster";
                let complaint = Complaint::about(&format!("{}{}", self.shown_root, name_of(link)), message);
                self.complaints
                    .push(complaint.help("put what it leads to into the roster, or remove the link"));
            }
        } else if is_dir {
            self.below(link.to_owned(), path);
        } else {
            self.file(link, path);
        }
    }

    fn file(&mut self, name: &Path, path: PathBuf) {
        if !is_toml(name) || !self.seen.insert(path.clone()) {
            return;
        }
        match Stamp::of(&path) {
            Ok(stamp) => {
                self.files.insert(name_of(name), Stamped { path, stamp });
            }
            Err(error) => self.complain(name, &error),
        }
    }

    fn complain(&mut self, name: &Path, error: &io::Error) {
        self.complaints.push(unreadable(&format!("{}{}", self.shown_root, name_of(name)), error));
    }
}

fn unreadable(file: &str, error: &io::Error) -> Complaint {
    Complaint::about(file, format!("cannot be read: {error}"))
        .help("see that it exists and that rosterd may read it")
}

fn is_toml(path: &Path) -> bool {
    path.extension() == Some(OsStr::new("toml"))
}

/// A relative path as people write it, with `/`.
fn name_of(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}
