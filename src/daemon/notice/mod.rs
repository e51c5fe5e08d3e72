//! Webhooks: told once when something begins and once when it ends, however often it is seen in between.
//!
//! What is going on is the only input, so that what is told can never differ from what status and metrics
//! show. Messages have counts and no names of people. A webhook that is down delays nothing.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::config::{Event, Form, Notify};
use crate::core::model::ProviderName;
use crate::situation::{LastRun, Situation};

mod send;

use send::Sink;

use super::shared::Env;

/// Something that goes on until it ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Condition {
    event: Event,
    provider: Option<ProviderName>,
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

/// Tells webhooks.
#[derive(Default)]
pub struct Notices(Mutex<State>);

#[derive(Default)]
struct State {
    config: Vec<Notify>,
    sinks: Vec<(Notify, Sink)>,
    /// What goes on, as far as it was told. None before there was anything to go by.
    known: Option<BTreeMap<Condition, String>>,
}

impl Notices {
    /// Goes by these webhooks from now on. What they were told before is not told again.
    pub fn follow(&self, config: &[Notify], env: &Env) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.config != config {
            state.config = config.to_vec();
            let sink = |notify: &Notify| (notify.clone(), Sink::start(notify.clone(), env.clone()));
            state.sinks = config.iter().map(sink).collect();
        }
    }

    /// What went on when the daemon last stopped was told then.
    pub fn remember(&self, situation: &Situation) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.known = Some(conditions(situation));
    }

    /// Tells what began and what ended.
    pub fn show(&self, situation: &Situation) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = conditions(situation);
        let before = state.known.replace(now.clone()).unwrap_or_default();
        for notice in changes(&before, &now, situation.roster.revision.as_deref()) {
            for (_, sink) in state.sinks.iter().filter(|(notify, _)| notify.events.contains(&notice.event)) {
                sink.tell(notice.clone());
            }
        }
    }
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
            .map(|digest| format!(" To let them through: rosterd approve {digest}"))
            .unwrap_or_default();
        all.push((
            Event::Held,
            format!("{} changes are held at {name}; rosterd plan shows why.{way}", counts.held),
        ));
    }
    if last.is_failure() {
        let error = last.error.as_ref().map(|error| format!(" {error}")).unwrap_or_default();
        all.push((Event::Failed, format!("The run at {name} ended as {}.{error}", last.outcome)));
    }
    if counts.drift > 0 {
        all.push((Event::Drift, format!("{} memberships at {name} were changed by others.", counts.drift)));
    }
    all
}

/// What began, then what ended.
fn changes(
    before: &BTreeMap<Condition, String>,
    now: &BTreeMap<Condition, String>,
    revision: Option<&str>,
) -> Vec<Notice> {
    let revision = revision.map(str::to_owned);
    let began =
        now.iter().filter(|(condition, _)| !before.contains_key(condition)).map(|(condition, text)| Notice {
            event: condition.event,
            of: condition.event,
            provider: condition.provider.clone(),
            text: text.clone(),
            revision: revision.clone(),
        });
    let ended = before.keys().filter(|condition| !now.contains_key(condition)).map(|condition| Notice {
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
            serde_json::json!({ "text": format!("rosterd: {sign}. {}", crate::clean::clean_message(text)) })
        }
        Form::Json => serde_json::json!({
            "version": 1, "event": event.as_str(), "of": of.as_str(), "provider": provider, "text": text,
            "roster": revision, "at": jiff::Timestamp::now(),
        }),
    }
}

#[cfg(test)]
mod tests;
