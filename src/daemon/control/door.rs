//! Who comes in over the socket, for how long somebody may take to ask, and where the socket stands.

use std::fs::{Metadata, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream as Blocking;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::net::unix::SocketAddr;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::NAME;
use crate::web::door::Patient;

/// A question is short, and comes at once.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked whether the socket is still where others look for it.
const LOOK: Duration = Duration::from_secs(5);

/// Takes connections.
pub(super) struct Door {
    listener: UnixListener,
    place: Place,
    looks: Interval,
    /// Who removes the socket in the end has to know where it stands.
    told: Option<watch::Sender<Place>>,
    /// It could not be opened again, and that was said.
    is_gone: bool,
}

/// Where the socket is, and which file it is.
#[derive(Debug, Clone)]
pub(super) struct Place {
    path: PathBuf,
    file: (u64, u64),
}

/// Who is at the other end.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    /// The user, by the kernel.
    pub(super) uid: Option<u32>,
    heard: Arc<AtomicBool>,
}

impl Peer {
    /// The question is there: the answer may take long.
    pub(super) fn was_heard(&self) {
        self.heard.store(true, Ordering::Relaxed);
    }
}

impl Place {
    /// Removes the socket, when it is still ours.
    pub(super) fn clear(&self) {
        if self.is_ours()
            && let Err(error) = std::fs::remove_file(&self.path)
        {
            tracing::warn!(%error, path = %self.path.display(), "The socket could not be removed.");
        }
    }

    fn is_ours(&self) -> bool {
        std::fs::symlink_metadata(&self.path).is_ok_and(|file| identity(&file) == self.file)
    }
}

impl Door {
    /// Opens the socket in a directory. One that a killed daemon left behind is replaced; one that is answered is
    /// not, nor is a file of another kind.
    pub(super) fn open(directory: &Path) -> io::Result<Self> {
        let (listener, place) = open(directory)?;
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Ok(Self { listener, place, looks, told: None, is_gone: false })
    }

    /// Where it stands.
    pub(super) fn place(&self) -> Place {
        self.place.clone()
    }

    /// Tells this where the socket stands, whenever it is another one.
    pub(super) fn tells(mut self, told: watch::Sender<Place>) -> Self {
        self.told = Some(told);
        self
    }

    /// Opens the socket again where somebody removed it: the daemon could not be asked any more.
    fn look(&mut self) {
        if self.place.is_ours() {
            return;
        }
        let Some(directory) = self.place.path.parent() else { return };
        match open(directory) {
            Ok((listener, place)) => {
                tracing::warn!(path = %place.path.display(), "The socket was gone, and is there again.");
                if let Some(told) = &self.told {
                    told.send_replace(place.clone());
                }
                (self.listener, self.place, self.is_gone) = (listener, place, false);
            }
            Err(error) if !self.is_gone => {
                tracing::error!(%error, "The socket is gone, and cannot be opened again yet.");
                self.is_gone = true;
            }
            Err(_) => (),
        }
    }
}

fn open(directory: &Path) -> io::Result<(UnixListener, Place)> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    if std::fs::metadata(directory)?.permissions().mode() & 0o077 != 0 {
        std::fs::set_permissions(directory, Permissions::from_mode(0o700))?;
    }
    let path = directory.join(NAME);
    if std::fs::symlink_metadata(&path).is_ok_and(|file| !file.file_type().is_socket()) {
        let text = format!("{} is no socket, and is left alone: move it away", path.display());
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, text));
    }
    if Blocking::connect(&path).is_ok() {
        let text = format!("another daemon answers on {}", path.display());
        return Err(io::Error::new(io::ErrorKind::AddrInUse, text));
    }
    // Nobody can connect before the mode is right.
    let private = tempfile::tempdir_in(directory)?;
    let early = private.path().join(NAME);
    let listener = UnixListener::bind(&early)?;
    std::fs::set_permissions(&early, Permissions::from_mode(0o600))?;
    let file = identity(&std::fs::symlink_metadata(&early)?);
    std::fs::rename(&early, &path)?;
    Ok((listener, Place { path, file }))
}

fn identity(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}

impl Listener for Door {
    type Io = Patient<UnixStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Patient<UnixStream>, SocketAddr) {
        loop {
            tokio::select! {
                (stream, address) = Listener::accept(&mut self.listener) => {
                    return (Patient::new(stream, PATIENCE), address);
                }
                _ = self.looks.tick() => self.look(),
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Listener::local_addr(&self.listener)
    }
}

impl Connected<IncomingStream<'_, Door>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        let connection = stream.io();
        let credentials = connection.stream.peer_cred().ok();
        Self { uid: credentials.map(|it| it.uid()), heard: connection.heard() }
    }
}
