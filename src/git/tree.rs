//! What a commit holds below a path: which of it becomes a file, and what is left out. Pure.

use std::path::Path;

use super::Commit;

/// Larger files are no part of a roster; see [`crate::document::MAX_BYTES`].
const LARGEST: u64 = crate::document::MAX_BYTES;
/// All files together.
const LARGEST_SUM: u64 = 256 << 20;
/// How many there may be.
const MOST_FILES: usize = 100_000;
/// The longest path.
const LONGEST: usize = 1024;
/// How many left-out entries are named.
const MOST_NOTICES: usize = 20;

/// A file of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Blob {
    /// The object with its content.
    pub(super) object: String,
    /// How many bytes it has.
    pub(super) size: u64,
    /// Its path in the repository.
    pub(super) path: String,
}

/// What is taken of a commit.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Listing {
    /// The files.
    pub(super) blobs: Vec<Blob>,
    /// What was left out and why, for people.
    pub(super) notices: Vec<String>,
}

/// Reads what `git ls-tree -r -l -z` printed.
///
/// # Errors
/// Why the commit cannot be laid out as files, or would be without a part of its roster: who stands in a TOML file
/// that is left out would count as gone.
pub(super) fn read(printed: &[u8]) -> Result<Listing, String> {
    let mut listing = Listing::default();
    let mut sum = 0_u64;
    for entry in printed.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()) {
        let Some((meta, path)) = parts(entry) else {
            return Err("git listed what rosterd cannot read".to_owned());
        };
        let path = String::from_utf8_lossy(path).into_owned();
        if !is_sound(&path) {
            return Err(format!("it has a path that cannot become a file here: {path:?}; rename it"));
        }
        // What begins with a dot is no part of a roster.
        if path.split('/').any(|part| part.starts_with('.')) {
            continue;
        }
        let [mode, _, object, size] = meta;
        let size: u64 = size.parse().unwrap_or_default();
        let left_out = match mode {
            "100644" | "100755" | "100664" if size <= LARGEST => None,
            "100644" | "100755" | "100664" => Some(format!("is larger than {} MiB", LARGEST >> 20)),
            "120000" => Some("is a symbolic link, which is not followed".to_owned()),
            "160000" => Some("is a submodule, which is not fetched".to_owned()),
            other => Some(format!("has the mode {other}, which rosterd does not know")),
        };
        let Some(why) = left_out else {
            sum = sum.saturating_add(size);
            listing.blobs.push(Blob { object: object.to_owned(), size, path });
            continue;
        };
        if Path::new(&path).extension().is_some_and(|extension| extension == "toml") {
            let advice = if mode.starts_with("100") {
                "split it, or move its members into list files (`members_from`)"
            } else {
                "write a file of its own there"
            };
            return Err(format!("`{path}` {why}; {advice}"));
        }
        listing.notices.push(format!("`{path}` {why}; it was left out"));
    }
    if sum > LARGEST_SUM || listing.blobs.len() > MOST_FILES {
        let (files, most) = (listing.blobs.len(), LARGEST_SUM >> 20);
        let advice = "name the roster's own directory with `path`";
        return Err(format!(
            "it has {files} files of {} MiB, more than {MOST_FILES} or {most} MiB; {advice}",
            sum >> 20
        ));
    }
    let more = listing.notices.len().saturating_sub(MOST_NOTICES);
    listing.notices.truncate(MOST_NOTICES);
    listing.notices.extend((more > 0).then(|| format!("{more} more entries were left out")));
    Ok(listing)
}

/// Takes the contents apart that `git cat-file --batch` printed for these files.
///
/// # Errors
/// When they are not what was asked for.
pub(super) fn contents<'p>(blobs: &[Blob], mut printed: &'p [u8]) -> Result<Vec<&'p [u8]>, String> {
    let mut contents = Vec::with_capacity(blobs.len());
    for blob in blobs {
        let end = printed.iter().position(|byte| *byte == b'\n').unwrap_or(printed.len());
        let (header, rest) = printed.split_at(end);
        let size = usize::try_from(blob.size).unwrap_or(usize::MAX);
        if header != format!("{} blob {size}", blob.object).as_bytes() {
            return Err(format!("the content of `{}` is missing", blob.path));
        }
        let Some((content, rest)) = rest.get(1..).and_then(|rest| rest.split_at_checked(size)) else {
            return Err(format!("the content of `{}` is cut off", blob.path));
        };
        contents.push(content);
        printed = rest.get(1..).unwrap_or_default();
    }
    Ok(contents)
}

/// What is wrong when there is nothing at the path.
pub(super) fn nothing(commit: &Commit, path: &str) -> String {
    match path {
        "" => format!("there is no file in {commit}"),
        path => format!("there is no `{path}` in it; see `path` in [roster_git]"),
    }
}

/// `MODE TYPE OBJECT SIZE<tab>PATH`, the size padded with blanks.
fn parts(entry: &[u8]) -> Option<([&str; 4], &[u8])> {
    let tab = entry.iter().position(|byte| *byte == b'\t')?;
    let (meta, path) = entry.split_at(tab);
    let mut words = std::str::from_utf8(meta).ok()?.split_ascii_whitespace();
    let meta = [words.next()?, words.next()?, words.next()?, words.next()?];
    Some((meta, path.get(1..)?))
}

/// Whether a path names one file below the directory it is joined to, and looks like what it is.
fn is_sound(path: &str) -> bool {
    let part = |part: &str| !matches!(part, "" | "." | "..") && part.len() <= 255;
    let strange = |c: char| crate::clean::is_hidden(c);
    path.len() <= LONGEST && !path.contains(strange) && path.split('/').all(part)
}
