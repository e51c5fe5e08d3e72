//! Ids that a shell would act on, in a fight: what is suggested can be copied.

use std::process::Command;

use crate::support::{Group, Person, Run, World};

const GROUP: &str = "emporix/guests";
const ODD: &str = "C 1'; touch pwned #$(touch pwned)`touch pwned` **b** <img src=x>";

/// A customer with this id, whom somebody else removes three times.
fn fought_over(id: &str) -> World {
    let quoted = format!("{{ id = {} }}", serde_json::to_string(id).unwrap());
    let odd = Person::new("odd").only_at(["emporix"]).id_at("emporix", id).customer().stranger();
    let other = Person::new("other").only_at(["emporix"]).id_at("emporix", "C-2").customer().stranger();
    let group =
        Group::at(GROUP).live(["other"]).wanted(["{ id = \"C-2\" }".to_owned(), quoted]).for_customers();
    let world = World::new().person(odd).person(other).group(group);
    for _ in 0..3 {
        world.rosterd(["apply", "--yes"]).success();
        world.live(GROUP).remove("odd");
    }
    world
}

/// The command that a run suggests, as a shell takes it apart.
fn suggested(world: &World, run: &Run) -> Vec<String> {
    let (_, rest) = run.stdout.split_once("then `").unwrap_or_else(|| panic!("{}", run.stdout));
    let command = rest.lines().next().unwrap().rsplit_once('`').unwrap().0;
    let script = format!("rosterd() {{ printf '%s\\n' \"$@\"; }}\n{command}\n");
    let output = Command::new("sh").args(["-c", &script]).current_dir(world.path("")).output().unwrap();
    assert!(output.status.success(), "{command}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn what_is_suggested_means_that_id_and_does_nothing_else() {
    let world = fought_over(ODD);
    for (args, code) in [(["plan", "--exit-code"], 3), (["apply", "--yes"], 3), (["plan", "--exit-code"], 3)]
    {
        let run = world.rosterd(args).exits(code);
        let words = suggested(&world, &run);
        assert_eq!(words, ["resume", "emporix", "--group", "guests", "--person", ODD]);
    }
    assert!(!world.path("pwned").exists());
    let markdown = world.rosterd(["plan", "--format", "markdown"]).success();
    assert!(!markdown.stdout.contains("**b**") && !markdown.stdout.contains("<img"), "{}", markdown.stdout);
    world.rosterd(["history"]).success().says("rosterd stops adding");
    let words = ["resume", "emporix", "--group", "guests", "--person", ODD, "--reason", "agreed"];
    world.rosterd(words).success().says("is resumed");
    world.rosterd(["apply", "--yes"]).success();
    assert_eq!(world.members(GROUP), ["odd", "other"]);
}

#[test]
fn escapes_in_an_id_move_no_cursor() {
    let world = fought_over("C\u{202e}1 $(touch pwned)");
    let run = world.rosterd(["apply", "--yes"]).exits(3).says("C\\u{202e}1");
    assert_eq!(suggested(&world, &run)[5], "C\\u{202e}1 $(touch pwned)", "shown, and run as nothing");
    assert!(!world.path("pwned").exists());
    for args in
        [vec!["plan"], vec!["history"], vec!["plan", "--format", "markdown"], vec!["resume", "emporix"]]
    {
        let run = world.rosterd(args);
        assert!(!run.stdout.contains('\u{202e}') && !run.stderr.contains('\u{202e}'), "{}", run.typed);
    }
}
