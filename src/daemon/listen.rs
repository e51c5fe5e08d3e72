//! The HTTP listener while the daemon runs: where the configuration says, also when it says something else; or at the
//! sockets that systemd opened.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpListener;

use super::shared::Shared;
use crate::web::{self, Served};

/// The listener that is open, if one is.
#[derive(Default)]
pub struct Listening(Mutex<State>);

#[derive(Default)]
struct State {
    /// What the configuration says of it.
    address: Option<SocketAddr>,
    /// Where it is, or was before it had to be closed.
    at: Option<SocketAddr>,
    /// Its tasks; none while nobody listens.
    open: Vec<Served>,
    /// The sockets that systemd opened, so that no configuration moves them.
    activated: Vec<SocketAddr>,
}

impl Listening {
    /// Opens the listener at the start.
    ///
    /// # Errors
    /// When the address cannot be listened at, or systemd handed something over that is no TCP socket.
    pub fn start(shared: &Arc<Shared>, address: Option<SocketAddr>) -> Result<(), String> {
        let activated = web::activated()?;
        if activated.is_empty() {
            let Some(at) = address else { return Ok(()) };
            return open(shared, at, at)
                .map_err(|error| format!("cannot listen at {at} ([daemon] listen): {error}"));
        }
        let mut state = shared.listening.state();
        for listener in activated {
            let at = listener.local_addr().map_err(|error| error.to_string())?;
            state.activated.push(at);
            state.open.push(serve(shared, listener, at));
        }
        state.address = address;
        drop(state);
        if let Some(unused) = shared.listening.unused(address) {
            tracing::info!("{unused}.");
        }
        Ok(())
    }

    /// Listens at another address from now on. Where that cannot be, it is said, the listener that is open stays, and
    /// it is tried again with each call.
    pub async fn follow(shared: &Arc<Shared>, address: Option<SocketAddr>) {
        let listening = &shared.listening;
        if listening.is_activated() {
            let before = std::mem::replace(&mut listening.state().address, address);
            if let Some(unused) = listening.unused(address).filter(|_| before != address) {
                tracing::warn!("{unused}.");
            }
            return;
        }
        let is_there = listening.state().address == address;
        let problem = match address {
            _ if is_there => None,
            Some(to) => move_to(shared, to).await.err(),
            None => {
                listening.close().await;
                *listening.state() = State::default();
                None
            }
        };
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

    /// That nobody listens at this address because the sockets of systemd are served, where that is so.
    pub fn unused(&self, address: Option<SocketAddr>) -> Option<String> {
        let state = self.state();
        if state.activated.is_empty() || address.is_some_and(|address| state.activated.contains(&address)) {
            return None;
        }
        let served: Vec<String> = state.activated.iter().map(ToString::to_string).collect();
        let served = served.join(" and ");
        Some(format!("systemd opened the listener, at {served}; [daemon] listen is not used"))
    }

    /// Ends the listener for good.
    pub fn end(&self) {
        self.state().open.iter().for_each(Served::end);
    }

    fn is_activated(&self) -> bool {
        !self.state().activated.is_empty()
    }

    /// Takes no connections any more; the address is free afterwards. Those that are there are answered.
    async fn close(&self) {
        let open = std::mem::take(&mut self.state().open);
        for served in open {
            served.close().await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Listens there instead. The listener that is open is closed first only where it has the port itself.
async fn move_to(shared: &Arc<Shared>, to: SocketAddr) -> Result<(), String> {
    let listening = &shared.listening;
    let Err(error) = open(shared, to, to) else { return Ok(()) };
    let told = |error: &io::Error| format!("nobody listens at {to}, as [daemon] listen says: {error}");
    let (before, said, is_open) = {
        let state = listening.state();
        (state.at, state.address, !state.open.is_empty())
    };
    let Some(before) = before else { return Err(told(&error)) };
    let is_own = error.kind() == io::ErrorKind::AddrInUse && before.port() == to.port();
    if is_open && !is_own {
        return Err(format!("{}; the listener stays where it was", told(&error)));
    }
    listening.close().await;
    let Err(error) = open(shared, to, to) else { return Ok(()) };
    match open(shared, before, said.unwrap_or(before)) {
        Ok(()) => Err(format!("{}; the listener stays where it was", told(&error))),
        Err(other) => {
            listening.state().address = None;
            Err(format!("{}; nor at {before}, where the listener was: {other}", told(&error)))
        }
    }
}

/// Opens it there, as the configuration says or said, and ends the one that was open.
fn open(shared: &Arc<Shared>, at: SocketAddr, said: SocketAddr) -> io::Result<()> {
    let listener = web::listen(at)?;
    let at = listener.local_addr()?;
    let open = vec![serve(shared, listener, at)];
    let state = State { address: Some(said), at: Some(at), open, activated: Vec::new() };
    let before = std::mem::replace(&mut *shared.listening.state(), state);
    before.open.iter().for_each(Served::end);
    Ok(())
}

fn serve(shared: &Arc<Shared>, listener: TcpListener, at: SocketAddr) -> Served {
    tracing::info!(address = %at, "Listening.");
    web::serve(listener, Arc::clone(shared) as _)
}
