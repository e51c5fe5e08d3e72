use std::borrow::Cow;

use proptest::prelude::*;

use super::{LINES_LIMIT, chat, clean, clean_lines, clean_message, escape, is_hidden, shell};

#[test]
fn ordinary_text_stays_as_it_is() {
    for text in ["Catalog managers", "Çatal Yönetimi", "山田 太郎", "e\u{301}", "u-9", "", "🚀 ok"] {
        assert!(matches!(clean(text), Cow::Borrowed(shown) if shown == text), "{text}");
    }
}

#[test]
fn what_acts_on_a_terminal_is_made_visible() {
    let cases = [
        ("\u{1b}[31mred", "\\u{1b}[31mred"),
        ("a\nb\tc\r", "a\\u{a}b\\u{9}c\\u{d}"),
        ("\u{9b}2J\u{7f}\0", "\\u{9b}2J\\u{7f}\\u{0}"),
        ("eci\u{202e}la", "eci\\u{202e}la"),
        ("\u{2066}x\u{2069}\u{200f}", "\\u{2066}x\\u{2069}\\u{200f}"),
        ("a\u{200b}b\u{feff}\u{2060}\u{ad}", "a\\u{200b}b\\u{feff}\\u{2060}\\u{ad}"),
        ("a\u{2028}b\u{2029}", "a\\u{2028}b\\u{2029}"),
        ("x\u{e0041}\u{fe0f}\u{e0100}", "x\\u{e0041}\\u{fe0f}\\u{e0100}"),
        ("lone \u{fffd}", "lone \\u{fffd}"),
        ("\u{3164}\u{115f}\u{2800}", "\\u{3164}\\u{115f}\\u{2800}"),
    ];
    for (text, shown) in cases {
        assert_eq!(clean(text), shown);
    }
}

#[test]
fn long_text_is_shortened_and_an_escape_is_never_cut() {
    assert_eq!(clean(&"ä".repeat(200)), "ä".repeat(200));
    assert_eq!(clean(&"ä".repeat(201)), "ä".repeat(199) + "…");
    let shown = clean(&("x".repeat(195) + "\u{202e}\u{202e}")).into_owned();
    assert_eq!(shown, "x".repeat(195) + "…");
    let message = "m".repeat(300) + " (support id 8841)";
    assert_eq!(clean_message(&message), message);
}

#[test]
fn a_chat_is_told_text_and_nothing_that_acts() {
    let cases = [
        ("boom <@U123> <!channel>", "boom &lt;@U123&gt; &lt;!channel&gt;"),
        ("<http://e.example|click> &lt;!here&gt;", "&lt;http://e.example|click&gt; &amp;lt;!here&amp;gt;"),
        ("[x](http://evil.example) ![](y)", "[x] (http://evil.example) ![] (y)"),
        ("[daemon] listen in my_groups.toml", "[daemon] listen in my_groups.toml"),
    ];
    for (text, told) in cases {
        assert_eq!(chat(text), told);
    }
}

#[test]
fn markdown_and_html_are_taken_as_text() {
    let cases = [
        ("<img src=x>", "&#60;img src=x&#62;"),
        ("*a* _b_ `c` [d](e) a|b", "&#42;a&#42; &#95;b&#95; &#96;c&#96; &#91;d&#93;&#40;e&#41; a&#124;b"),
        ("&lt;@team #1", "&#38;lt;&#64;team &#35;1"),
        ("- item", "&#45; item"),
        ("12. item", "12&#46; item"),
        ("https://evil.example", "https&#58;//evil.example"),
        ("see www.evil.example", "see www&#46;evil.example"),
        ("roster/teams.toml:12", "roster/teams.toml:12"),
        ("a\nb", "a&#92;u&#123;a&#125;b"),
    ];
    for (text, shown) in cases {
        assert_eq!(escape(&clean(text)), shown);
    }
}

proptest! {
    #[test]
    fn clean_text_is_one_harmless_line(text in any::<String>()) {
        let shown = clean(&text);
        prop_assert!(!shown.contains(is_hidden), "{shown:?}");
        prop_assert!(!shown.contains(char::is_control), "{shown:?}");
        prop_assert!(shown.chars().count() <= 200);
    }

    #[test]
    fn clean_text_never_holds_a_bidirectional_or_invisible_character(
        text in "[\\x00-\\x1f\\x7f-\\u{9f}a\u{61c}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{2069}\u{feff}\u{e0000}-\u{e007f}]{0,80}"
    ) {
        let shown = clean(&text);
        prop_assert!(shown.chars().all(|character| character == '…' || character.is_ascii_graphic()), "{shown:?}");
    }

    #[test]
    fn cleaning_twice_changes_nothing(text in any::<String>()) {
        let once = clean(&text).into_owned();
        prop_assert_eq!(clean(&once), once.as_str());
    }

    #[test]
    fn markdown_never_holds_a_character_that_acts(text in any::<String>()) {
        let shown = escape(&clean(&text));
        let bare = shown.replace("&#", "");
        prop_assert!(!bare.contains(['<', '>', '&', '`', '|', '*', '[', ']', '@', '\\', '\n']), "{shown:?}");
    }
}

#[test]
fn a_word_of_a_command_is_quoted_when_a_shell_would_act_on_it() {
    for plain in ["ann", "ann.lee@acme.example", "u-9", "emporix/buyers", "0192-ab"] {
        assert_eq!(shell(plain), plain);
    }
    let cases = [
        ("", "''"),
        ("a b", "'a b'"),
        ("$(touch x)", "'$(touch x)'"),
        ("`id`;rm", "'`id`;rm'"),
        ("it's", "'it'\\''s'"),
        ("a\nb", "'a\\u{a}b'"),
        ("~root", "'~root'"),
    ];
    for (text, quoted) in cases {
        assert_eq!(shell(text), quoted);
    }
}

#[test]
fn of_several_lines_each_is_harmless_and_their_number_is_bounded() {
    assert_eq!(clean_lines("\n\none\r\n  two\u{1b}[31m\n\n"), ["one", "  two\\u{1b}[31m"]);
    let many = "x\n".repeat(LINES_LIMIT + 2);
    let shown = clean_lines(&many);
    assert_eq!((shown.len(), &*shown[LINES_LIMIT]), (LINES_LIMIT + 1, "… and 2 lines more"));
}
