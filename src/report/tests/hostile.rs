//! Names meant to deceive, in every place that text of others can reach.

use super::*;
use crate::clean::is_hidden;
use crate::report::{json, markdown, text};

const HOSTILE: &str = "\u{1b}]0;owned\u{7}\u{202e}\u{200b}</code><script>alert(1)</script>|`@team`\n# [x](https://evil.example) \u{e0041}";

/// A world in which every text is hostile.
fn world() -> World {
    let mut world = World::new();
    world.roster.revision = HOSTILE.into();
    world.roster.files = vec![HOSTILE.into()];
    world.roster.shown_root = HOSTILE.into();
    world
}

fn providers() -> Vec<ProviderReport> {
    let reason = Because { via: Arc::new([HOSTILE.into()]), reason: Some(HOSTILE.into()), ..because(0, 1) };
    let id = |id: &str| UserId::new(id).ok();
    let harmless_to_check = "<b>\u{202e}|`u`";
    let unknown = Change { id: id(harmless_to_check), ..remove("x", Cause::Drift) };
    let buyers = group(HOSTILE, HOSTILE, 3)
        .changes([add(HOSTILE, Cause::Drift, vec![reason]), unknown])
        .withheld(Why::Held, [remove_person(HOSTILE, Cause::Leaver, vec![])])
        .results([(Outcome::Failed, Some(HOSTILE)), (Outcome::Unknown, Some(HOSTILE))])
        .problem("unidentified-person", HOSTILE);
    let held = |group| Held {
        set_at: Some(HOSTILE.into()),
        ..rule(Rule::MaxRemovals, group, Some(HOSTILE), Some(HOSTILE))
    };
    let many = (0..12).map(|index| remove(&format!("id-{index}"), Cause::Drift));
    let mut first = provider(HOSTILE, vec![buyers, group("long", HOSTILE, 40).changes(many)])
        .held(held(None))
        .held(held(Some(HOSTILE)))
        .held(held(Some("elsewhere<b>")));
    first.digest = Some(HOSTILE.to_owned());
    let down = ProviderOutcome::Unreadable { error: HOSTILE.to_owned() };
    vec![
        first,
        provider(HOSTILE, vec![group("g", "", 0).unreadable(HOSTILE)]),
        provider("down", vec![]).outcome(down),
    ]
}

#[test]
fn text_holds_nothing_but_visible_characters_and_its_own_lines() {
    let world = world();
    for command in [Command::Plan, Command::Apply] {
        let shown = text::render(&world.report(command, providers()), false);
        assert!(!shown.replace('\n', "").contains(is_hidden), "{shown:?}");
        assert_eq!(
            shown.lines().count(),
            text::render(&world.report(Command::Plan, providers()), false).lines().count()
        );
        assert!(!shown.lines().any(|line| line.starts_with('#')), "{shown}");
        assert!(shown.contains("\\u{1b}]0;owned\\u{7}\\u{202e}"), "{shown}");
    }
}

#[test]
fn colours_are_the_only_escapes_in_coloured_text() {
    let world = world();
    let report = world.report(Command::Apply, providers());
    let colored = text::render(&report, true);
    assert_eq!(anstream::adapter::strip_str(&colored).to_string(), text::render(&report, false));
}

#[test]
fn markdown_holds_no_html_but_its_own_and_every_row_three_cells() {
    let world = world();
    let shown = markdown::render(&world.report(Command::Apply, providers()));
    assert!(!shown.replace('\n', "").contains(is_hidden), "{shown:?}");
    let own = ["code", "/code", "b", "/b", "details", "/details", "summary", "/summary", "br"];
    for tag in shown.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap_or_default();
        assert!(own.contains(&tag), "<{tag}> in\n{shown}");
    }
    for row in shown.lines().filter(|line| line.starts_with('|')) {
        assert_eq!(row.matches('|').count(), 4, "{row}");
    }
    assert!(!shown.contains("https://"), "{shown}");
    assert!(!shown.contains(['`', '@', '[']), "{shown}");
}

#[test]
fn json_is_safe_to_look_at_and_parses_to_the_very_same_text() {
    let world = world();
    let shown = json::render(&world.report(Command::Apply, providers())).unwrap();
    assert!(!shown.replace('\n', "").contains(is_hidden), "{shown:?}");
    let parsed: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let group = &parsed["providers"][0]["groups"][0];
    for value in [
        &parsed["roster"]["revision"],
        &parsed["providers"][0]["provider"],
        &parsed["providers"][0]["held"][0]["set_at"],
        &parsed["providers"][2]["error"],
        &group["name"],
        &group["changes"][0]["person"],
        &group["changes"][0]["because"][0]["reason"],
        &group["changes"][0]["detail"],
        &group["problems"][0]["detail"],
    ] {
        assert_eq!(value, HOSTILE);
    }
}
