//! A redirect to another host is not followed, and nothing reaches that host.

use std::io::ErrorKind;
use std::net::TcpListener;

use rosterd::sandbox::{Effect, Fault};

use super::{GROUPS, three};

/// Another host: whoever connects to it waits in its queue.
struct Elsewhere(TcpListener);

impl Elsewhere {
    fn open() -> Elsewhere {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        listener.set_nonblocking(true).expect("it need not wait");
        Elsewhere(listener)
    }

    fn redirect(&self) -> Effect {
        Effect::Redirect(format!("http://{}/taken", self.0.local_addr().expect("it has an address")))
    }

    #[track_caller]
    fn was_never_called(&self) {
        let called = self.0.accept();
        assert!(called.is_err_and(|error| error.kind() == ErrorKind::WouldBlock), "somebody connected");
    }
}

const WHY: &str = "answered with a redirect to 127.0.0.1, which is not followed; is base_url right? (302, ";

#[test]
fn of_a_login() {
    for (provider, _) in GROUPS {
        let (world, elsewhere) = (three(), Elsewhere::open());
        world.fail(provider, Fault::new(elsewhere.redirect()).login().always());
        let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(5);
        assert!(run.provider(provider)["error"].as_str().is_some_and(|error| error.contains(WHY)));
        elsewhere.was_never_called();
    }
}

#[test]
fn of_a_read() {
    for (provider, _) in GROUPS {
        let (world, elsewhere) = (three(), Elsewhere::open());
        world.fail(provider, Fault::new(elsewhere.redirect()).reads().always());
        world.rosterd(["apply", "--yes"]).exits(5).says(WHY);
        elsewhere.was_never_called();
    }
}

#[test]
fn of_a_write() {
    for (provider, group) in GROUPS {
        let (world, elsewhere) = (three(), Elsewhere::open());
        world.fail(provider, Fault::new(elsewhere.redirect()).writes().always());
        let run = world.rosterd(["apply", "--yes", "--format", "json"]).exits(4);
        assert!(run.detail(group, "cem").contains(WHY), "{}", run.detail(group, "cem"));
        elsewhere.was_never_called();
    }
}
