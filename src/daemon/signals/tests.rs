//! A process that hangs and is told to stop.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;

use super::*;

const HANGS: &str = "ROSTERD_TEST_HANGS";

/// The process that hangs: nobody in it hears anything but the thread that insists.
#[test]
fn hanging() {
    if std::env::var_os(HANGS).is_none() {
        return;
    }
    insist().unwrap();
    println!("hangs");
    loop {
        thread::sleep(Duration::from_mins(1));
    }
}

fn hangs() -> (Child, Lines<BufReader<ChildStdout>>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "daemon::signals::tests::hanging", "--nocapture"])
        .env(HANGS, "yes")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.by_ref().map_while(Result::ok).any(|line| line.contains("hangs")));
    (child, lines)
}

fn tell(child: &Child, signal: &str) {
    let told = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(told.unwrap().success());
}

#[test]
fn whatever_hangs_the_first_word_ends_it_in_ten_seconds() {
    let (mut child, _lines) = hangs();
    let told = Instant::now();
    tell(&child, "-TERM");
    assert!(child.wait().unwrap().success());
    let took = told.elapsed();
    // The rest is what a busy machine takes to notice.
    assert!(took >= LIMIT && took < LIMIT + Duration::from_secs(30), "{took:?}");
}

#[test]
fn and_the_second_at_once() {
    let (mut child, _lines) = hangs();
    tell(&child, "-HUP");
    let told = Instant::now();
    // Words that come too close together are one.
    while child.try_wait().unwrap().is_none() {
        tell(&child, "-INT");
        thread::sleep(Duration::from_millis(100));
    }
    assert!(child.wait().unwrap().success());
    assert!(told.elapsed() < LIMIT, "{:?}", told.elapsed());
}
