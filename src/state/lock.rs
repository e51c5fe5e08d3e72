//! The lock of a state directory, and the directory itself.
//!
//! sled has a lock of its own, but its message names nobody. The lock is the kernel's: it ends with the process,
//! however that ends, so that a file left behind means nothing.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::error::{Holder, StateError};

/// Held as long as the state is open.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// Where the state is: `$STATE_DIRECTORY` (the first, when systemd gives several), else
/// `$XDG_STATE_HOME/rosterd`, else `$HOME/.local/state/rosterd`. A relative `$STATE_DIRECTORY` is refused: every place
/// that a command is started from would have a state of its own, and a new state knows of nothing. The others count as
/// unset when they are relative, as the XDG specification says.
pub fn directory(env: &dyn Fn(&str) -> Option<String>) -> Result<PathBuf, StateError> {
    let absolute = |text: String| Some(PathBuf::from(text)).filter(|path| path.is_absolute());
    let first = |text: String| text.split(':').next().map(str::to_owned);
    let systemd = env("STATE_DIRECTORY").and_then(first).filter(|text| !text.is_empty()).map(PathBuf::from);
    if let Some(path) = systemd.as_ref().filter(|path| path.is_relative()) {
        return Err(StateError::Relative { path: path.clone() });
    }
    let xdg = || env("XDG_STATE_HOME").and_then(absolute).map(|path| path.join("rosterd"));
    let home = || env("HOME").and_then(absolute).map(|path| path.join(".local/state/rosterd"));
    systemd.or_else(xdg).or_else(home).ok_or(StateError::NoDirectory)
}

/// Makes the directory, and mends a mode that lets others in.
pub(super) fn prepare(dir: &Path) -> Result<(), StateError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(StateError::io("make the state directory", dir))?;
    let mode = fs::metadata(dir).map_err(StateError::io("look at", dir))?.permissions().mode();
    if mode & 0o077 != 0 {
        fs::set_permissions(dir, Permissions::from_mode(0o700))
            .map_err(StateError::io("keep others out of", dir))?;
    }
    Ok(())
}

impl Lock {
    /// Takes the lock and leaves word who has it.
    pub(super) fn take(dir: &Path, command: &str) -> Result<Self, StateError> {
        let path = dir.join("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(StateError::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => (),
            Err(TryLockError::WouldBlock) => {
                return Err(StateError::InUse { dir: dir.to_owned(), holder: read(&mut file) });
            }
            Err(TryLockError::Error(error)) => return Err(StateError::io("lock", &path)(error)),
        }
        // A command is what somebody typed: one line, whatever that was.
        let word = format!("{}\n{}\n", std::process::id(), command.replace(char::is_control, " "));
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(word.as_bytes()))
            .map_err(StateError::io("write to", &path))?;
        Ok(Self { _file: file })
    }
}

/// The daemon that has the state of a directory open; none when there is none, or that cannot be told.
#[must_use]
pub fn daemon(dir: &Path) -> Option<Holder> {
    let mut file = File::open(dir.join("lock")).ok()?;
    let Err(TryLockError::WouldBlock) = file.try_lock_shared() else { return None };
    Some(read(&mut file)).filter(|holder| holder.command.as_deref() == Some("rosterd run"))
}

/// Who has the lock. Nobody is named when the word cannot be read, or is only half there.
fn read(file: &mut File) -> Holder {
    let mut bytes = Vec::new();
    if file.take(4096).read_to_end(&mut bytes).is_err() {
        return Holder::default();
    }
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
    let pid = lines.next().and_then(|line| line.parse().ok());
    let command = lines.next().map(|line| line.chars().filter(|c| !c.is_control()).collect::<String>());
    Holder { pid, command: command.filter(|command| !command.is_empty()) }
}

/// Makes the names in a directory durable.
pub(super) fn sync_dir(dir: &Path) -> Result<(), StateError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(StateError::io("sync the directory", dir))
}
