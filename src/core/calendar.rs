//! The days on which the roster says something else than on the day before.

use jiff::civil::Date;

use super::roster::{Bounds, Member, Roster};

/// The first day after `after` on which a `from` is reached or an `until` has passed; none when the roster
/// says the same for ever.
#[must_use]
pub fn next_turn(roster: &Roster, after: Date) -> Option<Date> {
    let people = roster.people.values().filter_map(|person| next_day(person.until));
    let teams = roster.teams.values().flat_map(|team| &team.members);
    let groups = roster.groups.values().flat_map(|groups| groups.values());
    let groups = groups
        .flat_map(|group| group.members.iter().chain(&group.except).chain(&group.policies.must_contain));
    let members = teams.chain(groups).flat_map(turns);
    people.chain(members).filter(|day| *day > after).min()
}

fn turns(member: &Member) -> impl Iterator<Item = Date> {
    let Bounds { from, until } = member.bounds;
    from.into_iter().chain(next_day(until))
}

/// The day after somebody's last.
fn next_day(last: Option<Date>) -> Option<Date> {
    last?.tomorrow().ok()
}
