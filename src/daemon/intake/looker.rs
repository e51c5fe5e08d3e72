//! Looks at files at once, and at the remote of a branch aside: a remote that hangs delays nothing that stands in
//! files.
//!
//! ```text
//! wanted -> files -> found, in force at once -> (remote, as long as it takes) -> found
//! ```
//!
//! While nothing is in force yet, or what the files say does not check alone, the remote is waited for, though not
//! for long: with it both may be well.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep_until};

use super::found::{self, Found, LookedAt};
use crate::daemon::shared::Shared;
use crate::setup::Branched;

/// Nobody waits longer for a remote.
const PATIENCE: Duration = Duration::from_secs(10);
/// Nobody waits longer for a head that the remote gave, and that is being taken up.
const LONG_PATIENCE: Duration = Duration::from_mins(1);

/// What is to be looked at, beside the files.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wanted {
    /// The number of the look.
    pub(super) number: u64,
    /// The remote of a branch too.
    pub(super) remote: bool,
    /// The references to secrets too.
    pub(super) secrets: bool,
}

/// Looks, one look at a time.
pub(super) struct Looker {
    explicit: Option<PathBuf>,
    shared: Arc<Shared>,
    wanted: mpsc::UnboundedReceiver<Wanted>,
    results: mpsc::Sender<Box<Found>>,
    /// The last look.
    number: u64,
    /// The branch of the last look, and the configuration that names it.
    branched: Option<(Arc<Branched>, Option<[u8; 32]>)>,
    /// The remote is being asked.
    asking: Option<Asking>,
    /// When it is to be asked unasked.
    due: Option<Instant>,
    /// Until when people wait for its answer, and for which look, in this order.
    patience: VecDeque<(Instant, u64)>,
    /// What the files said, which is to come into force together with the answer.
    meanwhile: Option<Found>,
}

/// A question to a remote.
struct Asking {
    number: u64,
    began: Instant,
    /// The remote gave its head.
    fetched: Arc<AtomicBool>,
    answer: Pin<Box<dyn Future<Output = Found> + Send>>,
    /// Somebody wanted it to be asked after this question had gone out.
    again: Option<u64>,
}

enum Step {
    Wanted(Wanted),
    Answered(Box<Found>),
    Due,
    Late,
}

/// The loop does not listen any more.
struct Gone;

impl Looker {
    pub(super) fn new(
        explicit: Option<PathBuf>,
        shared: Arc<Shared>,
        wanted: mpsc::UnboundedReceiver<Wanted>,
        results: mpsc::Sender<Box<Found>>,
    ) -> Self {
        let (branched, asking, due, patience, meanwhile) = (None, None, None, VecDeque::new(), None);
        Self { explicit, shared, wanted, results, number: 0, branched, asking, due, patience, meanwhile }
    }

    /// Looks until nobody wants anything any more.
    pub(super) async fn run(mut self) {
        while let Some(step) = self.next().await {
            let done = match step {
                Step::Wanted(wanted) => self.look(wanted).await,
                Step::Answered(found) => self.answered(*found).await,
                Step::Late => self.goes_on().await,
                Step::Due => {
                    self.ask(self.number);
                    Ok(())
                }
            };
            if done.is_err() {
                return;
            }
        }
    }

    async fn next(&mut self) -> Option<Step> {
        let late = self.patience.front().map(|(until, _)| *until);
        let due = self.due.filter(|_| self.asking.is_none());
        tokio::select! {
            wanted = self.wanted.recv() => wanted.map(Step::Wanted),
            found = answer(self.asking.as_mut()) => Some(Step::Answered(Box::new(found))),
            () = at(late) => Some(Step::Late),
            () = at(due) => Some(Step::Due),
        }
    }

    async fn look(&mut self, mut wanted: Wanted) -> Result<(), Gone> {
        // What was wanted meanwhile is one look.
        while let Ok(Wanted { number, remote, secrets }) = self.wanted.try_recv() {
            wanted.remote |= remote;
            wanted.secrets |= secrets;
            wanted.number = number;
        }
        self.number = wanted.number;
        let known = self.branched.as_ref().and_then(|(_, digest)| *digest);
        let LookedAt { mut found, branched } = found::find(&self.shared, self.explicit.clone(), known).await;
        if wanted.secrets {
            let shared = Arc::clone(&self.shared);
            found.renewed = spawn_blocking(move || shared.follow_secrets()).await.unwrap_or_default();
        }
        let Some(branched) = branched else {
            (self.branched, self.asking, self.due, self.meanwhile) = (None, None, None, None);
            self.patience.clear();
            return self.tell(found, wanted.number).await;
        };
        let is_other = self.branched.is_none() || known != found.digest;
        self.branched = Some((branched, found.digest));
        if is_other {
            // Its answer would be about another configuration.
            self.asking = None;
        }
        if is_other || wanted.remote {
            match &mut self.asking {
                Some(asking) => asking.again = Some(wanted.number),
                None => self.ask(wanted.number),
            }
        }
        let waits = self.shared.setup().is_none() || found.roster_problem.is_some();
        let waits = waits && self.asking.is_some();
        if wanted.remote || waits {
            self.patience.push_back((Instant::now() + PATIENCE, wanted.number));
        }
        if waits {
            self.meanwhile = Some(found);
            return Ok(());
        }
        self.meanwhile = None;
        self.tell(found, 0).await
    }

    fn ask(&mut self, number: u64) {
        let Some((branched, _)) = &self.branched else { return };
        let fetched = Arc::new(AtomicBool::new(false));
        let (shared, branched) = (Arc::clone(&self.shared), Arc::clone(branched));
        let answer = Box::pin(found::ask(shared, branched, Arc::clone(&fetched)));
        self.asking = Some(Asking { number, began: Instant::now(), fetched, answer, again: None });
    }

    async fn answered(&mut self, mut found: Found) -> Result<(), Gone> {
        let (Some(asking), Some((branched, digest))) = (self.asking.take(), &self.branched) else {
            return Ok(());
        };
        found.digest = *digest;
        self.due = Some(asking.began + branched.branch.interval);
        if let Some(meanwhile) = self.meanwhile.take() {
            found.renewed.clone_from(&meanwhile.renewed);
            found.webhooks.clone_from(&meanwhile.webhooks);
            found.watches(&meanwhile);
        }
        self.patience.retain(|(_, number)| *number > asking.number);
        self.tell(found, asking.number).await?;
        if let Some(number) = asking.again {
            self.ask(number);
        }
        Ok(())
    }

    /// Nobody waits for the remote any more; it is still being asked. A head that it gave is waited for longer.
    async fn goes_on(&mut self) -> Result<(), Gone> {
        let Some((until, number)) = self.patience.pop_front() else { return Ok(()) };
        let asking = self.asking.as_ref();
        let is_fetched = asking.is_some_and(|asking| asking.fetched.load(Ordering::Relaxed));
        if is_fetched && asking.is_some_and(|asking| until < asking.began + LONG_PATIENCE) {
            self.patience.push_front((until + PATIENCE, number));
            let meanwhile = self.meanwhile.take_if(|found| found.roster.is_some());
            return match meanwhile {
                Some(found) => self.tell(found, 0).await,
                None => Ok(()),
            };
        }
        let mut found = match self.meanwhile.take() {
            Some(found) => found,
            None => found::find(&self.shared, self.explicit.clone(), None).await.found,
        };
        if let Some((branched, _)) = &self.branched {
            let why = if is_fetched {
                "the head of the roster's branch is still being taken up".to_owned()
            } else {
                let waited = PATIENCE.as_secs();
                format!("the roster's branch has not answered within {waited} s; it is still being asked")
            };
            found.goes_without_remote(&self.shared, branched, &why);
        }
        self.tell(found, number).await
    }

    async fn tell(&mut self, mut found: Found, serves: u64) -> Result<(), Gone> {
        found.serves = serves;
        self.results.send(Box::new(found)).await.map_err(|_| Gone)
    }
}

/// The answer of the remote; never where it was not asked.
async fn answer(asking: Option<&mut Asking>) -> Found {
    match asking {
        Some(asking) => asking.answer.as_mut().await,
        None => std::future::pending().await,
    }
}

async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
