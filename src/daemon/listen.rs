//! The HTTP listener while the daemon runs: where the configuration says, also when it says something else.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use super::shared::Shared;
use crate::web;

/// The listener that is open, if one is.
#[derive(Default)]
pub struct Listening(Mutex<State>);

#[derive(Default)]
struct State {
    address: Option<SocketAddr>,
    stop: CancellationToken,
    /// systemd opened the socket, so that no configuration moves it.
    is_activated: bool,
}

impl Listening {
    /// Opens the listener at the start.
    ///
    /// # Errors
    /// When the address cannot be listened at.
    pub async fn start(shared: &Arc<Shared>, address: Option<SocketAddr>) -> io::Result<()> {
        let activated = web::activated()?;
        shared.listening.state().is_activated = activated.is_some();
        match activated {
            Some(listener) => {
                tracing::info!(address = %listener.local_addr()?, "Listening.");
                shared.listening.serve(shared, listener, address);
            }
            None => open(shared, address).await?,
        }
        Ok(())
    }

    /// Listens at another address from now on, beside whoever asks. What cannot be opened is said, and the
    /// listener that is open stays.
    pub fn follow(shared: &Arc<Shared>, address: Option<SocketAddr>) {
        {
            let state = shared.listening.state();
            if state.is_activated || state.address == address {
                return;
            }
        }
        let shared = Arc::clone(shared);
        tokio::spawn(async move {
            if let Err(error) = open(&shared, address).await {
                let address = address.map(|address| address.to_string()).unwrap_or_default();
                tracing::error!(%error, address, "The listener cannot be opened there; it stays where it is.");
            }
        });
    }

    /// Ends the listener for good.
    pub fn end(&self) {
        self.close(CancellationToken::new(), None);
    }

    fn serve(&self, shared: &Arc<Shared>, listener: tokio::net::TcpListener, address: Option<SocketAddr>) {
        let stop = CancellationToken::new();
        tokio::spawn(web::serve(listener, Arc::clone(shared) as _, stop.clone()));
        self.close(stop, address);
    }

    /// Ends the listener that was open.
    fn close(&self, next: CancellationToken, address: Option<SocketAddr>) {
        let mut state = self.state();
        std::mem::replace(&mut state.stop, next).cancel();
        state.address = address;
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn open(shared: &Arc<Shared>, address: Option<SocketAddr>) -> io::Result<()> {
    match address {
        Some(at) => {
            let listener = web::listen(at).await?;
            tracing::info!(address = %listener.local_addr()?, "Listening.");
            shared.listening.serve(shared, listener, address);
        }
        None => shared.listening.close(CancellationToken::new(), None),
    }
    Ok(())
}
