//! Seeded worlds: random rosters, random mishaps, random kills. The real binary is started again until it is
//! quiet, and then nothing that must never happen has happened.
//!
//! `ROSTERD_WORLDS=300 cargo test --test it worlds::` plays as many; `ROSTERD_SEED=7` begins at that one, and
//! `ROSTERD_TELL=1` prints everything about it.

mod ends;
mod facts;
mod laws;
mod making;
mod spec;
mod staging;
mod storm;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fastrand::Rng;
use jiff::Timestamp;

use crate::support::World;
use facts::{Act, Facts};
use spec::{Deed, Spec};
use storm::{Kill, Ran, Storm};

/// Worlds that plain `cargo test` plays, from this seed on; and one more from a seed of its own.
const WORLDS: u64 = 12;
const SEED: u64 = 20_261_122;
/// Played side by side: a world mostly waits.
const AT_ONCE: usize = 4;
/// The weather of each run, in mishaps to a thousand calls; what comes after is calm.
const ROUGH: [u32; 4] = [120, 90, 60, 30];
/// Runs in calm weather until it must be quiet.
const PATIENCE: usize = 12;
/// So often a rival undoes what rosterd did.
const RIVALRY: usize = 5;

#[test]
fn nothing_bad_happens_in_any_world() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse().expect("it is a number"));
    let (seed, worlds): (Option<u64>, Option<u64>) = (number("ROSTERD_SEED"), number("ROSTERD_WORLDS"));
    let count = worlds.unwrap_or(if seed.is_some() { 1 } else { WORLDS });
    let first = seed.unwrap_or(SEED);
    let mut seeds: Vec<u64> = (first..first + count).collect();
    if seed.is_none() {
        let own = fastrand::u64(1_000_000_000..10_000_000_000);
        println!("one world more: ROSTERD_SEED={own}");
        seeds.push(own);
    }
    let next = AtomicUsize::new(0);
    let bad = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(seeds.len()) {
            scope.spawn(|| {
                while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if let Some(story) = bad_story(*seed) {
                        bad.lock().expect("no thread panics").push(story);
                    }
                }
            });
        }
    });
    let bad = bad.into_inner().expect("no thread panics");
    assert!(bad.is_empty(), "{} of {} worlds\n{}", bad.len(), seeds.len(), bad.join("\n\n"));
}

/// What went wrong in a world, and how to see it again.
fn bad_story(seed: u64) -> Option<String> {
    let again = format!("ROSTERD_SEED={seed} ROSTERD_TELL=1 cargo test --test it worlds:: -- --nocapture");
    match catch_unwind(AssertUnwindSafe(|| play(seed))) {
        Ok(broken) if broken.is_empty() => None,
        Ok(broken) => Some(format!("world {seed}; again: {again}\n  {}", broken.join("\n  "))),
        Err(_) => Some(format!("world {seed} came to no end; again: {again}")),
    }
}

fn play(seed: u64) -> Vec<String> {
    let mut random = Rng::with_seed(seed);
    let spec = making::first(&mut random);
    let too_late = random.u8(..8) == 0;
    let world = staging::stage(&spec, &lines(&mut random, too_late));
    let initial = facts::live(&world);
    let mut broken = Vec::new();
    let mut acts = Vec::new();
    for number in 0..2 {
        let spec = if number == 0 { spec.clone() } else { making::later(&mut random, &spec) };
        let begins = Timestamp::now();
        if number == 1 {
            staging::write(&world, &spec);
            let deeds = making::deeds(&mut random, &spec, 3);
            for deed in deeds.into_iter().chain(spec.later.clone()) {
                let live = world.live(&deed.path);
                let _ = if deed.joins { live.add(&deed.who) } else { live.remove(&deed.who) };
            }
        }
        let rival = making::rival(&mut random, &spec);
        let (runs, is_quiet) =
            until_quiet(&world, &mut random, &spec, &Trouble { too_late, rival, lies: number > 0 });
        if !is_quiet {
            broken.push(format!("act {number} did not come to rest in {} runs", runs.len()));
        }
        acts.push(Act { spec, begins, runs, ends: facts::live(&world) });
    }
    let facts = facts::gather(&world, initial, acts);
    broken.extend(laws::broken(&facts));
    for number in 0..facts.acts.len() {
        let wrong = ends::wrong(&facts, number).into_iter();
        broken.extend(wrong.map(|how| format!("act {number} ends as the roster says: {how}")));
    }
    broken.extend(left_behind(&world, &facts));
    if std::env::var_os("ROSTERD_TELL").is_some() {
        tell(&world, &facts);
    }
    broken
}

/// Lines of every provider's configuration: short waits, small pages.
fn lines(random: &mut Rng, too_late: bool) -> Vec<String> {
    let budget = if random.u8(..10) == 0 { "2s" } else { "300ms" };
    let mut lines = vec![
        format!("retry_budget = {budget:?}"),
        format!("page_size = {}", [2, 3, 100][random.usize(..3)]),
        format!("concurrency = {}", [1, 2, 8][random.usize(..3)]),
    ];
    if too_late {
        lines.push(staging::SHORT.to_owned());
    }
    lines
}

/// What an act has besides the weather.
struct Trouble {
    /// Some answers come too late.
    too_late: bool,
    /// Somebody ends this membership whenever a run has made it.
    rival: Option<Deed>,
    /// Lists may be said to be empty: never at first contact, when there is nothing to hold them against.
    lies: bool,
}

/// Runs rosterd until a run in calm weather has nothing left to send.
fn until_quiet(world: &World, random: &mut Rng, spec: &Spec, trouble: &Trouble) -> (Vec<Ran>, bool) {
    let Trouble { too_late, rival, lies } = trouble;
    let mut runs = Vec::new();
    let mut undone = 0;
    let rough = &ROUGH[random.usize(..ROUGH.len())..];
    for number in 0..rough.len() + PATIENCE {
        let per_thousand = rough.get(number).copied().unwrap_or(0);
        let kill = (per_thousand > 0 && random.bool()).then(|| Kill::draw(random));
        let short = if per_thousand > 0 && (number == 0 || random.bool()) && random.bool() {
            random.usize(1..=2)
        } else {
            0
        };
        let too_late = (*too_late && per_thousand > 0).then_some(Duration::from_secs(10));
        let storm = Storm {
            seed: random.u64(..),
            per_thousand,
            too_late,
            kill,
            spec,
            others: number == 0,
            lies: *lies,
            short,
        };
        let ran = storm::run(world, &storm);
        let is_refused =
            |sent: &storm::Sent| spec.refused.contains(&(sent.path.clone(), sent.who.clone())) && sent.adds;
        let is_quiet =
            per_thousand == 0 && matches!(ran.code, Some(0 | 3 | 4)) && ran.sent.iter().all(is_refused);
        runs.push(ran);
        if let Some(Deed { path, who, .. }) = rival.as_ref().filter(|_| undone < RIVALRY)
            && world.members(path).contains(who)
        {
            world.live(path).remove(who);
            undone += 1;
        } else if is_quiet {
            return (runs, true);
        }
    }
    (runs, false)
}

/// What every world leaves behind: a whole journal, nothing open in it, and no exit code but those that the
/// contract has for trouble at a provider.
fn left_behind(world: &World, facts: &Facts) -> Vec<String> {
    let mut broken = Vec::new();
    for intent in facts.intents.iter().filter(|intent| intent.outcomes.is_empty()) {
        broken.push(format!("everything is settled in the end: {} {:?} is not", intent.seq, intent.key));
    }
    for ran in facts.acts.iter().flat_map(|act| &act.runs) {
        if !matches!(ran.code, None | Some(0 | 3 | 4 | 5)) {
            broken.push(format!("exit code {:?} ({})\n{}", ran.code, ran.storm, ran.printed));
        }
    }
    let checked = world.rosterd(["history", "--verify"]);
    if checked.code != 0 {
        broken.push(format!("the journal is whole: {}{}", checked.stdout, checked.stderr));
    }
    broken
}

/// Everything about one world, for whoever looks into it.
fn tell(world: &World, facts: &Facts) {
    println!("initial {:#?}", facts.initial);
    for act in &facts.acts {
        println!("spec {:#?}", act.spec);
        for ran in &act.runs {
            println!("== {} -> {:?}\n{:?}\n{}", ran.storm, ran.code, ran.sent, ran.printed);
        }
        println!("ends {:#?}", act.ends);
    }
    facts.turns.iter().for_each(|turn| println!("{}", turn.told()));
    println!("{}", world.journal_text());
}
