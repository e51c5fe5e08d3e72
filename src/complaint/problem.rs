//! What is wrong with a document, in two lengths: one for whoever may read the document, and one for everybody
//! who only watches. The second has places and kinds of errors, and nothing out of the document itself.

use std::fmt::Write as _;

use super::{Complaint, Complaints, visible};

/// Errors that the short form has room for.
const SHOWN: usize = 5;
/// What stands around text out of a document, in our messages.
const QUOTES: [char; 3] = ['`', '"', '\''];

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Without anything out of the document: for logs, listeners and webhooks.
    pub brief: String,
    /// With the lines of the document: for a terminal, and for whoever may open the socket.
    pub whole: String,
}

impl Problem {
    /// One that says nothing of what is in the document.
    #[must_use]
    pub fn plain(text: String) -> Self {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        Self { brief: lines.collect::<Vec<_>>().join("; "), whole: text }
    }

    /// Several as one; none of none.
    #[must_use]
    pub fn joined(problems: &[Self]) -> Option<Self> {
        let all = |part: fn(&Self) -> &str| problems.iter().map(part).collect::<Vec<_>>();
        let joined = || Self { brief: all(|it| &it.brief).join("; "), whole: all(|it| &it.whole).join("\n") };
        (!problems.is_empty()).then(joined)
    }
}

impl From<&Complaints> for Problem {
    fn from(complaints: &Complaints) -> Self {
        Self { brief: complaints.brief(), whole: complaints.render(false) }
    }
}

impl Complaint {
    /// What kind of error it is: the message without what it quotes.
    ///
    /// All between the first and the last quotation mark is left out, so that no mark within what is quoted lets a part
    /// of it through.
    #[must_use]
    pub fn kind(&self) -> String {
        let message = &self.message;
        match (message.find(QUOTES), message.rfind(QUOTES)) {
            (Some(first), Some(last)) => {
                // A mark that is never closed quotes all that follows.
                let after = if first == last { "" } else { message.get(last + 1..).unwrap_or_default() };
                match visible(&format!("{}…{after}", &message[..first])) {
                    kind if kind == "…" => "this is wrong".to_owned(),
                    kind => kind.into_owned(),
                }
            }
            _ => visible(message).into_owned(),
        }
    }
}

impl Complaints {
    /// How many there are, and of the first ones the place and the kind, in one line.
    #[must_use]
    pub fn brief(&self) -> String {
        let number = self.len();
        let mut text = format!("{number} error{}", if number == 1 { "" } else { "s" });
        for (complaint, separator) in self.iter().take(SHOWN).zip([": "].into_iter().chain(["; "; SHOWN])) {
            let _ = write!(text, "{separator}{}: {}", complaint.at, complaint.kind());
        }
        if number > SHOWN {
            let _ = write!(text, "; and {} more", number - SHOWN);
        }
        text + " (`rosterd status` on its host shows the lines)"
    }
}
