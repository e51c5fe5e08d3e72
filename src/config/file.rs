//! The sections of the file, but for the providers and the guard.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::values::{self, Wrong};
use super::{Config, Daemon, Protected, git, guard, notify, provider};
use crate::complaint::At;
use crate::core::guard::Limits;
use crate::core::model::{ProviderName, Target};
use crate::document::{Item, Table, Value};
use crate::logging::Level;
use crate::providers::KindName;

/// What was made of a file; complete only when nothing was complained about.
pub struct Read {
    /// Everything that could be read, defaults elsewhere.
    pub config: Config,
    /// The providers that are named, with their kinds where these are known.
    pub known: BTreeMap<ProviderName, Option<KindName>>,
    /// The people that are protected.
    pub protected: Vec<Protected>,
    /// What each provider is connected to, in the order of the file.
    pub targets: Vec<(Target, At)>,
}

/// What places and paths in the file are relative to.
pub struct Origin {
    /// The directory of the file, absolute.
    pub folder: PathBuf,
    /// The file's own name, for `rosterd.toml:11`.
    pub name: String,
}

impl Origin {
    /// Of a file, given its path.
    fn of(path: &Path) -> Self {
        let folder = path.parent().unwrap_or(Path::new(""));
        let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        Self { folder: std::path::absolute(here).unwrap_or_else(|_| folder.to_owned()), name }
    }

    /// Where something stands, as guards and credentials show it.
    pub fn set_at(&self, table: &Table<'_>, span: &std::ops::Range<usize>) -> String {
        format!("{}:{}", self.name, table.line_of(span))
    }
}

/// Reads the whole file.
pub fn read(mut root: Table<'_>, path: &Path) -> Read {
    let origin = Origin::of(path);
    let (roster, roster_shown) = roster(&mut root, path);
    let roster_git = root.table("roster_git").and_then(|table| git::read(table, &origin));
    let notify = notify::read_all(&mut root, &origin);
    let allow_dirty = root.bool("allow_dirty").is_some_and(|allow| allow.value);
    let daemon = daemon(root.table("daemon"));
    let mut protected = Vec::new();
    let mut limits = Limits::default();
    if let Some(table) = root.table("guard") {
        guard::read(table, &origin, guard::Scope::Everything, &mut limits, &mut protected);
    }
    let section = root.table("providers");
    if !root.contains("providers") {
        root.missing(
            "providers",
            "write a section for each connection: [providers.NAME] and kind = \"emporix\"",
        );
    }
    let providers = section.map(|table| provider::read_all(table, &origin, &limits, &mut protected));
    let provider::All { known, configs, targets } = providers.unwrap_or_default();
    root.finish();
    let file = path.to_owned();
    let config = Config {
        file,
        roster,
        roster_shown,
        daemon,
        roster_git,
        notify,
        allow_dirty,
        limits,
        providers: configs,
    };
    Read { config, known, protected, targets }
}

fn roster(root: &mut Table<'_>, path: &Path) -> (Option<PathBuf>, String) {
    const HELP: &str = "write the path of a file or of a directory: roster = \"roster/\"";
    let both = root.key_span("roster").filter(|_| root.contains("roster_git"));
    if let Some(span) = both {
        let help =
            "remove one of the two: files that something else brings here, or a branch that rosterd follows";
        root.complain(&span, "`roster` and [roster_git] are two places for one roster", help);
    }
    let Some(written) = root.string("roster") else {
        if !root.contains("roster") && !root.contains("roster_git") {
            root.missing("roster", HELP);
        }
        return (None, String::new());
    };
    if written.trim().is_empty() || written.contains('\0') {
        root.complain(&written.span, "`roster` names no file", HELP);
        return (None, String::new());
    }
    let roster = path.parent().unwrap_or(Path::new("")).join(written.value);
    let shown = shown_root(written.value, roster.is_dir());
    (Some(roster), shown)
}

/// What stands before a file of the roster, so that the whole is a path from where the configuration is.
fn shown_root(written: &str, is_directory: bool) -> String {
    if is_directory && !written.ends_with('/') {
        return format!("{written}/");
    }
    let end = written.rfind('/').map_or(0, |slash| slash + 1);
    written.get(..end).unwrap_or_default().to_owned()
}

fn daemon(section: Option<Table<'_>>) -> Daemon {
    let mut daemon = Daemon {
        schedule: "0 */15 * * * *".to_owned(),
        timezone: TimeZone::UTC,
        listen: Some(([127, 0, 0, 1], 9464).into()),
        dry_run: false,
        log_level: None,
        jitter: SignedDuration::ZERO,
    };
    let Some(mut table) = section else { return daemon };
    if let Some(schedule) = schedule(&mut table) {
        daemon.schedule = schedule;
    }
    if let Some(zone) = word(&mut table, "timezone", values::time_zone) {
        daemon.timezone = zone;
    }
    if let Some(listen) = word(&mut table, "listen", values::listen) {
        daemon.listen = listen;
    }
    if let Some(jitter) = duration(&mut table, "jitter", Duration::ZERO, Duration::from_hours(1)) {
        daemon.jitter = SignedDuration::try_from(jitter).unwrap_or_default();
    }
    daemon.log_level = table.one_of("log_level", &Level::ALL).map(|level| level.value);
    daemon.dry_run = table.bool("dry_run").is_some_and(|dry| dry.value);
    table.finish();
    daemon
}

/// A cron schedule, as it was written.
pub fn schedule(table: &mut Table<'_>) -> Option<String> {
    word(table, "schedule", |text| values::schedule(text).map(|_| text.to_owned()))
}

/// A string with a meaning of its own; what is wrong with it is complained about.
pub fn word<T>(
    table: &mut Table<'_>,
    key: &'static str,
    read: impl FnOnce(&str) -> Result<T, Wrong>,
) -> Option<T> {
    let value = table.value(key)?;
    let written = value.string()?;
    understood(&value, read(written.value))
}

/// A duration with its unit.
pub fn duration(
    table: &mut Table<'_>,
    key: &'static str,
    least: Duration,
    most: Duration,
) -> Option<Duration> {
    let value = table.value(key)?;
    if let Item::Integer(number) = value.clone().item() {
        let message = format!("{} is a duration and needs a unit", value.label());
        value.complain(message, format!("write \"{}s\" for seconds", number.value));
        return None;
    }
    let written = value.string()?;
    understood(&value, values::duration(written.value, least, most))
}

fn understood<T>(value: &Value<'_>, read: Result<T, Wrong>) -> Option<T> {
    match read {
        Ok(meaning) => Some(meaning),
        Err(Wrong { what, help }) => {
            value.complain(format!("{}: {what}", value.label()), help);
            None
        }
    }
}
