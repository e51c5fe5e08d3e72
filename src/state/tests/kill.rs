//! A process that is killed leaves a state that opens, and loses nothing that was flushed.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::*;

const DIR: &str = "ROSTERD_TEST_KILL_DIR";

/// The process that is killed: it remembers without end, and says after each flush what stands.
#[test]
fn writer() {
    let Some(dir) = std::env::var_os(DIR) else { return };
    let (state, _) = State::open(Path::new(&dir), "rosterd run").unwrap();
    for round in 1.. {
        // Sets of some hundred kilobytes, so that a kill may fall between chunks and row.
        let groups =
            (0..3).map(|number| (group(&format!("g{number}")), record(round..round + 5000, 0..round)));
        state.remember(&target(), &Update { groups: groups.collect(), ..Update::default() }).unwrap();
        state.flush().unwrap();
        println!("flushed {round}");
    }
}

#[test]
fn what_was_flushed_survives_a_kill() {
    let world = World::new();
    let mut flushed = 0;
    for kill in 1..=6_u32 {
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "state::tests::kill::writer", "--nocapture"])
            .env(DIR, world.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines().map_while(Result::ok);
        let rounds = lines.by_ref().filter_map(|line| line.split_once("flushed ")?.1.parse::<u32>().ok());
        flushed = rounds.take(kill as usize).last().unwrap();
        writer.kill().unwrap();
        writer.wait().unwrap();

        let state = world.open();
        let groups = state.remembered(&target()).unwrap().groups;
        assert_eq!(groups.len(), 3);
        for record in groups.values() {
            // `first` holds as many as the round was; `owned` belongs to the same round.
            let round = u32::try_from(record.first.len()).unwrap();
            assert!(round >= flushed, "{round} after {flushed} were flushed");
            assert_eq!(record.owned, users(round..round + 5000));
        }
    }
    assert_eq!(flushed, 6);
    assert!(world.aside().is_empty());
}
