//! A small world to report on: a roster, and builders for what a run found.

mod exit;
mod hostile;
mod json;
mod markdown;
mod text;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::{TimeZone, offset};

use super::{ChangeResult, Command, GroupReport, Outcome, ProviderOutcome, ProviderReport, Report};
use crate::core::guard::{Held, Rule};
use crate::core::model::{GroupHandle, GroupId, UserId, UserType};
use crate::core::plan::{Action, Because, Cause, Change, GroupPlan, Problem, Why, Withheld};
use crate::core::roster::{Group, GroupBinding, Membership, Person, Place, Roster};

const TEAMS: u32 = 0;
const GROUPS: u32 = 1;

/// What does not change from report to report.
struct World {
    roster: Roster,
    timezone: TimeZone,
}

impl World {
    fn new() -> Self {
        let person = |until| Person { until, ..Person::default() };
        let people = [("alice", None), ("dave", None), ("zoe", Some(date(2026, 11, 30)))];
        let group = Group {
            binding: GroupBinding::Name("Catalog managers".to_owned()),
            user_type: UserType::Employee,
            membership: Membership::Exact,
            members: Vec::new(),
            except: Vec::new(),
            allow_empty: false,
            policies: crate::core::roster::Policies::default(),
            place: Place::default(),
        };
        let groups = BTreeMap::from([
            ("emporix".into(), BTreeMap::from([("catalog-managers".into(), group.clone())])),
            ("finance".into(), BTreeMap::from([("sales".into(), group.clone()), ("payers".into(), group)])),
        ]);
        let roster = Roster {
            revision: "sha256:4f2c1ab93d0c".into(),
            files: vec!["teams.toml".into(), "groups.toml".into()],
            shown_root: "roster/".into(),
            people: people.map(|(handle, until)| (handle.into(), person(until))).into(),
            teams: BTreeMap::from([("catalog".into(), crate::core::roster::Team::default())]),
            groups,
            separations: Vec::new(),
        };
        Self { roster, timezone: TimeZone::fixed(offset(1)) }
    }

    fn report(&self, command: Command, providers: Vec<ProviderReport>) -> Report<'_> {
        let now = at("2026-12-05T23:30:00Z");
        Report {
            command,
            roster: &self.roster,
            now,
            timezone: &self.timezone,
            providers,
            undo: None,
            problem: None,
            broken_trail: None,
        }
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn provider(name: &str, groups: Vec<GroupReport>) -> ProviderReport {
    ProviderReport {
        provider: name.into(),
        kind: "emporix",
        outcome: ProviderOutcome::Planned,
        digest: None,
        held: Vec::new(),
        groups,
        reads: 7,
        writes: 2,
    }
}

fn group(handle: &str, name: &str, members_now: usize) -> GroupReport {
    let plan = GroupPlan {
        group: handle.into(),
        id: GroupId::new("5ac8").ok(),
        name: (!name.is_empty()).then(|| name.to_owned()),
        user_type: UserType::Employee,
        members_now,
        last_applied: Some(at("2026-11-20T02:00:00Z")),
        changes: Vec::new(),
        withheld: Vec::new(),
        problems: Vec::new(),
        unreadable: None,
        allow_empty: false,
        hold_first: false,
        moved_from: None,
        shrunken: None,
        fights: Vec::new(),
        demands: crate::core::policy::demands::Demands::default(),
        along_with: None,
        standing: std::collections::BTreeSet::new(),
    };
    GroupReport { plan, results: Vec::new() }
}

fn suspended() -> ProviderOutcome {
    let until = at("2026-12-06T03:00:00Z");
    ProviderOutcome::Suspended { until, reason: "migration".to_owned(), by: "ann".to_owned() }
}

impl GroupReport {
    fn changes(mut self, changes: impl IntoIterator<Item = Change>) -> Self {
        self.plan.changes.extend(changes);
        self
    }

    fn withheld(mut self, why: Why, changes: impl IntoIterator<Item = Change>) -> Self {
        self.plan.withheld.extend(changes.into_iter().map(|change| Withheld { change, why }));
        self
    }

    fn problem(mut self, code: &'static str, detail: &str) -> Self {
        self.plan.problems.push(Problem { code, detail: detail.to_owned() });
        self
    }

    fn unreadable(mut self, error: &str) -> Self {
        self.plan.unreadable = Some(error.to_owned());
        self
    }

    fn results(mut self, results: impl IntoIterator<Item = (Outcome, Option<&'static str>)>) -> Self {
        let result = |(result, detail): (Outcome, Option<&str>)| {
            Some(ChangeResult { result, detail: detail.map(str::to_owned) })
        };
        self.results.extend(results.into_iter().map(result));
        self
    }
}

impl ProviderReport {
    fn held(mut self, held: Held) -> Self {
        self.held.push(held);
        self.digest = Some("3f9c2a1b4d5e6f708192a3b4c5d6e7f8".to_owned());
        self
    }

    fn outcome(mut self, outcome: ProviderOutcome) -> Self {
        self.outcome = outcome;
        self
    }
}

fn add(person: &str, cause: Cause, because: Vec<Because>) -> Change {
    let id = UserId::new(&format!("id-of-{person}")).ok();
    Change { action: Action::Add, person: Some(person.into()), id, cause, because }
}

fn remove(id: &str, cause: Cause) -> Change {
    Change { action: Action::Remove, person: None, id: UserId::new(id).ok(), cause, because: Vec::new() }
}

fn remove_person(person: &str, cause: Cause, because: Vec<Because>) -> Change {
    Change { action: Action::Remove, ..add(person, cause, because) }
}

fn because(file: u32, line: u32) -> Because {
    Because { place: Place { file, line }, via: Arc::new([]), from: None, until: None, reason: None }
}

fn via_catalog(line: u32) -> Because {
    Because { via: Arc::new(["catalog".into()]), ..because(TEAMS, line) }
}

fn rule(rule: Rule, group: Option<&str>, limit: Option<&str>, found: Option<&str>) -> Held {
    Held {
        rule,
        group: group.map(GroupHandle::from),
        limit: limit.map(str::to_owned),
        found: found.map(str::to_owned),
        set_at: limit.map(|_| "rosterd.toml:11".into()),
    }
}
