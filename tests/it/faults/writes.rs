//! Trouble with writes: what stands is settled by reading, and nothing is called done that is not.

use rosterd::sandbox::{Edit, Effect, Fault, Reply};
use serde_json::Value;

use super::{GROUPS, all_as_wanted, three};
use crate::support::{Group, World, split};

/// Every `intent` of the journal has an outcome, and each says what is the case.
#[track_caller]
fn journal_tells(world: &World, expected: &[(&str, &str, &str)]) {
    let lines = world.journal();
    let mut told = Vec::new();
    for intent in lines.iter().filter(|line| line["type"] == "intent") {
        let of = |line: &&Value| line["type"] == "outcome" && line["of"] == intent["seq"];
        let outcome = lines.iter().rfind(of);
        let result = outcome.map_or("none", |line| line["result"].as_str().unwrap_or_default());
        let text = |key: &str| intent[key].as_str().unwrap_or_default().to_owned();
        told.push((text("action"), world.handle(&text("provider"), &text("id")), result.to_owned()));
    }
    told.sort();
    let own = |(action, who, result): &(&str, &str, &str)| {
        ((*action).to_owned(), (*who).to_owned(), (*result).to_owned())
    };
    assert_eq!(told, expected.iter().map(own).collect::<Vec<_>>());
}

/// [`three`], with one provider alone in the roster.
fn only(provider: &str) -> World {
    let (_, group) = GROUPS.into_iter().find(|(at, _)| *at == provider).expect("it is one of the three");
    World::new()
        .people(["ann", "bob", "cem"])
        .group(Group::at(group).live(["ann", "bob"]).wanted(["ann", "cem"]))
}

#[test]
fn a_lost_answer_to_a_change_that_was_made_is_reported_as_applied() {
    let lost_answers = [Effect::DropAfter, Effect::AnswerAfter(Reply { status: 500, ..Reply::default() })];
    for effect in lost_answers {
        for (provider, group) in GROUPS {
            let world = only(provider);
            world.fail(provider, Fault::new(effect.clone()).writes().times(2));
            let run = world.rosterd(["apply", "--yes", "--format", "json"]).success();
            assert_eq!(world.faults_waiting(), 0);
            assert_eq!(world.members(group), ["ann", "cem"]);
            assert_eq!(
                world.results(&run),
                [format!("{group} add cem applied"), format!("{group} remove bob applied")]
            );
            journal_tells(&world, &[("add", "cem", "applied"), ("remove", "bob", "applied")]);
            // Emporix may be asked twice, because asking twice does no harm there. The others may not.
            let sent = world.writes().len();
            assert!(provider == "emporix" || sent == 2, "{provider} was sent {}", world.writes());
        }
    }
}

#[test]
fn emporix_repeats_a_write_that_was_not_made() {
    for effect in [Effect::DropBefore, Effect::status(500), Effect::status(503)] {
        let world = only("emporix");
        world.fail("emporix", Fault::new(effect).writes().times(2));
        world.rosterd(["apply", "--yes"]).success();
        assert_eq!(world.faults_waiting(), 0);
        assert_eq!(world.members("emporix/buyers"), ["ann", "cem"]);
    }
}

#[test]
fn a_lost_write_that_was_not_made_fails_and_the_next_apply_mends_it() {
    for effect in [Effect::DropBefore, Effect::status(500)] {
        for (provider, group) in [("travel", "travel/approvers"), ("finance", "finance/payers")] {
            let world = only(provider);
            world.fail(provider, Fault::new(effect.clone()).writes());
            let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(4);
            assert_eq!(world.members(group), ["ann"], "the removal goes on");
            assert_eq!(
                world.results(&run),
                [format!("{group} add cem failed"), format!("{group} remove bob applied")]
            );
            assert!(!run.detail(group, "cem").is_empty());
            journal_tells(&world, &[("add", "cem", "failed"), ("remove", "bob", "applied")]);
            assert_eq!(world.writes().len(), 2, "a write that may have been made is not sent twice");

            world.rosterd(["apply", "--yes"]).success();
            assert_eq!(world.members(group), ["ann", "cem"]);
        }
    }
}

#[test]
fn what_cannot_be_read_again_is_unknown() {
    for (provider, group) in GROUPS {
        let world = only(provider).provider(provider, "retry_budget = \"200ms\"");
        let (mut written, id) = (false, world.group_id(group));
        world.fail_by(provider, move |seen| {
            let reads_again = written && !seen.write && !seen.login && seen.path.contains(&id);
            written |= seen.write;
            reads_again.then(|| Effect::status(503))
        });
        let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(4);
        assert_eq!(
            world.results(&run),
            [format!("{group} add cem unknown"), format!("{group} remove bob unknown")]
        );
        assert!(run.detail(group, "cem").contains("reading it again failed"), "{}", run.detail(group, "cem"));
        journal_tells(&world, &[("add", "cem", "unknown"), ("remove", "bob", "unknown")]);

        world.heal();
        world.forget_requests();
        world.rosterd(["apply", "--yes"]).success().says("Nothing to do");
        assert_eq!(world.writes(), [], "they had been made");
    }
}

#[test]
fn refusals_are_reported_with_the_message_and_its_id_and_never_repeated() {
    for status in [400, 403, 404, 409, 422] {
        for (provider, group) in GROUPS {
            let world = only(provider);
            world.fail(provider, Fault::new(Effect::status(status)).writes());
            let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(4);
            assert_eq!(
                world.results(&run),
                [format!("{group} add cem failed"), format!("{group} remove bob applied")]
            );
            let detail = run.detail(group, "cem");
            assert!(detail.contains("The sandbox was told to fail here"), "{detail}");
            assert!(detail.contains(&format!("({status}, ")), "{detail}");
            let id = match provider {
                "travel" => "https://debug.example.invalid/r/",
                "finance" => "support id 5b0f2c1e-",
                _ => "",
            };
            assert!(detail.contains(id), "{detail}");
            assert_eq!(world.writes().len(), 2, "{}", world.writes());
            world.rosterd(["apply", "--yes"]).success();
            assert_eq!(world.members(group), ["ann", "cem"]);
        }
    }
}

#[test]
fn one_failed_change_holds_up_no_other() {
    let world = three();
    for (provider, _) in GROUPS {
        world.fail(provider, Fault::new(Effect::status(400)).writes());
    }
    let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(4);
    let applied = world.results(&run).iter().filter(|line| line.ends_with("remove bob applied")).count();
    assert_eq!(applied, 3);
    world.rosterd(["apply", "--yes"]).success();
    all_as_wanted(&world);
}

#[test]
fn somebody_who_is_deleted_after_the_plan_fails_alone() {
    for (provider, group) in GROUPS {
        let world = World::new()
            .people(["ann", "bob", "cem", "dan"])
            .group(Group::at(group).live(["ann", "bob"]).wanted(["ann", "cem", "dan"]));
        let gone = Edit::DeleteUser { user: world.id(provider, "cem") };
        world.fail(provider, Fault::new(Effect::EditBefore(vec![gone])).writes());

        let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(4);
        assert_eq!(world.members(group), ["ann", "dan"], "{group}");
        let failed: Vec<String> =
            world.results(&run).into_iter().filter(|line| !line.ends_with("applied")).collect();
        assert_eq!(failed, [format!("{group} add cem failed")]);
        assert!(!run.detail(group, "cem").is_empty());
    }
}

#[test]
fn a_removal_of_somebody_who_just_left_is_done() {
    for (provider, group) in GROUPS {
        let world = only(provider);
        world.wanted(group).remove("cem");
        let left = Edit::leave(&world.group_id(group), &world.id(provider, "bob"));
        world.fail(provider, Fault::new(Effect::EditBefore(vec![left])).writes());
        let run = world.rosterd(["apply", "--yes", "--format", "json"]).success();
        assert_eq!(world.results(&run), [format!("{group} remove bob applied")]);
        assert_eq!(world.faults_waiting(), 0);
    }
}

#[test]
fn a_group_that_is_deleted_after_the_plan_is_unknown_and_harms_no_other() {
    for (provider, group) in GROUPS {
        let world = three();
        let gone = Edit::DeleteGroup { group: world.group_id(group) };
        world.fail(provider, Fault::new(Effect::EditBefore(vec![gone])).writes());
        let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(4);
        for line in world.results(&run).iter().filter(|line| line.starts_with(split(group).0)) {
            assert!(line.ends_with("unknown") || line.ends_with("failed"), "{line}");
        }
        for (_, other) in GROUPS.into_iter().filter(|(_, other)| *other != group) {
            assert_eq!(world.members(other), ["ann", "cem"]);
        }
    }
}

#[test]
fn what_was_sent_and_denied_is_read_again_and_never_called_unsent() {
    let names: Vec<String> = (0..12).map(|number| format!("p{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let group = Group::at("emporix/all").live([names[0]]).wanted(names.iter().copied());
    let world =
        World::new().people(names.iter().copied()).provider("emporix", "concurrency = 4").group(group);
    // The provider adds them, and then says that it did not.
    let denied = Effect::AnswerAfter(Reply { status: 401, ..Reply::default() });
    world.fail("emporix", Fault::new(denied).writes().always());
    world.rosterd(["apply", "--yes"]).exits(4).says("not sent: gave up on this provider");
    let lines = world.journal();
    let outcomes: Vec<&Value> = lines.iter().filter(|line| line["type"] == "outcome").collect();
    let applied = outcomes.iter().filter(|line| line["result"] == "applied").count();
    assert_eq!(world.members("emporix/all").len(), 1 + applied);
    let unsent =
        outcomes.iter().filter(|line| line["detail"].as_str().is_some_and(|it| it.starts_with("not sent: ")));
    assert_eq!(unsent.count(), 11 - applied, "{outcomes:?}");
}
