//! What a look at accounts withholds, and who stays for it.

use super::super::world::{lines, user};
use super::moving;
use crate::core::diff::{self, LOCKED, UNSEEN};
use crate::core::model::{Looked, Remark, UserType};
use crate::core::plan::{GroupPlan, Plan};
use crate::core::policy::waiting;

fn group<'a>(plan: &'a Plan, handle: &str) -> &'a GroupPlan {
    plan.groups.iter().find(|group| group.group.as_str() == handle).unwrap()
}

fn codes(plan: &Plan, handle: &str) -> Vec<&'static str> {
    group(plan, handle).problems.iter().map(|problem| problem.code).collect()
}

fn locked(id: &str, user_type: UserType) -> Looked {
    let remark = Remark { code: LOCKED, user: Some(user(id)), detail: format!("{id} is locked") };
    Looked { against: [((user(id), user_type), remark)].into(), ..Looked::default() }
}

#[test]
fn whoever_cannot_be_added_stays_where_they_are() {
    let world = moving();
    let mut plan = world.plan();
    assert!(diff::additions(&plan).contains(&(user("u-ann"), UserType::Employee)));
    diff::refuse(&mut plan, &locked("u-ann", UserType::Employee));
    waiting::keep(&world.roster, &mut plan);
    assert_eq!(lines(group(&plan, "new")), ["(+ ann roster: held)"]);
    assert_eq!(codes(&plan, "new"), [LOCKED]);
    assert_eq!(codes(&plan, "old"), ["move-waits"]);
    assert!(group(&plan, "old").changes.is_empty());
}

#[test]
fn only_groups_that_are_kept_apart_are_concerned() {
    let mut world = moving();
    world.roster.groups.get_mut("p").unwrap().get_mut("new").unwrap().policies.exclusive = None;
    let mut plan = world.plan();
    diff::refuse(&mut plan, &locked("u-ann", UserType::Employee));
    waiting::keep(&world.roster, &mut plan);
    assert_eq!((codes(&plan, "old"), group(&plan, "old").changes.len()), (vec![], 1));
}

#[test]
fn a_look_at_one_type_of_user_says_nothing_of_another() {
    let mut plan = moving().plan();
    let before = plan.groups.clone();
    diff::refuse(&mut plan, &locked("u-ann", UserType::Customer));
    diff::refuse(&mut plan, &locked("u-bob", UserType::Employee));
    for (group, before) in plan.groups.iter().zip(&before) {
        assert_eq!((&group.changes, &group.withheld), (&before.changes, &before.withheld));
    }
}

#[test]
fn what_could_not_be_looked_at_goes_on_and_is_told() {
    let mut plan = moving().plan();
    let unseen = [(user("u-ann"), "no permission".to_owned())].into();
    diff::refuse(&mut plan, &Looked { unseen, ..Looked::default() });
    assert_eq!((group(&plan, "new").changes.len(), codes(&plan, "new")), (1, vec![UNSEEN]));
    let detail = &group(&plan, "new").problems[0].detail;
    assert_eq!(
        detail,
        "nobody could look whether u-ann can be added, so the provider may refuse it: no permission"
    );
}
