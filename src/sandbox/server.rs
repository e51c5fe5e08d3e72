//! The plumbing that the three servers share: sockets, the request log, faults. It knows no API.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use axum::{
    Router,
    extract::{ConnectInfo, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};
use tokio::task::JoinHandle;

use super::{
    diary::{By, Diary, Memberships, Turn},
    exchange::{Answer, Call},
    fault::{Edit, Effect, Fault, Faults},
    gate::{Cut, Gate},
    lock,
    log::{Log, Seen},
    mishap::{Outcome, half, outcome, slow, whole},
};

/// The largest body taken, from the size limits of the Emporix documentation (official).
const MAX_BODY: usize = 10 * 1024 * 1024;

/// One API with its world, away from the network. Everything happens under one lock, so each call is atomic.
pub trait Api: Send + 'static {
    /// Where tokens come from.
    const TOKEN_PATH: &'static str;

    /// Handles one call.
    fn answer(&mut self, call: &Call) -> Answer;

    /// An error in this API's shape; `login` for the shape of the token call.
    fn error(&mut self, status: StatusCode, message: &str, login: bool) -> Answer;

    /// The scopes of the token that came with a call.
    fn scope(&self, call: &Call) -> Option<String>;

    /// Whether a call that is no GET reads all the same.
    fn only_reads(call: &Call) -> bool;

    /// Makes a change out of band.
    fn edit(&mut self, edit: &Edit);

    /// Every group with its members.
    fn memberships(&self) -> Memberships;
}

/// A server of one API on a loopback port of its own. It stops when it is dropped.
pub struct Served<A> {
    url: String,
    gate: Gate,
    task: JoinHandle<()>,
    shared: Arc<Shared<A>>,
}

struct Shared<A> {
    api: Mutex<A>,
    log: Mutex<Log>,
    diary: Mutex<Diary>,
    faults: Mutex<Faults>,
    latency: Mutex<Duration>,
}

impl<A> Served<A> {
    /// `http://127.0.0.1:<port>`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Every request since the start, or since the log was cleared, in the order of arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<Seen> {
        lock(&self.shared.log).all()
    }

    /// Of the requests, those that change something or would have.
    #[must_use]
    pub fn writes(&self) -> Vec<Seen> {
        self.requests().into_iter().filter(|seen| seen.write).collect()
    }

    /// Of the requests, those for a token.
    #[must_use]
    pub fn logins(&self) -> Vec<Seen> {
        self.requests().into_iter().filter(|seen| seen.login).collect()
    }

    /// How many requests were under way at one time, at most.
    #[must_use]
    pub fn peak_in_flight(&self) -> usize {
        lock(&self.shared.log).peak()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        lock(&self.shared.log).clear();
    }

    /// Queues a fault.
    pub fn fail(&self, fault: Fault) {
        lock(&self.shared.faults).add(fault);
    }

    /// Asks this for the fate of each call that no queued fault meets; a seeded fault layer goes here.
    pub fn fail_by(&self, chooser: impl FnMut(&Seen) -> Option<Effect> + Send + 'static) {
        lock(&self.shared.faults).choose_with(Some(Box::new(chooser)));
    }

    /// Drops every fault, queued or chosen.
    pub fn clear_faults(&self) {
        lock(&self.shared.faults).clear();
    }

    /// How many queued faults have not met all their calls; those for good do not count.
    #[must_use]
    pub fn faults_waiting(&self) -> usize {
        lock(&self.shared.faults).waiting()
    }

    /// How long each call takes, from now on.
    pub fn latency(&self, latency: Duration) {
        *lock(&self.shared.latency) = latency;
    }

    /// Down: connections are refused, and those that stand are cut. Up again on the same port.
    pub fn down(&self, down: bool) -> io::Result<()> {
        if down {
            self.gate.close();
            Ok(())
        } else {
            self.gate.reopen()
        }
    }

    /// Stops, and waits until the port takes no more connections.
    pub async fn stop(mut self) {
        self.gate.close();
        self.task.abort();
        // The error says that it was aborted.
        let _ = (&mut self.task).await;
    }

    pub(super) fn world(&self) -> MutexGuard<'_, A> {
        lock(&self.shared.api)
    }
}

impl<A> Drop for Served<A> {
    fn drop(&mut self) {
        self.gate.close();
        self.task.abort();
    }
}

impl<A: Api> Served<A> {
    /// Starts on the current runtime.
    pub(super) fn start(api: A) -> io::Result<Served<A>> {
        let gate = Gate::open()?;
        let shared = Arc::new(Shared {
            api: Mutex::new(api),
            log: Mutex::default(),
            diary: Mutex::default(),
            faults: Mutex::default(),
            latency: Mutex::default(),
        });
        let router = Router::new().fallback(serve::<A>).with_state(Arc::clone(&shared));
        let server = axum::serve(gate.doorway(), router.into_make_service_with_connect_info::<Cut>());
        let task = tokio::spawn(async move {
            // It never ends by itself: the door waits where other listeners would fail.
            let _ = server.await;
        });
        Ok(Served { url: format!("http://{}", gate.address()), gate, task, shared })
    }

    /// Makes changes out of band, in one step.
    pub fn edit(&self, edits: &[Edit]) {
        let mut api = self.world();
        for edit in edits {
            api.edit(edit);
        }
    }

    /// Notes every membership that begins or ends from now on.
    pub fn keep_diary(&self) {
        let api = self.world();
        lock(&self.shared.diary).begin(api.memberships());
    }

    /// What was noted, in order; nothing unless a diary is kept.
    #[must_use]
    pub fn diary(&self) -> Vec<Turn> {
        let api = self.world();
        let mut diary = lock(&self.shared.diary);
        diary.note(&*api, By::Others);
        diary.turns()
    }
}

/// Counts a request as under way until it is dropped, also when the client gives up.
struct UnderWay<A: Api>(Arc<Shared<A>>);

impl<A: Api> Drop for UnderWay<A> {
    fn drop(&mut self) {
        lock(&self.0.log).leave();
    }
}

async fn serve<A: Api>(
    State(shared): State<Arc<Shared<A>>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let uri = parts.uri;
    let call = Call::new(parts.method, uri.path(), uri.query(), parts.headers, body.to_vec());
    let call = match call {
        Ok(call) => call,
        Err(message) => {
            let answer = lock(&shared.api).error(StatusCode::BAD_REQUEST, &message, false);
            return whole(answer);
        }
    };
    let seen = describe(&shared, &call);
    let (number, seen) = lock(&shared.log).arrive(seen);
    let _under_way = UnderWay(Arc::clone(&shared));
    let effect = lock(&shared.faults).meet(&seen);
    let fault = effect.as_ref().map(Effect::name);
    lock(&shared.log).note(number, None, fault);

    let mut latency = *lock(&shared.latency);
    if let Some(Effect::Delay(delay)) = effect {
        latency += delay;
    }
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    if let Some(Effect::Held(released)) = &effect {
        released.cancelled().await;
    }
    let late = if let Some(Effect::Late(late)) = effect { late } else { Duration::ZERO };
    let outcome = {
        let mut api = lock(&shared.api);
        outcome(&mut *api, &call, effect, &mut lock(&shared.diary))
    };
    if !late.is_zero() {
        tokio::time::sleep(late).await;
    }
    match outcome {
        Outcome::Whole(answer) => {
            lock(&shared.log).note(number, Some(answer.status.as_u16()), fault);
            whole(answer)
        }
        Outcome::Half(answer) => {
            lock(&shared.log).note(number, Some(answer.status.as_u16()), fault);
            half(answer, cut)
        }
        Outcome::Slow(answer, wait) => {
            lock(&shared.log).note(number, Some(answer.status.as_u16()), fault);
            slow(answer, wait)
        }
        Outcome::Nothing => {
            cut.now();
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn describe<A: Api>(shared: &Shared<A>, call: &Call) -> Seen {
    let login = call.path == A::TOKEN_PATH;
    let reads = call.method == axum::http::Method::GET || login || A::only_reads(call);
    Seen {
        at: jiff::Timestamp::now(),
        method: call.method.to_string(),
        path: call.path.clone(),
        query: call.query.clone(),
        body: described_body(call),
        status: None,
        write: !reads,
        login,
        scope: lock(&shared.api).scope(call),
        user_agent: call.header("user-agent").map(str::to_owned),
        in_flight: 0,
        fault: None,
    }
}

fn described_body(call: &Call) -> Option<Value> {
    let mut body = call.json().ok().or_else(|| {
        let form = call.form().ok()?;
        Some(Value::Object(form.into_iter().map(|(name, value)| (name, value.into())).collect::<Map<_, _>>()))
    })?;
    if let Some(secret) = body.get_mut("client_secret") {
        *secret = "…".into();
    }
    Some(body)
}
