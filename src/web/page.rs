//! The status page: what `rosterd status` says, for people with a browser. Pure; everything is escaped.

use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};

use crate::clean::{clean, clean_lines, clean_message};
use crate::core::model::ProviderName;
use crate::situation::text::ago;
use crate::situation::{Document, Git, Provider, Roster, Situation};

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.4rem .8rem;border-bottom:1px solid #ccc}\
.bad{color:#a00}.good{color:#060}pre{white-space:pre-wrap;background:#f4f4f4;padding:1rem}";

/// The whole page.
pub(super) fn render(situation: &Situation, now: Timestamp) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="refresh" content="30";
                title { "rosterd" }
                style { (STYLE) }
            }
            body {
                h1 { "rosterd" }
                (documents(situation, now))
                (providers(situation, now))
            }
        }
    };
    page.into_string()
}

fn documents(situation: &Situation, now: Timestamp) -> Markup {
    let roster = &situation.roster;
    let in_force = roster.revision.is_some();
    html! {
        p {
            @match &roster.revision {
                Some(revision) => {
                    "Roster " code { (clean(revision.get(..12).unwrap_or(revision))) } ": "
                    (roster.people) " people, " (roster.teams) " teams, " (roster.groups) " groups."
                }
                None => "No roster is in force.",
            }
        }
        @let configuration = "the configuration that was found last does not check";
        (document(configuration, &situation.configuration, in_force))
        (document(roster.matter().unwrap_or_default(), &roster.document, in_force))
        @if let Some(git) = &roster.git { (branch(git, roster, now)) }
        @if let Some(listener) = &situation.listener { p.bad { "Attention: " (clean_message(listener)) "." } }
        @for silent in situation.silent() { p.bad { "Attention: " (clean_message(&silent)) "." } }
    }
}

fn document(matter: &str, document: &Document, in_force: bool) -> Markup {
    html! {
        @if let Some(problem) = document.problem.as_ref().filter(|_| !document.valid) {
            p.bad {
                "Attention: " (matter) "; "
                @if in_force { "what was good before stays in force:" } @else { "nothing is in force:" }
            }
            pre { (clean_lines(problem).join("\n")) }
        }
    }
}

fn branch(git: &Git, roster: &Roster, now: Timestamp) -> Markup {
    html! {
        p {
            "Branch " code { (clean(&git.branch)) } " of " code { (clean(&git.url)) } ": the remote last answered "
            @match git.fetched_at { Some(at) => (ago(at, now)), None => "never" } "."
        }
        @if let Some(error) = git.error.as_ref().filter(|_| roster.revision.is_some()) {
            p.bad { (clean_message(error)) "; " (roster.standing(now)) "." }
        }
    }
}

fn providers(situation: &Situation, now: Timestamp) -> Markup {
    html! {
        table {
            tr { th { "Provider" } th { "Last run" } th { "Did" } th { "Waits" } th { "Drift" } th { "Last full success" } th { "Next run" } }
            @for (name, provider) in &situation.providers { (row(name, provider, now)) }
        }
    }
}

fn row(name: &ProviderName, provider: &Provider, now: Timestamp) -> Markup {
    let last = provider.last.as_ref();
    html! {
        tr {
            td { (clean(name.as_str())) br; small { (provider.kind) ", " (provider.mode) } }
            td {
                @if let Some(running) = &provider.running { "running since " (ago(running.since, now)) br; }
                @if let Some(last) = last {
                    span.good[last.is_full_success()].bad[!last.is_full_success()] { (last.outcome) }
                    ", " (ago(last.ended, now)) " (" (last.wake) ")"
                    @if let Some(error) = &last.error { br; small { (clean(error)) } }
                }
                @if let Some(suspended) = &provider.suspended {
                    br; small.bad { "suspended until " (suspended.until) "; rosterd status says by whom and why" }
                }
            }
            @let counts = last.map(|last| last.counts).unwrap_or_default();
            td { "+" (counts.added) " −" (counts.removed) }
            td { (counts.held) " held, " (counts.pending_add + counts.pending_remove) " pending" }
            td { (counts.drift) }
            td { @match provider.last_success { Some(at) => (ago(at, now)), None => "never" } }
            td { @if let Some(next) = provider.next { (next) } }
        }
    }
}
