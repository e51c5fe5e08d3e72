use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use super::{Alarm, SignedDuration, Timestamp, timeout};

/// What ticked has that long to see that it is to end.
const LIMIT: Duration = Duration::from_mins(1);

fn tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

/// Waits until there are no more tasks than `most`; none: for two seconds. The fewest that were seen.
async fn at_rest(most: Option<usize>) -> usize {
    let began = Instant::now();
    let mut least = usize::MAX;
    let limit = if most.is_some() { LIMIT } else { Duration::from_secs(2) };
    while began.elapsed() < limit && most.is_none_or(|most| least > most) {
        least = least.min(tasks());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    least
}

#[tokio::test(flavor = "multi_thread")]
async fn rings_when_it_is_time_also_after_a_rest_and_leaves_no_task_behind() {
    let (mut alarm, mut rings) = Alarm::new().await.unwrap();
    let mut left = None;
    for _ in 0..3 {
        let (now, began) = (Timestamp::now(), Instant::now());
        assert!(alarm.ring_at(now + SignedDuration::from_millis(300), now).await.unwrap());
        timeout(LIMIT, rings.recv()).await.expect("it rings");
        assert!(began.elapsed() >= Duration::from_millis(300), "{:?}", began.elapsed());

        let now = Timestamp::now();
        assert!(!alarm.ring_at(now + SignedDuration::from_mins(10), now).await.unwrap(), "far ahead");
        let least = at_rest(left).await;
        assert!(
            left.is_none_or(|left| least <= left),
            "{least} tasks after this rest, {left:?} after the first"
        );
        left.get_or_insert(least);
    }
}
