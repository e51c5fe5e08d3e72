//! How many calls a read and an apply take, and how long, against a provider that takes 20 ms for each.

use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rosterd::apply::Trail;
use rosterd::providers::{self, Access, KindName};
use rosterd::run::{self, Aim, Connected, Job};
use rosterd::setup;
use rosterd::stores::Stores;

use super::provider::{GROUPS, One, USERS};
use super::{Row, bare};

/// What each call takes.
const LATENCY: Duration = Duration::from_millis(20);
/// Items a page.
const PAGE: usize = 100;
/// What a read or an apply may take beyond its share of calls.
const SLACK: f64 = 1.10;
const AROUND: f64 = 50.0;

pub fn measure() -> Vec<Row> {
    KindName::ALL.into_iter().flat_map(measure_one).collect()
}

fn measure_one(kind: KindName) -> Vec<Row> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let one = One::start(kind, GROUPS).await;
        let folder = tempfile::tempdir().unwrap();
        one.write(folder.path(), GROUPS);
        one.latency(LATENCY);
        let name = kind.as_str();
        let mut rows = read_and_apply(&one, folder.path(), ["read", "apply"], least(kind)).await;
        if kind == KindName::Emporix {
            // Now the sizes are known, and every group was read through its own list today.
            let by_users = [1 + pages(GROUPS) + pages(USERS), 0];
            rows.extend(read_and_apply(&one, folder.path(), ["read by users", ""], by_users).await);
        }
        for row in &mut rows {
            row.what = format!("{name}: {}", row.what);
        }
        rows
    })
}

/// The fewest calls for a read of all groups, and for two changes in each of them.
fn least(kind: KindName) -> [usize; 2] {
    match kind {
        // The users, of which there are fewer pages than groups, to look at whoever is added. One call a change; then
        // the users again.
        KindName::Emporix => [1 + pages(GROUPS) + GROUPS + pages(USERS), 2 * GROUPS + pages(USERS)],
        // One call a group and direction; then those who changed, group by group.
        KindName::CompanyV3 => [1 + pages(GROUPS) + GROUPS + GROUPS.div_ceil(PAGE - 3), 2 * GROUPS + GROUPS],
        // No list has pages.
        KindName::SolveXia => [1 + 1 + GROUPS + GROUPS, 2 * GROUPS + GROUPS],
    }
}

fn pages(items: usize) -> usize {
    items.div_ceil(PAGE)
}

/// Plans and applies in this process, with the stores on disk as always.
async fn read_and_apply(one: &One, folder: &Path, names: [&str; 2], least: [usize; 2]) -> Vec<Row> {
    let setup = setup::load(Some(&folder.join("rosterd.toml"))).unwrap_or_else(|complaints| {
        panic!("{}", complaints.render(false));
    });
    let state = folder.join("state").to_string_lossy().into_owned();
    let stores = Stores::open(&|name| (name == "STATE_DIRECTORY").then(|| state.clone()), "bench").unwrap();
    let config = setup.config.providers.values().next().unwrap();
    let secrets = config.credentials.resolve(&|_| None).unwrap();
    let adapter = providers::build(config, secrets, Access::Write).unwrap();
    let now = Timestamp::now();
    let day = now.to_zoned(setup.config.daemon.timezone.clone()).date();
    let job = Job {
        roster: &setup.roster,
        providers: vec![Connected { config, adapter }],
        beside: Vec::new(),
        configured: &setup.config.providers,
        aim: Aim::Roster,
        claims: None,
        gate: None,
        group: None,
        stores: &stores,
        now,
        day,
    };
    let concurrency = config.connection.concurrency;
    one.take_requests();
    let started = Instant::now();
    let planned = run::plan(&job, &[]).await.unwrap();
    let mut rows = rows(one, concurrency, names[0], started.elapsed(), least[0]).await;
    let trail = Trail::new(stores.journal(), "bench".to_owned(), None);
    let started = Instant::now();
    let applied = run::apply(&job, planned, &trail).await.unwrap();
    let took = started.elapsed();
    assert!(applied.iter().all(|applied| applied.sent.as_ref().is_some_and(|sent| sent.stopped.is_none())));
    if least[1] > 0 {
        rows.extend(self::rows(one, concurrency, names[1], took, least[1]).await);
    }
    rows
}

/// What came in against the least, and what it took against what so many calls may take. Beside it stands how
/// long the same requests take a client that does nothing with the answers: on a busy machine a call takes
/// more than 20 ms for it too. It explains a figure and never raises the budget.
#[expect(clippy::cast_precision_loss, reason = "counts of calls are small")]
async fn rows(one: &One, concurrency: usize, name: &str, took: Duration, least: usize) -> Vec<Row> {
    let requests = one.take_requests();
    let calls = requests.len();
    let bare = milliseconds(bare::replay(one, &requests, concurrency).await);
    one.take_requests();
    let nominal = calls as f64 / concurrency as f64 * milliseconds(LATENCY);
    let what = format!("{name}, {calls} calls of 20 ms (bare: {bare:.0} ms)");
    vec![
        Row::new(format!("{name}, calls"), calls as f64, least as f64, ""),
        Row::new(what, milliseconds(took), SLACK * nominal + AROUND, "ms"),
    ]
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
