//! One webhook: a queue, and a task that empties it.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::redirect::Policy;
use secrecy::ExposeSecret as _;
use tokio::sync::mpsc;
use tokio::time::sleep;
use url::{Host, Url};

use super::{Notice, body};
use crate::config::Notify;
use crate::daemon::shared::Env;

/// Messages that may wait for a webhook that is down.
const QUEUE: usize = 64;
/// How often one message is tried.
const ATTEMPTS: u32 = 6;
/// Before the second try; it doubles each time.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// A webhook that takes longer is down.
const TIME_OUT: Duration = Duration::from_secs(10);

/// The queue. The task ends when this is dropped and what waits was sent.
pub(super) struct Sink(mpsc::Sender<Notice>);

impl Sink {
    /// Starts the task.
    pub(super) fn start(notify: Notify, env: Env) -> Self {
        let (queue, mut waiting) = mpsc::channel(QUEUE);
        tokio::spawn(async move {
            while let Some(notice) = waiting.recv().await {
                deliver(&notify, &env, &notice).await;
            }
        });
        Self(queue)
    }

    /// Puts a message into the queue. It never waits.
    pub(super) fn tell(&self, notice: Notice) {
        if self.0.try_send(notice).is_err() {
            tracing::warn!("A webhook is down for long: a message to it was dropped.");
        }
    }
}

async fn deliver(notify: &Notify, env: &Env, notice: &Notice) {
    let place = &notify.url.set_at;
    let mut wait = FIRST_WAIT;
    for attempt in 1..=ATTEMPTS {
        match post(notify, env, notice).await {
            Ok(()) => return,
            Err(why) if attempt == ATTEMPTS => {
                tracing::warn!(webhook = place, why, "A message to a webhook was given up.");
            }
            Err(why) => {
                tracing::debug!(webhook = place, why, attempt, "A webhook did not take a message.");
                sleep(wait).await;
                wait *= 2;
            }
        }
    }
}

/// Sends it once. The address is a secret: no error shows it.
async fn post(notify: &Notify, env: &Env, notice: &Notice) -> Result<(), String> {
    let address = notify.url.resolve("url", &**env).map_err(|error| error.to_string())?;
    let address =
        Url::parse(address.expose_secret()).map_err(|_| "what it refers to is no URL".to_owned())?;
    if !is_private(&address) {
        return Err("its URL must be https; plain http is for loopback addresses".to_owned());
    }
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
