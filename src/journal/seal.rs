//! What tells the files before the newest from what they were when every line of them was checked: as long as nobody
//! touched them, they need not be read at every start.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::error::JournalError;
use super::files::Files;
use super::record;

/// The seal of the files before the newest; none where there are none. A file's time of change is the kernel's: an
/// edit moves it, whatever the editor makes of the other times.
pub(super) fn of(files: &Files) -> Result<Option<String>, JournalError> {
    let Some((_, newest)) = files.last() else { return Ok(None) };
    let mut older = files.from(0).filter(|path| *path != newest).peekable();
    if older.peek().is_none() {
        return Ok(None);
    }
    let facts: Vec<String> = older.map(facts).collect::<Result<_, _>>()?;
    Ok(Some(record::hex(Sha256::digest(facts.join("\n")).as_slice())))
}

fn facts(path: &Path) -> Result<String, JournalError> {
    let file = fs::metadata(path).map_err(JournalError::io("look at", path))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (changed, written) = ((file.ctime(), file.ctime_nsec()), (file.mtime(), file.mtime_nsec()));
    Ok(format!("{name} {} {} {changed:?} {written:?}", file.ino(), file.len()))
}
