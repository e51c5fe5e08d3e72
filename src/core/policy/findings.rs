//! What is live, against the policies, and not being mended: said in the plan, since nothing else says it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::demands::{Required, Standing};
use super::ways::Seen;
use super::{Apart, ApartRule, Side, apart};
use crate::core::expand::Subject;
use crate::core::model::{GroupHandle, ProviderName, UserId};
use crate::core::plan::{Action, GroupPlan, Problem};
use crate::core::roster::Roster;

/// The code of every problem found here.
pub const CODE: &str = "policy-violated";

/// People told of in one group; the others are counted.
const MOST: usize = 10;

/// Finds what is broken now and will be after every change that may be sent.
pub fn find(roster: &Roster, seen: &mut [Seen<'_>]) {
    for seen in seen.iter_mut() {
        for group in &mut seen.plan.groups {
            let broken = of_group(group);
            group.problems.extend(broken);
        }
    }
    let mut found = Found::new();
    for set in apart(roster) {
        doubles(roster, &set, seen, &mut found);
    }
    for ((provider, handle), details) in found {
        let plan = seen.iter_mut().find(|seen| seen.plan.provider == provider);
        let groups = plan.into_iter().flat_map(|seen| &mut seen.plan.groups);
        for group in groups.filter(|group| group.group == handle) {
            let more = details.len().saturating_sub(MOST);
            let told = details.iter().take(MOST).cloned();
            let more = (more > 0).then(|| format!("and so are {more} more"));
            group.problems.extend(told.chain(more).map(|detail| Problem { code: CODE, detail }));
        }
    }
}

/// The policies of one group.
fn of_group(plan: &GroupPlan) -> Vec<Problem> {
    let demands = &plan.demands;
    if plan.unreadable.is_some() {
        return Vec::new();
    }
    let after = Standing::of(plan.changes.iter());
    let (now, then) = (plan.members_now, after.members(plan.members_now));
    let missing = demands.missing(&after).into_iter().filter(|required| !required.is_live);
    let missing = missing.map(|Required { who, id, set_at, .. }| match id {
        Some(_) => format!("{who} must be in this group and is not ({set_at})"),
        None => format!("{who} must be in this group, and nobody can say whether they are ({set_at})"),
    });
    let few = demands
        .min_members
        .as_ref()
        .filter(|min| now < min.count && then < min.count)
        .map(|min| format!("too few members: {now}, and {} are the least ({})", min.count, min.set_at));
    let many = demands
        .max_members
        .as_ref()
        .filter(|max| now > max.count && then > max.count)
        .map(|max| format!("too many members: {now}, and {} are the most ({})", max.count, max.set_at));
    missing.chain(few).chain(many).map(|detail| Problem { code: CODE, detail }).collect()
}

/// Somebody, everywhere or at one provider.
type Whom<'a> = (Option<&'a ProviderName>, Subject);

/// Findings by the group that they are told of.
type Found = BTreeMap<(ProviderName, GroupHandle), Vec<String>>;

/// People who are in two groups of a set, and who stay there: told once in each of the two.
fn doubles(roster: &Roster, set: &Apart<'_>, seen: &[Seen<'_>], found: &mut Found) {
    let mut first: HashMap<Whom<'_>, &Side<'_>> = HashMap::new();
    for side in &set.groups {
        let Some(seen) = seen.iter().find(|seen| seen.plan.provider == *side.provider) else { continue };
        for id in staying(seen, side.group) {
            let owner = seen.identities.owner(id).or_else(|| seen.identities.last_owner(id));
            let whom = match owner {
                Some(person) => (None, Subject::Person(person.clone())),
                None => (Some(side.provider), Subject::Id(id.clone())),
            };
            let who = match &whom.1 {
                Subject::Person(person) => person.to_string(),
                Subject::Id(id) => id.to_string(),
            };
            let earlier = *first.entry(whom).or_insert(side);
            if earlier != side {
                for (one, other) in [(earlier, side), (side, earlier)] {
                    tell(roster, set, &who, (one, other), found);
                }
            }
        }
    }
}

/// The members of a group that no change takes out.
fn staying<'a>(seen: &'a Seen<'_>, group: &GroupHandle) -> impl Iterator<Item = &'a UserId> {
    let plan = seen.plan.groups.iter().find(|plan| plan.group == *group);
    let changes = plan.into_iter().flat_map(|plan| &plan.changes);
    let removals = changes.filter(|change| change.action == Action::Remove);
    let removed: BTreeSet<&UserId> = removals.filter_map(|change| change.id.as_ref()).collect();
    let members = seen.live.groups.get(group).into_iter().flat_map(|live| &live.members);
    members.filter(move |id| !removed.contains(id))
}

/// Says in the first of two groups that somebody is in the other as well.
fn tell(
    roster: &Roster,
    set: &Apart<'_>,
    who: &str,
    (one, other): (&Side<'_>, &Side<'_>),
    found: &mut Found,
) {
    let kept = match &set.rule {
        ApartRule::Exclusive(label) => format!("one group of `{label}` is allowed"),
        ApartRule::Separation => "nobody may be in both".to_owned(),
    };
    let (provider, group, at) = (other.provider, other.group, roster.show(one.place));
    let detail = format!("{who} is in {provider}/{group} too, and {kept} ({at})");
    let told = found.entry((one.provider.clone(), one.group.clone())).or_default();
    if !told.contains(&detail) {
        told.push(detail);
    }
}
