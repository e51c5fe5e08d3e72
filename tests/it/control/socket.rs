//! The socket itself: who may open it, what is left of it, and what hostile bytes do to it.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use super::{ask, daemon, settled, socket, world};
use crate::support::{World, until};

/// How every question begins.
const HEAD: &str = "POST /v1/ask HTTP/1.1\r\nhost: rosterd\r\ncontent-type: application/json\r\n";

#[test]
fn only_its_user_may_open_it_and_a_clean_stop_removes_it() {
    let world = world();
    let daemon = daemon!(world);
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&socket(&world)), 0o600);
    assert_eq!(mode(&world.path("run")), 0o700);
    assert_eq!(std::fs::read_dir(world.path("run")).unwrap().count(), 1, "nothing else is left there");
    daemon.signal("TERM");
    daemon.end().success();
    assert!(!socket(&world).exists());

    // A directory that was open to others before is not any more.
    std::fs::set_permissions(world.path("run"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let _daemon = daemon!(world);
    assert_eq!((mode(&world.path("run")), mode(&socket(&world))), (0o700, 0o600));
}

#[test]
fn what_a_killed_daemon_left_is_no_daemon_and_is_replaced() {
    let world = world();
    let daemon = daemon!(world);
    settled(&world);
    daemon.kill();
    assert!(socket(&world).exists());
    ask(&world, ["sync"]).exits(1).says("no daemon runs with");
    let _daemon = daemon!(world);
    settled(&world);
    ask(&world, ["sync"]).success();
}

#[test]
fn hostile_bytes_are_harmless() {
    let world = world();
    let _daemon = daemon!(world);
    settled(&world);
    let long = "x".repeat(2 * 1024 * 1024);
    let config = world.path("rosterd.toml").canonicalize().unwrap().display().to_string();
    let odd = format!(
        r#"{{"config":"{config}","command":{{"explode":{{}}}},"through_sudo":"\u001b[31meve\n","colour":false,"colour_notes":false}}"#
    );
    for body in ["", "{}", "[[[[[", "\0\0\0", &long, &odd] {
        let mut stream = UnixStream::connect(socket(&world)).unwrap();
        let head = "POST /v1/ask HTTP/1.1\r\nhost: rosterd\r\ncontent-type: application/json\r\nconnection: close\r\n";
        // It may hang up before it has heard all of it.
        stream.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes()).ok();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(!answer.contains("\"code\":0"), "{answer}");
    }
    UnixStream::connect(socket(&world))
        .unwrap()
        .write_all(b"\x16\x03\x01 nonsense \xff\xfe\r\n\r\n")
        .unwrap();
    ask(&world, ["sync"]).success();
}

#[test]
fn without_a_place_for_a_socket_the_daemon_goes_on_and_says_so() {
    let world = world();
    let daemon = world.start(["run"]);
    until("bob to be added", || world.members("emporix/buyers") == ["ann", "bob"]);
    daemon.signal("TERM");
    daemon.end().success().says("There is no socket");
}

/// Reads until the other end hangs up.
fn hung_up(mut stream: UnixStream) -> String {
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    let is_open = read.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
    assert!(!is_open, "the daemon waits for ever");
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn whoever_says_nothing_or_half_of_it_is_hung_up_on_and_keeps_nobody_waiting() {
    let world = world();
    let daemon = daemon!(world);
    settled(&world);
    let connected = || UnixStream::connect(socket(&world)).unwrap();
    let mut silent: Vec<UnixStream> = (0..40).map(|_| connected()).collect();
    silent[0].write_all(&HEAD.as_bytes()[..30]).unwrap();
    silent[1].write_all(format!("{HEAD}content-length: 100\r\n\r\n{{").as_bytes()).unwrap();
    let began = Instant::now();
    assert!(presence(&world).contains("200 OK"));
    // The silent ones may stay for ten seconds.
    assert!(began.elapsed() < Duration::from_secs(9), "others wait: {:?}", began.elapsed());
    ask(&world, ["status"]).success();
    world.live("emporix/buyers").remove("bob");
    ask(&world, ["sync"]).success().says("+ bob");
    for stream in silent {
        assert!(!hung_up(stream).contains("200 OK"));
    }
    daemon.signal("TERM");
    daemon.end().success();
}

#[test]
fn a_line_without_an_end_is_not_read_to_its_end() {
    let world = world();
    let daemon = daemon!(world);
    settled(&world);
    let mut stream = UnixStream::connect(socket(&world)).unwrap();
    stream.write_all(b"GET /").unwrap();
    let part = vec![b'x'; 1 << 16];
    let mut sent = 0;
    // It hangs up long before this is sent.
    while sent < 64 << 20 && stream.write_all(&part).is_ok() {
        sent += part.len();
    }
    assert!(sent < 8 << 20, "it took {sent} bytes of one line");
    assert!(!hung_up(stream).contains("200 OK"));
    ask(&world, ["sync"]).success();
    daemon.signal("TERM");
    daemon.end().success();
}

#[test]
fn a_socket_that_somebody_removed_is_there_again() {
    let world = world();
    let daemon = daemon!(world);
    settled(&world);
    std::fs::remove_file(socket(&world)).unwrap();
    // Until then it is said that there is a daemon that cannot be asked.
    for command in ["sync", "status"] {
        let asked = world.rosterd_with([command], &[("RUNTIME_DIRECTORY", super::runtime(&world).as_str())]);
        if asked.code != 0 {
            asked.exits(1).says("a daemon has the state").says(&format!("process {}", daemon.id()));
        }
    }
    super::listens(&socket(&world));
    ask(&world, ["sync"]).success();
    daemon.signal("TERM");
    daemon.end().success().says("The socket was gone");
    assert!(!socket(&world).exists());
}

#[test]
fn a_file_that_is_no_socket_is_left_alone() {
    let world = world();
    std::fs::create_dir_all(world.path("run")).unwrap();
    std::fs::write(socket(&world), "mine").unwrap();
    let directory = super::runtime(&world);
    let daemon = world.start_with(["run"], &[("RUNTIME_DIRECTORY", directory.as_str())]);
    until("bob to be added", || world.members("emporix/buyers") == ["ann", "bob"]);
    let sync = world.rosterd_with(["sync"], &[("RUNTIME_DIRECTORY", directory.as_str())]).exits(1);
    sync.says("a daemon has the state").never_says("no daemon runs");
    daemon.signal("TERM");
    daemon.end().success().says("is no socket, and is left alone");
    assert_eq!(std::fs::read_to_string(socket(&world)).unwrap(), "mine");
}

#[test]
fn a_connection_ends_with_its_answer() {
    let world = world();
    let _daemon = daemon!(world);
    settled(&world);
    assert!(presence(&world).contains("200 OK"));
}

/// Asks whether there is a daemon, and reads until it hangs up.
fn presence(world: &World) -> String {
    let mut stream = UnixStream::connect(socket(world)).unwrap();
    let config = world.path("rosterd.toml").canonicalize().unwrap().display().to_string();
    let body = format!(
        r#"{{"config":"{config}","command":"presence","who":"eve","colour":false,"colour_notes":false}}"#
    );
    stream.write_all(format!("{HEAD}content-length: {}\r\n\r\n{body}", body.len()).as_bytes()).unwrap();
    hung_up(stream)
}
