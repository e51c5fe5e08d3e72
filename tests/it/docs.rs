//! The documentation names what there is: commands, alerts, rules and findings.

use std::fs;
use std::path::Path;
use std::process::Command;

fn text(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Words that stand in none of these texts.
fn missing(words: impl IntoIterator<Item = String>, text: &str) -> Vec<String> {
    let mut found = 0;
    let missing = words.into_iter().inspect(|_| found += 1).filter(|word| !text.contains(word)).collect();
    assert!(found >= 10, "only {found} words were found to look for");
    missing
}

#[test]
fn every_command_is_in_the_readme() {
    let help = Command::new(env!("CARGO_BIN_EXE_rosterd")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands =
        commands.take_while(|line| !line.is_empty()).filter_map(|line| line.split_whitespace().next());
    let commands = commands.filter(|command| !["help", "demo"].contains(command));
    let missing = missing(commands.map(|command| format!("rosterd {command}")), &text("README.md"));
    assert!(missing.is_empty(), "the README says nothing of {missing:?}");
}

#[test]
fn every_alert_is_in_the_operations_guide() {
    let alerts = text("config/prometheus/alerts.yml");
    let alerts = alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).map(str::to_owned);
    let missing = missing(alerts, &text("docs/operations.md"));
    assert!(missing.is_empty(), "nobody is told what to do about {missing:?}");
}

#[test]
fn every_rule_of_the_guard_is_in_the_safety_guide() {
    let source = text("src/core/guard/limits.rs");
    let rules = source.lines().skip_while(|line| *line != "pub enum Rule {").skip(1);
    let rules = rules.take_while(|line| *line != "}").map(str::trim).filter(|line| !line.starts_with("///"));
    let missing = missing(
        rules.map(|rule| format!("`{}`", snake(rule.trim_end_matches(',')))),
        &text("docs/safety.md"),
    );
    assert!(missing.is_empty(), "nobody is told how to get out of {missing:?}");
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

#[test]
fn every_finding_of_a_plan_is_in_the_safety_guide() {
    let other = ["hold-all", "kebab-case", "nothing-to-do"];
    let is_word = |word: &&str| {
        word.contains('-')
            && word.split('-').all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase()))
    };
    let sources = crate::tidy::sources().into_iter();
    let core = sources.filter(|(path, _)| path.starts_with("core") && !crate::tidy::is_test(path));
    let core: String = core.map(|(_, text)| text).collect();
    let quoted = core.lines().flat_map(|line| line.split('"').skip(1).step_by(2)).filter(is_word);
    let findings = quoted.filter(|word| !other.contains(word)).map(|word| format!("`{word}`"));
    let missing = missing(findings, &text("docs/safety.md"));
    assert!(missing.is_empty(), "nobody is told how to get out of {missing:?}");
}
