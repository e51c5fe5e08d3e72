//! Connections that end by themselves when nothing happens on them.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};
use tokio_util::sync::DropGuard;

/// Whoever asks for a page does it at once, and takes it.
const PATIENCE: Duration = Duration::from_secs(15);

/// Connections at once; others wait. The rest of what a process may open is for the runs.
const MOST: usize = 128;

/// Takes connections.
pub(super) struct Door {
    listener: TcpListener,
    places: Arc<Semaphore>,
    /// Says, after the listener is closed, that it is.
    _open: DropGuard,
}

impl Door {
    /// Takes those that come to this listener.
    pub(super) fn new(listener: TcpListener, open: DropGuard) -> Self {
        Self { listener, places: Arc::new(Semaphore::new(MOST)), _open: open }
    }
}

/// A connection; it ends when for so long nothing could be answered on it: no question came, or no answer was taken.
pub struct Patient<S> {
    /// Where it leads.
    pub stream: S,
    length: Duration,
    patience: Pin<Box<Sleep>>,
    /// A question came whose answer may take long.
    heard: Arc<AtomicBool>,
    /// Its place among the connections that there may be; free again when it ends.
    _place: Option<OwnedSemaphorePermit>,
}

impl<S> Patient<S> {
    /// With so much patience.
    pub fn new(stream: S, length: Duration) -> Self {
        Self { stream, length, patience: Box::pin(sleep(length)), heard: Arc::default(), _place: None }
    }

    /// Set once a question was heard, so that its answer may take long.
    pub fn heard(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.heard)
    }

    fn is_late(&mut self, context: &mut Context<'_>) -> bool {
        !self.heard.load(Ordering::Relaxed) && self.patience.as_mut().poll(context).is_ready()
    }

    fn waits_anew(&mut self) {
        let until = Instant::now() + self.length;
        self.patience.as_mut().reset(until);
    }
}

impl Listener for Door {
    type Io = Patient<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Patient<TcpStream>, SocketAddr) {
        // The semaphore is never closed, so there is always a place in the end.
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        let (stream, address) = Listener::accept(&mut self.listener).await;
        (Patient { _place: place, ..Patient::new(stream, PATIENCE) }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Listener::local_addr(&self.listener)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_late(context) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        match written {
            Poll::Ready(Ok(1..)) => self.waits_anew(),
            Poll::Pending if self.is_late(context) => {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            _ => (),
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
