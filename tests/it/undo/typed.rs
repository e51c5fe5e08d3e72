//! How an undo is asked for, and what it prints.

use super::{apply, change_at, last_run, undo, world_at};
use crate::support::World;

#[test]
fn a_run_is_named_by_its_id_or_the_beginning_of_it() {
    let world = world_at("emporix");
    let run = change_at(&world, "emporix");
    world.rosterd(["undo", "00000000-0000", "--yes"]).exits(64).says("the audit trail has no run");
    world.rosterd(["undo", &run[..7], "--yes"]).exits(64).says("at least 8 characters");
    world.rosterd(["undo", "--yes"]).exits(64).says("RUN");
    world.rosterd(["undo", &run]).exits(64).says("no terminal to ask on: say --yes");
    let journal = world.journal();
    let others = journal.iter().filter(|line| line["event"] == "begin" && line["run"] != run.as_str());
    let others: Vec<String> = others.map(|line| line["run"].as_str().unwrap().to_owned()).collect();
    let is_alone = |length: &usize| !others.iter().any(|other| other.starts_with(&run[..*length]));
    let length = (8..run.len()).find(is_alone).unwrap();
    world.rosterd(["undo", &run[..length].to_uppercase(), "--yes"]).success();
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob"]);
}

#[test]
fn as_history_shows_a_run_it_can_be_undone_beside_others_of_its_apply() {
    let world = world_at("emporix");
    let run = change_at(&world, "emporix");
    let history = world.rosterd(["history", "--person", "dan"]).success();
    let (_, shown) = history.stdout.trim_end().rsplit_once("  run ").unwrap();
    assert_eq!(shown, &run[24..], "what tells it from the runs at the other providers");
    let dry = world.rosterd(["undo", &shown[4..], "--dry-run"]).success();
    dry.says("1 to add, 3 to remove");
    world.rosterd(["undo", shown, "--yes"]).success();
    assert_eq!(world.members("emporix/buyers"), ["ann", "bob"]);
}

#[test]
fn a_beginning_of_several_runs_lists_them() {
    let world = world_at("emporix");
    // What an id begins with changes once a minute: now and then even within one apply, but not within two.
    let begun_together = || {
        apply(&world, "emporix");
        let runs: Vec<String> = ["emporix", "travel", "finance"].map(|at| last_run(&world, at)).to_vec();
        let shared = |length: usize| runs.iter().all(|run| run[..length] == runs[0][..length]);
        let length = (8..36).take_while(|length| shared(*length)).last();
        length.map(|length| (runs, length))
    };
    let (runs, length) = begun_together().or_else(begun_together).expect("they began together");
    let journal = world.journal_text();
    let refused = world.rosterd(["undo", &runs[0][..length], "--yes"]).exits(64);
    for run in &runs {
        assert!(refused.stderr.contains(&format!("{} (", &run[24..])), "{}", refused.stderr);
    }
    assert_eq!(world.journal_text(), journal);
}

#[test]
fn a_dry_run_shows_everything_and_changes_nothing() {
    let world = world_at("emporix");
    let run = change_at(&world, "emporix");
    let (journal, after) = (world.journal_text(), world.dump());
    world.forget_requests();
    let shown = world.rosterd(["undo", &run, "--dry-run"]).success();
    shown
        .says("rosterd undo")
        .says(&format!("run {} at emporix, ", &run[24..]))
        .says("+ bob")
        .says("− cem")
        .says(&format!("undoes run {run}"))
        .says("1 to add, 3 to remove")
        .says("Before the first change, emporix is suspended for 4 h")
        .says("To make it last, edit the roster:");
    assert_eq!(world.writes(), []);
    assert_eq!((world.journal_text(), world.dump()), (journal, after));
    world.rosterd(["undo", &run, "--dry-run", "--yes"]).exits(64);
}

#[test]
fn on_a_terminal_it_shows_and_asks() {
    let world = world_at("finance");
    let run = change_at(&world, "finance");
    let (journal, after) = (world.journal_text(), world.dump());
    let no = world.on_terminal(&format!("undo {run}"), "no\n", &[]).exits(1);
    no.says("Undo this? Type yes:").says("not confirmed: nothing was changed");
    assert_eq!((world.journal_text(), world.dump()), (journal, after));
    let yes = world.on_terminal(&format!("undo {run}"), "yes\n", &[]).success();
    yes.says("1 added, 3 removed").says("finance is suspended until");
    assert_eq!(world.members("finance/buyers"), ["ann", "bob"]);
}

#[test]
fn scripts_get_json_and_requests_markdown() {
    let world = world_at("travel");
    let run = change_at(&world, "travel");
    world.live("travel/buyers").remove("cem");
    let json = world.rosterd(["undo", &run, "--dry-run", "--format", "json"]).success().json();
    assert_eq!(json["version"], 1);
    assert_eq!(json["undo"]["runs"][0]["run"], run.as_str());
    assert_eq!(json["undo"]["suspended"][0]["until"], serde_json::Value::Null);
    let markdown = world.rosterd(["undo", &run, "--dry-run", "--format", "markdown"]).success();
    markdown.says("### rosterd undo, roster").says("<b>Left out:</b>").says("To make it last");

    let json = world.rosterd(["undo", &run, "--yes", "--format", "json"]).success().json();
    let undo = &json["undo"];
    assert_eq!(
        (&undo["left_out"][0]["why"], &undo["left_out"][0]["person"]),
        (&"changed-since".into(), &"cem".into())
    );
    assert_eq!(
        (&undo["suspended"][0]["provider"], undo["suspended"][0]["until"].is_string()),
        (&"travel".into(), true)
    );
    let edits = undo["edits"].as_array().unwrap();
    assert_eq!(edits.len(), 3, "{edits:?}");
    assert_eq!((&edits[0]["edit"], &edits[0]["file"]), (&"add-to-members".into(), &"groups.toml".into()));
    assert_eq!(json["summary"]["applied"], 3);
    let plan = world.rosterd(["plan", "--format", "json"]).success().json();
    assert!(plan.get("undo").is_none());
}

#[test]
fn a_target_that_is_not_configured_any_more_is_refused() {
    let world = world_at("emporix");
    let run = change_at(&world, "emporix");
    let config = std::fs::read_to_string(world.path("rosterd.toml")).unwrap();
    let (before, emporix) = config.split_once("tenant = \"").unwrap();
    let (_, after) = emporix.split_once('"').unwrap();
    world.write("rosterd.toml", &format!("{before}tenant = \"other\"{after}"));
    undo(&world, &run).exits(64).says("which the configuration does not have any more");
    assert_eq!(world.members("emporix/buyers"), ["ann", "cem", "dan"]);
}

#[test]
fn an_altered_trail_undoes_nothing() {
    let world = world_at("emporix");
    let run = change_at(&world, "emporix");
    let files = std::fs::read_dir(world.path("state/journal")).unwrap().map(|file| file.unwrap().path());
    let file = files.max().unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen("\"remove\"", "\"REMOVE\"", 1)).unwrap();
    world.forget_requests();
    undo(&world, &run).exits(1).says("the audit trail is broken");
    assert_eq!(world.request_count(), 0);
}

#[test]
fn hostile_words_stay_words() {
    let world: World = world_at("emporix");
    let run = change_at(&world, "emporix");
    let shown = world.rosterd(["undo", &run, "--yes", "--reason", "a\u{1b}[31m\u{202e}b"]).success();
    assert!(!shown.stdout.contains('\u{1b}'));
    let apply = world.rosterd(["apply", "--yes"]).exits(3).says("a\\u{1b}[31m\\u{202e}b");
    assert!(!apply.stdout.contains('\u{1b}') && !apply.stdout.contains('\u{202e}'));
}
