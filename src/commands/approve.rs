//! `rosterd approve`: exactly these held changes may go through, once, within 24 hours.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Failure, Surroundings, decision, output};
use crate::clean::clean_message;
use crate::cli::ApproveArgs;
use crate::config::Config;
use crate::core::digest::{self, WHOLE_DIGITS};
use crate::journal::{Approval, Record};
use crate::providers::ProviderConfig;
use crate::setup;
use crate::state::{APPROVAL_LASTS, Hold};
use crate::stores::Stores;

/// What was held at a provider.
type Held<'a> = (&'a ProviderConfig, Hold);

/// Keeps an approval for the next apply that holds exactly what the digest says.
pub fn run(around: Surroundings<'_>, args: &ApproveArgs) -> Result<u8, Failure> {
    let typed = typed(&args.digest)?;
    let config = setup::configuration(around.config)?;
    let chosen = chosen(&config, args.provider.as_deref())?;
    let stores = decision::stores(around, "rosterd approve")?;
    let held = held(&stores, &chosen)?;
    let zone = &config.daemon.timezone;
    let (provider, digest) = named(&typed, &chosen, &held, zone)?;
    let now = Timestamp::now();
    let approval = Approval {
        digest,
        provider: provider.name.clone(),
        target: provider.target(),
        reason: decision::reason(args.reason.as_deref()),
        by: around.who(),
        used_by: None,
    };
    let (shown, reason) = (first_digits(&approval.digest).to_owned(), approval.reason.clone());
    stores.decide(now, &Record::Approval(approval))?;
    let until = now.checked_add(APPROVAL_LASTS).unwrap_or(Timestamp::MAX);
    output::print(&format!(
        "Approved {shown} at {} until {}, once: the next apply that holds exactly this lets it through. Reason: {}\n",
        provider.name,
        output::minute(until, zone),
        clean_message(&reason),
    ))?;
    Ok(0)
}

fn typed(written: &str) -> Result<String, Failure> {
    let is_hex = written.chars().all(|digit| digit.is_ascii_hexdigit());
    if !is_hex || !(digest::MIN_DIGITS..=WHOLE_DIGITS).contains(&written.len()) {
        return Err(Failure::usage(format!(
            "{written:?} is no digest: give at least {} of the digits that the plan shows",
            digest::MIN_DIGITS
        )));
    }
    Ok(written.to_ascii_lowercase())
}

fn chosen<'a>(config: &'a Config, provider: Option<&str>) -> Result<Vec<&'a ProviderConfig>, Failure> {
    match provider {
        Some(name) => Ok(vec![decision::provider(config, name)?]),
        None => Ok(config.providers.values().collect()),
    }
}

/// What the last plan or apply held at these providers.
fn held<'a>(stores: &Stores, chosen: &[&'a ProviderConfig]) -> Result<Vec<Held<'a>>, Failure> {
    let mut held: Vec<Held<'a>> = Vec::new();
    for config in chosen {
        held.extend(stores.holds(&config.target())?.into_iter().map(|hold| (*config, hold)));
    }
    // A plan of one group may hold the same as one of everything.
    held.dedup_by(|(one, first), (other, second)| one.name == other.name && first.digest == second.digest);
    Ok(held)
}

/// The provider and the whole digest that was meant.
fn named<'a>(
    typed: &str,
    chosen: &[&'a ProviderConfig],
    held: &[Held<'a>],
    zone: &TimeZone,
) -> Result<(&'a ProviderConfig, String), Failure> {
    let matching: Vec<_> = held.iter().filter(|(_, hold)| digest::is_named_by(&hold.digest, typed)).collect();
    match (matching.as_slice(), chosen) {
        ([(config, found)], _) => Ok((config, found.digest.clone())),
        ([], [only]) if typed.len() == WHOLE_DIGITS => Ok((only, typed.to_owned())),
        ([], _) if typed.len() == WHOLE_DIGITS => Err(Failure::usage(format!(
            "no provider is known to hold {}: say which one is meant with --provider",
            first_digits(typed)
        ))),
        ([], _) => Err(Failure::usage(format!(
            "nothing that is held has a digest that begins with {typed}; {}; look again with `rosterd plan`, or give \
             all {WHOLE_DIGITS} digits",
            list(held, zone)
        ))),
        (several, _) => {
            let names: Vec<&str> = several.iter().map(|(config, _)| config.name.as_str()).collect();
            Err(Failure::usage(format!(
                "{typed} begins several digests, at {}: give more digits",
                names.join(" and ")
            )))
        }
    }
}

fn list(held: &[Held<'_>], zone: &TimeZone) -> String {
    if held.is_empty() {
        return "the last plan held nothing".to_owned();
    }
    let one = |(config, hold): &Held<'_>| {
        let place = match &hold.group {
            Some(group) => format!("{}/{group}", config.name),
            None => config.name.to_string(),
        };
        let changes = output::count(hold.changes, "change", "changes");
        format!("{} at {place} ({changes}, {})", first_digits(&hold.digest), output::minute(hold.at, zone))
    };
    format!("held now: {}", held.iter().map(one).collect::<Vec<_>>().join(", "))
}

/// As many digits as a plan shows.
fn first_digits(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}
