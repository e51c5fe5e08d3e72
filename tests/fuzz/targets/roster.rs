//! Rosters and member lists.

use std::collections::BTreeMap;
use std::fs;

use jiff::civil::{Date, date};
use rosterd::complaint::Complaints;
use rosterd::core::expand;
use rosterd::core::model::PersonHandle;
use rosterd::core::roster::{Roster, Who};
use rosterd::providers::KindName;
use rosterd::roster::{self, Known};

use super::{LONGEST, folder, places};

/// The list that a fuzzed roster may name.
const LIST: &str = "# whoever is there\nalice\n@leads\nid:u-9\n";

/// A roster that names a fuzzed list.
const AROUND_LIST: &str = r#"
people.alice = { email = "alice@acme.example", ids = { finance = "u-1" } }
people.bob = { email = "bob@acme.example", ids = { finance = "u-2" } }
teams.leads.members = ["alice"]
groups.finance.payers = { id = "g-1", members_from = "l.txt", allow_empty = true }
groups.emporix.buyers = { id = "g-2", members_from = "l.txt", allow_empty = true }
"#;

/// Days before, within and after whatever a seed says.
const DAYS: [Date; 3] = [date(1970, 1, 1), date(2026, 11, 30), date(9999, 12, 31)];

/// The bytes are a roster, beside a list that is fine.
pub(super) fn run(bytes: &[u8]) {
    if let Some(roster) = load(bytes, LIST.as_bytes()) {
        check(&roster);
    }
}

/// The bytes are a list, beside a roster that is fine.
pub(super) fn run_list(bytes: &[u8]) {
    let Some(roster) = load(AROUND_LIST.as_bytes(), bytes) else { return };
    check(&roster);
    let said = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
    for group in roster.groups.values().flat_map(BTreeMap::values) {
        assert!(group.members.len() <= said, "a line names one member at most");
        assert!(bytes.is_empty() || bytes.ends_with(b"\n"), "a list that may be cut was taken");
    }
}

fn load(roster: &[u8], list: &[u8]) -> Option<Roster> {
    if roster.len().max(list.len()) > LONGEST {
        return None;
    }
    let folder = folder();
    fs::write(folder.path().join("r.toml"), roster).expect("files can be written");
    fs::write(folder.path().join("l.txt"), list).expect("files can be written");
    let known = Known::from([
        ("emporix".into(), Some(KindName::Emporix)),
        ("travel".into(), Some(KindName::CompanyV3)),
        ("finance".into(), Some(KindName::SolveXia)),
    ]);
    let files = BTreeMap::from([("roster/r.toml", roster), ("roster/l.txt", list)]);
    let told = |complaints: &Complaints| {
        assert!(!complaints.is_empty(), "nothing is wrong, and it is not taken");
        places::check(complaints, &files);
    };
    let known_to = roster::load(folder.path(), "roster/", Some(&known)).inspect_err(told);
    let alone = roster::load(folder.path(), "roster/", None).inspect_err(told);
    if let (Ok(one), Ok(other)) = (&known_to, &alone) {
        assert_eq!(one.revision, other.revision, "the revision is that of the content alone");
    }
    assert!(known_to.is_err() || alone.is_ok(), "more knowledge only finds more mistakes");
    known_to.ok()
}

/// Every name is defined, and everybody can be found out for any day.
fn check(roster: &Roster) {
    let teams = roster.teams.values().flat_map(|team| &team.members);
    let groups = roster.groups.values().flat_map(BTreeMap::values);
    for member in teams.chain(groups.flat_map(|group| group.members.iter().chain(&group.except))) {
        match &member.who {
            Who::Person(person) => assert!(roster.people.contains_key(person), "{person} is nobody"),
            Who::Team(team) => assert!(roster.teams.contains_key(team), "there is no {team}"),
            Who::Id(id) => assert!(!id.as_str().contains(char::is_control)),
        }
        assert!(roster.show(member.place).starts_with("roster/"));
    }
    for group in roster.groups.values().flat_map(BTreeMap::values) {
        let nobody = |_: &_| None::<PersonHandle>;
        let ever = expand::ever(roster, group, &nobody);
        for day in DAYS {
            let members = expand::members(roster, group, day, &nobody);
            assert!(members.keys().all(|subject| ever.contains_key(subject)), "a member on {day}, and never");
        }
    }
}
