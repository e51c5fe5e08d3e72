//! The rules, in the order in which they hold changes back. What one rule holds counts for none after it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Adopt, Bench, Held, Limits, Mode, OnTrip, Rule, Weighed, people, policies};
use crate::core::fights;
use crate::core::plan::{Action, Cause, GroupPlan};
use crate::core::remembered::Remembered;

/// Where a rule is set that no configuration changes.
const BUILT_IN: &str = "built in";

impl Bench<'_> {
    /// Every rule that looks at one provider alone.
    pub(super) fn hold_within_provider(&mut self) {
        let Self { case, groups, held, moves: _ } = self;
        for (plan, weighed) in case.plan.groups.iter().zip(groups) {
            let mut docket = Docket { plan, weighed, limits: case.limits, remembered: case.remembered };
            let by_group = [
                docket.protected(),
                docket.fight(),
                docket.name_moved(),
                docket.shrunken(),
                docket.adopt(),
                docket.must_contain(),
                docket.min_members(),
                docket.percent(),
                docket.last_member(),
            ];
            held.extend(by_group.into_iter().flatten());
        }
        self.hold_total();
    }

    /// More removals at one provider than it may have.
    fn hold_total(&mut self) {
        let Some(limit) = self.case.limits.max_removals.value else { return };
        let recent: usize = self.case.remembered.recent.removals.values().sum();
        let now = self.groups.iter().flatten().filter(|it| counts(it)).count();
        if now == 0 || now + recent <= limit as usize {
            return;
        }
        for weighed in &mut self.groups {
            hold_where(weighed, Rule::MaxRemovals, counts);
        }
        self.held.push(Held {
            rule: Rule::MaxRemovals,
            group: None,
            limit: Some(limit.to_string()),
            found: Some(with_recent(now, recent)),
            set_at: Some(self.case.limits.max_removals.set_at.clone()),
        });
    }

    /// Once a rule has tripped, `on_trip = "hold-all"` holds what is left, additions too. A protected
    /// person trips nothing: nobody could ever approve that, and the provider would stand still for good.
    pub(super) fn hold_the_rest(&mut self) {
        let mut tripped = self.held.iter().map(|held| held.rule).filter(|rule| rule.is_approvable());
        let Some(rule) = tripped.next() else { return };
        if self.case.limits.on_trip.value == OnTrip::HoldAll {
            for weighed in &mut self.groups {
                hold_where(weighed, rule, |it| it.rule.is_none());
            }
        }
    }
}

/// One group while the rules about a single group look at it.
struct Docket<'a> {
    plan: &'a GroupPlan,
    weighed: &'a mut Vec<Weighed>,
    limits: &'a Limits,
    remembered: &'a Remembered,
}

impl Docket<'_> {
    fn protected(&mut self) -> Option<Held> {
        let protected = &self.limits.protected;
        let held = hold_where(self.weighed, Rule::Protected, |it| {
            it.is_free(Action::Remove)
                && it.change.person.as_ref().is_some_and(|person| protected.value.contains(person))
        });
        self.held(held, Rule::Protected, held.to_string(), Some(&protected.set_at))
    }

    fn name_moved(&mut self) -> Option<Held> {
        let (before, now) = (self.plan.moved_from.as_ref()?, self.plan.id.as_ref()?);
        let held = hold_where(self.weighed, Rule::NameMoved, |it| it.rule.is_none());
        self.held(held, Rule::NameMoved, format!("was {before}, is now {now}"), None)
    }

    /// Additions that somebody else undoes again and again.
    fn fight(&mut self) -> Option<Held> {
        let fights = &self.plan.fights;
        let stopped: BTreeSet<_> = fights.iter().filter(|fight| fight.stops()).map(|it| &it.user).collect();
        let is_stopped = |it: &Weighed| it.change.id.as_ref().is_some_and(|user| stopped.contains(user));
        let held = hold_where(self.weighed, Rule::Fight, |it| it.is_free(Action::Add) && is_stopped(it));
        let held = self.held(held, Rule::Fight, held.to_string(), Some(&BUILT_IN.into()))?;
        Some(Held { limit: Some(format!("{} times in 7 days", fights::MOST_UNDONE)), ..held })
    }

    /// The group is far smaller than it was: what is left of it is not the time to remove more.
    fn shrunken(&mut self) -> Option<Held> {
        let shrunken = self.plan.shrunken.as_ref()?;
        let found = format!("{} of {}", shrunken.missing.len(), shrunken.before);
        let held = hold_where(self.weighed, Rule::Shrunken, |it| it.is_free(Action::Remove));
        let held = self.held(held, Rule::Shrunken, found, Some(&BUILT_IN.into()))?;
        Some(Held { limit: Some("50 %".to_owned()), ..held })
    }

    fn adopt(&mut self) -> Option<Held> {
        let adopt = &self.limits.adopt;
        if adopt.value == Adopt::Enforce && !self.plan.hold_first {
            return None;
        }
        let held = hold_where(self.weighed, Rule::Adopt, |it| {
            it.is_free(Action::Remove) && it.change.cause == Cause::First
        });
        let found =
            if self.plan.hold_first { format!("{held}, the state was damaged") } else { held.to_string() };
        // After damage it is no setting that holds.
        let set_at = Some(&adopt.set_at).filter(|_| adopt.value == Adopt::Hold);
        self.held(held, Rule::Adopt, found, set_at)
    }

    /// A group loses more of its members than it may. One removal is always within it, and the members
    /// of 24 hours ago are what the percentage is of.
    fn percent(&mut self) -> Option<Held> {
        let percent = self.limits.max_removal_percent.value?;
        let now = self.weighed.iter().filter(|it| counts(it)).count();
        let recent = self.plan.id.as_ref().and_then(|id| self.remembered.recent.removals.get(id));
        let recent = recent.copied().unwrap_or(0);
        let (removals, members) = (now + recent, self.plan.members_now + recent);
        if now == 0 || removals == 1 || removals * 100 <= percent as usize * members {
            return None;
        }
        hold_where(self.weighed, Rule::MaxRemovalPercent, counts);
        let comma = if recent == 0 { "" } else { "," };
        Some(Held {
            rule: Rule::MaxRemovalPercent,
            group: Some(self.plan.group.clone()),
            limit: Some(format!("{percent} %")),
            found: Some(format!("{}{comma} of {members}", with_recent(now, recent))),
            set_at: Some(self.limits.max_removal_percent.set_at.clone()),
        })
    }

    fn must_contain(&mut self) -> Option<Held> {
        policies::must_contain(self.plan, self.weighed, false)
    }

    fn min_members(&mut self) -> Option<Held> {
        policies::min_members(self.plan, self.weighed, false)
    }

    /// What is left to send would leave nobody.
    fn last_member(&mut self) -> Option<Held> {
        policies::last_member(self.plan, self.weighed, false)
    }

    fn held(&self, held: usize, rule: Rule, found: String, set_at: Option<&Arc<str>>) -> Option<Held> {
        (held > 0).then(|| Held {
            rule,
            group: Some(self.plan.group.clone()),
            limit: None,
            found: Some(found),
            set_at: set_at.cloned(),
        })
    }
}

/// More people leaving everything than may, over all providers. A provider that is only observed sends
/// nothing, so that who would leave it uses up nobody's limit.
pub(super) fn hold_leavers(benches: &mut [Bench<'_>]) {
    let mut benches: Vec<_> = benches.iter_mut().filter(|bench| bench.case.mode == Mode::Enforce).collect();
    let limits = benches.iter().filter_map(|bench| bench.case.limits.max_leavers.value);
    let Some(strictest) = limits.min() else { return };
    let free = benches.iter().flat_map(|bench| bench.groups.iter().flatten()).filter(|it| is_leaver(it));
    let mut leavers = people(free.map(|it| &it.change));
    let now = leavers.len();
    for bench in &benches {
        leavers.extend(bench.case.remembered.recent.leavers.iter().cloned());
    }
    if now == 0 || leavers.len() <= strictest as usize {
        return;
    }
    for bench in &mut benches {
        let held = bench.groups.iter_mut().map(|weighed| hold_where(weighed, Rule::MaxLeavers, is_leaver));
        if held.sum::<usize>() > 0 {
            bench.held.push(Held {
                rule: Rule::MaxLeavers,
                group: None,
                limit: Some(strictest.to_string()),
                found: Some(with_recent(now, leavers.len() - now)),
                set_at: Some(bench.case.limits.max_leavers.set_at.clone()),
            });
        }
    }
}

/// A removal that nothing holds yet and that counts toward `max_removals` and `max_removal_percent`.
fn counts(it: &Weighed) -> bool {
    it.is_free(Action::Remove) && it.change.cause != Cause::Leaver
}

fn is_leaver(it: &Weighed) -> bool {
    it.is_free(Action::Remove) && it.change.cause == Cause::Leaver
}

pub(super) fn hold_where(weighed: &mut [Weighed], rule: Rule, which: impl Fn(&Weighed) -> bool) -> usize {
    let mut held = 0;
    for it in weighed.iter_mut().filter(|it| which(it)) {
        it.rule = Some(rule);
        held += 1;
    }
    held
}

fn with_recent(now: usize, recent: usize) -> String {
    if recent == 0 { now.to_string() } else { format!("{now} now and {recent} in the last 24 hours") }
}
