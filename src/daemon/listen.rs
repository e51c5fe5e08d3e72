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
    pub fn start(shared: &Arc<Shared>, address: Option<SocketAddr>) -> io::Result<()> {
        let activated = web::activated()?;
        shared.listening.state().is_activated = activated.is_some();
        match activated {
            Some(listener) => {
                tracing::info!(address = %listener.local_addr()?, "Listening.");
                shared.listening.serve(shared, listener, address);
            }
            None => open(shared, address)?,
        }
        Ok(())
    }

    /// Listens at another address from now on. Where that cannot be, it is said, the listener that is open stays, and
    /// it is tried again with each call.
    pub fn follow(shared: &Arc<Shared>, address: Option<SocketAddr>) {
        let is_there = {
            let state = shared.listening.state();
            state.is_activated || state.address == address
        };
        let opened = if is_there { Ok(()) } else { open(shared, address) };
        let problem = opened.err().map(|error| {
            let address = address.map(|address| address.to_string()).unwrap_or_default();
            format!("nobody listens at {address}, as [daemon] listen says: {error}; the listener stays where it was")
        });
        if shared.situation().listener == problem {
            return;
        }
        if let Some(problem) = &problem {
            tracing::error!(problem, "The listener cannot be opened there.");
        } else {
            tracing::info!("The listener is where the configuration says.");
        }
        shared.note(|situation| situation.listener = problem);
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

fn open(shared: &Arc<Shared>, address: Option<SocketAddr>) -> io::Result<()> {
    match address {
        Some(at) => {
            let listener = web::listen(at)?;
            tracing::info!(address = %listener.local_addr()?, "Listening.");
            shared.listening.serve(shared, listener, address);
        }
        None => shared.listening.close(CancellationToken::new(), None),
    }
    Ok(())
}
