//! What is going on, in a line for systemd.

use super::{Provider, Situation};
use crate::core::model::ProviderName;

impl Situation {
    /// Whether what is wrong needs a person, in a line for systemd.
    #[must_use]
    pub fn line(&self) -> String {
        let running = self.providers.values().filter(|provider| provider.running.is_some()).count();
        let git = self.roster.git.as_ref();
        let unseen = git.filter(|git| git.error.is_some() && self.roster.revision.is_some());
        let mut parts = vec![match &self.roster.revision {
            Some(revision) => format!("roster {}", revision.get(..7).unwrap_or(revision)),
            None if self.configuration.since.is_none() => "starting".to_owned(),
            None => "no roster".to_owned(),
        }];
        parts.extend(self.roster.matter().map(str::to_owned));
        parts.extend(unseen.map(|git| {
            let since = git.fetched_at.map(|at| format!(" since {}", at.strftime("%Y-%m-%d %H:%M UTC")));
            format!("the roster's branch could not be fetched{}", since.unwrap_or_default())
        }));
        if !self.configuration.valid && self.configuration.since.is_some() {
            parts.push("the configuration that was found last does not check".to_owned());
        }
        parts
            .extend(self.listener.as_ref().map(|_| "nobody listens where the configuration says".to_owned()));
        if !self.silent_webhooks.is_empty() {
            parts.push("a webhook cannot be used".to_owned());
        }
        if running > 0 {
            parts.push(format!("{running} running"));
        }
        parts.extend(self.providers.iter().filter_map(|(name, provider)| provider.trouble(name)));
        parts.join("; ")
    }
}

impl Provider {
    fn trouble(&self, name: &ProviderName) -> Option<String> {
        let last = self.last.as_ref()?;
        let word = match last.outcome.as_str() {
            "applied" | "nothing-to-do" | "planned" => return None,
            other => other,
        };
        Some(format!("{name} {word}"))
    }
}
