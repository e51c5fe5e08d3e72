//! The Unix socket of the daemon: commands are carried out inside it, by the same code as without it, and
//! what they would have printed comes back.
//!
//! Whoever can open the socket may decide everything: it is of mode 0600, in a directory of mode 0700.

use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::serve::IncomingStream;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::net::UnixListener;
use tokio_util::sync::CancellationToken;

mod client;

pub use client::{Asked, Lost, ask, sockets};

/// The name of the socket in its directory.
const NAME: &str = "rosterd.sock";
/// What is asked is a command and its flags.
const LONGEST_QUESTION: usize = 1024 * 1024;

/// What somebody asks for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Question {
    /// The configuration that is meant, without symbolic links.
    pub config: PathBuf,
    /// The command and its flags, as JSON.
    pub command: serde_json::Value,
    /// Who says to ask. Who really does, by user id, is added by the daemon.
    pub who: String,
    /// Whether the answer is shown in colour.
    pub colour: bool,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Results.
    pub stdout: String,
    /// Notes and errors.
    pub stderr: String,
    /// The exit code.
    pub code: u8,
}

/// Carries commands out.
#[async_trait]
pub trait Answering: Send + Sync {
    /// The configuration that the daemon works with, without symbolic links.
    fn config(&self) -> PathBuf;
    /// Carries a command out.
    async fn answer(&self, question: Question) -> Answer;
}

/// The user at the other end.
#[derive(Debug, Clone, Copy)]
struct Peer {
    uid: Option<u32>,
}

impl Connected<IncomingStream<'_, UnixListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        Self { uid: stream.io().peer_cred().ok().map(|credentials| credentials.uid()) }
    }
}

/// Where the daemon opens its socket: `$RUNTIME_DIRECTORY`, else `$XDG_RUNTIME_DIR/rosterd`; none when there
/// is neither.
#[must_use]
pub fn directory(env: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let absolute = |text: String| Some(PathBuf::from(text)).filter(|path| path.is_absolute());
    let systemd = env("RUNTIME_DIRECTORY").and_then(|text| text.split(':').next().map(str::to_owned));
    let user = || env("XDG_RUNTIME_DIR").and_then(absolute).map(|path| path.join("rosterd"));
    systemd.and_then(absolute).or_else(user)
}

/// Opens the socket. What an earlier daemon left there is removed: the state's lock says that none runs.
///
/// # Errors
/// When the directory cannot be made or the socket cannot be opened.
pub fn listen(directory: &Path) -> io::Result<UnixListener> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let path = directory.join(NAME);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => (),
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Answers until it is told to stop.
pub async fn serve(listener: UnixListener, answering: Arc<dyn Answering>, stop: CancellationToken) {
    let router = Router::new()
        .route("/v1/ask", post(ask_inside))
        .layer(DefaultBodyLimit::max(LONGEST_QUESTION))
        .with_state(answering)
        .into_make_service_with_connect_info::<Peer>();
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await {
        tracing::error!(%error, "The control socket ended.");
    }
}

async fn ask_inside(
    ConnectInfo(peer): ConnectInfo<Peer>,
    State(answering): State<Arc<dyn Answering>>,
    Json(mut question): Json<Question>,
) -> (StatusCode, Json<Answer>) {
    if question.config != answering.config() {
        let stderr = answering.config().display().to_string();
        return (StatusCode::MISDIRECTED_REQUEST, Json(Answer { stderr, ..Answer::default() }));
    }
    if let Some(uid) = peer.uid {
        question.who = format!("{} (uid {uid})", question.who);
    }
    (StatusCode::OK, Json(answering.answer(question).await))
}
