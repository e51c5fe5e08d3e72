//! The alarm clock: the only place that knows tokio-cron-scheduler.
//!
//! It only rings; what is due is decided by [`super::schedule`]. The scheduler's own cron has the wrong hour
//! after each change to or from summer time, its one-shot alarms may ring up to a second early, and
//! removing one may hang: so alarms are set for a moment, rounded up, and never removed. A ring too many
//! is harmless.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

/// Alarms are cut off to whole seconds by the scheduler.
const ROUND_UP: SignedDuration = SignedDuration::from_millis(999);
/// No alarm is set further ahead; the loop looks again long before.
const FURTHEST: SignedDuration = SignedDuration::from_hours(24);
/// The scheduler answers at once or never.
const PATIENCE: Duration = Duration::from_secs(5);
/// Alarms in flight within the scheduler.
const CHANNEL: usize = 1024;

/// Rings at moments that it was told.
pub struct Alarm {
    scheduler: JobScheduler,
    rings: mpsc::Sender<()>,
}

/// Why an alarm could not be set.
#[derive(Debug, thiserror::Error)]
pub enum AlarmError {
    /// The scheduler said no.
    #[error("the scheduler took no alarm")]
    Scheduler(#[from] JobSchedulerError),
    /// The scheduler said nothing.
    #[error("the scheduler did not answer")]
    Silent,
}

impl Alarm {
    /// Starts the clock; the receiver hears each ring. Rings that come while one waits to be heard are one.
    ///
    /// # Errors
    /// When the scheduler does not start.
    pub async fn start() -> Result<(Self, mpsc::Receiver<()>), AlarmError> {
        let scheduler = JobScheduler::new_with_channel_size(CHANNEL).await?;
        scheduler.start().await?;
        let (rings, heard) = mpsc::channel(1);
        Ok((Self { scheduler, rings }, heard))
    }

    /// Rings at `at`, or up to a second and a half later; never before.
    ///
    /// # Errors
    /// When the scheduler takes no alarm; the caller has a slower clock to fall back on.
    pub async fn ring_at(&self, at: Timestamp, now: Timestamp) -> Result<(), AlarmError> {
        let wait = at.duration_since(now).clamp(SignedDuration::ZERO, FURTHEST) + ROUND_UP;
        let rings = self.rings.clone();
        // Nothing in here can panic, which would stop every alarm.
        let job = Job::new_one_shot(wait.unsigned_abs(), move |_, _| {
            let _ = rings.try_send(());
        })?;
        timeout(PATIENCE, self.scheduler.add(job)).await.map_err(|_| AlarmError::Silent)??;
        Ok(())
    }
}
