use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use super::{Alarm, SignedDuration, Timestamp, timeout};

/// Tasks, once what ticked has had the time to see that it is to end.
async fn tasks() -> usize {
    let began = Instant::now();
    let mut least = usize::MAX;
    while began.elapsed() < Duration::from_secs(2) {
        least = least.min(Handle::current().metrics().num_alive_tasks());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    least
}

#[tokio::test(flavor = "multi_thread")]
async fn rings_when_it_is_time_also_after_a_rest_and_leaves_no_task_behind() {
    let (mut alarm, mut rings) = Alarm::new().await.unwrap();
    let mut left = Vec::new();
    for _ in 0..3 {
        let (now, began) = (Timestamp::now(), Instant::now());
        assert!(alarm.ring_at(now + SignedDuration::from_millis(300), now).await.unwrap());
        timeout(Duration::from_secs(20), rings.recv()).await.expect("it rings");
        assert!(began.elapsed() >= Duration::from_millis(300), "{:?}", began.elapsed());

        let now = Timestamp::now();
        assert!(!alarm.ring_at(now + SignedDuration::from_mins(10), now).await.unwrap(), "far ahead");
        left.push(tasks().await);
    }
    assert!(left[2] <= left[0], "{left:?} tasks after each rest");
}
