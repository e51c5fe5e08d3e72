//! A report for a pull request.
//!
//! Text that others wrote stands escaped within `<code>`: there no forge looks for mentions, links or
//! issue numbers, so that `via @catalog` calls nobody and a group's name links nowhere.

use super::totals::Totals;
use super::undo;
use super::view::{self, Alarm, Approve, GroupView, ProviderView, Row};
use super::words::{self, MINUS};
use super::{Outcome, Report};
use crate::clean::escape;
use crate::core::plan::Action;

/// Tables longer than this are folded.
const LONGEST_OPEN_TABLE: usize = 10;

/// The report as markdown, as GitHub and GitLab read it.
#[must_use]
pub fn render(report: &Report<'_>) -> String {
    let totals = Totals::of(report);
    let command = view::command(report);
    let revision = code(&words::revision(&report.roster.revision));
    let mut blocks = vec![
        format!("### rosterd {command}, roster {revision}"),
        format!("**{}**", view::summary(report, &totals)),
        view::extent(report, &totals),
    ];
    blocks.extend(view::problems(report).map(|problem| alarm(&problem)));
    for provider in &view::providers(report) {
        provider_blocks(provider, &mut blocks);
    }
    undo_blocks(report, &mut blocks);
    blocks.join("\n\n") + "\n"
}

/// What an undo says beside its plan, line by line.
fn undo_blocks(report: &Report<'_>, blocks: &mut Vec<String>) {
    let list = |lines: Vec<String>| {
        lines.iter().map(|line| format!("- {}", code(line.trim()))).collect::<Vec<_>>().join("\n")
    };
    let left_out = undo::left_out(report);
    if !left_out.is_empty() {
        blocks.push(format!("<b>{}</b>", undo::LEFT_OUT));
        blocks.push(list(left_out));
    }
    let after = [undo::runs(report), undo::after(report)].concat();
    if !after.is_empty() {
        blocks.push(list(after));
    }
}

fn provider_blocks(provider: &ProviderView, blocks: &mut Vec<String>) {
    let notices =
        provider.notices.iter().map(|notice| format!("{}: {}", code(&provider.name), alarm(notice)));
    blocks.extend(notices);
    for group in &provider.groups {
        group_blocks(provider, group, blocks);
    }
    blocks.extend(provider.approve.as_ref().map(approve_block));
}

fn approve_block(approve: &Approve) -> String {
    let held_in = approve.held_in.as_ref().map(|groups| format!("what is held in {}", code(groups)));
    let what = held_in.unwrap_or_else(|| "this".to_owned());
    format!("To let exactly {what} through: {}", code(&approve.command))
}

fn group_blocks(provider: &ProviderView, group: &GroupView, blocks: &mut Vec<String>) {
    let title = title(provider, group);
    if group.rows.len() > LONGEST_OPEN_TABLE {
        blocks.push(format!("<details><summary>{title}</summary>"));
        blocks.push(table(&group.rows));
        blocks.push("</details>".to_owned());
    } else {
        blocks.push(title);
        if !group.rows.is_empty() {
            blocks.push(table(&group.rows));
        }
    }
    let problems: Vec<String> =
        group.problems.iter().map(|problem| format!("- ⚠ {}", code(problem))).collect();
    if !problems.is_empty() {
        blocks.push(problems.join("\n"));
    }
    blocks.extend(group.approve.as_ref().map(approve_block));
}

/// In HTML rather than markdown, so that it reads the same within `<summary>`.
fn title(provider: &ProviderView, group: &GroupView) -> String {
    let (provider, handle) = (code(&provider.name), code(&group.handle));
    let name = match &group.name {
        Some(name) => format!("<b>{provider} · {}</b> ({handle})", code(name)),
        None => format!("<b>{provider} · {handle}</b>"),
    };
    let numbers = if group.numbers.is_empty() { String::new() } else { format!(": {}", group.numbers) };
    let alarms = group.alarms.iter().map(alarm);
    std::iter::once(name + &numbers).chain(alarms).collect::<Vec<_>>().join(" — ")
}

fn alarm(alarm: &Alarm) -> String {
    format!("<b>{}</b>: {}", alarm.word, code(&alarm.text))
}

fn table(rows: &[Row]) -> String {
    let head = ["| | who | why |".to_owned(), "|---|---|---|".to_owned()];
    head.into_iter().chain(rows.iter().map(table_row)).collect::<Vec<_>>().join("\n")
}

fn table_row(row: &Row) -> String {
    let mark = match row.result {
        None => "",
        Some(Outcome::Applied) => "✓ ",
        Some(Outcome::Failed) => "✗ ",
        Some(Outcome::Held) => "· ",
        Some(Outcome::Unknown) => "? ",
    };
    let sign = match row.action {
        Action::Add => '+',
        Action::Remove => MINUS,
    };
    let reasons = [Some(row.why.as_str()), row.note.as_deref()].into_iter().flatten();
    let reasons: Vec<String> = reasons.filter(|reason| !reason.is_empty()).map(code).collect();
    format!("| {mark}{sign} | {} | {} |", code(&row.who), reasons.join("<br>"))
}

/// Text that is clean already, as code.
fn code(clean: &str) -> String {
    format!("<code>{}</code>", escape(clean))
}
