//! Webhooks: told once when something begins and once when it ends, however often it is seen in between.
//!
//! What is going on is the only input, so that what is told can never differ from what status and metrics
//! show. Messages have counts and no names of people. A webhook that is down delays nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use crate::clean::shell;
use crate::config::{Event, Form, Notify};
use crate::core::model::ProviderName;
use crate::report::counted;
use crate::situation::{LastRun, Situation};

mod book;
mod send;

use book::Book;
use send::{Sink, address};

use super::shared::{Env, Shared};

/// So long the end of the daemon waits for what is being sent.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Something that goes on until it ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Condition {
    event: Event,
    provider: Option<ProviderName>,
}

impl Condition {
    /// Reads what [`fmt::Display`] wrote.
    fn parse(word: &str) -> Option<Self> {
        let (event, provider) = word.split_once(' ').map_or((word, None), |(event, at)| (event, Some(at)));
        let event = Event::ALL.iter().find(|(known, _)| *known == event).map(|(_, event)| *event)?;
        Some(Self { event, provider: provider.map(ProviderName::from) })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.event.as_str())?;
        self.provider.as_ref().map_or(Ok(()), |provider| write!(formatter, " {provider}"))
    }
}

/// One thing to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Notice {
    /// What is told: that something began, or [`Event::Recovered`].
    event: Event,
    /// What began or ended.
    of: Event,
    provider: Option<ProviderName>,
    text: String,
    revision: Option<String>,
}

impl Notice {
    /// What it says the beginning or the end of.
    fn condition(&self) -> Condition {
        Condition { event: self.of, provider: self.provider.clone() }
    }
}

/// Tells webhooks.
#[derive(Default)]
pub struct Notices(Mutex<State>);

#[derive(Default)]
struct State {
    sinks: Vec<Sink>,
}

/// Webhooks that were looked at.
#[derive(Debug, Clone)]
pub struct Webhooks {
    all: Vec<Notify>,
    /// Those that cannot be used, by where the configuration names them, and why.
    unusable: BTreeMap<String, String>,
}

impl Webhooks {
    /// Follows the references of these.
    pub fn look(all: Vec<Notify>, env: &Env) -> Self {
        let why = |notify: &Notify| Some((notify.url.set_at.clone(), address(notify, env).err()?));
        let unusable = all.iter().filter_map(why).collect();
        Self { all, unusable }
    }
}

impl Notices {
    /// Goes by these webhooks from now on. What they were told before, by an earlier process too, is not told again;
    /// one that is new hears of what goes on.
    pub fn follow(shared: &Arc<Shared>, config: &[Notify]) {
        let mut state = shared.notices.state();
        let mut kept = std::mem::take(&mut state.sinks);
        // What those were told that are left, or are at another line by now.
        kept.iter().filter(|sink| !config.contains(&sink.notify)).for_each(Sink::keep);
        for notify in config {
            let same = kept.iter().position(|sink| sink.notify == *notify);
            state.sinks.push(match same {
                Some(same) => kept.swap_remove(same),
                None => start(shared, notify),
            });
        }
    }

    /// Says which webhooks cannot be used, when that is news, and which can be used again.
    pub fn tell_unusable(shared: &Arc<Shared>, found: &Webhooks) {
        let is_in_force = shared.notices.state().sinks.iter().map(|sink| &sink.notify).eq(&found.all);
        let before = shared.situation().silent_webhooks;
        if !is_in_force || before == found.unusable {
            return;
        }
        for (webhook, why) in
            found.unusable.iter().filter(|(webhook, why)| before.get(*webhook) != Some(*why))
        {
            tracing::warn!(
                webhook,
                why,
                "The webhook of {webhook} cannot be used: {why}; it is told nothing."
            );
        }
        let can_be = |webhook: &&String| !found.unusable.contains_key(*webhook);
        for webhook in found.all.iter().map(|notify| &notify.url.set_at).filter(can_be) {
            if before.contains_key(webhook) {
                tracing::info!(webhook, "The webhook of {webhook} can be used again.");
            }
        }
        shared.note(|situation| situation.silent_webhooks.clone_from(&found.unusable));
    }

    /// Tells what began and what ended.
    pub fn show(&self, situation: &Situation) {
        let state = self.state();
        let now = conditions(situation);
        let is_known = is_known(situation);
        for sink in &state.sinks {
            let believed = sink.with(|book| book.believed());
            let news = changes(&believed, &now, is_known, situation.roster.revision.as_deref());
            if !news.is_empty() {
                sink.with(|book| news.into_iter().for_each(|notice| book.tell(notice, Instant::now())));
            }
        }
    }

    /// Waits for a moment for what is being sent, and keeps what webhooks took, before the daemon ends.
    pub async fn end(&self) {
        let until = Instant::now() + LAST_WORDS;
        let is_sending = || self.state().sinks.iter().any(|sink| sink.with(|book| book.is_sending()));
        while is_sending() && Instant::now() < until {
            sleep(Duration::from_millis(10)).await;
        }
        self.state().sinks.iter().for_each(Sink::keep);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A webhook with what was kept of it; where there is nothing, it was never told anything.
fn start(shared: &Arc<Shared>, notify: &Notify) -> Sink {
    // It changes when the webhook becomes another one, and says nothing of its address.
    let key = format!("{:?} {:?} {:?}", notify.url.source, notify.form, notify.events);
    let kept = shared.stores().and_then(|stores| stores.told(&key).ok().flatten());
    let told = kept.iter().flatten().filter_map(|word| Condition::parse(word)).collect();
    let owner = Arc::downgrade(shared);
    let keep = Arc::new(move |told: Vec<String>| {
        let stores = owner.upgrade().and_then(|shared| shared.stores());
        let kept = stores.map(|stores| stores.set_told(&key, &told).and_then(|()| stores.flush()));
        if let Some(Err(error)) = kept {
            tracing::warn!(%error, "What a webhook was told could not be kept.");
        }
    });
    Sink::start(notify.clone(), Arc::clone(&shared.env), Book::new(notify.events.clone(), told), keep)
}

/// Whether somebody could look: before the first look, and while the remote of the branch does not answer, nobody
/// can tell whether what was wrong with the roster still is.
fn is_known(situation: &Situation) -> bool {
    let is_cut_off = situation.roster.git.as_ref().is_some_and(|git| git.error.is_some());
    situation.configuration.since.is_some() && !is_cut_off
}

/// Everything that goes on now, with what there is to say of it.
fn conditions(situation: &Situation) -> BTreeMap<Condition, String> {
    let mut all = BTreeMap::new();
    if let Some(text) = invalid(situation, Timestamp::now()) {
        all.insert(Condition { event: Event::RosterInvalid, provider: None }, text);
    }
    if let Some(held) = situation.roster.git.as_ref().and_then(|git| git.held.as_ref()) {
        let commit = held.commit.get(..12).unwrap_or(&held.commit);
        let digest = held.digest.get(..12).unwrap_or(&held.digest);
        let text = format!(
            "Commit {commit} does not descend from the one in force, and is held. To take it up: rosterd approve {digest}"
        );
        all.insert(Condition { event: Event::Held, provider: None }, text);
    }
    for (name, provider) in &situation.providers {
        for (event, text) in provider.last.iter().flat_map(|last| of_run(name, last)) {
            all.insert(Condition { event, provider: Some(name.clone()) }, text);
        }
    }
    all
}

/// What is found last is not in force, or cannot be had.
fn invalid(situation: &Situation, now: Timestamp) -> Option<String> {
    let (roster, configuration) = (&situation.roster, &situation.configuration);
    let matter = roster.matter().unwrap_or("the configuration that was found last does not check");
    let problem = roster.document.problem.as_ref().or(configuration.problem.as_ref());
    if let Some(problem) = problem.filter(|_| !situation.is_valid()) {
        return Some(format!("Attention: {matter}; {}. {problem}", roster.standing(now)));
    }
    let overdue = roster.git.as_ref().filter(|git| git.overdue)?;
    let error = overdue.error.as_ref()?;
    Some(format!("The newest roster cannot be had: {error}; {}.", roster.standing(now)))
}

fn of_run(name: &ProviderName, last: &LastRun) -> Vec<(Event, String)> {
    let counts = &last.counts;
    let mut all = Vec::new();
    if counts.held > 0 {
        let digest = last.digest.as_deref().map(|digest| digest.get(..12).unwrap_or(digest));
        let way = digest
            .map(|digest| format!(" To let them through: rosterd approve {}", shell(digest)))
            .unwrap_or_default();
        all.push((
            Event::Held,
            format!("Held at {name}: {}; rosterd plan shows why.{way}", counted(counts.held, "change")),
        ));
    }
    if last.is_failure() {
        let error = last.error.as_ref().map(|error| format!(" {error}")).unwrap_or_default();
        all.push((Event::Failed, format!("The run at {name} ended as {}.{error}", last.outcome)));
    }
    if counts.drift > 0 {
        all.push((
            Event::Drift,
            format!("Changed by others at {name}: {}.", counted(counts.drift, "membership")),
        ));
    }
    all
}

/// What began, then what ended.
fn changes(
    before: &BTreeSet<Condition>,
    now: &BTreeMap<Condition, String>,
    is_known: bool,
    revision: Option<&str>,
) -> Vec<Notice> {
    let revision = revision.map(str::to_owned);
    let began =
        now.iter().filter(|(condition, _)| !before.contains(*condition)).map(|(condition, text)| Notice {
            event: condition.event,
            of: condition.event,
            provider: condition.provider.clone(),
            text: text.clone(),
            revision: revision.clone(),
        });
    let gone =
        |condition: &&Condition| !now.contains_key(*condition) && (is_known || condition.provider.is_some());
    let ended = before.iter().filter(gone).map(|condition| Notice {
        event: Event::Recovered,
        of: condition.event,
        provider: condition.provider.clone(),
        text: recovered(condition),
        revision: revision.clone(),
    });
    began.chain(ended).collect()
}

fn recovered(Condition { event, provider }: &Condition) -> String {
    let place = provider.as_ref().map(|provider| format!(" at {provider}")).unwrap_or_default();
    match event {
        Event::Held => format!("Nothing is held{place} any more."),
        Event::Failed => format!("Runs{place} do everything again."),
        Event::Drift => format!("Others changed nothing{place} since the last run."),
        Event::RosterInvalid => {
            "The roster and the configuration that were found last are in force again.".to_owned()
        }
        Event::Recovered => String::new(),
    }
}

/// What is sent.
fn body(notice: &Notice, form: Form) -> serde_json::Value {
    let Notice { event, of, provider, text, revision } = notice;
    match form {
        Form::Text => {
            let sign = if *event == Event::Recovered { "recovered" } else { event.as_str() };
            let text = crate::clean::chat(&crate::clean::clean_message(text));
            serde_json::json!({ "text": format!("rosterd: {sign}. {text}") })
        }
        Form::Json => serde_json::json!({
            "version": 1, "event": event.as_str(), "of": of.as_str(), "provider": provider, "text": text,
            "roster": revision, "at": jiff::Timestamp::now(),
        }),
    }
}

#[cfg(test)]
mod tests;
