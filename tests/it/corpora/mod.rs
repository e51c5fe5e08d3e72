//! Every fuzz target over its corpus, and over what comes of changing that a little. See `tests/fuzz/README.md`.

use std::any::Any;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use targets::Target;

mod large;
mod mutation;
#[path = "../../fuzz/targets/mod.rs"]
mod targets;

/// Changed inputs that each seed is made into, where nobody asks for more.
const CHANGED: usize = 6;
/// No input of a corpus takes longer, on however busy a machine.
const LONGEST: Duration = Duration::from_secs(20);

macro_rules! replay {
    ($($test:ident => $target:literal),+ $(,)?) => { $(
        #[test]
        fn $test() {
            replay($target);
        }
    )+ };
}

replay! {
    configurations => "config",
    rosters => "roster",
    member_lists => "list",
    journals => "journal",
    answers_of_emporix => "emporix",
    answers_of_company_v3 => "company-v3",
    answers_of_solvexia => "solvexia",
}

#[test]
fn every_target_has_a_corpus_and_every_corpus_a_target() {
    let folders = fs::read_dir(corpora()).unwrap().map(|folder| folder.unwrap().file_name());
    let mut folders: Vec<String> = folders.map(|name| name.into_string().unwrap()).collect();
    folders.sort();
    let mut targets: Vec<&str> = targets::ALL.iter().map(|target| target.name).collect();
    targets.sort_unstable();
    assert_eq!(folders, targets);
    for target in targets {
        assert!(seeds(target).len() >= 12, "the corpus of {target} is thin");
    }
}

fn corpora() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus")
}

/// The inputs of a corpus, by file name.
fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(corpora().join(target)).unwrap().map(|file| file.unwrap().path());
    let mut seeds: Vec<_> = files
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()))
        .collect();
    seeds.sort();
    seeds
}

/// Every seed, then some changed ones: always the same, or anew for `ROSTERD_FUZZ_SECONDS`.
fn replay(name: &str) {
    let target = targets::named(name).unwrap();
    let seeds = seeds(name);
    for (file, bytes) in &seeds {
        feed(target, bytes, file);
    }
    let seconds = std::env::var("ROSTERD_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let mut random = match seconds {
        Some(_) => fastrand::Rng::new(),
        None => fastrand::Rng::with_seed(7),
    };
    let end = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let texts: Vec<&[u8]> = seeds.iter().map(|(_, bytes)| bytes.as_slice()).collect();
    let mut fed = 0;
    while end.map_or(fed < texts.len() * CHANGED, |end| Instant::now() < end) {
        let changed = mutation::changed(&mut random, texts[fed % texts.len()], &texts);
        feed(target, &changed, &format!("{} changed", seeds[fed % texts.len()].0));
        fed += 1;
    }
    println!("{name}: {} seeds, {fed} changed ones", seeds.len());
}

/// Runs it, and keeps the input where that fails.
fn feed(target: &Target, bytes: &[u8], what: &str) {
    let started = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(bytes)));
    let taken = started.elapsed();
    if outcome.is_ok() && taken < LONGEST {
        return;
    }
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-failure", target.name));
    fs::write(&kept, bytes).unwrap();
    eprintln!("{what} failed after {taken:?}; the input is in {}", kept.display());
    resume_unwind(outcome.err().unwrap_or_else(|| Box::new("it took too long") as Box<dyn Any + Send>));
}
