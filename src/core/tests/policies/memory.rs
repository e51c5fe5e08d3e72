//! Moves that earlier runs left: refused ones, and interrupted ones.

use super::super::world::{World, group_id, held_lines, user};
use super::{moving, of, order, problems, wanted};
use crate::core::guard::Judged;
use crate::core::moves::{self, Part, PastMove, Tried};
use crate::core::verify::Outcome;

/// Ann's move as an earlier run left it.
pub(super) fn past(refused: Option<&str>) -> PastMove {
    PastMove {
        user: user("u-ann"),
        to: group_id("g-new"),
        from: vec![(group_id("g-old"), user("u-ann"))],
        revision: "r1".to_owned(),
        refused: refused.map(str::to_owned),
        at: "2026-11-20T10:00:00Z".parse().unwrap(),
    }
}

pub(super) fn with(mut world: World, revision: &str, past: PastMove) -> World {
    world.roster.revision = revision.into();
    world.remembered.moves.insert((past.user.clone(), past.to.clone()), past);
    world
}

/// What is given back when the addition is refused, as `old +u-ann`.
pub(super) fn gives_back(judged: &Judged) -> Vec<String> {
    let takes = moves::takes(&judged.approved);
    let takes = takes.filter_map(|send| match &send.change.part {
        Part::Takes(take) => Some(&take.gives_back),
        _ => None,
    });
    takes.flatten().map(|back| format!("{} +{}", back.group.handle, back.change.user)).collect()
}

#[test]
fn a_refused_move_is_not_tried_again_until_the_roster_changes() {
    let world = with(moving(), "r1", past(Some("no such role")));
    let judged = world.judge(&[]);
    assert!(order(&judged).is_empty(), "{:?}", order(&judged));
    assert_eq!(
        (of(&judged, "new"), of(&judged, "old")),
        (vec!["(+ ann roster: held)".to_owned()], vec!["(- ann roster: held)".to_owned()])
    );
    assert_eq!(
        problems(&judged, "new"),
        ["move-refused: the move of ann here was refused on 2026-11-20 10:00 (UTC) and is not tried again \
          until the roster changes: no such role"]
    );
    assert_eq!(
        problems(&judged, "old"),
        ["move-refused: ann stays here: the move to new was refused on 2026-11-20 10:00 (UTC)"]
    );
    assert!(judged.plan.past_moves.is_empty() && judged.digest.is_none());

    let again = with(moving(), "r2", past(Some("no such role"))).judge(&[]);
    assert_eq!(order(&again), ["free old -u-ann", "take new +u-ann"]);
    assert_eq!(again.plan.past_moves.len(), 1);
}

#[test]
fn a_place_that_is_still_owed_is_given_back() {
    let world = with(moving(), "r1", past(Some("no such role"))).live("old", &["u-bob"]);
    let judged = world.judge(&[]);
    assert_eq!(order(&judged), ["add old +u-ann"]);
    let because = &judged.plan.groups[1].changes[0].because[0];
    assert_eq!(because.reason.as_deref(), Some("given back: the move to new was not completed"));
    assert_eq!(because.place.line, 92);
}

#[test]
fn an_interrupted_move_is_completed_and_still_gives_back() {
    let world = with(moving(), "r1", past(None)).live("old", &["u-bob"]);
    let judged = world.judge(&[]);
    assert_eq!(
        (order(&judged), gives_back(&judged)),
        (vec!["take new +u-ann".into()], vec!["old +u-ann".into()])
    );
    assert!(held_lines(&judged).is_empty());

    let never_freed = with(moving(), "r1", past(None)).judge(&[]);
    assert_eq!(order(&never_freed), ["free old -u-ann", "take new +u-ann"]);
    assert_eq!(never_freed.plan.past_moves.len(), 1, "nothing is owed");
    let made = with(moving(), "r1", past(None)).live("old", &["u-bob"]).live("new", &["u-ann", "u-cem"]);
    assert_eq!(made.judge(&[]).plan.past_moves.len(), 1);
    let elsewhere = wanted(with(moving(), "r1", past(None)).live("old", &["u-bob"]), "new", &["cem"]);
    assert_eq!(elsewhere.judge(&[]).plan.past_moves.len(), 1, "nobody wants it any more");
}

#[test]
fn only_one_of_several_old_places_is_given_back_unless_they_go_together() {
    let world = moving().group("third", &["bob"]).live("third", &["u-ann", "u-bob"]).applied(
        "third",
        "2026-11-20",
        &["u-bob"],
        &[],
    );
    let label = world.clone().exclusive("role", &["third"]).judge(&[]);
    assert_eq!(order(&label), ["free old -u-ann", "free third -u-ann", "take new +u-ann"]);
    assert_eq!(gives_back(&label), ["old +u-ann"], "the one that rosterd had made");
    let separate = world.separate(&["p/third", "p/new"]).judge(&[]);
    assert_eq!(gives_back(&separate), ["old +u-ann", "third +u-ann"]);
}

#[test]
fn what_is_remembered_of_a_move_follows_from_what_stands() {
    use Outcome::{Applied, Failed, Unknown};

    let judged = moving().judge(&[]);
    let begun = moves::begun(&judged.approved, "r1", past(None).at);
    assert_eq!(begun, [past(None)]);
    let ended = |take: Outcome, free: Outcome, back: Option<Outcome>, refused: bool| {
        let outcome = |(group, action, _): &moves::Key| match (group.as_str(), action) {
            ("g-new", _) => Some(take),
            (_, crate::core::plan::Action::Remove) => Some(free),
            (_, crate::core::plan::Action::Add) => back,
        };
        let refusal = |_: &moves::Key| refused.then(|| "no".to_owned());
        let ended = moves::ended(&begun[0], &Tried { outcome: &outcome, refusal: &refusal });
        ended.map(|past| past.refused)
    };
    assert_eq!(ended(Applied, Applied, None, false), None);
    assert_eq!(ended(Failed, Applied, Some(Applied), true), Some(Some("no".into())));
    assert_eq!(ended(Failed, Applied, Some(Applied), false), None, "it failed in passing and is tried again");
    assert_eq!(ended(Failed, Failed, None, false), None, "it was never freed");
    assert_eq!(ended(Failed, Applied, Some(Failed), false), Some(None), "the place is owed");
    assert_eq!(ended(Failed, Applied, None, true), Some(Some("no".into())));
    assert_eq!(ended(Unknown, Applied, None, false), Some(None));
    assert_eq!(ended(Failed, Unknown, None, false), Some(None));
}

#[test]
fn an_interrupted_move_is_said_to_be_open_while_its_new_group_is_not_read() {
    let open = "move-open: the move of ann from here to new is open since 2026-11-20 10:00 (UTC) and that group was \
                not read in this run: ann may be in neither; an apply that reads both completes it or \
                gives the place back";
    let mut world = with(moving(), "r1", past(None)).live("old", &["u-bob"]);
    world.live.unread.insert("new".into(), "the total moved".into());
    let judged = world.judge(&[]);
    assert_eq!(problems(&judged, "old"), [open]);
    assert!(order(&judged).is_empty() && judged.plan.past_moves.is_empty(), "not given back, not forgotten");

    let mut stayed = with(moving(), "r1", past(None));
    stayed.live.unread.insert("new".into(), "the total moved".into());
    assert!(problems(&stayed.judge(&[]), "old").iter().all(|it| !it.starts_with("move-open")));
}
