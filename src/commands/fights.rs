//! `rosterd resume P --group G`: rosterd adds again whom it stopped adding, because someone else went on removing them.

use jiff::Timestamp;

use super::{Failure, Surroundings, decision};
use crate::clean::clean;
use crate::cli::ResumeArgs;
use crate::core::fights::{Membership, Past, Pasts};
use crate::core::model::PersonHandle;
use crate::journal::{Fight, Record, RunEvent};
use crate::providers::ProviderConfig;
use crate::stores::Stores;

/// Ends the fights that are meant. What was counted so far counts no more.
pub fn resume(
    around: Surroundings<'_>,
    stores: &Stores,
    provider: &ProviderConfig,
    group: &str,
    args: &ResumeArgs,
) -> Result<u8, Failure> {
    let now = Timestamp::now();
    let fights = stores.fights(&provider.target(), now)?;
    let is_meant = |((group_id, user), past): &(&Membership, &Past)| {
        let of_group = past.group.as_str() == group || group_id.as_str() == group;
        let whose =
            |who: &str| past.person.as_ref().is_some_and(|it| it.as_str() == who) || user.as_str() == who;
        of_group && args.person.as_deref().is_none_or(whose)
    };
    let meant: Vec<_> = fights.iter().filter(is_meant).collect();
    if meant.is_empty() {
        let place = format!("{}/{group}", provider.name);
        let of = args.person.as_ref().map_or_else(String::new, |who| format!(" of {who}"));
        return Err(Failure::usage(format!("there is nothing to resume{of} in {place}; {}", list(&fights))));
    }
    for (membership, past) in meant {
        let (group_id, id) = membership.clone();
        let fight = Fight {
            event: RunEvent::End,
            provider: provider.name.clone(),
            target: provider.target(),
            group: past.group.clone(),
            group_id,
            person: past.person.clone(),
            id,
            because: Vec::new(),
            reason: decision::reason(args.reason.as_deref()),
            by: around.who(),
        };
        stores.decide(now, &Record::Fight(fight))?;
        around.console.print(&format!(
            "{} in {}/{} is resumed: the next apply does as the roster says.\n",
            who(membership, past),
            clean(provider.name.as_str()),
            clean(past.group.as_str())
        ))?;
    }
    around.decided(&provider.name, &provider.target());
    Ok(0)
}

/// Whom rosterd stopped adding at a provider, with how to resume them; empty when nobody.
pub fn stopped(stores: &Stores, provider: &ProviderConfig, now: Timestamp) -> Result<String, Failure> {
    let mut fights = stores.fights(&provider.target(), now)?;
    fights.retain(|_, past| past.stopped_at().is_some());
    if fights.is_empty() {
        return Ok(String::new());
    }
    Ok(format!("But {}: add --group and --person to resume one.\n", list(&fights)))
}

fn list(fights: &Pasts) -> String {
    let one = |(membership, past): (&Membership, &Past)| {
        format!("{} in {}", who(membership, past), clean(past.group.as_str()))
    };
    match fights.iter().map(one).collect::<Vec<_>>().as_slice() {
        [] => "there is no fight at this provider".to_owned(),
        some => format!("there are fights over {}", some.join(", ")),
    }
}

fn who((_, user): &Membership, past: &Past) -> String {
    clean(past.person.as_ref().map_or_else(|| user.as_str(), PersonHandle::as_str)).into_owned()
}
