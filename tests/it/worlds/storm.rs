//! One run in bad weather, killed at some moment or not.

use std::collections::BTreeSet;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use fastrand::Rng;
use rosterd::sandbox::{Effect, Seen, Weather};
use serde_json::Value;

use super::spec::{Spec, provider};
use super::staging;
use crate::support::{PROVIDERS, World, split};

/// A call with this effect is not answered as long as a world lasts.
const FOR_EVER: Duration = Duration::from_mins(10);
/// How long a run may take, however bad the weather.
const LIMIT: Duration = Duration::from_mins(3);

/// When a run is killed.
#[derive(Clone, Copy, Debug)]
pub enum Kill {
    /// When its nth call to a provider came in: before it is carried out, or after.
    Call { at: &'static str, nth: usize, writes: bool, done: bool },
    /// When so many lines more are in the journal.
    Lines(usize),
    /// After this long.
    After(Duration),
}

impl Kill {
    pub fn draw(random: &mut Rng) -> Kill {
        match random.u8(..6) {
            0 => Kill::Lines(random.usize(1..12)),
            1 => Kill::After(Duration::from_millis(random.u64(5..150))),
            _ => Kill::Call {
                at: PROVIDERS[random.usize(..3)],
                nth: random.usize(1..8),
                writes: random.u8(..4) > 0,
                done: random.bool(),
            },
        }
    }
}

/// The weather of one run.
pub struct Storm<'a> {
    pub seed: u64,
    pub per_thousand: u32,
    pub too_late: Option<Duration>,
    pub kill: Option<Kill>,
    pub spec: &'a Spec,
    /// Whether others are at work.
    pub others: bool,
    /// Whether lists may be said to be empty that are not.
    pub lies: bool,
    /// So many rows are missing at the end of every page, where people move between groups.
    pub short: usize,
}

/// A call that changes one membership, as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub path: String,
    pub who: String,
    pub adds: bool,
}

/// What a run left behind.
pub struct Ran {
    pub storm: String,
    /// None when it was killed.
    pub code: Option<i32>,
    pub printed: String,
    pub report: Option<Value>,
    /// In the order of arrival, provider by provider.
    pub sent: Vec<Sent>,
    /// Writes that change no single membership.
    pub odd: Vec<String>,
    /// Providers that said of a list that it is empty.
    pub lied: BTreeSet<&'static str>,
}

/// Runs rosterd once.
pub fn run(world: &World, storm: &Storm<'_>) -> Ran {
    world.heal();
    world.forget_requests();
    let before = journal_lines(world);
    let (lied, liars) = mpsc::channel();
    let halted = PROVIDERS.map(|at| install(world, storm, at, lied.clone()));
    let mut running = world.start(["apply", "--yes", "--format", "json"]);
    let started = Instant::now();
    let mut killed = false;
    while !running.has_ended() {
        let now = match storm.kill {
            Some(Kill::Call { .. }) => halted.iter().any(|halted| halted.try_recv().is_ok()),
            Some(Kill::Lines(lines)) => journal_lines(world) >= before + lines,
            Some(Kill::After(wait)) => started.elapsed() >= wait,
            None => false,
        };
        if now {
            killed = true;
            break;
        }
        assert!(started.elapsed() < LIMIT, "a run was still under way after {LIMIT:?}");
        std::thread::sleep(Duration::from_micros(500));
    }
    let (code, stdout, stderr) = if killed {
        running.kill();
        // What a server has not read by now it must not take for a part of the next run.
        for at in PROVIDERS {
            world.down(at, true);
        }
        (None, String::new(), String::new())
    } else {
        let run = running.end();
        (Some(run.code), run.stdout, run.stderr)
    };
    let (sent, odd) = sent(world);
    let report = serde_json::from_str(&stdout).ok();
    let storm = format!("{} in 1000, short {}, kill {:?}", storm.per_thousand, storm.short, storm.kill);
    Ran {
        storm,
        code,
        printed: format!("{stdout}\n{stderr}"),
        report,
        sent,
        odd,
        lied: liars.try_iter().collect(),
    }
}

fn journal_lines(world: &World) -> usize {
    world.journal_text().lines().count()
}

/// The fate of every call to one provider.
fn install(world: &World, storm: &Storm<'_>, at: &'static str, lied: Sender<&'static str>) -> Receiver<()> {
    let (reached, halted) = mpsc::channel();
    let place = PROVIDERS.iter().position(|provider| *provider == at).unwrap_or_default() as u64;
    let mut weather = Weather::new(storm.seed.wrapping_mul(3).wrapping_add(place)).rough(storm.per_thousand);
    if let Some(after) = storm.too_late {
        weather = weather.too_late(after);
    }
    if storm.others {
        weather = weather.others(staging::edits(world, &storm.spec.meanwhile, at));
    }
    // Who is said to be nowhere could be let in beside a group where they are.
    weather = weather.lying(storm.lies && !storm.spec.has_moves_at(at));
    let refused = storm.spec.refused.iter().filter(|(path, _)| provider(path) == at);
    let refused: Vec<(String, String)> =
        refused.map(|(path, who)| (world.group_id(path), world.id(at, who))).collect();
    let kill = match storm.kill {
        Some(Kill::Call { at: there, nth, writes, done }) if there == at => Some((nth, writes, done)),
        _ => None,
    };
    // Whoever is missing from such a list looks as if they had left: they could be let in elsewhere.
    let short = if storm.spec.has_moves_at(at) { storm.short } else { 0 };
    let mut count = 0;
    world.fail_by(at, move |seen: &Seen| {
        if let Some((nth, writes, done)) = kill {
            count += usize::from(seen.write || !writes);
            if count == nth && (seen.write || !writes) {
                reached.send(()).ok();
                return Some(if done { Effect::Late(FOR_EVER) } else { Effect::Delay(FOR_EVER) });
            }
        }
        if refused.iter().any(|(group, user)| staging::adds(seen, group, user)) {
            return Some(Effect::status(400));
        }
        if short > 0 && !seen.write && !seen.login {
            return Some(Effect::RowsLost(short));
        }
        let effect = weather.choose(seen);
        if matches!(effect, Some(Effect::EmptyList)) {
            lied.send(at).ok();
        }
        effect
    });
    halted
}

/// What the providers were asked to change, told by handles.
fn sent(world: &World) -> (Vec<Sent>, Vec<String>) {
    let (mut sent, mut odd) = (Vec::new(), Vec::new());
    for line in world.writes().iter() {
        let words: Vec<&str> = line.split(' ').collect();
        let people: Vec<&str> = words.iter().skip(2).copied().take_while(|word| *word != "->").collect();
        let is_change = words.len() > 2 && words[1].contains('/') && !words[1].starts_with('/');
        let signed = |who: &&str| who.starts_with(['+', '-']) && !who.ends_with("people");
        if !is_change || people.is_empty() || !people.iter().all(signed) {
            odd.push(line.clone());
            continue;
        }
        sent.extend(people.iter().map(|who| Sent {
            path: words[1].to_owned(),
            who: who[1..].to_owned(),
            adds: who.starts_with('+'),
        }));
    }
    sent.sort_by_key(|it| PROVIDERS.iter().position(|at| *at == split(&it.path).0));
    (sent, odd)
}
