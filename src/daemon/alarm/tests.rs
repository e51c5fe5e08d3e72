use std::time::{Duration, Instant};

use super::{Alarm, SignedDuration, Timestamp, timeout};

#[tokio::test(flavor = "multi_thread")]
async fn rings_when_it_is_time_also_after_a_rest_and_leaves_no_task_behind() {
    let (mut alarm, mut rings) = Alarm::new().await.unwrap();
    let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    for _ in 0..3 {
        let now = Timestamp::now();
        let far = now + SignedDuration::from_mins(10);
        assert!(!alarm.ring_at(far, now).await.unwrap(), "far ahead");
        assert!(rings.try_recv().is_err());

        let (now, began) = (Timestamp::now(), Instant::now());
        assert!(alarm.ring_at(now + SignedDuration::from_millis(300), now).await.unwrap());
        timeout(Duration::from_secs(20), rings.recv()).await.expect("it rings");
        assert!(began.elapsed() >= Duration::from_millis(300), "{:?}", began.elapsed());
    }
    let far = Timestamp::now() + SignedDuration::from_mins(10);
    assert!(!alarm.ring_at(far, Timestamp::now()).await.unwrap());
    let waited = Instant::now();
    while tokio::runtime::Handle::current().metrics().num_alive_tasks() > tasks {
        assert!(waited.elapsed() < Duration::from_secs(20), "what ticked is still there");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
