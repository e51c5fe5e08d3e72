//! What the story says so far, and how it is written down as configuration and roster.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{PROVIDERS, split};

/// Someone with accounts; in the roster unless told otherwise.
#[derive(Clone)]
pub struct Person {
    pub(super) handle: String,
    pub(super) email: Option<String>,
    pub(super) accounts: Vec<String>,
    pub(super) ids: BTreeMap<String, String>,
    pub(super) in_roster: bool,
    pub(super) customer: bool,
    pub(super) lines: Vec<String>,
}

impl Person {
    /// Someone with an account at all three providers.
    pub fn new(handle: &str) -> Person {
        Person {
            handle: handle.to_owned(),
            email: None,
            accounts: PROVIDERS.map(str::to_owned).to_vec(),
            ids: BTreeMap::new(),
            in_roster: true,
            customer: false,
            lines: Vec::new(),
        }
    }

    /// With accounts at these providers alone.
    pub fn only_at<const N: usize>(mut self, providers: [&str; N]) -> Person {
        self.accounts = providers.map(str::to_owned).to_vec();
        self
    }

    /// With this id rather than one that the story makes up. The roster is not told.
    pub fn id_at(mut self, provider: &str, id: &str) -> Person {
        self.ids.insert(provider.to_owned(), id.to_owned());
        self
    }

    /// A customer at Emporix, not an employee.
    pub fn customer(mut self) -> Person {
        self.customer = true;
        self
    }

    /// With this line of TOML in the roster, as `until = 2026-11-30`.
    pub fn with(mut self, line: &str) -> Person {
        self.lines.push(line.to_owned());
        self
    }

    /// Whose accounts have this email; the roster says `<handle>@acme.example` all the same.
    pub fn email(mut self, email: &str) -> Person {
        self.email = Some(email.to_owned());
        self
    }

    /// Live, and unknown to the roster.
    pub fn stranger(mut self) -> Person {
        self.in_roster = false;
        self
    }
}

/// A group at a provider; in the roster unless told otherwise.
#[derive(Clone)]
pub struct Group {
    pub(super) path: String,
    pub(super) name: String,
    pub(super) id: Option<String>,
    pub(super) live: Vec<String>,
    pub(super) wanted: Vec<String>,
    pub(super) in_roster: bool,
    pub(super) by_name: bool,
    pub(super) customers: bool,
    pub(super) lines: Vec<String>,
}

impl Group {
    /// `provider/handle`. Its name is the handle with a capital.
    pub fn at(path: &str) -> Group {
        let (_, handle) = split(path);
        let mut name = handle.replace('-', " ");
        if let Some(first) = name.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Group {
            path: path.to_owned(),
            name,
            id: None,
            live: Vec::new(),
            wanted: Vec::new(),
            in_roster: true,
            by_name: false,
            customers: false,
            lines: Vec::new(),
        }
    }

    /// Who is a member now, by handle.
    pub fn live<I: IntoIterator<Item: Into<String>>>(mut self, people: I) -> Group {
        self.live = people.into_iter().map(Into::into).collect();
        self
    }

    /// What the roster says: `ann`, `@team`, or a table such as `{ who = "ann", until = 2026-11-30 }`.
    pub fn wanted<I: IntoIterator<Item: Into<String>>>(mut self, members: I) -> Group {
        self.wanted = members.into_iter().map(Into::into).collect();
        self
    }

    /// Live and wanted alike.
    pub fn in_sync<I: IntoIterator<Item: Into<String>>>(self, people: I) -> Group {
        let people: Vec<String> = people.into_iter().map(Into::into).collect();
        self.live(people.clone()).wanted(people)
    }

    /// With this line of TOML in the roster, as `membership = "include"`.
    pub fn with(mut self, line: &str) -> Group {
        self.lines.push(line.to_owned());
        self
    }

    /// With this id rather than one that the story makes up.
    pub fn id(mut self, id: &str) -> Group {
        self.id = Some(id.to_owned());
        self
    }

    /// What the provider calls it.
    pub fn named(mut self, name: &str) -> Group {
        name.clone_into(&mut self.name);
        self
    }

    /// Bound by its name rather than its id.
    pub fn by_name(mut self) -> Group {
        self.by_name = true;
        self
    }

    /// For customers; Emporix only. Its members should be people with a customer's account.
    pub fn for_customers(mut self) -> Group {
        self.customers = true;
        self
    }

    /// Live, and unknown to the roster.
    pub fn unmanaged(mut self) -> Group {
        self.in_roster = false;
        self
    }
}

/// Everything that a story has said.
#[derive(Default)]
pub(super) struct Book {
    pub(super) people: Vec<Person>,
    pub(super) teams: Vec<(String, Vec<String>)>,
    pub(super) groups: Vec<Group>,
    pub(super) daemon: Vec<String>,
    pub(super) guard: BTreeMap<String, String>,
    pub(super) providers: BTreeMap<String, Vec<String>>,
    /// Lines that take the place of a client's id and secret, by provider.
    pub(super) credentials: BTreeMap<String, String>,
    /// Ids by provider and handle, of people and of groups.
    pub(super) ids: BTreeMap<(String, String), String>,
    pub(super) group_ids: BTreeMap<String, String>,
    /// Files that a test wrote itself.
    pub(super) written: Vec<String>,
    /// Whether the whole roster is a test's own.
    pub(super) own_roster: bool,
}

impl Book {
    /// The handle of an id at a provider, or the id.
    pub(super) fn person(&self, provider: &str, id: &str) -> String {
        let mut named = self.ids.iter().filter(|((at, _), known)| at == provider && *known == id);
        named.next().map_or_else(|| id.to_owned(), |((_, handle), _)| handle.clone())
    }

    /// `provider/handle` of a group id, or `provider/<id>`.
    pub(super) fn group(&self, provider: &str, id: &str) -> String {
        let at = |path: &str| split(path).0 == provider;
        let mut named = self.group_ids.iter().filter(|(path, known)| at(path) && *known == id);
        named.next().map_or_else(|| format!("{provider}/{id}"), |(path, _)| path.clone())
    }

    pub(super) fn find(&mut self, path: &str) -> &mut Group {
        let group = self.groups.iter_mut().find(|group| group.path == path);
        group.unwrap_or_else(|| panic!("there is no group {path} in this story"))
    }

    /// The files of the roster by name; none of which nothing was said.
    pub(super) fn roster(&self) -> Vec<(&'static str, String)> {
        let files =
            [("people.toml", self.people()), ("teams.toml", self.teams()), ("groups.toml", self.groups())];
        files.into_iter().filter(|(_, text)| text.contains('[')).collect()
    }

    fn people(&self) -> String {
        let mut text = String::from("# Everybody with a handle.\n");
        for person in self.people.iter().filter(|person| person.in_roster) {
            let Person { handle, lines, .. } = person;
            let _ = writeln!(text, "[people.{handle}]\nemail = \"{handle}@acme.example\"");
            if !lines.iter().any(|line| key(line) == "ids") {
                let _ = writeln!(text, "ids = {{ finance = {{ login = \"acme.{handle}\" }} }}");
            }
            for line in lines {
                let _ = writeln!(text, "{line}");
            }
        }
        text
    }

    fn teams(&self) -> String {
        let mut text = String::from("# Named sets of people.\n");
        for (handle, members) in &self.teams {
            let _ = writeln!(text, "[teams.{handle}]\nmembers = {}", list(members));
        }
        text
    }

    fn groups(&self) -> String {
        let mut text = String::from("# Groups that the roster manages.\n");
        for group in self.groups.iter().filter(|group| group.in_roster) {
            let (provider, handle) = split(&group.path);
            let _ = writeln!(text, "[groups.{provider}.{handle}]");
            if group.by_name {
                let _ = writeln!(text, "name = {:?}", group.name);
            } else {
                let _ = writeln!(text, "id = {:?}", self.group_ids[&group.path]);
            }
            if group.customers {
                let _ = writeln!(text, "user_type = \"CUSTOMER\"");
            }
            if !group.lines.iter().any(|line| matches!(key(line), "members" | "members_from")) {
                let _ = writeln!(text, "members = {}", list(&group.wanted));
            }
            for line in &group.lines {
                let _ = writeln!(text, "{line}");
            }
        }
        text
    }
}

/// The key of a line of TOML.
pub(super) fn key(line: &str) -> &str {
    line.split('=').next().unwrap_or_default().trim()
}

/// One reference a line, so that a place says which one.
fn list(members: &[String]) -> String {
    if members.is_empty() {
        return "[]".to_owned();
    }
    let quoted =
        |member: &String| if member.starts_with('{') { member.clone() } else { format!("{member:?}") };
    let lines: Vec<String> = members.iter().map(|member| format!("  {},\n", quoted(member))).collect();
    format!("[\n{}]", lines.concat())
}
