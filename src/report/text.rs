//! A report for a person at a terminal.

use anstyle::{AnsiColor, Style};

use super::totals::Totals;
use super::undo;
use super::view::{self, Alarm, Approve, GroupView, ProviderView, Row};
use super::words::{self, MINUS};
use super::{Outcome, Report};
use crate::core::plan::Action;

const GREEN: Style = AnsiColor::Green.on_default();
const RED: Style = AnsiColor::Red.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const BOLD: Style = Style::new().bold();
const GAP: &str = "   ";
/// Titles wider than this do not push the second column of all the others aside.
const WIDEST_TITLE: usize = 60;

/// The report as lines of text, with colours when `color` says so, plain otherwise.
#[must_use]
pub fn render(report: &Report<'_>, color: bool) -> String {
    let totals = Totals::of(report);
    let paint = Paint { color };
    let providers = view::providers(report);
    let width = title_width(&providers);
    let mut lines = vec![header(report, &totals, paint)];
    lines.extend(view::problems(report).map(|problem| alarm(&problem, paint)));
    lines.extend(undo::runs(report));
    for provider in &providers {
        lines.push(String::new());
        provider_lines(provider, width, paint, &mut lines);
    }
    let (left_out, after) = (undo::left_out(report), undo::after(report));
    if !left_out.is_empty() {
        lines.push(String::new());
        lines.push(paint.on(BOLD, undo::LEFT_OUT));
        lines.extend(left_out.iter().map(|line| format!("  {line}")));
    }
    lines.push(String::new());
    lines.push(view::summary(report, &totals));
    if !after.is_empty() {
        lines.push(String::new());
        lines.extend(after);
    }
    lines.push(String::new());
    lines.join("\n")
}

/// Whether styles are written.
#[derive(Clone, Copy)]
struct Paint {
    color: bool,
}

impl Paint {
    fn on(self, style: Style, text: &str) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

fn header(report: &Report<'_>, totals: &Totals, paint: Paint) -> String {
    let command = format!("rosterd {}", view::command(report));
    let revision = words::revision(&report.roster.revision);
    format!("{}{GAP}roster {revision}{GAP}{}", paint.on(BOLD, &command), view::extent(report, totals))
}

fn provider_lines(provider: &ProviderView, width: usize, paint: Paint, lines: &mut Vec<String>) {
    for notice in &provider.notices {
        lines.push(format!("{}{GAP}{}", paint.on(BOLD, &provider.name), alarm(notice, paint)));
    }
    for group in &provider.groups {
        lines.push(title_line(provider, group, width, paint));
        let widest = group.rows.iter().map(|row| row.who.chars().count()).max().unwrap_or(0);
        let has_marks = group.rows.iter().any(|row| row.result.is_some());
        lines.extend(group.rows.iter().map(|row| row_line(row, has_marks, widest, paint)));
        lines.extend(group.problems.iter().map(|problem| format!("  {} {problem}", paint.on(YELLOW, "!"))));
        lines.extend(group.approve.as_ref().map(|approve| approve_line(approve, paint)));
    }
    lines.extend(provider.approve.as_ref().map(|approve| approve_line(approve, paint)));
}

fn approve_line(approve: &Approve, paint: Paint) -> String {
    let what =
        approve.held_in.as_ref().map_or("this".to_owned(), |groups| format!("what is held in {groups}"));
    format!("  to let exactly {what} through: {}", paint.on(BOLD, &approve.command))
}

/// The column in which the second part of all titles begins.
fn title_width(providers: &[ProviderView]) -> usize {
    let titles = providers.iter().flat_map(|provider| {
        provider.groups.iter().filter(|group| has_second_part(group)).map(|group| title(provider, group))
    });
    titles.map(|title| title.chars().count()).filter(|width| *width <= WIDEST_TITLE).max().unwrap_or(0)
}

fn title(provider: &ProviderView, group: &GroupView) -> String {
    match &group.name {
        Some(name) => format!("{} · {name} ({})", provider.name, group.handle),
        None => format!("{} · {}", provider.name, group.handle),
    }
}

fn has_second_part(group: &GroupView) -> bool {
    !group.numbers.is_empty() || !group.alarms.is_empty()
}

fn title_line(provider: &ProviderView, group: &GroupView, width: usize, paint: Paint) -> String {
    let title = title(provider, group);
    let shown = paint.on(BOLD, &title);
    if !has_second_part(group) {
        return shown;
    }
    let padding = " ".repeat(width.saturating_sub(title.chars().count()));
    let numbers = (!group.numbers.is_empty()).then(|| group.numbers.clone());
    let alarms = group.alarms.iter().map(|one| alarm(one, paint));
    let parts: Vec<String> = numbers.into_iter().chain(alarms).collect();
    format!("{shown}{padding}{GAP}{}", parts.join("; "))
}

fn alarm(alarm: &Alarm, paint: Paint) -> String {
    format!("{}: {}", paint.on(YELLOW.bold(), alarm.word), alarm.text)
}

fn row_line(row: &Row, has_marks: bool, widest: usize, paint: Paint) -> String {
    let mut line = String::from("  ");
    if has_marks {
        line.push_str(&row.result.map_or_else(|| " ".to_owned(), |outcome| mark(outcome, paint)));
        line.push(' ');
    }
    line.push_str(&match row.action {
        Action::Add => paint.on(GREEN, "+"),
        Action::Remove => paint.on(RED, &MINUS.to_string()),
    });
    line.push(' ');
    line.push_str(&row.who);
    let padding = " ".repeat(widest.saturating_sub(row.who.chars().count()));
    let reasons: Vec<&str> = [Some(row.why.as_str()), row.note.as_deref()]
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect();
    if !reasons.is_empty() {
        line.push_str(&padding);
        line.push_str(GAP);
        line.push_str(&reasons.join(GAP));
    }
    line
}

fn mark(outcome: Outcome, paint: Paint) -> String {
    match outcome {
        Outcome::Applied => paint.on(GREEN, "✓"),
        Outcome::Failed => paint.on(RED.bold(), "✗"),
        Outcome::Held => paint.on(YELLOW, "·"),
        Outcome::Unknown => paint.on(YELLOW.bold(), "?"),
    }
}
