//! Cutting changes into calls, and telling afterwards what stands.

use super::world::{changes, group_id, user, users};
use crate::core::call::{self, Call};
use crate::core::model::{Live, LiveGroup, UserId};
use crate::core::plan::Action;
use crate::core::verify::{Outcome, Seen};

fn shown(calls: &[Call]) -> Vec<String> {
    let shown = |call: &Call| {
        let sign = if call.action == Action::Add { '+' } else { '-' };
        let users: Vec<&str> = call.users.iter().map(UserId::as_str).collect();
        format!("{} {sign}{}", call.group.id, users.join(" "))
    };
    calls.iter().map(shown).collect()
}

#[test]
fn additions_of_all_groups_come_before_removals_of_any() {
    let changes = changes(&[("g", &["a", "b"], &["c"]), ("h", &["d"], &[]), ("k", &[], &["e"])]);
    assert_eq!(shown(&call::one_by_one(&changes)), ["g-g +a", "g-g +b", "g-h +d", "g-g -c", "g-k -e"]);
    assert_eq!(shown(&call::patches(&changes, 100)), ["g-g +a b", "g-h +d", "g-g -c", "g-k -e"]);
}

#[test]
fn a_patch_carries_no_more_than_its_limit_and_never_nothing() {
    let changes = changes(&[("g", &["a", "b", "c", "d", "e"], &[])]);
    assert_eq!(shown(&call::patches(&changes, 2)), ["g-g +a b", "g-g +c d", "g-g +e"]);
    assert_eq!(call::patches(&changes, 0).len(), 5, "a limit of nothing is a limit of one");
    assert!(call::patches(&super::world::changes(&[("g", &[], &[])]), 10).is_empty());
}

#[test]
fn a_batch_halves_until_one_is_left() {
    let changes = changes(&[("g", &[], &["a", "b", "c"])]);
    let call = call::patches(&changes, 10).remove(0);
    let (left, right) = call.halves().unwrap();
    assert_eq!(shown(&[left.clone(), right]), ["g-g -a", "g-g -b c"]);
    assert!(left.halves().is_none());
}

fn live(members: &[&str]) -> Live {
    let group =
        LiveGroup { id: group_id("g-g"), name: String::new(), members: users(members), remarks: Vec::new() };
    Live { groups: [("g".into(), group)].into(), ..Live::default() }
}

fn judged(live: &Live, action: Action, sent: Option<&str>) -> (Outcome, Option<String>) {
    Seen::new(live).judge("g", &group_id("g-g"), &user("a"), action, sent)
}

#[test]
fn what_is_seen_counts_whatever_was_answered() {
    let (there, gone) = (live(&["a"]), live(&["b"]));
    for answer in [None, Some("502 from a proxy")] {
        assert_eq!(judged(&there, Action::Add, answer), (Outcome::Applied, None));
        assert_eq!(judged(&gone, Action::Remove, answer), (Outcome::Applied, None));
    }
    let accepted = judged(&gone, Action::Add, None);
    assert_eq!(accepted.0, Outcome::Failed);
    assert!(accepted.1.unwrap().contains("not there when read again"));
    assert!(judged(&there, Action::Remove, None).1.unwrap().contains("still there"));
    let refused = judged(&gone, Action::Add, Some("400 user is locked"));
    assert_eq!(refused, (Outcome::Failed, Some("400 user is locked".into())));
}

#[test]
fn what_is_not_seen_is_unknown_and_says_why() {
    let mut unread = Live::default();
    unread.unread.insert("g".into(), "the total moved".into());
    let (outcome, detail) = judged(&unread, Action::Add, Some("lost answer"));
    assert_eq!(outcome, Outcome::Unknown);
    assert_eq!(detail.unwrap(), "lost answer; reading it again failed: the total moved");
    let (outcome, detail) = judged(&Live::default(), Action::Remove, None);
    assert_eq!(outcome, Outcome::Unknown);
    assert!(detail.unwrap().contains("the group was not read again"));
    let nothing = Seen::nothing("401 twice").judge("g", &group_id("g-g"), &user("a"), Action::Add, None);
    assert_eq!(nothing, (Outcome::Unknown, Some("reading it again failed: 401 twice".into())));
}
