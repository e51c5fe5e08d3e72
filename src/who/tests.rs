use super::*;

const USERS: &str = "root:x:0:0:root:/root:/bin/sh\n# a comment\n+::::::\nalice:x:1000:1000::/home/alice:/bin/sh\n\
                     ali:x:1000:1000::/home/alice:/bin/sh\nhalf:x\nodd\u{1b}[2J:x:1002:1:::\n:x:1003:1:::\n";

#[test]
fn a_user_is_told_by_name_and_number() {
    assert_eq!(told_with(1000, None, USERS), "alice (uid 1000)", "the first of two names");
    assert_eq!(told_with(0, None, USERS), "root (uid 0)");
    assert_eq!(told_with(1001, None, USERS), "uid 1001");
    assert_eq!(told_with(1003, None, USERS), "uid 1003", "no name is no name");
    assert_eq!(told_with(0, None, ""), "uid 0", "nothing to look names up in");
    assert_eq!(told_with(1002, None, USERS), "odd\\u{1b}[2J (uid 1002)");
}

#[test]
fn root_alone_may_say_to_act_for_somebody() {
    assert_eq!(told_with(0, Some("alice"), USERS), "alice via sudo (uid 0)");
    assert_eq!(told_with(1000, Some("root"), USERS), "alice (uid 1000)");
    assert_eq!(told_with(1001, Some("root"), USERS), "uid 1001");
    assert_eq!(told_with(0, Some("a\nb"), USERS), "a\\u{a}b via sudo (uid 0)");
}

#[test]
fn what_sudo_leaves_is_read_by_number_first() {
    let sudo = |pairs: &[(&str, &str)]| {
        let of =
            |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        through_sudo_with(&of, USERS)
    };
    assert_eq!(sudo(&[("SUDO_UID", "1000"), ("SUDO_USER", "mallory")]).as_deref(), Some("alice"));
    assert_eq!(sudo(&[("SUDO_UID", "4711"), ("SUDO_USER", "olga")]).as_deref(), Some("olga"), "elsewhere");
    assert_eq!(sudo(&[("SUDO_UID", "4711")]).as_deref(), Some("uid 4711"));
    assert_eq!(sudo(&[("SUDO_USER", "olga")]).as_deref(), Some("olga"));
    assert_eq!(sudo(&[("SUDO_UID", "0"), ("SUDO_USER", "root")]), None, "root is root");
    assert_eq!(sudo(&[("SUDO_UID", "x"), ("SUDO_USER", " ")]), None);
    assert_eq!(sudo(&[("USER", "carol"), ("LOGNAME", "carol")]), None);
}
