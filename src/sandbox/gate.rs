//! The front door of one server: a listener that can really refuse connections, and connections that can be
//! cut at any moment. Neither can be had from a plain [`tokio::net::TcpListener`].

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    ops::Range,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use axum::{
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpSocket, TcpStream},
    runtime::Handle,
};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::lock;

/// Ports below those from which the kernel gives one to whoever connects: such a connection would keep a door closed.
const PORTS: Range<u16> = 20_000..32_768;
/// Ports that are tried.
const TRIES: usize = 1000;
/// A process is started sooner than that.
const LONGEST_START: Duration = Duration::from_secs(10);

/// Owns the port; opens and closes it.
pub(super) struct Gate {
    address: SocketAddr,
    runtime: Handle,
    door: Arc<Mutex<Door>>,
    /// Bound, never listening: nobody else gets the port while the door is closed, and the kernel refuses.
    _port: TcpSocket,
}

struct Door {
    listener: Option<TcpListener>,
    waiting: Option<Waker>,
    /// Cut when the door closes, and with it every connection that came through.
    connections: CancellationToken,
}

impl Gate {
    pub(super) fn open() -> io::Result<Gate> {
        let port = reserved()?;
        let address = port.local_addr()?;
        let listener = bound(address)?.listen(1024)?;
        let door = Door { listener: Some(listener), waiting: None, connections: CancellationToken::new() };
        Ok(Gate { address, runtime: Handle::current(), door: Arc::new(Mutex::new(door)), _port: port })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn doorway(&self) -> Doorway {
        Doorway { address: self.address, door: Arc::clone(&self.door) }
    }

    /// From now on connections are refused, and those that stand are cut.
    pub(super) fn close(&self) {
        let mut door = lock(&self.door);
        door.listener = None;
        door.connections.cancel();
    }

    /// Takes connections again, on the same port.
    pub(super) fn reopen(&self) -> io::Result<()> {
        let mut door = lock(&self.door);
        if door.listener.is_some() {
            return Ok(());
        }
        let _entered = self.runtime.enter();
        door.listener = Some(listening(self.address)?);
        door.connections = CancellationToken::new();
        if let Some(waker) = door.waiting.take() {
            waker.wake();
        }
        Ok(())
    }
}

/// A port that nobody has, and nobody else gets as long as this is kept.
fn reserved() -> io::Result<TcpSocket> {
    let mut tries = 0;
    loop {
        tries += 1;
        // Alone at first: beside whoever shares it, a port would seem free.
        let socket = TcpSocket::new_v4()?;
        match socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, fastrand::u16(PORTS)))) {
            Ok(()) => {
                socket.set_reuseaddr(true)?;
                return Ok(socket);
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && tries < TRIES => {}
            Err(error) => return Err(error),
        }
    }
}

/// Listens there once nobody else does: a process that is being started has all that was open here, for a moment.
fn listening(address: SocketAddr) -> io::Result<TcpListener> {
    let began = Instant::now();
    loop {
        match bound(address).and_then(|socket| socket.listen(1024)) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && began.elapsed() < LONGEST_START => {
                std::thread::sleep(Duration::from_millis(1));
            }
            listening => return listening,
        }
    }
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// What the server accepts connections from.
pub(super) struct Doorway {
    address: SocketAddr,
    door: Arc<Mutex<Door>>,
}

impl Doorway {
    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<(Connection, Cut)> {
        let mut door = lock(&self.door);
        door.waiting = Some(context.waker().clone());
        let Some(listener) = &door.listener else { return Poll::Pending };
        loop {
            match listener.poll_accept(context) {
                Poll::Pending => return Poll::Pending,
                // The peer gave up before it was accepted; the next one may not have.
                Poll::Ready(Err(_)) => {}
                Poll::Ready(Ok((stream, _))) => {
                    // Otherwise small answers wait for the acknowledgement of the one before.
                    let _ = stream.set_nodelay(true);
                    let token = door.connections.child_token();
                    let cut = Box::pin(token.clone().cancelled_owned());
                    return Poll::Ready((Connection { stream, cut }, Cut(token)));
                }
            }
        }
    }
}

impl Listener for Doorway {
    type Io = Connection;
    type Addr = Cut;

    async fn accept(&mut self) -> (Connection, Cut) {
        std::future::poll_fn(|context| self.poll_accept(context)).await
    }

    fn local_addr(&self) -> io::Result<Cut> {
        Err(io::Error::new(io::ErrorKind::Unsupported, format!("listening on {}", self.address)))
    }
}

/// Cuts one connection, at once and without a word.
#[derive(Clone, Debug)]
pub(super) struct Cut(CancellationToken);

impl Cut {
    pub(super) fn now(&self) {
        self.0.cancel();
    }
}

impl Connected<IncomingStream<'_, Doorway>> for Cut {
    fn connect_info(stream: IncomingStream<'_, Doorway>) -> Cut {
        stream.remote_addr().clone()
    }
}

/// A stream that fails once it was cut.
pub(super) struct Connection {
    stream: TcpStream,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Connection {
    fn fail_if_cut(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.cut.as_mut().poll(context) {
            Poll::Ready(()) => Err(io::ErrorKind::ConnectionReset.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.fail_if_cut(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.fail_if_cut(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
