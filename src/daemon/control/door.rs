//! Who comes in over the socket, and for how long somebody may take to ask.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::unix::SocketAddr;
use tokio::net::{UnixListener, UnixStream};
use tokio::time::{Sleep, sleep};

/// A question is short, and comes at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// Takes connections.
pub(super) struct Door(pub(super) UnixListener);

/// A connection; it ends when no question came in time.
pub(super) struct Connection {
    stream: UnixStream,
    patience: Pin<Box<Sleep>>,
    heard: Arc<AtomicBool>,
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

impl Listener for Door {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        (Connection { stream, patience: Box::pin(sleep(PATIENCE)), heard: Arc::default() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Listener::local_addr(&self.0)
    }
}

impl Connected<IncomingStream<'_, Door>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        let connection = stream.io();
        let credentials = connection.stream.peer_cred().ok();
        Self { uid: credentials.map(|it| it.uid()), heard: Arc::clone(&connection.heard) }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let is_late = !self.heard.load(Ordering::Relaxed) && self.patience.as_mut().poll(context).is_ready();
        if is_late {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
