//! What is live, against the policies, and not being mended: said in the plan, since nothing else says it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::demands::Standing;
use super::ways::Seen;
use super::{Apart, ApartRule, apart};
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
    let mut found: BTreeMap<(ProviderName, GroupHandle), Vec<String>> = BTreeMap::new();
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
    let missing = missing
        .map(|required| format!("{} must be in this group and is not ({})", required.who, required.set_at));
    let few = demands
        .min_members
        .as_ref()
        .filter(|min| now < min.count && then < min.count)
        .map(|min| format!("it has {now} members and must have {} at least ({})", min.count, min.set_at));
    let many = demands
        .max_members
        .as_ref()
        .filter(|max| now > max.count && then > max.count)
        .map(|max| format!("it has {now} members and may have {} at most ({})", max.count, max.set_at));
    missing.chain(few).chain(many).map(|detail| Problem { code: CODE, detail }).collect()
}

/// Somebody, everywhere or at one provider.
type Whom<'a> = (Option<&'a ProviderName>, Subject);

/// People who are in two groups of a set, and who stay there.
fn doubles(
    roster: &Roster,
    set: &Apart<'_>,
    seen: &[Seen<'_>],
    found: &mut BTreeMap<(ProviderName, GroupHandle), Vec<String>>,
) {
    let mut first: HashMap<Whom<'_>, usize> = HashMap::new();
    let mut told: BTreeSet<(usize, Subject)> = BTreeSet::new();
    for (number, side) in set.groups.iter().enumerate() {
        let Some(seen) = seen.iter().find(|seen| seen.plan.provider == *side.provider) else { continue };
        let Some(live) = seen.live.groups.get(side.group) else { continue };
        let plan = seen.plan.groups.iter().find(|plan| plan.group == *side.group);
        let removed: BTreeSet<&UserId> = plan
            .into_iter()
            .flat_map(|plan| &plan.changes)
            .filter(|change| change.action == Action::Remove)
            .filter_map(|change| change.id.as_ref())
            .collect();
        for id in live.members.iter().filter(|id| !removed.contains(id)) {
            let owner = seen.identities.owner(id).or_else(|| seen.identities.last_owner(id));
            let whom = match owner {
                Some(person) => (None, Subject::Person(person.clone())),
                None => (Some(side.provider), Subject::Id(id.clone())),
            };
            let earlier = *first.entry(whom.clone()).or_insert(number);
            if earlier == number {
                continue;
            }
            for (one, other) in [(earlier, number), (number, earlier)] {
                if let (Some(one_side), Some(other_side)) = (set.groups.get(one), set.groups.get(other))
                    && told.insert((one, whom.1.clone()))
                {
                    let name = format!("{}/{}", other_side.provider, other_side.group);
                    let kept = match &set.rule {
                        ApartRule::Exclusive(label) => format!("one group of `{label}` is allowed"),
                        ApartRule::Separation => "nobody may be in both".to_owned(),
                    };
                    let who = match &whom.1 {
                        Subject::Person(person) => person.to_string(),
                        Subject::Id(id) => id.to_string(),
                    };
                    let at = roster.show(one_side.place);
                    let key = (one_side.provider.clone(), one_side.group.clone());
                    let detail = format!("{who} is in {name} too, and {kept} ({at})");
                    found.entry(key).or_default().push(detail);
                }
            }
        }
    }
}
