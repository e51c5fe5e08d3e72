//! What is said of a roster to those who only watch: kinds of errors, and nothing that stands in the roster.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;

/// Every kind of error that the rosters of the fuzzing corpus have. Whoever adds one reads here whether it tells of
/// anything that only the roster may tell.
#[test]
fn kinds_of_errors_quote_nothing() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus/roster");
    let mut kinds = BTreeSet::new();
    for seed in fs::read_dir(corpus).unwrap() {
        let files = Files::new([]);
        files.write("all.toml", fs::read(seed.unwrap().path()).unwrap());
        kinds.extend(files.load().err().into_iter().flatten().map(|complaint| complaint.kind()));
    }
    insta::assert_snapshot!(kinds.into_iter().collect::<Vec<_>>().join("\n"));
}

/// A roster that is wrong in every way that people are named in.
#[test]
fn the_short_form_names_nobody() {
    let files = Files::new([
        (
            "people.toml",
            "[people.zaphod]\nemial = \"zaphod@zaphod.example\"\n[people.'zap`hod']\n[people.zaphod1]\n\
                         email = \"zaphod\"\n[people.zaphod2]\nids = { zaphod = \"zaphod\", finance = { login = \"zaphod\" } }\n\
                         [people.zaphod3]\nids = { finance = { login = \"zaphod\" } }\nname = 3\n",
        ),
        (
            "teams.toml",
            "[teams.zaphods]\nmembers = [\"zaphodd\", \"@zaphods\", \"@zaphodds\", { who = \"zaphod\", untill = 2026-01-01 }]\n",
        ),
        (
            "groups.toml",
            "[groups.travel.zaphods]\nid = \"zaphod\"\nmembers = [\"zaphod4\", \"zaphod2\"]\n\
                         must_contain = [\"zaphod3\"]\n[groups.zaphod.zaphod]\nname = \"zaphod\"\nmembers_from = \"zaphod.txt\"\n",
        ),
        ("broken.toml", "zaphod = \"zaphod\" \"zaphod\"\n[people.zaphod]\n"),
    ]);
    let complaints = files.load().unwrap_err();
    assert!(complaints.len() > 8, "{complaints}");
    for complaint in &complaints {
        let kind = complaint.kind();
        assert!(!kind.contains("zap"), "{kind}: {complaint:?}");
    }
    assert!(!complaints.brief().contains("zap"), "{}", complaints.brief());
}
