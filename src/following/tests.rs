use jiff::SignedDuration;

use super::{Look, ago, place};

fn goes<T: Send>(_look: impl FnOnce(&'static Look<'static>) -> T) {}

#[test]
fn a_look_can_go_to_another_thread() {
    goes(Look::run);
}

#[test]
fn an_age_is_told_in_the_unit_that_people_would_take() {
    let told = |minutes| ago(SignedDuration::from_mins(minutes));
    let ages = [-5, 0, 1, 119, 120, 47 * 60, 48 * 60].map(told);
    assert_eq!(
        ages,
        ["just now", "just now", "1 min ago", "119 min ago", "2 h ago", "47 h ago", "2 days ago"]
    );
}

#[test]
fn no_provider_has_the_name_of_the_branch() {
    assert!(place().as_str().starts_with('['), "no name of a provider begins so");
}
