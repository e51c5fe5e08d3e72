//! The alarm clock: the only place that knows tokio-cron-scheduler.
//!
//! It only rings; what is due is decided by [`super::schedule`]. The scheduler's own cron has the wrong hour
//! after each change to or from summer time, its one-shot alarms may ring up to a second early, and
//! removing one may hang: so alarms are set for a moment, rounded up, and never removed. A ring too many
//! is harmless. It looks twice a second what is due, which is most of what a daemon at rest takes: so it
//! ticks only while an alarm is near.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

#[cfg(test)]
mod tests;

/// Alarms are cut off to whole seconds by the scheduler.
const ROUND_UP: SignedDuration = SignedDuration::from_millis(999);
/// No alarm is set further ahead; the loop asks again several times before.
const NEAR: SignedDuration = SignedDuration::from_secs(40);
/// The scheduler answers at once or never.
const PATIENCE: Duration = Duration::from_secs(5);
/// Alarms in flight within the scheduler.
const CHANNEL: usize = 1024;

/// Rings at moments that it was told.
pub struct Alarm {
    scheduler: JobScheduler,
    is_ticking: bool,
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
    /// Makes the clock; the receiver hears each ring. Rings that come while one waits to be heard are one.
    ///
    /// # Errors
    /// When there is no scheduler.
    pub async fn new() -> Result<(Self, mpsc::Receiver<()>), AlarmError> {
        let scheduler = JobScheduler::new_with_channel_size(CHANNEL).await?;
        let (rings, heard) = mpsc::channel(1);
        Ok((Self { scheduler, is_ticking: false, rings }, heard))
    }

    /// Rings at `at`, or up to a second and a half later; never before. False when that is too far ahead:
    /// then it has to be asked again when it is near.
    ///
    /// # Errors
    /// When the scheduler takes no alarm; the caller has a slower clock to fall back on.
    pub async fn ring_at(&mut self, at: Timestamp, now: Timestamp) -> Result<bool, AlarmError> {
        let wait = at.duration_since(now).max(SignedDuration::ZERO) + ROUND_UP;
        if wait > NEAR {
            self.rest().await;
            return Ok(false);
        }
        self.tick().await?;
        let rings = self.rings.clone();
        // Nothing in here can panic, which would stop every alarm.
        let job = Job::new_one_shot(wait.unsigned_abs(), move |_, _| {
            let _ = rings.try_send(());
        })?;
        timeout(PATIENCE, self.scheduler.add(job)).await.map_err(|_| AlarmError::Silent)??;
        Ok(true)
    }

    async fn tick(&mut self) -> Result<(), AlarmError> {
        if !self.is_ticking {
            let context = self.scheduler.context();
            let mut ticks = self.scheduler.scheduler.write().await;
            ticks.init(&context).await;
            ticks.start().await?;
            self.is_ticking = true;
        }
        Ok(())
    }

    /// The part of the scheduler that ticks ends for good when it is told to, so that another takes its place. All
    /// other parts, and the alarms, stay.
    async fn rest(&mut self) {
        if std::mem::take(&mut self.is_ticking) {
            let mut ticks = self.scheduler.scheduler.write().await;
            std::mem::take(&mut *ticks).shutdown().await;
        }
    }
}
