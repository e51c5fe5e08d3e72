use std::time::Duration;

use super::{TURN, is_due};

#[test]
fn a_branch_is_looked_at_as_often_as_its_interval_says() {
    let moment = Duration::from_millis(20);
    assert!(
        is_due(TURN.saturating_sub(moment), TURN),
        "a look began a moment after its turn: the next turn is its interval"
    );
    let minute = Duration::from_mins(1);
    assert!(is_due(minute.saturating_sub(moment), minute));
    assert!(!is_due(minute.saturating_sub(TURN), minute), "nor sooner");
}
