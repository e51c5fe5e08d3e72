//! What made a change necessary, told from what an apply left and what the roster says of other days.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::Basis;
use crate::core::expand::{self, Expansion, Subject};
use crate::core::model::{PersonHandle, UserId};
use crate::core::plan::{Because, Cause};
use crate::core::remembered::GroupRecord;
use crate::core::roster::Group;

/// What is known of a group besides today's roster and what is live.
pub(super) struct Past<'a> {
    basis: Basis<'a>,
    group: &'a Group,
    record: Option<&'a GroupRecord>,
    /// Who was wanted on the day of the last apply, as the roster reads now.
    then: OnceCell<Expansion>,
    /// Who is wanted today.
    today: OnceCell<Expansion>,
    /// Everybody the roster names on any day.
    ever: OnceCell<Expansion>,
    /// Everybody who is excepted today.
    excepted: OnceCell<Expansion>,
    /// People who are excepted today by handle or team.
    excepted_people: OnceCell<BTreeSet<Subject>>,
}

impl<'a> Past<'a> {
    pub(super) fn new(basis: Basis<'a>, group: &'a Group, record: Option<&'a GroupRecord>) -> Self {
        let (then, today, ever, excepted) = Default::default();
        Self { basis, group, record, then, today, ever, excepted, excepted_people: OnceCell::new() }
    }

    /// Whose id a raw id of the roster is. Somebody who left or is excepted, and whom nothing finds any
    /// more, is still meant by the id last known: it does not become a stranger's by that.
    pub(super) fn owner(&self, id: &UserId) -> Option<PersonHandle> {
        let Basis { identities, roster, day, .. } = self.basis;
        let last = || {
            let person = identities.last_owner(id)?;
            let is_lost = roster.people.contains_key(person) && identities.id_of(person).is_err();
            (is_lost && (roster.has_left(person, day) || self.is_excepted_person(person))).then_some(person)
        };
        identities.owner(id).or_else(last).cloned()
    }

    /// Whose id this is, or last was.
    pub(super) fn whose(&self, id: &UserId) -> Option<PersonHandle> {
        let Basis { identities, .. } = self.basis;
        identities.owner(id).or_else(|| identities.last_owner(id)).cloned()
    }

    pub(super) fn has_left(&self, person: &PersonHandle) -> bool {
        self.basis.gone.contains(person) || self.basis.roster.has_left(person, self.basis.day)
    }

    pub(super) fn cause_of_addition(&self, id: Option<&UserId>, subject: &Subject) -> Cause {
        let Some(record) = self.record else { return Cause::First };
        if id.is_some_and(|id| record.owned.contains(id)) {
            Cause::Drift
        } else if self.was_wanted(record, subject) {
            Cause::Roster
        } else {
            Cause::Date
        }
    }

    pub(super) fn cause_of_removal(&self, id: &UserId, person: Option<&PersonHandle>) -> Cause {
        let Some(record) = self.record else { return Cause::First };
        if record.first.contains(id) {
            return Cause::First;
        }
        if person.is_some_and(|person| self.has_left(person)) {
            return Cause::Leaver;
        }
        if !record.owned.contains(id) {
            return Cause::Drift;
        }
        // Somebody who is wanted today under another id lost this one by an edit, not by a date.
        let subject = subject(id, person);
        let a_bound_passed = (self.was_wanted(record, &subject) || self.ended_since(record, &subject))
            && !self.today().contains_key(&subject);
        if a_bound_passed { Cause::Date } else { Cause::Roster }
    }

    /// Where the roster ended a membership: the exception, or the bound that passed. A drift or a line
    /// that is gone has no place.
    pub(super) fn because_of_removal(
        &self,
        id: &UserId,
        person: Option<&PersonHandle>,
        cause: Cause,
    ) -> Vec<Because> {
        let subject = subject(id, person);
        let (ends, dated) = match cause {
            Cause::First | Cause::Drift => return Vec::new(),
            Cause::Roster => (self.excepted(), None),
            Cause::Date => (self.excepted(), Some(self.ever())),
            Cause::Leaver => return self.last_day(person),
        };
        let because = ends.get(&subject).or_else(|| dated?.get(&subject));
        because.cloned().unwrap_or_default()
    }

    /// Where the roster says when a person leaves; nowhere for one who is gone from it.
    fn last_day(&self, person: Option<&PersonHandle>) -> Vec<Because> {
        let person = person.and_then(|handle| self.basis.roster.people.get(handle));
        let because = person.map(|person| Because {
            place: person.place,
            via: Arc::default(),
            from: None,
            until: person.until,
            reason: None,
        });
        because.into_iter().collect()
    }

    /// Whether the roster, as it reads now, wanted the subject on the day of the last apply.
    fn was_wanted(&self, record: &GroupRecord, subject: &Subject) -> bool {
        let Basis { roster, .. } = self.basis;
        let then = || expand::members(roster, self.group, record.day, &|id| self.owner(id));
        self.then.get_or_init(then).contains_key(subject)
    }

    /// Whether a line that began later than the last apply's day, or then, ended before today.
    fn ended_since(&self, record: &GroupRecord, subject: &Subject) -> bool {
        let passed = |because: &Because| {
            because.until.is_some_and(|until| record.day <= until && until < self.basis.day)
        };
        self.ever().get(subject).is_some_and(|because| because.iter().any(passed))
    }

    fn today(&self) -> &Expansion {
        let Basis { roster, day, .. } = self.basis;
        self.today.get_or_init(|| expand::members(roster, self.group, day, &|id| self.owner(id)))
    }

    pub(super) fn ever(&self) -> &Expansion {
        self.ever.get_or_init(|| expand::ever(self.basis.roster, self.group, &|id| self.owner(id)))
    }

    pub(super) fn excepted(&self) -> &Expansion {
        let Basis { roster, day, .. } = self.basis;
        self.excepted.get_or_init(|| expand::excepted_on(roster, self.group, day, &|id| self.owner(id)))
    }

    fn is_excepted_person(&self, person: &PersonHandle) -> bool {
        let Basis { roster, day, .. } = self.basis;
        let people = || expand::excepted_on(roster, self.group, day, &|_| None).into_keys().collect();
        self.excepted_people.get_or_init(people).contains(&Subject::Person(person.clone()))
    }
}

pub(super) fn subject(id: &UserId, person: Option<&PersonHandle>) -> Subject {
    person.cloned().map_or_else(|| Subject::Id(id.clone()), Subject::Person)
}
