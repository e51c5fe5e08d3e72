//! One webhook: its book, and a task that works it off.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::redirect::Policy;
use secrecy::ExposeSecret as _;
use tokio::sync::Notify as Bell;
use tokio::task::{AbortHandle, spawn_blocking};
use tokio::time::{Instant, sleep_until};
use url::{Host, Url};

use super::book::{Book, Tried};
use super::{Notice, body};
use crate::config::Notify;
use crate::daemon::shared::Env;

/// A webhook that takes longer is down.
const TIME_OUT: Duration = Duration::from_secs(10);

/// Keeps what a webhook took, for the next process.
pub(super) type Keep = Arc<dyn Fn(Vec<String>) + Send + Sync>;

/// A webhook. The task ends when this is dropped.
pub(super) struct Sink {
    pub(super) notify: Notify,
    desk: Arc<Desk>,
    task: AbortHandle,
}

struct Desk {
    book: Mutex<Book>,
    /// There is something new to tell.
    bell: Bell,
    keep: Keep,
}

impl Sink {
    /// Starts the task.
    pub(super) fn start(notify: Notify, env: Env, book: Book, keep: Keep) -> Self {
        let desk = Arc::new(Desk { book: Mutex::new(book), bell: Bell::new(), keep });
        let task = tokio::spawn(work(notify.clone(), env, Arc::clone(&desk))).abort_handle();
        Self { notify, desk, task }
    }

    /// Looks at the book, and has what is new in it told. It never waits.
    pub(super) fn with<T>(&self, change: impl FnOnce(&mut Book) -> T) -> T {
        let result = change(&mut self.desk.lock());
        self.desk.bell.notify_one();
        result
    }

    /// Keeps what the webhook took, when that is not kept yet.
    pub(super) fn keep(&self) {
        self.desk.keep();
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self) {
        let told = {
            let mut book = self.lock();
            if !std::mem::take(&mut book.is_changed) {
                return;
            }
            book.told().iter().map(ToString::to_string).collect()
        };
        (self.keep)(told);
    }
}

async fn work(notify: Notify, env: Env, desk: Arc<Desk>) {
    loop {
        if desk.lock().is_changed {
            let desk = Arc::clone(&desk);
            // It is kept with the next message where this fails.
            let _ = spawn_blocking(move || desk.keep()).await;
        }
        let Some(due) = desk.lock().next() else {
            desk.bell.notified().await;
            continue;
        };
        tokio::select! {
            () = sleep_until(due) => (),
            () = desk.bell.notified() => continue,
        }
        let Some(notice) = desk.lock().begin(Instant::now()) else { continue };
        let sent = post(&notify, &env, &notice).await;
        let tried = desk.lock().ended(&notice, sent.is_ok(), Instant::now());
        let Err(why) = sent else { continue };
        let webhook = &notify.url.set_at;
        match tried {
            Tried::AgainAfterLong => tracing::warn!(
                webhook,
                why,
                "A webhook has not taken a message for long; it is tried again as long as that goes on."
            ),
            Tried::Forgotten => {
                tracing::warn!(
                    webhook,
                    why,
                    "A message to a webhook was given up: it has no meaning any more."
                );
            }
            Tried::Again | Tried::Taken => {
                tracing::debug!(webhook, why, "A webhook did not take a message.");
            }
        }
    }
}

/// Sends it once. The address is a secret: no error shows it.
async fn post(notify: &Notify, env: &Env, notice: &Notice) -> Result<(), String> {
    let address = address(notify, env)?;
    let client = reqwest::Client::builder()
        .user_agent(concat!("rosterd/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .timeout(TIME_OUT)
        .build()
        .map_err(|error| error.without_url().to_string())?;
    let sent = client.post(address).json(&body(notice, notify.form)).send().await;
    let response = sent.map_err(|error| error.without_url().to_string())?;
    let status = response.status();
    if status.is_success() { Ok(()) } else { Err(format!("it answered {status}")) }
}

/// Where a webhook is, or why it cannot be used.
pub(super) fn address(notify: &Notify, env: &Env) -> Result<Url, String> {
    let address = notify.url.resolve("url", &**env).map_err(|error| error.text)?;
    let address =
        Url::parse(address.expose_secret()).map_err(|_| "what `url` refers to is no URL".to_owned())?;
    let is_good = is_private(&address);
    let why = "its URL must be https; plain http is for loopback addresses";
    if is_good { Ok(address) } else { Err(why.to_owned()) }
}

/// Whether nobody on the way can read what is sent there.
fn is_private(address: &Url) -> bool {
    let is_loopback = match address.host() {
        Some(Host::Ipv4(ip)) => IpAddr::from(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::from(ip).is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    };
    address.scheme() == "https" || (address.scheme() == "http" && is_loopback)
}
