//! `rosterd plan`: what an apply would change, and why. Changes nothing.

use super::{Failure, Surroundings, live, output};
use crate::cli::{PlanArgs, Selection};
use crate::providers::Access;
use crate::report::exit;
use crate::run;
use crate::stores::StoreError;

/// Reads, plans, judges, prints.
pub async fn run(around: Surroundings<'_>, args: &PlanArgs) -> Result<u8, Failure> {
    let live = live::open(around, &args.selection, Access::Read, "plan").await?;
    // Inside the daemon no run is on meanwhile: what is half done is no plan.
    let _places = live.places(around).await;
    let job = live.job()?;
    let planned = run::plan(&job, &[]).await?;
    let broken = job.stores.broken();
    if broken.is_none() {
        run::remember_plan(&job, &planned)?;
        job.stores.flush()?;
    }
    let report = live.planned(&job, &planned);
    output::report(around.console, &report, args.format)?;
    if let Some(broken) = broken {
        // It changes nothing, so it shows what it can; but nothing of it could be applied.
        return Err(StoreError::from(broken).into());
    }
    Ok(exit::exit_code(&report, args.exit_code))
}

/// The digests of what is held, for the demo's person who copies them from a plan.
pub async fn held_digests(around: Surroundings<'_>) -> Result<Vec<String>, Failure> {
    let live = live::open(around, &Selection::default(), Access::Read, "plan").await?;
    let planned = run::plan(&live.job()?, &[]).await?;
    let judged = planned.into_iter().filter_map(|planned| planned.outcome.ok());
    Ok(judged.filter_map(|ready| ready.judged.digest).collect())
}
