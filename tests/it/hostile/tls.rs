//! TLS is verified: a server that nobody vouches for gets no request, and so no secret.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use crate::support::{Group, World};

/// A server that dies with the test.
struct Server(Mutex<Child>);

impl Drop for Server {
    fn drop(&mut self) {
        let mut child = self.0.lock().unwrap();
        child.kill().ok();
        child.wait().ok();
    }
}

/// A certificate for `localhost` that is signed by itself, and a server that shows it with its port; none without
/// `openssl`.
fn self_signed(world: &World) -> Option<(Server, u16)> {
    let (key, certificate) = (world.path("key.pem"), world.path("certificate.pem"));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ])
        .args([
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-keyout",
        ])
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .ok()?;
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let mut server = Command::new("openssl")
        .args(["s_server", "-www", "-accept", "127.0.0.1:0", "-key"])
        .arg(&key)
        .arg("-cert")
        .arg(&certificate)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut printed = BufReader::new(server.stdout.take().unwrap()).lines().map_while(Result::ok);
    let port = printed.find_map(|line| line.strip_prefix("ACCEPT 127.0.0.1:")?.parse().ok());
    // What it prints of each connection must find a reader.
    std::thread::spawn(move || printed.for_each(drop));
    Some((Server(Mutex::new(server)), port.expect("it says where it listens")))
}

fn world() -> World {
    World::new()
        .provider("emporix", "retry_budget = \"100ms\"")
        .people(["ann"])
        .group(Group::at("emporix/buyers").wanted(["ann"]))
}

/// Emporix is said to be at this port, with TLS.
fn listens_at(world: &World, port: u16) {
    world.rosterd(["check"]).success();
    let text = std::fs::read_to_string(world.path("rosterd.toml")).unwrap();
    let url = world.sandbox().emporix().url().to_owned();
    assert!(text.contains(&url), "{text}");
    world.write("rosterd.toml", &text.replace(&url, &format!("https://localhost:{port}")));
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused() {
    let world = world();
    let Some((_server, port)) = self_signed(&world) else {
        println!("skipped, there is no openssl here");
        return;
    };
    listens_at(&world, port);
    let run = world.rosterd(["-vvv", "apply", "--yes"]).exits(5).says("this host trusts no such certificate");
    assert!(run.stdout.contains("1 read,"), "it is asked once, since waiting mends nothing: {}", run.stdout);
    // Vouched for, it is taken: it was the certificate, and nothing else. What the server then says makes no sense.
    let text = std::fs::read_to_string(world.path("rosterd.toml")).unwrap();
    world.write(
        "rosterd.toml",
        &text.replace("retry_budget = \"100ms\"", "retry_budget = \"1ms\"\ntimeout = \"3s\""),
    );
    let certificate = world.path("certificate.pem");
    let run = world.rosterd_with(["plan"], &[("SSL_CERT_FILE", certificate.to_str().unwrap())]);
    assert!(!format!("{}{}", run.stdout, run.stderr).contains("certificate"), "{}{}", run.stdout, run.stderr);
}

#[test]
fn a_server_without_tls_gets_nothing_that_could_be_read() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let world = world();
    listens_at(&world, listener.local_addr().unwrap().port());
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut bytes = [0; 4096];
        let count = stream.read(&mut bytes).unwrap_or(0);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]").ok();
        bytes[..count].to_vec()
    });
    world.rosterd(["plan"]).exits(5);
    let heard = String::from_utf8_lossy(&heard.join().unwrap()).into_owned();
    for secret in [world.sandbox().emporix().client_secret(), world.sandbox().emporix().client_id()] {
        assert!(!heard.contains(secret), "{heard:?}");
    }
    assert!(!heard.contains("POST") && !heard.contains("grant_type"), "{heard:?}");
}
