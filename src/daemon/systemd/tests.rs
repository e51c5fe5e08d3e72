//! A socket that nobody reads, until somebody does.

#[cfg(target_os = "linux")]
use std::os::linux::net::SocketAddrExt as _;
use std::path::Path;
use std::time::Duration;

use super::{MOST_STATES, NotifyState, Outbox, SocketAddr, UnixDatagram, half};

/// A socket that takes nothing more.
fn full(folder: &tempfile::TempDir) -> (UnixDatagram, Outbox) {
    let path = folder.path().join("notify");
    let systemd = UnixDatagram::bind(&path).unwrap();
    let outbox = Outbox::new(&path).unwrap();
    while outbox.socket.send_to_addr(b"noise", &outbox.systemd).is_ok() {}
    (systemd, outbox)
}

fn read(systemd: &UnixDatagram) -> Vec<String> {
    systemd.set_nonblocking(true).unwrap();
    let mut buffer = [0; 512];
    let all = std::iter::from_fn(|| systemd.recv(&mut buffer).ok().map(|length| buffer[..length].to_vec()));
    let all = all.map(|bytes| String::from_utf8(bytes).unwrap());
    all.filter(|text| text != "noise").collect()
}

#[test]
fn what_a_full_socket_does_not_take_is_said_later_but_for_signs_of_life() {
    let folder = tempfile::tempdir().unwrap();
    let (systemd, mut outbox) = full(&folder);
    outbox.state(&[NotifyState::Ready]);
    for status in ["one", "two"] {
        outbox.status(status);
        outbox.is_alive = true;
        outbox.send();
    }
    outbox.state(&[NotifyState::Reloading]);
    outbox.send();
    assert_eq!(read(&systemd), [""; 0], "it was full");

    outbox.send();
    assert_eq!(read(&systemd), ["READY=1\n", "RELOADING=1\n", "STATUS=two\n"]);
    outbox.is_alive = true;
    outbox.send();
    assert_eq!(read(&systemd), ["WATCHDOG=1\n"]);
}

#[test]
fn nothing_is_said_of_what_goes_on_once_it_stops() {
    let folder = tempfile::tempdir().unwrap();
    let (systemd, mut outbox) = full(&folder);
    outbox.status("finance suspended");
    outbox.send();
    assert_eq!(read(&systemd), [""; 0], "it was full");
    outbox.stopping();
    outbox.status("finance unreadable");
    outbox.send();
    assert_eq!(read(&systemd), ["STOPPING=1\nSTATUS=stopping: calls in flight finish\n"]);
}

#[test]
fn what_nobody_ever_reads_does_not_pile_up() {
    let folder = tempfile::tempdir().unwrap();
    let (systemd, mut outbox) = full(&folder);
    for _ in 0..MOST_STATES {
        outbox.state(&[NotifyState::Reloading]);
        outbox.state(&[NotifyState::Ready]);
        outbox.send();
    }
    assert_eq!(outbox.states.len(), MOST_STATES);
    let mut told = Vec::new();
    while !outbox.states.is_empty() {
        told = read(&systemd);
        outbox.send();
    }
    told.extend(read(&systemd));
    assert_eq!(told.last().map(String::as_str), Some("READY=1\n"));
}

#[test]
fn a_systemd_that_is_gone_is_no_trouble() {
    let folder = tempfile::tempdir().unwrap();
    let mut outbox = Outbox::new(&folder.path().join("nobody")).unwrap();
    outbox.state(&[NotifyState::Ready]);
    outbox.send();
    assert!(outbox.states.is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn a_socket_that_is_in_no_file_system_is_told() {
    let name = format!("rosterd-test-{}", std::process::id());
    let systemd = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    let mut outbox = Outbox::new(Path::new(&format!("@{name}"))).unwrap();
    outbox.state(&[NotifyState::Ready]);
    outbox.send();
    assert_eq!(read(&systemd), ["READY=1\n"]);
    for nonsense in ["", "notify", "vsock:2:1234"] {
        assert!(Outbox::new(Path::new(nonsense)).is_err(), "{nonsense}");
    }
}

#[test]
fn a_watchdog_that_asks_for_nonsense_gets_what_makes_sense() {
    let halves = [0, 1, 600_000, 60_000_000].map(|limit| half(Duration::from_micros(limit)));
    let millis = halves.map(|half| half.map(|half| half.as_millis()));
    assert_eq!(millis, [None, Some(100), Some(300), Some(30_000)]);
}
