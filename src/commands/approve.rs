//! `rosterd approve`: exactly these held changes may go through, once, within 24 hours.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Failure, Surroundings, decision, output};
use crate::clean::{clean_message, shell};
use crate::cli::ApproveArgs;
use crate::config::Config;
use crate::core::digest::{self, WHOLE_DIGITS};
use crate::core::model::{ProviderName, Target};
use crate::journal::{Approval, Record};
use crate::providers::ProviderConfig;
use crate::state::{APPROVAL_LASTS, Hold};
use crate::stores::Stores;
use crate::{following, git};

/// Where something can be held: a provider, or the branch that the roster comes from.
struct Place {
    name: ProviderName,
    target: Target,
}

/// What was held there.
type Held<'a> = (&'a Place, Hold);

/// Keeps an approval for the next apply that holds exactly what the digest says.
pub fn run(around: Surroundings<'_>, args: &ApproveArgs) -> Result<u8, Failure> {
    let typed = typed(&args.digest)?;
    let config = around.configuration()?;
    let chosen = chosen(&config, args.provider.as_deref())?;
    let stores = decision::stores(around, "rosterd approve")?;
    let held = held(&stores, &chosen)?;
    if let Some(name) = &args.provider {
        is_not_of_another(&typed, name, &held, &stores, &config)?;
    }
    let zone = &config.daemon.timezone;
    let (place, digest) = named(&typed, &chosen, &held, zone)?;
    if let Some(used) = stores.used_at(&place.target, &digest)? {
        return Err(Failure::usage(format!(
            "the approval of {} at {} was used on {}, and none is used twice: what is held now has another digest, \
             which `rosterd plan` shows",
            first_digits(&digest),
            place.name,
            output::minute(used, zone)
        )));
    }
    let now = Timestamp::now();
    let approval = Approval {
        digest,
        provider: place.name.clone(),
        target: place.target.clone(),
        reason: decision::reason(args.reason.as_deref()),
        by: around.who(),
        used_by: None,
    };
    let (shown, reason) = (first_digits(&approval.digest).to_owned(), approval.reason.clone());
    stores.decide(now, &Record::Approval(approval))?;
    let until = now.checked_add(APPROVAL_LASTS).unwrap_or(Timestamp::MAX);
    around.decided(&place.name, &place.target);
    around.console.print(&format!(
        "Approved {shown} at {} until {}, once: the next apply that holds exactly this lets it through. Reason: {}\n",
        place.name,
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

fn chosen(config: &Config, provider: Option<&str>) -> Result<Vec<Place>, Failure> {
    let of = |config: &ProviderConfig| Place { name: config.name.clone(), target: config.target() };
    if let Some(name) = provider {
        return Ok(vec![of(decision::provider(config, name)?)]);
    }
    let branch = config.roster_git.as_ref();
    let branch = branch.map(|branch| Place { name: following::place(), target: git::target(branch) });
    Ok(config.providers.values().map(of).chain(branch).collect())
}

/// What the last plan or apply held at these providers.
fn held<'a>(stores: &Stores, chosen: &'a [Place]) -> Result<Vec<Held<'a>>, Failure> {
    let mut held: Vec<Held<'a>> = Vec::new();
    for place in chosen {
        held.extend(stores.holds(&place.target)?.into_iter().map(|hold| (place, hold)));
    }
    // A plan of one group may hold the same as one of everything.
    held.dedup_by(|(one, first), (other, second)| one.name == other.name && first.digest == second.digest);
    Ok(held)
}

/// Whoever names a provider and the digest of another one has mixed them up.
fn is_not_of_another(
    typed: &str,
    name: &str,
    held: &[Held<'_>],
    stores: &Stores,
    config: &Config,
) -> Result<(), Failure> {
    let is_named = |(_, hold): &&Held<'_>| digest::is_named_by(&hold.digest, typed);
    if held.iter().any(|hold| is_named(&hold)) {
        return Ok(());
    }
    let everywhere = chosen(config, None)?;
    let held = self::held(stores, &everywhere)?;
    let Some((place, found)) = held.iter().find(is_named) else { return Ok(()) };
    let is_provider = config.providers.contains_key(&place.name);
    let named = is_provider.then(|| format!("with --provider {}", shell(place.name.as_str())));
    Err(Failure::usage(format!(
        "{} is held at {}, not at {name}: approve it {}",
        first_digits(&found.digest),
        place.name,
        named.as_deref().unwrap_or("without --provider")
    )))
}

/// The provider and the whole digest that was meant.
fn named<'a>(
    typed: &str,
    chosen: &'a [Place],
    held: &[Held<'a>],
    zone: &TimeZone,
) -> Result<(&'a Place, String), Failure> {
    let matching: Vec<_> = held.iter().filter(|(_, hold)| digest::is_named_by(&hold.digest, typed)).collect();
    match (matching.as_slice(), chosen) {
        ([(place, found)], _) => Ok((place, found.digest.clone())),
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
            let names: Vec<&str> = several.iter().map(|(place, _)| place.name.as_str()).collect();
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
    let one = |(place, hold): &Held<'_>| {
        let place = match &hold.group {
            Some(group) => format!("{}/{group}", place.name),
            None => place.name.to_string(),
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
