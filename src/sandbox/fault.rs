//! What can go wrong on the way, as plain data: a test scripts it with [`Fault`], a seeded layer draws it from
//! an [`Effect`] chooser.

use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::log::Seen;

/// What happens to a call.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Answered so, and nothing was done.
    Answer(Reply),
    /// Done, and then answered so.
    AnswerAfter(Reply),
    /// The connection is dropped, and nothing was done.
    DropBefore,
    /// Done, and the connection is dropped: a lost answer.
    DropAfter,
    /// Done; the answer breaks off in the middle of its body.
    CutBody,
    /// Done; the second half of the body comes this much later.
    SlowBody(Duration),
    /// Done; the answer says that it is compressed, and is not.
    BadCompression,
    /// Done, and answered this long after.
    Late(Duration),
    /// Done and answered as always, after this long.
    Delay(Duration),
    /// Done and answered as always, once this is cancelled.
    Held(CancellationToken),
    /// 200 with a page of HTML, and nothing was done.
    Html,
    /// 302 to this address, and nothing was done.
    Redirect(String),
    /// 200 with an empty list and a total of 0, whatever there is.
    EmptyList,
    /// The right list, its total off by this much.
    TotalOff(i64),
    /// The right total, and the last rows of the list are missing.
    RowsLost(usize),
    /// Somebody else changes the world just before the call is done.
    EditBefore(Vec<Edit>),
    /// Somebody else changes the world just after the call was done: between one page and the next.
    EditAfter(Vec<Edit>),
}

impl Effect {
    /// An answer in the API's own error shape.
    #[must_use]
    pub fn status(status: u16) -> Effect {
        Effect::Answer(Reply { status, ..Reply::default() })
    }

    /// A status after which the client should wait this long, in seconds.
    #[must_use]
    pub fn retry_after(status: u16, wait: Duration) -> Effect {
        Effect::Answer(Reply { status, retry_after: Some(RetryAfter::Seconds(wait)), ..Reply::default() })
    }

    /// A name for the log.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Effect::Answer(_) => "answer",
            Effect::AnswerAfter(_) => "answer-after",
            Effect::DropBefore => "drop-before",
            Effect::DropAfter => "drop-after",
            Effect::CutBody => "cut-body",
            Effect::SlowBody(_) => "slow-body",
            Effect::BadCompression => "bad-compression",
            Effect::Late(_) => "late",
            Effect::RowsLost(_) => "rows-lost",
            Effect::Delay(_) => "delay",
            Effect::Held(_) => "held",
            Effect::Html => "html",
            Effect::Redirect(_) => "redirect",
            Effect::EmptyList => "empty-list",
            Effect::TotalOff(_) => "total-off",
            Effect::EditBefore(_) => "edit-before",
            Effect::EditAfter(_) => "edit-after",
        }
    }
}

/// An answer that replaces the real one.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// The status; 0 and other impossible ones become 500.
    pub status: u16,
    /// None: the API's own error shape.
    pub body: Option<ReplyBody>,
    /// The header of that name.
    pub retry_after: Option<RetryAfter>,
}

/// The body of a [`Reply`].
#[derive(Clone, Debug)]
pub enum ReplyBody {
    /// As `application/json`.
    Json(Value),
    /// As `application/json` too, valid or not.
    Broken(String),
    /// As `text/plain`.
    Text(String),
}

/// `Retry-After` in its two spellings.
#[derive(Clone, Copy, Debug)]
pub enum RetryAfter {
    /// Whole seconds; a fraction is rounded up.
    Seconds(Duration),
    /// As an HTTP date so far ahead of the moment of the answer.
    Date(Duration),
}

impl RetryAfter {
    pub(super) fn text(self) -> String {
        match self {
            RetryAfter::Seconds(wait) => whole_seconds(wait).to_string(),
            RetryAfter::Date(wait) => {
                let then = jiff::SignedDuration::from_secs(whole_seconds(wait));
                let at = jiff::Timestamp::now().checked_add(then).unwrap_or(jiff::Timestamp::MAX);
                at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
            }
        }
    }
}

fn whole_seconds(wait: Duration) -> i64 {
    let rounded = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    i64::try_from(rounded).unwrap_or(i64::MAX)
}

/// A change that somebody makes out of band.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Edit {
    Join {
        group: String,
        user: String,
    },
    Leave {
        group: String,
        user: String,
    },
    DeleteGroup {
        group: String,
    },
    DeleteUser {
        user: String,
    },
    /// Every token that was handed out is void.
    RevokeTokens,
}

impl Edit {
    /// The user enters the group.
    #[must_use]
    pub fn join(group: &str, user: &str) -> Edit {
        Edit::Join { group: group.to_owned(), user: user.to_owned() }
    }

    /// The user leaves the group.
    #[must_use]
    pub fn leave(group: &str, user: &str) -> Edit {
        Edit::Leave { group: group.to_owned(), user: user.to_owned() }
    }
}

/// An effect, and the calls that it meets: the first one that matches, unless told otherwise. Calls for a
/// token are met only where [`Fault::login`] says so.
#[derive(Clone, Debug)]
pub struct Fault {
    effect: Effect,
    method: Option<String>,
    path: Option<String>,
    query: Option<(String, String)>,
    write: Option<bool>,
    login: bool,
    first: u64,
    times: u64,
    matched: u64,
    met: u64,
}

impl Fault {
    /// Meets the next call.
    #[must_use]
    pub fn new(effect: Effect) -> Fault {
        Fault {
            effect,
            method: None,
            path: None,
            query: None,
            write: None,
            login: false,
            first: 1,
            times: 1,
            matched: 0,
            met: 0,
        }
    }

    /// Only calls of this method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Fault {
        self.method = Some(method.to_owned());
        self
    }

    /// Only calls whose path contains this.
    #[must_use]
    pub fn path(mut self, part: &str) -> Fault {
        self.path = Some(part.to_owned());
        self
    }

    /// Only calls with this query parameter.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Fault {
        self.query = Some((name.to_owned(), value.to_owned()));
        self
    }

    /// Only calls that change something.
    #[must_use]
    pub fn writes(mut self) -> Fault {
        self.write = Some(true);
        self
    }

    /// Only calls that read.
    #[must_use]
    pub fn reads(mut self) -> Fault {
        self.write = Some(false);
        self
    }

    /// Only calls for a token.
    #[must_use]
    pub fn login(mut self) -> Fault {
        self.login = true;
        self
    }

    /// From the nth match on; the first is 1.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Fault {
        self.first = nth;
        self
    }

    /// So many matches in a row.
    #[must_use]
    pub fn times(mut self, times: u64) -> Fault {
        self.times = times;
        self
    }

    /// Every match, for good.
    #[must_use]
    pub fn always(self) -> Fault {
        self.times(u64::MAX)
    }

    fn matches(&self, seen: &Seen) -> bool {
        self.login == seen.login
            && self.method.as_ref().is_none_or(|method| seen.method.eq_ignore_ascii_case(method))
            && self.path.as_ref().is_none_or(|part| seen.path.contains(part.as_str()))
            && self.query.as_ref().is_none_or(|(name, value)| seen.query.get(name) == Some(value))
            && self.write.is_none_or(|write| seen.write == write)
    }

    fn is_due(&self) -> bool {
        self.matched >= self.first && self.met < self.times
    }
}

/// Decides the fate of each call that no scripted fault meets.
pub(super) type Chooser = Box<dyn FnMut(&Seen) -> Option<Effect> + Send>;

/// The faults of one server.
#[derive(Default)]
pub(super) struct Faults {
    queue: Vec<Fault>,
    chooser: Option<Chooser>,
}

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        self.queue.push(fault);
    }

    pub(super) fn choose_with(&mut self, chooser: Option<Chooser>) {
        self.chooser = chooser;
    }

    pub(super) fn clear(&mut self) {
        self.queue.clear();
        self.chooser = None;
    }

    /// What happens to this call. Of several faults that are due the oldest wins; the others stay due.
    pub(super) fn meet(&mut self, seen: &Seen) -> Option<Effect> {
        for fault in &mut self.queue {
            if fault.matches(seen) {
                fault.matched += 1;
            }
        }
        let due = self.queue.iter_mut().find(|fault| fault.matches(seen) && fault.is_due());
        if let Some(fault) = due {
            fault.met += 1;
            return Some(fault.effect.clone());
        }
        self.chooser.as_mut()?(seen)
    }

    /// How many scripted faults still wait for a call that they match.
    pub(super) fn waiting(&self) -> usize {
        self.queue.iter().filter(|fault| fault.times != u64::MAX && fault.met < fault.times).count()
    }
}
