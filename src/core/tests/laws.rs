//! What holds in every world: what must never happen, tried on worlds at random.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::model::{self, Way};
use super::sketch::any_world;
use super::world::{World, date};
use crate::core::expand::{self, Subject};
use crate::core::guard::{Adopt, Judged, Rule};
use crate::core::model::{GroupId, TeamHandle, UserId};
use crate::core::plan::{Action, Cause, Change, GroupPlan, Why};
use crate::core::roster::Membership;

/// What was let through: group, direction, user.
type Sent = BTreeSet<(GroupId, Action, UserId)>;

fn sent(judged: &Judged) -> Sent {
    let groups = judged.approved.groups().iter();
    let changes = groups.flat_map(|group| group.changes.iter().map(move |change| (group, change)));
    changes.map(|(group, it)| (group.group.id.clone(), it.change.action, it.user.clone())).collect()
}

fn withheld(judged: &Judged, why: Why) -> Sent {
    let groups = judged.plan.groups.iter();
    let withheld = groups.flat_map(|group| group.withheld.iter().map(move |it| (group, it)));
    let of = withheld.filter(|(_, it)| it.why == why);
    of.filter_map(|(group, it)| Some((group.id.clone()?, it.change.action, it.change.id.clone()?))).collect()
}

fn removals(plan: &GroupPlan) -> impl Iterator<Item = &Change> {
    plan.changes.iter().filter(|change| change.action == Action::Remove)
}

/// Both verdicts on a world: without an approval, and with that of everything held.
fn verdicts(world: &World) -> [Judged; 2] {
    let without = world.judge(&[]);
    let approvals: Vec<String> = without.digest.iter().cloned().collect();
    let with = world.judge(&approvals);
    [without, with]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn an_expansion_names_whom_the_roster_names(world in any_world(), day in 0..4_usize) {
        let day = date(["2026-10-31", "2026-11-20", "2026-11-21", "2027-01-02"][day]);
        let known = model::who_is_who(&world);
        let owner = |id: &UserId| known.sure.get(id).cloned();
        for group in world.roster.groups[&world.provider].values() {
            let expansion = expand::members(&world.roster, group, day, &owner);
            let expected = model::wanted(&world.roster, group, day, &owner);
            prop_assert_eq!(expansion.keys().cloned().collect::<BTreeSet<_>>(), expected);
            let ways = model::named(&world.roster, &group.members, day, &owner);
            for (subject, because) in &expansion {
                prop_assert!(!because.is_empty());
                for it in because {
                    let via = it.via.iter().map(TeamHandle::to_string).collect();
                    let way = Way { line: it.place.line, via, from: it.from, until: it.until };
                    prop_assert!(ways[subject].contains(&way), "{way:?} is no way to {subject:?}");
                }
            }
        }
    }

    #[test]
    fn an_apply_leaves_nothing_to_do(world in any_world()) {
        let mut world = world.unguarded();
        world.remembered.names.clear();
        for group in world.roster.groups.get_mut("p").unwrap().values_mut() {
            group.allow_empty = true;
        }
        for record in world.remembered.groups.values_mut() {
            record.hold_first = false;
        }
        world.apply(&[]);
        let again = world.plan();
        for group in &again.groups {
            prop_assert!(group.changes.is_empty(), "{:?}", group.changes);
        }
        let before = world.live.clone();
        world.apply(&[]);
        prop_assert!(world.live == before, "a second apply changes nothing");
    }

    #[test]
    fn a_plan_says_only_what_is_so(world in any_world()) {
        for plan in world.plan().groups {
            let Some(live) = world.live.groups.get(&plan.group) else {
                prop_assert!(plan.unreadable.is_some() && plan.changes.is_empty() && plan.withheld.is_empty());
                continue;
            };
            let withheld = plan.withheld.iter().map(|it| &it.change).filter(|it| it.id.is_some());
            let all: Vec<&Change> = plan.changes.iter().chain(withheld).collect();
            let mut seen = BTreeSet::new();
            for change in &all {
                let id = change.id.as_ref().unwrap();
                prop_assert!(seen.insert(id), "{id} is changed twice");
                prop_assert_eq!(live.members.contains(id), change.action == Action::Remove);
                prop_assert!(!plan.standing.contains(id));
            }
            let group = &world.roster.groups["p"][&plan.group];
            if group.membership == Membership::Include {
                prop_assert!(all.iter().all(|change| change.action == Action::Add));
            } else {
                let gone = all.iter().filter(|change| change.action == Action::Remove).count();
                prop_assert_eq!(gone + plan.standing.len(), live.members.len(), "nobody is passed over");
            }
        }
    }

    #[test]
    fn nothing_is_sent_outside_the_groups_that_were_read_whole(world in any_world()) {
        for judged in verdicts(&world) {
            for group in judged.approved.groups() {
                prop_assert!(world.roster.groups["p"].contains_key(&group.group.handle));
                prop_assert!(!world.live.unread.contains_key(&group.group.handle));
                prop_assert_eq!(&world.live.groups[&group.group.handle].id, &group.group.id);
            }
            let mut after = world.clone();
            after.send(&crate::core::call::one_by_one(&judged.approved.changes()));
            prop_assert_eq!(after.members("stray"), world.members("stray"));
        }
    }

    #[test]
    fn nobody_is_sent_who_may_be_somebody_else(world in any_world()) {
        let known = model::who_is_who(&world);
        let owner = |id: &UserId| known.sure.get(id).cloned();
        let hidden = world.limits.protected.value.iter().any(|person| {
            let found = world.live.found.get(person);
            matches!(found, Some(crate::core::model::Found::Refused(_)))
        });
        for judged in verdicts(&world) {
            for plan in &judged.plan.groups {
                let group = &world.roster.groups["p"][&plan.group];
                let wanted = model::wanted(&world.roster, group, world.day, &owner);
                let lost = |subject: &Subject| matches!(subject, Subject::Person(person) if known.lost.contains(person));
                let unsure = hidden || wanted.iter().any(lost);
                for change in &plan.changes {
                    let id = change.id.as_ref().unwrap();
                    prop_assert!(!known.doubtful.contains(id), "{id} may be somebody's");
                    let sure = known.sure.contains_key(id);
                    prop_assert!(change.action == Action::Add || !unsure || sure, "{id} may be the one wanted");
                }
            }
        }
    }

    #[test]
    fn nobody_wanted_is_removed_and_nobody_else_is_added(world in any_world()) {
        let known = model::who_is_who(&world);
        let owner = |id: &UserId| known.sure.get(id).cloned();
        for plan in world.plan().groups {
            let group = &world.roster.groups["p"][&plan.group];
            let wanted = model::wanted(&world.roster, group, world.day, &owner);
            for change in &plan.changes {
                let id = change.id.as_ref().unwrap();
                let subject = owner(id).map_or_else(|| Subject::Id(id.clone()), Subject::Person);
                // A raw id whose last known person left or is excepted is that person's still.
                let lost = change.person.as_ref().is_some_and(|person| known.lost.contains(person));
                prop_assert_eq!(wanted.contains(&subject) && !lost, change.action == Action::Add, "{:?}", change);
            }
        }
    }

    #[test]
    fn no_more_goes_without_an_approval_than_the_limits_allow(world in any_world()) {
        let judged = world.judge(&[]);
        let limits = &world.limits;
        let recent = &world.remembered.recent;
        let mut total = 0;
        let mut leavers = BTreeSet::new();
        for plan in &judged.plan.groups {
            let before = plan.id.as_ref().and_then(|id| recent.removals.get(id)).copied().unwrap_or(0);
            let now = removals(plan).filter(|change| change.cause != Cause::Leaver).count();
            total += now;
            leavers.extend(
                removals(plan).filter(|it| it.cause == Cause::Leaver).filter_map(|it| it.person.clone()),
            );
            if let (Some(percent), true) = (limits.max_removal_percent.value, now + before > 1 && now > 0) {
                let allowed = percent as usize * (plan.members_now + before);
                prop_assert!((now + before) * 100 <= allowed, "{now} and {before} of {}", plan.members_now);
            }
            let adopted = removals(plan).any(|change| change.cause == Cause::First);
            prop_assert!(!adopted || (limits.adopt.value == Adopt::Enforce && !plan.hold_first));
            let added = plan.changes.len() - removals(plan).count();
            let left = plan.members_now + added - removals(plan).count();
            prop_assert!(left > 0 || plan.allow_empty || removals(plan).count() == 0, "emptied");
            prop_assert!(plan.moved_from.is_none() || plan.changes.is_empty(), "a moved group was changed");
        }
        let all: usize = recent.removals.values().sum();
        prop_assert!(total == 0 || limits.max_removals.value.is_none_or(|limit| total + all <= limit as usize));
        let most = limits.max_leavers.value;
        let any = !leavers.is_empty();
        leavers.extend(recent.leavers.iter().cloned());
        prop_assert!(!any || most.is_none_or(|limit| leavers.len() <= limit as usize));
    }

    #[test]
    fn no_verdict_lets_a_protected_person_go(world in any_world()) {
        let known = model::who_is_who(&world);
        for judged in verdicts(&world) {
            for change in judged.plan.groups.iter().flat_map(removals) {
                let owner = known.sure.get(change.id.as_ref().unwrap());
                for person in change.person.iter().chain(owner) {
                    prop_assert!(!world.limits.protected.value.contains(person));
                }
            }
        }
    }

    #[test]
    fn an_approval_lets_exactly_what_was_held_through(world in any_world()) {
        let [without, with] = verdicts(&world);
        let held = withheld(&without, Why::Held);
        let allowed: Sent = sent(&without).union(&held).cloned().collect();
        prop_assert!(sent(&with).is_subset(&allowed), "nothing but what was shown");
        let groups = with.approved.groups().iter();
        let approved: Sent = groups
            .flat_map(|group| group.changes.iter().map(move |change| (group, change)))
            .filter(|(_, change)| change.approval.is_some())
            .map(|(group, it)| (group.group.id.clone(), it.change.action, it.user.clone()))
            .collect();
        let protected: usize = with.held.iter().filter(|held| held.rule == Rule::Protected).count();
        prop_assert!(protected > 0 || approved == held, "all that was held");
        prop_assert!(approved.is_subset(&held), "and nothing else");
        prop_assert_eq!(&with.approval, &without.digest);
        // What needed none and was kept back is what would have emptied a group together with the rest.
        for (group, _, _) in sent(&without).difference(&sent(&with)) {
            let plan = with.plan.groups.iter().find(|plan| plan.id.as_ref() == Some(group)).unwrap();
            prop_assert!(with.held.iter().any(|held| held.rule == Rule::LastMember && held.group.as_ref() == Some(&plan.group)));
        }
    }

    #[test]
    fn what_was_held_once_is_held_again_for_the_same_cause(world in any_world()) {
        let mut world = world;
        let judged = world.apply(&[]);
        let causes = |plan: &GroupPlan, all: bool| -> BTreeMap<UserId, Cause> {
            let withheld = plan.withheld.iter().map(|it| &it.change);
            let changes = withheld.chain(plan.changes.iter().filter(|_| all));
            let of = changes.filter(|it| it.cause != Cause::First || it.action == Action::Remove);
            of.filter_map(|it| Some((it.id.clone()?, it.cause))).collect()
        };
        for (before, after) in judged.plan.groups.iter().zip(world.plan().groups) {
            let after = causes(&after, true);
            for (id, cause) in causes(before, false) {
                prop_assert_eq!(after.get(&id), Some(&cause), "{}", id);
            }
        }
    }

    #[test]
    fn who_was_there_before_stays_until_somebody_says_otherwise(
        world in any_world(),
        drifts in proptest::collection::vec((0..3_usize, "u-(p[0-5]|7|8|9|1[0-2])", any::<bool>()), 0..12),
    ) {
        let mut world = world.unguarded().limits(|limits| limits.adopt.value = Adopt::Hold);
        world.remembered.groups.clear();
        let first = world.plan();
        world.apply(&[]);
        for (group, id, comes) in drifts {
            let handle = format!("g{group}");
            let Some(live) = world.live.groups.get_mut(handle.as_str()) else { continue };
            let user = super::world::user(&id);
            // Whoever goes is from before no longer.
            if comes { live.members.insert(user); }
            let before = world.live.clone();
            world.apply(&[]);
            for plan in &first.groups {
                let Some(live) = before.groups.get(&plan.group) else { continue };
                let now = &world.live.groups[&plan.group].members;
                let adopted = removals(plan).filter_map(|change| change.id.as_ref());
                for id in adopted.filter(|id| live.members.contains(*id)) {
                    prop_assert!(now.contains(id), "{id} was there before");
                }
            }
        }
    }
}
