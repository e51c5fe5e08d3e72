//! Tells when a file of the configuration or of the roster may have changed.
//!
//! Directories are watched, not files: editors and deployments replace files, and symbolic links are swapped.
//! Opening a file for reading raises an event too, which says nothing. What is missed all the same, on a
//! network file system or when too much happens at once, the loop finds when it looks again every minute.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// So long nothing must happen before files are read.
const SETTLES: Duration = Duration::from_millis(300);
/// After so long they are read, however busy somebody is with them.
const PATIENCE: Duration = Duration::from_secs(5);

/// So many symbolic links that lead to each other are looked at.
const LINKS: u8 = 8;

/// Watches the directories of some paths.
pub struct Watch {
    watcher: Option<RecommendedWatcher>,
    watched: BTreeSet<PathBuf>,
    heard: Arc<Notify>,
    settling: Option<Settling>,
}

/// Something happened, and more may.
struct Settling {
    until: Instant,
    patience: Instant,
}

impl Watch {
    /// Watches nothing yet. Where the system cannot watch, that is said, and nothing is ever heard.
    #[must_use]
    pub fn new() -> Self {
        let heard = Arc::new(Notify::new());
        let events = Arc::clone(&heard);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // What went wrong may have hidden a change.
            if event.map_or(true, |event| !matches!(event.kind, EventKind::Access(_))) {
                events.notify_one();
            }
        });
        let watcher = watcher.inspect_err(
            |error| tracing::warn!(%error, "Files cannot be watched; they are looked at every minute."),
        );
        Self { watcher: watcher.ok(), watched: BTreeSet::new(), heard, settling: None }
    }

    /// Watches these files and directories, and what symbolic links on the way to them lead through, and
    /// nothing else.
    pub fn follow(&mut self, paths: &[&Path]) {
        let wanted: BTreeSet<PathBuf> = paths.iter().flat_map(|path| directories(path)).collect();
        let Some(eyes) = &mut self.watcher else { return };
        for gone in self.watched.difference(&wanted) {
            // A directory that is gone is not watched any more anyway.
            let _ = eyes.unwatch(gone);
        }
        let mut watched = BTreeSet::new();
        for path in wanted {
            // Watched anew even when it was before: the directory of that name may be another by now.
            let mode = if paths.iter().any(|root| is_below(&path, root)) {
                RecursiveMode::Recursive
            } else {
                RecursiveMode::NonRecursive
            };
            match eyes.watch(&path, mode) {
                Ok(()) => drop(watched.insert(path)),
                Err(error) => tracing::debug!(path = %path.display(), %error, "Cannot be watched."),
            }
        }
        self.watched = watched;
    }

    /// Waits until something changed and has settled. Nothing is lost when this is given up in between.
    pub async fn changed(&mut self) {
        loop {
            match &mut self.settling {
                None => {
                    self.heard.notified().await;
                    let now = Instant::now();
                    self.settling = Some(Settling { until: now + SETTLES, patience: now + PATIENCE });
                }
                Some(settling) => tokio::select! {
                    () = sleep_until(settling.until) => break,
                    () = self.heard.notified() => {
                        settling.until = (Instant::now() + SETTLES).min(settling.patience);
                    }
                },
            }
        }
        self.settling = None;
    }
}

impl Default for Watch {
    fn default() -> Self {
        Self::new()
    }
}

/// A directory and what it is in; for a file, what it is in. The same for what they lead to.
fn directories(path: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let resolved = path.canonicalize().ok();
    for path in [std::path::absolute(path).ok(), resolved].into_iter().flatten() {
        if path.is_dir() {
            found.push(path.clone());
        }
        found.extend(path.parent().map(Path::to_owned));
        links(&path, &mut found, LINKS);
    }
    found
}

/// The directories of all symbolic links on the way: each of them may be swapped.
fn links(path: &Path, found: &mut Vec<PathBuf>, left: u8) {
    for link in path.ancestors().filter(|path| path.is_symlink()) {
        let (Some(directory), Ok(target), true) = (link.parent(), link.read_link(), left > 0) else {
            continue;
        };
        found.push(directory.to_owned());
        links(&directory.join(target), found, left - 1);
    }
}

fn is_below(path: &Path, root: &Path) -> bool {
    let absolute = std::path::absolute(root).ok();
    let resolved = root.canonicalize().ok();
    root.is_dir() && [absolute, resolved].into_iter().flatten().any(|root| path.starts_with(root))
}
