//! The Unix socket of the daemon: commands are carried out inside it, by the same code as without it, and
//! what they would have printed comes back.
//!
//! Whoever can open the socket may decide everything: it is of mode 0600, in a directory of mode 0700.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::who;
use door::{Door, Peer};

mod client;
mod door;

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
    /// For whom root says to ask, after sudo. Of anybody else it is not believed: who asks is what the kernel says.
    #[serde(default)]
    pub through_sudo: Option<String>,
    /// Whether results are shown in colour.
    pub colour: bool,
    /// Whether notes are shown in colour.
    pub colour_notes: bool,
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
    /// Carries a command out for somebody.
    async fn answer(&self, question: Question, who: String) -> Answer;
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

/// The socket of a daemon.
pub struct Socket(Door);

impl Socket {
    /// Opens it. One that a killed daemon left behind is replaced; one that is answered is not, nor is a file of
    /// another kind.
    ///
    /// # Errors
    /// When the directory cannot be made or kept private, the socket cannot be opened, or something else has its place.
    pub fn open(directory: &Path) -> io::Result<Self> {
        Door::open(directory).map(Self)
    }

    /// Answers until it is told to stop; then the socket is removed, and answers in progress are finished.
    pub async fn serve(self, answering: Arc<dyn Answering>, stop: CancellationToken) {
        let (gone, place) = watch::channel(self.0.place());
        let door = self.0.tells(gone);
        let router = Router::new()
            .route("/v1/ask", post(ask_inside))
            .layer(DefaultBodyLimit::max(LONGEST_QUESTION))
            .with_state(answering)
            .into_make_service_with_connect_info::<Peer>();
        let stopped = async move {
            stop.cancelled_owned().await;
            place.borrow().clear();
        };
        if let Err(error) = axum::serve(door, router).with_graceful_shutdown(stopped).await {
            tracing::error!(%error, "The control socket ended.");
        }
    }
}

async fn ask_inside(
    ConnectInfo(peer): ConnectInfo<Peer>,
    State(answering): State<Arc<dyn Answering>>,
    question: Result<Json<Question>, JsonRejection>,
) -> Response {
    peer.was_heard();
    let Json(question) = match question {
        Ok(question) => question,
        Err(rejection) => return rejection.into_response(),
    };
    if question.config != answering.config() {
        let stderr = answering.config().display().to_string();
        let answer = Json(Answer { stderr, ..Answer::default() });
        return (StatusCode::MISDIRECTED_REQUEST, answer).into_response();
    }
    // Anybody can say to be anybody; the kernel does not.
    let through_sudo = question.through_sudo.as_deref();
    let who = peer.uid.map_or_else(|| "unknown".to_owned(), |uid| who::told(uid, through_sudo));
    let mut response = Json(answering.answer(question, who).await).into_response();
    // Nobody has a second question on one connection, and none is kept open for it.
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
