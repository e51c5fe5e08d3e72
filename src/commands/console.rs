//! Where a command writes: to the terminal or pipe of its own process, or into the answer of a daemon that
//! carries it out for somebody else. A reader that stops reading is no error.

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Failure;
use super::output::use_colour;
use crate::clean::clean_message;
use crate::daemon::control::Answer;

/// An answer is kept in memory until it is whole.
const LONGEST_ANSWER: usize = 64 * 1024 * 1024;

/// See the module.
#[derive(Debug)]
pub struct Console {
    captured: Option<Mutex<Captured>>,
    colour: bool,
    colour_notes: bool,
}

#[derive(Debug, Default)]
struct Captured {
    results: Vec<u8>,
    notes: String,
}

impl Console {
    /// The output of this process.
    #[must_use]
    pub fn terminal() -> Self {
        let (colour, colour_notes) = (use_colour(&io::stdout()), use_colour(&io::stderr()));
        Self { captured: None, colour, colour_notes }
    }

    /// Keeps what is written for somebody else, who shows results and notes in colour or does not.
    #[must_use]
    pub fn captured(colour: bool, colour_notes: bool) -> Self {
        Self { captured: Some(Mutex::default()), colour, colour_notes }
    }

    /// Whether results are shown in colour.
    #[must_use]
    pub fn colour(&self) -> bool {
        self.colour
    }

    /// Whether notes and complaints are shown in colour.
    #[must_use]
    pub fn colour_notes(&self) -> bool {
        self.colour_notes
    }

    /// Results, for writing to.
    #[must_use]
    pub fn results(&self) -> Box<dyn Write + '_> {
        match &self.captured {
            Some(captured) => Box::new(Capturing(captured)),
            None => Box::new(io::stdout().lock()),
        }
    }

    /// Writes results.
    pub fn print(&self, text: &str) -> Result<(), Failure> {
        let mut results = self.results();
        match results.write_all(text.as_bytes()).and_then(|()| results.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::failed(format!(
                "the results cannot be written to standard output: {error}; `rosterd history` shows what was done"
            ))),
            _ => Ok(()),
        }
    }

    /// Writes notes or complaints as they are.
    pub fn print_notes(&self, text: &str) {
        match &self.captured {
            Some(captured) => lock(captured).notes.push_str(text),
            None => anstream::eprint!("{text}"),
        }
    }

    /// Writes one note.
    pub fn note(&self, text: &str) {
        self.print_notes(&format!("{}\n", clean_message(text)));
    }

    /// What was written, with the exit code that came of the command.
    #[must_use]
    pub fn answer(self, ended: Result<u8, Failure>) -> Answer {
        let code = ended.unwrap_or_else(|failure| {
            self.print_notes(&failure.render(self.colour_notes));
            failure.code()
        });
        let captured = self.captured.map(|it| it.into_inner().unwrap_or_else(PoisonError::into_inner));
        let Captured { results, notes } = captured.unwrap_or_default();
        Answer { stdout: String::from_utf8_lossy(&results).into_owned(), stderr: notes, code }
    }
}

struct Capturing<'a>(&'a Mutex<Captured>);

impl Write for Capturing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut captured = lock(self.0);
        if captured.results.len() + bytes.len() > LONGEST_ANSWER {
            let text = "the answer is too long for the daemon to keep; ask for less, as with --since";
            return Err(io::Error::other(text));
        }
        captured.results.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn lock(captured: &Mutex<Captured>) -> MutexGuard<'_, Captured> {
    captured.lock().unwrap_or_else(PoisonError::into_inner)
}
