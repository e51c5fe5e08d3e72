//! A roster with a million memberships: planned in a process of its own, and checked by the binary.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use jiff::civil::date;
use rosterd::core::diff::{self, Basis};
use rosterd::core::guard::{self, Case, Limits, Mode};
use rosterd::core::model::{GroupHandle, GroupId, Live, LiveGroup, ProviderName, Target, UserId};
use rosterd::core::remembered::Remembered;
use rosterd::core::wanted::Identities;
use rosterd::providers::KindName;
use rosterd::roster;

use super::{Row, median};

/// The argument with which this program runs as a child of itself.
pub const CHILD: &str = "--plan-in-child";

const PEOPLE: usize = 10_000;
const GROUPS: usize = 1_000;
/// In each group, of which one in ten is an id that is nobody's.
const MEMBERS: usize = 1_000;

/// Plans in a child, so that nothing else is in its memory.
pub fn measure_plan() -> Vec<Row> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let child = std::env::current_exe().unwrap();
    let runs: Vec<Vec<f64>> = (0..3)
        .map(|_| {
            let output = Command::new(&child).arg(CHILD).arg(folder.path()).output().unwrap();
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{errors}");
            let text = String::from_utf8(output.stdout).unwrap();
            text.split_whitespace().map(|number| number.parse().unwrap()).collect()
        })
        .collect();
    let middle = |index: usize| median(runs.iter().map(|run| run[index]).collect());
    vec![
        Row::new("plan over 1,000,000 memberships already read", middle(0), 1_000.0, "ms"),
        Row::new("plan over 1,000,000 memberships, peak of the process", middle(1), 200.0, "MiB"),
    ]
}

/// Checks with the binary.
pub fn measure_check() -> Vec<Row> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let check = |_| {
        let started = Instant::now();
        let output = Command::new(env!("CARGO_BIN_EXE_rosterd"))
            .args(["check", "--config"])
            .arg(folder.path().join("rosterd.toml"))
            .output()
            .unwrap();
        let took = started.elapsed();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        took.as_secs_f64() * 1_000.0
    };
    let took = median((0..5).map(check).collect());
    vec![Row::new("check of a roster with 1,000,000 memberships in lists", took, 1_500.0, "ms")]
}

/// A configuration and a roster whose memberships stand in list files.
fn write(folder: &Path) {
    let roster = folder.join("roster");
    fs::create_dir_all(roster.join("lists")).unwrap();
    let configuration = "roster = \"roster/\"\n[providers.p]\nkind = \"emporix\"\ntenant = \"acme\"\n\
        client_id = { env = \"ID\" }\nclient_secret = { env = \"SECRET\" }\n";
    fs::write(folder.join("rosterd.toml"), configuration).unwrap();
    let mut people = String::new();
    for person in 0..PEOPLE {
        let id = user_id(person);
        writeln!(
            people,
            "[people.person-{person:05}]\nemail = \"p{person}@acme.example\"\nids = {{ p = \"{id}\" }}"
        )
        .unwrap();
    }
    fs::write(roster.join("people.toml"), people).unwrap();
    let mut groups = String::new();
    for group in 0..GROUPS {
        let handle = handle(group);
        let id = group_id(group);
        writeln!(groups, "[groups.p.{handle}]\nid = \"{id}\"\nmembers_from = \"lists/{handle}.txt\"")
            .unwrap();
        let lines = (0..MEMBERS).map(|member| match member % 10 {
            9 => format!("id:{}\n", user_id(PEOPLE + member_of(group, member))),
            _ => format!("person-{:05}\n", member_of(group, member)),
        });
        fs::write(roster.join(format!("lists/{handle}.txt")), lines.collect::<String>()).unwrap();
    }
    fs::write(roster.join("groups.toml"), groups).unwrap();
}

/// Reads the roster, makes up what a provider said of it, and plans: prints milliseconds and mebibytes.
pub fn plan_in_child(folder: &Path) {
    let provider = ProviderName::from("p");
    let known = BTreeMap::from([(provider.clone(), Some(KindName::Emporix))]);
    let roster = roster::load(&folder.join("roster"), "roster/", Some(&known));
    let roster = roster.unwrap_or_else(|complaints| panic!("{}", complaints.render(false)));
    let live = live();
    let before = on_processor();
    let remembered = Remembered::default();
    let identities = Identities::judge(&roster, &provider, &live.found, &remembered.identities);
    let (target, nobody) = (Target::from("emporix bench"), BTreeSet::new());
    let basis = Basis {
        roster: &roster,
        provider: &provider,
        target: &target,
        identities: &identities,
        remembered: &remembered,
        gone: &nobody,
        protected: &nobody,
        day: date(2026, 11, 22),
    };
    let plan = diff::plan(basis, &live, &|_| true);
    let limits = Limits::default();
    let case = Case { plan, limits: &limits, mode: Mode::Enforce, remembered: &remembered };
    let judged = black_box(guard::judge(vec![case], &[]));
    let took = on_processor() - before;
    let standing: usize =
        judged.iter().flat_map(|it| &it.plan.groups).map(|group| group.standing.len()).sum();
    assert_eq!(standing, GROUPS * (MEMBERS - 10), "all but ten of each group are there");
    println!("{took} {}", peak());
}

/// Every group with ten of its members missing and ten others in it. Each membership has an id of its own
/// in memory, as where groups are read one by one.
fn live() -> Live {
    let mut live = Live { by_groups: true, ..Live::default() };
    for group in 0..GROUPS {
        let members = (10..MEMBERS).map(|member| match member % 10 {
            9 => user_id(PEOPLE + member_of(group, member)),
            _ => user_id(member_of(group, member)),
        });
        let others = (0..10).map(|other| user_id(3 * PEOPLE + other));
        let members = members.chain(others).map(|id| UserId::new(&id).unwrap()).collect();
        let id = GroupId::new(&group_id(group)).unwrap();
        let name = format!("Group {group}");
        live.groups
            .insert(GroupHandle::from(&*handle(group)), LiveGroup { id, name, members, remarks: Vec::new() });
    }
    live
}

/// Milliseconds that this process, which has one thread, has had a processor: waiting for its turn on a busy
/// machine does not count.
fn on_processor() -> f64 {
    let statistics = fs::read_to_string("/proc/self/schedstat").unwrap();
    let nanoseconds: f64 = statistics.split_whitespace().next().unwrap().parse().unwrap();
    nanoseconds / 1e6
}

/// The most memory that this process ever had, in MiB.
fn peak() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse().unwrap();
    kibibytes / 1024.0
}

/// Everybody is in a tenth of all groups.
fn member_of(group: usize, member: usize) -> usize {
    (group * 37 + member * 7) % PEOPLE
}

fn handle(group: usize) -> String {
    format!("group-{group:04}")
}

fn group_id(group: usize) -> String {
    format!("5ac869fc-d548-4ec8-8e06-{group:012}")
}

fn user_id(user: usize) -> String {
    format!("00u4uk{user:011}417")
}
