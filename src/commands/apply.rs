//! `rosterd apply`: plan, ask, change, verify.

use super::{Failure, Surroundings, asking, live, output};
use crate::apply::Trail;
use crate::cli::ApplyArgs;
use crate::providers::Access;
use crate::report::exit;
use crate::run;

/// Plans, asks on a terminal, applies, verifies, prints the result.
pub async fn run(around: Surroundings<'_>, args: &ApplyArgs) -> Result<u8, Failure> {
    asking::check("apply", args.yes, &args.approve)?;
    let live = live::open(around, &args.selection, Access::Write, "apply").await?;
    let job = live.job()?;
    let trail = Trail::new(live.stores().journal(), around.who(), args.reason.clone());
    asking::settle(around.console, &job, &trail).await?;
    let mut planned = run::plan(&job, &args.approve).await?;
    asking::warn_of_unused(around.console, &args.approve, &planned);
    if !args.yes && asking::sends_something(&planned) {
        asking::confirm(around.console, &live.planned(&job, &planned), args.format, "Apply this?")?;
        planned = asking::still_so("apply", &planned, run::plan(&job, &args.approve).await?)?;
    }
    let applied = run::apply(&job, planned, &trail).await?;
    live.keep(&job, &applied)?;
    let report = live.applied(&job, &applied);
    output::report(around.console, &report, args.format)?;
    asking::stopped(&applied)?;
    Ok(exit::exit_code(&report, false))
}
