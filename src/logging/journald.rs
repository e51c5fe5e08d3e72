//! Events for the journal of systemd, with their fields, in its native protocol
//! (`https://systemd.io/JOURNAL_NATIVE_PROTOCOL/`). A journal that takes nothing holds nobody up.

use std::fmt;
use std::io::{self, ErrorKind};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::queue::Queue;

/// Where the journal listens.
pub const SOCKET: &str = "/run/systemd/journal/socket";

/// Hands events to the journal.
pub struct Journald {
    queue: Queue,
}

/// One entry, as the journal reads it.
#[derive(Default)]
struct Entry(Vec<u8>);

impl Journald {
    /// Starts its thread.
    ///
    /// # Errors
    /// When there is no journal.
    pub fn start(path: &Path, places: usize, lost: impl FnMut(u64) + Send + 'static) -> io::Result<Self> {
        let (socket, path) = (UnixDatagram::unbound()?, PathBuf::from(path));
        // An empty entry is thrown away, and shows whether somebody listens. One who takes nothing now may do so later.
        socket.set_nonblocking(true)?;
        match socket.send_to(&[], &path) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
            _ => socket.set_nonblocking(false)?,
        }
        // A journal that is gone takes nothing; when it is back, it takes the next entry.
        let write = move |entry: &[u8]| drop(socket.send_to(entry, &path));
        Ok(Self { queue: Queue::start("log", places, write, lost)? })
    }

    /// What waits to be written.
    pub fn queue(&self) -> &Queue {
        &self.queue
    }
}

impl<S: Subscriber> Layer<S> for Journald {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let metadata = event.metadata();
        let mut entry = Entry::default();
        entry.put("PRIORITY", priority(*metadata.level()));
        entry.put("SYSLOG_IDENTIFIER", "rosterd");
        entry.put("TARGET", metadata.target());
        if let (Some(file), Some(line)) = (metadata.file(), metadata.line()) {
            entry.put("CODE_FILE", file);
            entry.put("CODE_LINE", &line.to_string());
        }
        event.record(&mut entry);
        self.queue.put(&entry.0);
    }
}

/// What levels are to the journal; no two are the same.
fn priority(level: Level) -> &'static str {
    match level {
        Level::ERROR => "3",
        Level::WARN => "4",
        Level::INFO => "5",
        Level::DEBUG => "6",
        Level::TRACE => "7",
    }
}

impl Entry {
    /// A field with the length of its value, which may have any bytes in it.
    fn put(&mut self, name: &str, value: &str) {
        let name = name.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
        let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
        self.0.extend(name.chars().map(letter).collect::<String>().as_bytes());
        self.0.push(b'\n');
        self.0.extend((value.len() as u64).to_le_bytes());
        self.0.extend(value.as_bytes());
        self.0.push(b'\n');
    }
}

impl Visit for Entry {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field.name(), &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::{Duration, Instant};

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    /// The fields of an entry, read by the words of the protocol.
    fn fields(mut entry: &[u8]) -> BTreeMap<String, String> {
        let mut fields = BTreeMap::new();
        while !entry.is_empty() {
            let end = entry.iter().position(|byte| *byte == b'\n').unwrap();
            let (name, rest) = (&entry[..end], &entry[end + 1..]);
            let length = u64::from_le_bytes(rest[..8].try_into().unwrap());
            let (value, rest) = rest[8..].split_at(usize::try_from(length).unwrap());
            fields.insert(
                String::from_utf8(name.to_vec()).unwrap(),
                String::from_utf8(value.to_vec()).unwrap(),
            );
            assert_eq!(rest[0], b'\n');
            entry = &rest[1..];
        }
        fields
    }

    #[test]
    fn an_event_comes_with_its_fields() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let journal = UnixDatagram::bind(&path).unwrap();
        let layer = Journald::start(&path, 16, |_| ()).unwrap();
        let queue = layer.queue().clone();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            tracing::warn!(provider = %"emporix", changes = 3, journal_hash = "ab\ncd", "Ran {}.", "emporix");
        });
        queue.drain(Duration::from_secs(20));
        let mut buffer = [0; 4096];
        assert_eq!(journal.recv(&mut buffer).unwrap(), 0, "somebody is there");
        let length = journal.recv(&mut buffer).unwrap();
        let mut fields = fields(&buffer[..length]);
        assert!(fields.remove("CODE_LINE").is_some_and(|line| line.parse::<u32>().is_ok()));
        assert!(fields.remove("CODE_FILE").is_some_and(|file| file.ends_with("journald.rs")));
        assert!(fields.remove("TARGET").is_some_and(|target| target.starts_with("rosterd::logging")));
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(
            fields,
            [
                ("CHANGES", "3"),
                ("JOURNAL_HASH", "ab\ncd"),
                ("MESSAGE", "Ran emporix."),
                ("PRIORITY", "4"),
                ("PROVIDER", "emporix"),
                ("SYSLOG_IDENTIFIER", "rosterd"),
            ]
        );
    }

    #[test]
    fn a_journal_that_takes_nothing_holds_nobody_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let _journal = UnixDatagram::bind(&path).unwrap();
        let noise = UnixDatagram::unbound().unwrap();
        noise.set_nonblocking(true).unwrap();
        while noise.send_to(b"noise", &path).is_ok() {}
        let layer = Journald::start(&path, 16, |_| ()).unwrap();
        let started = Instant::now();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            for number in 0..1000 {
                tracing::info!(number, "Something happened.");
            }
        });
        assert!(started.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn where_there_is_no_journal_that_is_said() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Journald::start(&folder.path().join("socket"), 16, |_| ()).is_err());
    }
}
