//! Lines that a thread writes, so that nobody waits for whoever does not read them.
//!
//! What finds no place is dropped and counted, and said once lines are taken again.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// Where lines wait for being written.
#[derive(Debug, Clone)]
pub struct Queue {
    entries: SyncSender<Entry>,
    lost: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Entry {
    Line(Vec<u8>),
    /// Everything before it was written.
    Mark(SyncSender<()>),
}

/// How often somebody who waits for a place looks.
const LOOK: Duration = Duration::from_millis(5);

impl Queue {
    /// Starts the thread. `write` may take as long as it likes; `lost` is told how many lines were dropped meanwhile.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub fn start(
        name: &str,
        places: usize,
        mut write: impl FnMut(&[u8]) + Send + 'static,
        mut lost: impl FnMut(u64) + Send + 'static,
    ) -> io::Result<Self> {
        let (entries, taken) = sync_channel(places);
        let counted = Arc::new(AtomicU64::new(0));
        let dropped = Arc::clone(&counted);
        let work = move || {
            for entry in taken {
                match entry {
                    Entry::Line(line) => {
                        write(&line);
                        match dropped.swap(0, Ordering::Relaxed) {
                            0 => {}
                            number => lost(number),
                        }
                    }
                    Entry::Mark(reached) => drop(reached.try_send(())),
                }
            }
        };
        thread::Builder::new().name(name.to_owned()).spawn(work)?;
        Ok(Self { entries, lost: counted })
    }

    /// Leaves a line to be written. Never waits.
    pub fn put(&self, line: &[u8]) {
        if self.entries.try_send(Entry::Line(line.to_vec())).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until everything was written that was put, but no longer than this.
    pub fn drain(&self, patience: Duration) {
        let until = Instant::now() + patience;
        let (mark, reached) = sync_channel(1);
        while self.entries.try_send(Entry::Mark(mark.clone())).is_err() {
            if Instant::now() >= until {
                return;
            }
            thread::sleep(LOOK);
        }
        // Nothing is left to do when it does not get that far.
        let _ = reached.recv_timeout(until.saturating_duration_since(Instant::now()));
    }
}

impl io::Write for Queue {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.put(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::{Receiver, channel};

    use super::*;

    /// A queue of two places whose reader takes a line only when it is let, and what it took and was told.
    fn stuck() -> (Queue, std::sync::mpsc::Sender<()>, Receiver<String>) {
        let (let_go, may) = channel::<()>();
        let (took, taken) = channel();
        let told = Mutex::new(took.clone());
        let write = move |line: &[u8]| {
            may.recv().ok();
            took.send(String::from_utf8_lossy(line).into_owned()).ok();
        };
        let lost = move |number| drop(told.lock().unwrap().send(format!("{number} lost")));
        (Queue::start("test", 2, write, lost).unwrap(), let_go, taken)
    }

    #[test]
    fn nobody_waits_for_a_reader_that_takes_nothing_and_what_was_lost_is_said() {
        let (queue, let_go, taken) = stuck();
        let started = Instant::now();
        for number in 0..100 {
            queue.put(number.to_string().as_bytes());
        }
        queue.drain(Duration::from_millis(50));
        assert!(started.elapsed() < Duration::from_secs(10));
        for _ in 0..10 {
            let_go.send(()).unwrap();
        }
        queue.drain(Duration::from_secs(20));
        let all: Vec<String> = taken.try_iter().collect();
        assert_eq!(all[0], "0");
        let lost: u64 = all.iter().filter_map(|text| text.strip_suffix(" lost")?.parse::<u64>().ok()).sum();
        let written = all.iter().filter(|text| !text.ends_with("lost")).count() as u64;
        assert_eq!(written + lost, 100, "{all:?}");
        assert!(lost >= 97, "{all:?}");
    }

    #[test]
    fn everything_is_written_in_its_order_before_the_end() {
        let (queue, let_go, taken) = stuck();
        (0..2).for_each(|_| let_go.send(()).unwrap());
        queue.put(b"one");
        queue.put(b"two");
        queue.drain(Duration::from_secs(20));
        assert_eq!(taken.try_iter().collect::<Vec<_>>(), ["one", "two"]);
    }
}
