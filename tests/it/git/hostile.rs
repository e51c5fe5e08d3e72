//! What a repository may hold, and what must come of it: nothing.

use std::fs;

use super::{Upstream, checkouts, world};

#[test]
fn links_submodules_attributes_and_hooks_do_nothing() {
    let world = world();
    let upstream = Upstream::of(&world);
    upstream.push_story();
    world.write("outside.toml", "[people.mallory]\nemail = \"m@acme.example\"\n");
    upstream.link("roster/etc", "/etc");
    upstream.link("roster/list.txt", "../../outside.toml");
    upstream.write("roster/.gitattributes", "*.toml filter=evil export-subst\n");
    upstream.write("roster/.hidden.toml", "this is no TOML");
    let hook = format!("#!/bin/sh\ntouch {}\n", world.path("hooked").display());
    for name in ["post-checkout", "reference-transaction", "post-update", "pre-receive"] {
        let path = world.path("up.git/hooks").join(name);
        if name != "pre-receive" && name != "post-update" {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, &hook).unwrap();
        }
    }
    upstream.write(".gitmodules", "[submodule \"sub\"]\n\tpath = roster/sub\n\turl = ext::touch /tmp/x\n");
    upstream.git("work", &["add", "roster", ".gitmodules"]);
    let inner = upstream.head();
    upstream.git("work", &["update-index", "--add", "--cacheinfo", &format!("160000,{inner},roster/sub")]);
    upstream.git("work", &["commit", "--quiet", "--message=hostile"]);
    upstream.git("work", &["push", "--quiet", "../up.git", "main"]);
    let head = upstream.head();

    let plan = world.rosterd(["plan"]).success().says(&format!("roster {}", &head[..7]));
    for left_out in
        ["`roster/etc` is a symbolic link", "`roster/list.txt` is a symbolic", "`roster/sub` is a submodule"]
    {
        assert!(plan.stderr.contains(left_out), "{left_out}: {}", plan.stderr);
    }
    let files = fs::read_dir(world.path("state/git")).unwrap().next().unwrap().unwrap().path();
    let files = files.join("checkouts").join(&head).join("roster");
    let mut names: Vec<_> = fs::read_dir(files).unwrap().map(|file| file.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["groups.toml", "people.toml"], "regular files alone");
    assert!(!world.path("hooked").exists(), "no hook ran");
}

#[test]
fn a_toml_file_that_is_a_link_or_too_large_is_not_left_out_in_silence() {
    let world = world();
    let upstream = Upstream::of(&world);
    let good = upstream.push_story();
    world.rosterd(["plan"]).success();
    upstream.git("work", &["mv", "roster/people.toml", "people.txt"]);
    upstream.link("roster/people.toml", "../people.txt");
    upstream.push();
    let plan = world.rosterd(["plan"]).success().says(&format!("roster {}", &good[..7]));
    assert!(plan.stderr.contains("`roster/people.toml` is a symbolic link"), "{}", plan.stderr);

    upstream.git("work", &["reset", "--quiet", "--hard", &good]);
    fs::File::create(world.path("work/roster/huge.toml")).unwrap().set_len((64 << 20) + 1).unwrap();
    upstream.commit();
    upstream.push_by_force();
    let plan = world.rosterd(["plan"]).success().says(&format!("roster {}", &good[..7]));
    assert!(plan.stderr.contains("`roster/huge.toml` is larger than 64 MiB; split it"), "{}", plan.stderr);

    upstream.git("work", &["mv", "roster/huge.toml", "roster/huge.bin"]);
    let head = upstream.push();
    world.rosterd(["plan"]).success().says(&format!("roster {}", &head[..7])).says("huge.bin");
    assert!(checkouts(&world).contains(&head));
}

#[test]
fn a_path_with_what_terminals_act_on_is_refused_and_shown_harmless() {
    let world = world();
    let upstream = Upstream::of(&world);
    upstream.push_story();
    upstream.write("roster/\u{1b}[31mred.toml", "");
    upstream.push();
    let plan = world.rosterd(["plan"]).exits(1).says("a path that cannot become a file");
    assert!(!plan.stderr.contains('\u{1b}'));
}

#[test]
fn a_head_that_cannot_be_laid_out_is_told_and_the_last_one_stays() {
    let world = world();
    let upstream = Upstream::of(&world);
    let good = upstream.push_story();
    world.rosterd(["plan"]).success();
    upstream.write("roster/\u{1b}[31mred.toml", "");
    upstream.push();
    let plan = world.rosterd(["plan", "--format", "json", "--exit-code"]).exits(3).json();
    assert_eq!(
        (&plan["roster"]["problem"]["code"], &plan["roster"]["revision"]),
        (&"unusable".into(), &good.into())
    );
    let plan = world.rosterd(["plan"]).success();
    let line = plan.stdout.lines().nth(1).unwrap();
    assert!(
        line.starts_with("NOT THE HEAD: ") && line.contains("a path that cannot become a file"),
        "{line}"
    );
    assert!(!plan.stdout.contains('\u{1b}') && !plan.stderr.contains('\u{1b}'));
    world.rosterd(["apply", "--yes"]).exits(3).says("NOT THE HEAD");
}

#[test]
fn a_branch_or_path_that_is_not_there_is_told() {
    let world = world();
    let upstream = Upstream::of(&world);
    world.rosterd(["plan"]).exits(1).says("could not be fetched").says("main");
    upstream.write("README.md", "");
    upstream.push();
    world.rosterd(["plan"]).exits(1).says("there is no `roster` in it; see `path`");
}
