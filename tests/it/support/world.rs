//! The world of one test: a sandbox of all three providers, a folder, and the story so far.

use std::cell::{RefCell, RefMut};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rosterd::sandbox::{Sandbox, Seen};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::PROVIDERS;
use super::book::{Book, Group, Person, key};
use super::files;
use super::live::{Live, Wanted};
use super::run::{self, Run};
use super::running::Running;
use super::seen::{self, Lines};

/// See the module. Building takes `self`; what happens in the middle of a story takes `&self`.
pub struct World {
    book: RefCell<Book>,
    folder: TempDir,
    sandbox: Sandbox,
    /// Last, so that the servers stop before what they run on.
    runtime: Runtime,
}

impl World {
    /// Three providers with nothing in them, and an empty roster. The configuration is the default but for
    /// `adopt = "enforce"`.
    pub fn new() -> World {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime starts");
        let sandbox = runtime.block_on(Sandbox::start()).expect("the sandbox starts");
        // The ten seconds that are usual are over within one run on a busy machine, and a login is a call more.
        sandbox.solvexia().token_lifetime(Duration::from_hours(1));
        let folder = tempfile::tempdir().expect("there is room for temporary files");
        let world = World { book: RefCell::default(), folder, sandbox, runtime };
        world.write_secrets();
        world.guard("adopt", "\"enforce\"")
    }

    /// People of the roster, with an account at all three providers.
    pub fn people<I: IntoIterator<Item: AsRef<str>>>(self, handles: I) -> World {
        handles.into_iter().fold(self, |world, handle| world.person(Person::new(handle.as_ref())))
    }

    /// People who have accounts and are in no roster.
    pub fn strangers<I: IntoIterator<Item: AsRef<str>>>(self, handles: I) -> World {
        handles.into_iter().fold(self, |world, handle| world.person(Person::new(handle.as_ref()).stranger()))
    }

    /// Somebody in particular.
    pub fn person(self, person: Person) -> World {
        self.add_person(person);
        self
    }

    /// A team of the roster.
    pub fn team<I: IntoIterator<Item: Into<String>>>(self, handle: &str, members: I) -> World {
        self.set_team(handle, members);
        self
    }

    /// A group, at its provider and in the roster.
    pub fn group(self, group: Group) -> World {
        self.add_group(group);
        self
    }

    /// A key of `[guard]`, its value as TOML.
    pub fn guard(self, key: &str, value: &str) -> World {
        self.set_guard(key, value);
        self
    }

    /// A line of `[daemon]`, as `schedule = "* * * * * *"`.
    pub fn daemon(self, line: &str) -> World {
        self.book().daemon.push(line.to_owned());
        self
    }

    /// A line of `[providers.NAME]`, as `mode = "observe"` or `guard.max_removals = 2`.
    pub fn provider(self, provider: &str, line: &str) -> World {
        self.set_provider(provider, line);
        self
    }
}

/// In the middle of a story.
impl World {
    /// Somebody gets accounts, and a place in the roster unless a stranger.
    pub fn add_person(&self, person: Person) {
        let mut book = self.book();
        let number = book.people.len() as u64 + 1;
        for provider in &person.accounts {
            let id = self.make_account(provider, number, &person);
            book.ids.insert((provider.clone(), person.handle.clone()), id);
        }
        book.people.push(person);
    }

    /// The roster says this of a team from now on.
    pub fn set_team<I: IntoIterator<Item: Into<String>>>(&self, handle: &str, members: I) {
        let mut book = self.book();
        book.teams.retain(|(known, _)| known != handle);
        book.teams.push((handle.to_owned(), members.into_iter().map(Into::into).collect()));
    }

    /// A group appears at its provider, and in the roster unless unmanaged.
    pub fn add_group(&self, group: Group) {
        let number = self.book().groups.len() as u64 + 1;
        let id = self.make_group(number, &group);
        self.book().group_ids.insert(group.path.clone(), id);
        let (path, live) = (group.path.clone(), group.live.clone());
        self.book().groups.push(group);
        for handle in live {
            self.live(&path).add(&handle);
        }
    }

    /// A key of `[guard]` from now on, its value as TOML.
    pub fn set_guard(&self, key: &str, value: &str) {
        self.book().guard.insert(key.to_owned(), value.to_owned());
    }

    /// A line of `[providers.NAME]` from now on, in place of what its key was before.
    pub fn set_provider(&self, provider: &str, line: &str) {
        let mut book = self.book();
        let lines = book.providers.entry(provider.to_owned()).or_default();
        lines.retain(|known| key(known) != key(line));
        lines.push(line.to_owned());
    }

    /// The roster no longer names this person anywhere; the accounts stay.
    pub fn forget(&self, handle: &str) {
        let mut book = self.book();
        for person in book.people.iter_mut().filter(|person| person.handle == handle) {
            person.in_roster = false;
        }
        for members in book.teams.iter_mut().map(|(_, members)| members) {
            members.retain(|member| member != handle);
        }
        for group in &mut book.groups {
            group.wanted.retain(|member| member != handle);
        }
    }

    /// The roster says this of a person from now on, as `until = 2026-11-30`.
    pub fn set_person(&self, handle: &str, line: &str) {
        let mut book = self.book();
        let said = key(line);
        for person in book.people.iter_mut().filter(|person| person.handle == handle) {
            person.lines.retain(|line| key(line) != said);
            person.lines.push(line.to_owned());
        }
    }

    /// A group at its provider, to change it behind rosterd's back.
    pub fn live<'a>(&'a self, path: &'a str) -> Live<'a> {
        Live { world: self, path }
    }

    /// A group in the roster, to change it.
    pub fn wanted<'a>(&'a self, path: &'a str) -> Wanted<'a> {
        Wanted { world: self, path }
    }

    /// Writes a file below the folder of `rosterd.toml`, in one step; a file of the roster is no longer made from
    /// the story.
    pub fn write(&self, path: &str, text: &str) {
        let file = self.path(path);
        fs::create_dir_all(file.parent().expect("it stands in a folder")).expect("folders can be made");
        self.replace(&file, text);
        self.book().written.push(path.to_owned());
    }

    /// The roster is a copy of this directory; nothing of the story goes into it any more.
    pub fn take_roster(&self, directory: &Path) {
        files::copy(directory, &self.path("roster"));
        self.book().own_roster = true;
    }

    /// A file below the folder of `rosterd.toml`.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// The servers, for faults and for odd accounts.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// The runtime of the servers, for what is async in a test.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// The id of a person at a provider.
    pub fn id(&self, provider: &str, handle: &str) -> String {
        let id = self.book().ids.get(&(provider.to_owned(), handle.to_owned())).cloned();
        id.unwrap_or_else(|| panic!("{handle} has no account at {provider} in this story"))
    }

    /// The handle of somebody whose id at a provider this is, or the id.
    pub fn handle(&self, provider: &str, id: &str) -> String {
        self.book().person(provider, id)
    }

    /// The id of a group at its provider.
    pub fn group_id(&self, path: &str) -> String {
        let id = self.book().group_ids.get(path).cloned();
        id.unwrap_or_else(|| panic!("there is no group {path} in this story"))
    }
}

/// What comes of it.
impl World {
    /// Runs rosterd with these arguments, in the folder of `rosterd.toml`.
    pub fn rosterd<I: IntoIterator<Item: AsRef<OsStr>>>(&self, args: I) -> Run {
        self.rosterd_with(args, &[])
    }

    /// Runs it with more in its environment than `PATH` and `STATE_DIRECTORY`; what is set wins.
    pub fn rosterd_with<I>(&self, args: I, env: &[(&str, &str)]) -> Run
    where
        I: IntoIterator<Item: AsRef<OsStr>>,
    {
        self.start_with(args, env).end()
    }

    /// Writes configuration and roster as the story has them now, as somebody does while the daemon runs.
    pub fn save(&self) {
        self.write_story();
    }

    /// Starts it, and lets it run while the story goes on.
    pub fn start<I: IntoIterator<Item: AsRef<OsStr>>>(&self, args: I) -> Running<'_> {
        self.start_with(args, &[])
    }

    /// Starts it with more in its environment.
    pub fn start_with<I>(&self, args: I, env: &[(&str, &str)]) -> Running<'_>
    where
        I: IntoIterator<Item: AsRef<OsStr>>,
    {
        self.start_program(run::ROSTERD, args, env, Stdio::null())
    }

    /// Starts it by a shell script that runs it as `"$ROSTERD" …`.
    pub fn start_by(&self, script: &str, env: &[(&str, &str)], stdin: Stdio) -> Running<'_> {
        let mut all = vec![("ROSTERD", run::ROSTERD)];
        all.extend(env);
        self.start_program("sh", ["-c", script], &all, stdin)
    }

    fn start_program<I>(&self, program: &str, args: I, env: &[(&str, &str)], stdin: Stdio) -> Running<'_>
    where
        I: IntoIterator<Item: AsRef<OsStr>>,
    {
        self.write_story();
        let state = self.path("state");
        let mut all: Vec<(&str, &OsStr)> = vec![("STATE_DIRECTORY", state.as_os_str())];
        all.extend(env.iter().map(|(name, value)| (*name, OsStr::new(*value))));
        let _entered = self.runtime.enter();
        Running { world: self, started: run::start(self.folder.path(), program, args, &all, stdin) }
    }

    /// The members of a group right now: handles in order, and ids of whoever is in no story.
    pub fn members(&self, path: &str) -> Vec<String> {
        self.dump().remove(path).unwrap_or_else(|| panic!("there is no group {path} in this world"))
    }

    /// Every group of every provider with its members, to prove what was touched and what was not.
    pub fn dump(&self) -> BTreeMap<String, Vec<String>> {
        let book = self.book();
        let live = [
            ("emporix", self.sandbox.emporix().memberships()),
            ("travel", self.sandbox.company().memberships()),
            ("finance", self.sandbox.solvexia().memberships()),
        ];
        let mut dump = BTreeMap::new();
        for (provider, groups) in live {
            for (group, members) in groups {
                let mut people: Vec<String> = members.iter().map(|id| book.person(provider, id)).collect();
                people.sort();
                dump.insert(book.group(provider, &group), people);
            }
        }
        dump
    }

    /// Every request that changes something: provider by provider, at each in the order of arrival. Calls
    /// that are sent side by side arrive in any order: see [`Lines::sorted`].
    pub fn writes(&self) -> Lines {
        let mut lines = Vec::new();
        for provider in PROVIDERS {
            let seen = self.seen(provider);
            let book = self.book();
            let writes = seen.iter().filter(|seen| seen.write);
            lines.extend(writes.map(|seen| seen::write(&book, provider, seen)));
        }
        Lines(lines)
    }

    /// Every request of a provider in the order of arrival, ids turned into handles.
    pub fn requests(&self, provider: &str) -> Lines {
        let seen = self.seen(provider);
        let book = self.book();
        Lines(seen.iter().map(|seen| seen::request(&book, provider, seen)).collect())
    }

    /// How many requests came in at all three.
    pub fn request_count(&self) -> usize {
        PROVIDERS.iter().map(|provider| self.seen(provider).len()).sum()
    }

    /// Every request of a provider as the sandbox saw it.
    pub fn seen(&self, provider: &str) -> Vec<Seen> {
        match provider {
            "emporix" => self.sandbox.emporix().requests(),
            "travel" => self.sandbox.company().requests(),
            "finance" => self.sandbox.solvexia().requests(),
            other => panic!("there is no provider {other}"),
        }
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        self.sandbox.emporix().clear_requests();
        self.sandbox.company().clear_requests();
        self.sandbox.solvexia().clear_requests();
    }

    /// The whole lines of the journal, months in order. A line that is being written does not count:
    /// a daemon may be at it.
    pub fn journal(&self) -> Vec<serde_json::Value> {
        let text = self.journal_text();
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        run::json_lines(&text[..whole])
    }

    /// The number of the last write of the state that is known to be on the disk.
    pub fn flushed(&self) -> u64 {
        let text = std::fs::read_to_string(self.path("state/sled/flushed")).expect("there is a state");
        text.trim().parse().expect("it is a number")
    }

    /// The journal as it stands on disk.
    pub fn journal_text(&self) -> String {
        let Ok(files) = fs::read_dir(self.path("state/journal")) else { return String::new() };
        let mut files: Vec<PathBuf> = files.map(|file| file.expect("it can be listed").path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
        files.sort();
        let read = |file| String::from_utf8_lossy(&fs::read(file).expect("it can be read")).into_owned();
        files.iter().map(read).collect()
    }
}

impl World {
    pub(super) fn book(&self) -> RefMut<'_, Book> {
        self.book.borrow_mut()
    }
}
