//! One token per provider, renewed by one task while the others wait.

use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::StatusCode;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::gate::Gate;
use super::http::body::{Ignored, Json, Reading};
use super::http::{Answer, Http, Repeat, Request};
use super::pace::Pace;
use super::retry::{Failure, Retries, Trouble};
use super::{Connection, Fault, FaultKind};
use lease::{Keeper, Lease};

mod lease;

/// How one kind of provider logs in and words its errors.
pub trait Dialect: Send + Sync {
    /// The request for a token, or a token that is already there.
    fn login(&self) -> Login;
    /// Reads the answer to [`Login::Ask`]: may refuse it (a token for another tenant).
    fn check_token(&self, _token: &TokenAnswer) -> Result<(), Fault> {
        Ok(())
    }
    /// Turns an error answer into message, code, and support or debug id, the ids last. Lenient: any body.
    /// Never shortened: the caller does that, once secrets that the provider repeats are struck out.
    fn explain(&self, status: StatusCode, body: &[u8]) -> String;
}

/// How to come by a token.
pub enum Login {
    /// Ask for one.
    Ask(Request),
    /// Use this one; somebody else renews it.
    Have(secrecy::SecretString),
}

/// The answer to a request for a token, as far as adapters look at it.
pub struct TokenAnswer {
    /// Granted scopes, when the answer names them.
    pub scope: Option<String>,
}

/// What a call is for.
#[derive(Clone, Copy)]
enum Purpose<'g> {
    /// To see something. Whoever may not even do that is let in nowhere.
    Read,
    /// To change something, while the gate of its run is open.
    Change(Option<&'g Gate>),
}

/// A provider that is logged in to when first called.
pub struct Session {
    http: Http,
    dialect: Arc<dyn Dialect>,
    keeper: Keeper,
    retries: Retries,
    pace: Pace,
    /// Why nobody gets in any more: no token is handed out, or reads are denied with a new one. Asking again would only
    /// lock the account.
    shut_out: Mutex<Option<Fault>>,
    /// A change was denied with a token that was just renewed: another token is of no use to changes.
    renewed_in_vain: AtomicBool,
    /// rosterd is stopping.
    stopped: CancellationToken,
}

impl Session {
    /// Nothing is sent yet.
    pub fn new(http: Http, dialect: Arc<dyn Dialect>) -> Self {
        let retries = Retries::new(http.connection().retry_budget);
        let pace = Pace::new(http.connection());
        let (shut_out, renewed_in_vain) = (Mutex::new(None), AtomicBool::new(false));
        let (keeper, stopped) = (Keeper::default(), CancellationToken::new());
        Self { http, dialect, keeper, retries, pace, shut_out, renewed_in_vain, stopped }
    }

    /// Sends a request, with retries as its [`super::http::Repeat`] allows, and parses a 2xx answer as JSON.
    pub async fn json<T: DeserializeOwned + Send + 'static>(
        &self,
        request: &Request,
    ) -> Result<Answer<T>, Fault> {
        self.call::<Json<T>>(request, Purpose::Read).await
    }

    /// As [`Session::json`], for a change: it is sent only while its gate is open.
    pub async fn change<T: DeserializeOwned + Send + 'static>(
        &self,
        request: &Request,
        gate: Option<&Gate>,
    ) -> Result<Answer<T>, Fault> {
        self.call::<Json<T>>(request, Purpose::Change(gate)).await
    }

    /// As [`Session::change`]; the body of a 2xx answer is not looked at.
    pub async fn send(&self, request: &Request, gate: Option<&Gate>) -> Result<Answer<()>, Fault> {
        self.call::<Ignored>(request, Purpose::Change(gate)).await
    }

    /// Calls in flight at once, items a page and so on.
    pub fn connection(&self) -> &Connection {
        self.http.connection()
    }

    /// Forgets that the provider was given up. Credentials that are not taken stay so.
    pub fn reopen(&self) {
        self.pace.reopen();
    }

    /// Looks at something that nothing depends on: whatever fails there is no reason to give the provider up.
    pub async fn aside<T>(&self, look: impl Future<Output = T>) -> T {
        let was_open = self.pace.given_up().is_none();
        let seen = look.await;
        if was_open {
            self.pace.reopen();
        }
        seen
    }

    /// Another run begins: failures, waiting and requests are counted anew, and credentials that were not
    /// taken are tried again. The token stays.
    pub fn begin(&self) {
        self.pace.reopen();
        self.retries.begin();
        self.http.begin();
        self.renewed_in_vain.store(false, Ordering::Relaxed);
        *self.shut_out.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Nothing more goes out; calls in flight finish.
    pub fn stop(&self) {
        self.stopped.cancel();
    }

    /// Exchanges started so far in this run, log-ins included.
    pub fn requests(&self) -> u64 {
        self.http.requests()
    }

    /// The fault with which every further call ends without being sent: rosterd stops, the credentials are
    /// not taken, or the provider was given up for this run.
    pub fn ended(&self) -> Option<Fault> {
        if self.stopped.is_cancelled() {
            return Some(stopping());
        }
        let shut_out = self.shut_out.lock().unwrap_or_else(PoisonError::into_inner).clone();
        shut_out.or_else(|| self.pace.given_up()).map(Fault::unsent)
    }

    /// The same for a change, which its gate keeps back too.
    fn kept_back(&self, gate: Option<&Gate>) -> Option<Fault> {
        gate.and_then(Gate::fault).or_else(|| self.ended())
    }

    /// Waits, but not any longer once rosterd stops or the gate is closed.
    async fn waited<T>(&self, gate: Option<&Gate>, wait: impl Future<Output = T>) -> Result<T, Fault> {
        let closed = async {
            match gate {
                Some(gate) => gate.closed().await,
                None => pending().await,
            }
        };
        tokio::select! {
            waited = wait => Ok(waited),
            () = self.stopped.cancelled() => Err(stopping()),
            () = closed => Err(gate.and_then(Gate::fault).unwrap_or_else(stopping)),
        }
    }

    async fn call<R: Reading>(
        &self,
        request: &Request,
        purpose: Purpose<'_>,
    ) -> Result<Answer<R::Body>, Fault> {
        let gate = purpose.gate();
        if let Some(fault) = self.kept_back(gate) {
            return Err(fault);
        }
        let outcome = self.attempts::<R>(request, purpose).await;
        // What was kept back says nothing of the provider.
        if gate.is_none_or(|gate| gate.why().is_none()) || outcome.is_ok() {
            self.pace.ended(&outcome);
        }
        outcome
    }

    /// One call with its retries, and one renewal of the token.
    async fn attempts<R: Reading>(
        &self,
        request: &Request,
        purpose: Purpose<'_>,
    ) -> Result<Answer<R::Body>, Fault> {
        let gate = purpose.gate();
        let mut attempt = 0;
        let mut denied: Option<Lease> = None;
        loop {
            // What was sent before may have been carried out, whatever keeps it from being sent again.
            let was_sent = attempt > 0 || denied.is_some();
            let tried = |fault: Fault| Fault { sent: fault.sent || was_sent, ..fault };
            let place = self.waited(gate, self.pace.place()).await.map_err(tried)?;
            if let Some(fault) = self.kept_back(gate) {
                return Err(tried(fault));
            }
            self.waited(gate, self.pace.slot()).await.map_err(tried)?;
            let lease = self.lease(denied.as_ref()).await.map_err(tried)?;
            // A log-in takes its time.
            if let Some(fault) = self.kept_back(gate) {
                return Err(tried(fault));
            }
            match self.http.exchange::<R>(request, Some(&lease.token), &*self.dialect).await {
                Ok(answer) => {
                    place.succeeded();
                    return Ok(answer);
                }
                Err(failure) if failure.trouble == Trouble::Denied => {
                    if self.is_denied_for_good(purpose, &lease, denied.is_some()) {
                        let fault = failure.into_fault(request.repeat);
                        return Err(if purpose.is_read() { self.shut_out(fault) } else { fault });
                    }
                    denied = Some(lease);
                }
                Err(failure) => {
                    let (trouble, asked) = (failure.trouble, failure.retry_after);
                    if trouble == Trouble::TooMany {
                        place.too_many();
                    }
                    let wait = self.retries.plan(failure, request.repeat, attempt)?;
                    if trouble == Trouble::TooMany && asked.is_some() {
                        self.pace.hold(wait);
                    }
                    drop(place);
                    attempt += 1;
                    let _ = self.waited(gate, sleep(wait)).await;
                }
            }
        }
    }

    /// Whether another token is of no use to a call that was denied. A change that is denied says nothing of reads,
    /// on which everything rests that is sent, nor of other changes.
    fn is_denied_for_good(&self, purpose: Purpose<'_>, lease: &Lease, again: bool) -> bool {
        if again && !purpose.is_read() {
            self.renewed_in_vain.store(true, Ordering::Relaxed);
        }
        let in_vain = !purpose.is_read() && self.renewed_in_vain.load(Ordering::Relaxed);
        again || in_vain || !lease.renewable
    }

    /// The token to call with: the one that is there, or a new one. `denied` was turned down.
    async fn lease(&self, denied: Option<&Lease>) -> Result<Lease, Fault> {
        let seen = self.keeper.generation();
        let mut held = self.keeper.lock().await;
        if let Some(fault) = self.ended() {
            return Err(fault);
        }
        if let Some(lease) = held.current(seen, denied) {
            return Ok(lease);
        }
        match self.dialect.login() {
            Login::Have(token) => Ok(held.keep_forever(token)),
            Login::Ask(request) => {
                let (asked_at, answer) = self.ask(&request).await?;
                let granted = lease::read_answer(answer, asked_at)
                    .and_then(|(granted, seen)| self.dialect.check_token(&seen).map(|()| granted))
                    .map_err(|fault| self.shut_out(fault))?;
                Ok(held.keep(granted))
            }
        }
    }

    /// Asks for a token, with the retries of a read. The clock is read before the request goes out.
    async fn ask(&self, request: &Request) -> Result<(Instant, lease::RawToken), Fault> {
        let mut attempt = 0;
        loop {
            self.waited(None, self.pace.slot()).await?;
            let asked_at = Instant::now();
            let outcome = self.http.exchange::<Json<lease::RawToken>>(request, None, &*self.dialect).await;
            match outcome {
                Ok(answer) => return Ok((asked_at, answer.body)),
                Err(failure) => {
                    let failure =
                        Failure { detail: format!("logging in failed: {}", failure.detail), ..failure };
                    if failure.trouble.kind(Repeat::Safe) != FaultKind::Passing {
                        return Err(self.shut_out(Fault::new(FaultKind::Auth, failure.detail)));
                    }
                    let wait = self.retries.plan(failure, Repeat::Safe, attempt)?;
                    self.waited(None, sleep(wait)).await?;
                    attempt += 1;
                }
            }
        }
    }

    /// Remembers why nobody gets in.
    fn shut_out(&self, fault: Fault) -> Fault {
        let mut shut_out = self.shut_out.lock().unwrap_or_else(PoisonError::into_inner);
        shut_out.get_or_insert(fault).clone()
    }
}

impl<'g> Purpose<'g> {
    fn gate(self) -> Option<&'g Gate> {
        match self {
            Self::Read => None,
            Self::Change(gate) => gate,
        }
    }

    fn is_read(self) -> bool {
        matches!(self, Self::Read)
    }
}

fn stopping() -> Fault {
    Fault::new(FaultKind::Passing, "rosterd was stopping").unsent()
}

#[cfg(test)]
mod tests;
