//! Where the daemon listens: at another address of the same port, and at the sockets that systemd opened.

use std::fs;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::process::Stdio;

use rustix::io::{FdFlags, fcntl_setfd};

use super::{NEVER, settled};
use crate::support::{Run, Running, World, ask, until};

fn answers(address: &str) -> bool {
    let address: SocketAddr = address.parse().unwrap();
    ask(address, "GET", "/healthz").is_ok_and(|page| page.status == 200)
}

/// A port that nobody listens at.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Writes another address into the configuration.
fn listen(world: &World, address: &str) {
    let config = fs::read_to_string(world.path("rosterd.toml")).unwrap();
    let line = config.lines().find(|line| line.starts_with("listen = ")).unwrap();
    world.write("rosterd.toml", &config.replace(line, &format!("listen = \"{address}\"")));
}

fn runtime(world: &World) -> String {
    world.path("run").display().to_string()
}

/// A daemon that answers commands, after its first runs.
fn started(world: &World) -> Running<'_> {
    let daemon = world.start_with(["run"], &[("RUNTIME_DIRECTORY", &*runtime(world))]);
    daemon.ran("emporix", "start");
    daemon
}

fn reload(world: &World) -> Run {
    world.rosterd_with(["reload"], &[("RUNTIME_DIRECTORY", &*runtime(world))])
}

#[test]
fn another_address_of_the_same_port_is_listened_at() {
    let world = settled(NEVER);
    let daemon = started(&world);
    let port = free_port();
    let (one, other, all) =
        (format!("127.0.0.1:{port}"), format!("127.0.0.2:{port}"), format!("0.0.0.0:{port}"));
    for (listened, is_other) in [(&one, false), (&all, true), (&one, false), (&all, true)] {
        listen(&world, listened);
        reload(&world).success().says("In force");
        assert!(answers(&one), "at {listened}: {}", daemon.log());
        assert_eq!(answers(&other), is_other, "at {listened}: {}", daemon.log());
    }
    assert!(daemon.status()["listener"].is_null());
}

#[test]
fn a_listener_that_has_to_make_way_for_nothing_comes_back() {
    let world = settled(NEVER);
    let daemon = started(&world);
    let port = free_port();
    let one = format!("127.0.0.1:{port}");
    listen(&world, &one);
    reload(&world).success();
    // Somebody else has the port at another address, so that nobody can have it at all of them.
    let taken = TcpListener::bind(format!("127.0.0.2:{port}")).unwrap();
    listen(&world, &format!("0.0.0.0:{port}"));
    let told = format!("nobody listens at 0.0.0.0:{port}");
    let refused = reload(&world).exits(1).says(&told);
    refused.says("the listener stays where it was");
    assert!(answers(&one), "{}", daemon.log());
    until("it to be logged", || daemon.log().contains("The listener cannot be opened there"));
    drop(taken);
    reload(&world).success().never_says(&told);
    assert!(answers(&one) && answers(&format!("127.0.0.2:{port}")), "{}", daemon.log());
}

#[test]
fn all_sockets_of_systemd_are_served() {
    let world = settled(NEVER);
    let [one, other] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let [at, other_at] = [&one, &other].map(|socket| socket.local_addr().unwrap());
    // The first is the standard input; the second goes with its number, and sh has no such numbers.
    fcntl_setfd(&other, FdFlags::empty()).unwrap();
    let script = format!(
        "exec bash -c 'exec 3<&0 4<&{} </dev/null; export LISTEN_FDS=2 LISTEN_PID=$$; exec \"$ROSTERD\" run'",
        other.as_raw_fd()
    );
    let run = world.path("run").display().to_string();
    let runtime = [("RUNTIME_DIRECTORY", run.as_str())];
    let daemon = world.start_by(&script, &runtime, Stdio::from(OwnedFd::from(one)));
    drop(other);
    for address in [at, other_at] {
        until("it to be served", || answers(&address.to_string()));
    }
    let told = "systemd opened the listener, at ";
    until("it to be said", || daemon.log().contains(told));

    // Nobody listens at another address of the configuration, and whoever writes one is told so.
    daemon.ran("emporix", "start");
    let next = format!("127.0.0.1:{}", free_port());
    listen(&world, &next);
    let reloaded = reload(&world).success().says("In force");
    reloaded.says(&format!("at {at} and {other_at}; [daemon] listen is not used"));
    until("it to be said at the start and with the change", || daemon.log().matches(told).count() == 2);
    assert!(!answers(&next) && answers(&at.to_string()) && answers(&other_at.to_string()));
    listen(&world, &at.to_string());
    reload(&world).success().never_says("is not used");
    daemon.signal("TERM");
    daemon.end().success();
}

#[test]
fn a_socket_of_systemd_that_cannot_be_served_is_refused() {
    let world = settled(NEVER);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let script = "exec 3<&0 </dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec \"$ROSTERD\" run";
    let daemon = world.start_by(script, &[], Stdio::from(OwnedFd::from(socket)));
    daemon
        .end()
        .exits(1)
        .says("socket 1 of 1 that systemd handed over cannot be served")
        .says("ListenStream=");
}
