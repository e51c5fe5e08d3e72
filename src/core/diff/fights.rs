//! Memberships that somebody else undoes again and again: found here, and held by the guard.

use super::{GroupDiff, Wish};
use crate::clean::shell;
use crate::core::fights::{self, Fight, MOST_UNDONE, Past, Stage};
use crate::core::model::{PersonHandle, UserId};
use crate::core::plan::{Action, Because, Change};

impl GroupDiff<'_> {
    /// Looks whether a change that has to be made is a fight.
    pub(super) fn fight(&mut self, change: &Change) {
        let Some(user) = &change.id else { return };
        let Some(past) = self.past_of(user) else { return };
        let Some(stage) = past.stage(change.action, &fights::said(&change.because)) else { return };
        let fight = Fight {
            user: user.clone(),
            person: change.person.clone(),
            action: change.action,
            undone: past.undone(change.action),
            stage,
            because: change.because.clone(),
        };
        if stage != Stage::Over {
            self.problem("fight", self.words(&fight));
        }
        self.plan.fights.push(fight);
    }

    /// Looks whether there was a fight over somebody who is a member now.
    pub(super) fn fight_over(&mut self, user: &UserId, wishes: &[Wish<'_>]) {
        let Some(since) = self.past_of(user).and_then(Past::stopped_at) else { return };
        let because = wishes.iter().flat_map(|wish| wish.because).map(|(_, because)| because.clone());
        let because: Vec<Because> = because.collect();
        let person = wishes.iter().find_map(|wish| wish.person);
        let stage = self.past_of(user).and_then(|past| past.stage(Action::Add, &fights::said(&because)));
        if stage == Some(Stage::Over) {
            self.end_fight(user, person, because);
        } else {
            let (who, day) = (name(person, user), since.strftime("%Y-%m-%d"));
            let detail = format!(
                "{who} is a member again, whom somebody else went on removing until rosterd stopped adding {who} on \
                 {day}: it does not add {who} again before {}",
                self.resume(person, user)
            );
            self.problem("fight", detail);
        }
    }

    /// Ends the fights over memberships that the roster no longer wants. While somebody is unidentified, the
    /// user may be that person.
    pub(super) fn end_fights(&mut self, wanted: &[Wish<'_>]) {
        if self.unsure {
            return;
        }
        let of_group = self.basis.remembered.fights.iter().filter(|((group, _), _)| *group == self.live.id);
        let stopped = of_group.filter(|(_, past)| past.stopped_at().is_some());
        let is_wanted = |user: &UserId| wanted.binary_search_by_key(&user, |wish| wish.id).is_ok();
        let told = |user: &UserId| self.plan.fights.iter().any(|fight| fight.user == *user);
        let over = stopped.filter(|((_, user), _)| !is_wanted(user) && !told(user));
        let over: Vec<_> = over.map(|((_, user), past)| (user.clone(), past.person.clone())).collect();
        for (user, person) in over {
            self.end_fight(&user, person.as_ref(), Vec::new());
        }
    }

    fn end_fight(&mut self, user: &UserId, person: Option<&PersonHandle>, because: Vec<Because>) {
        let (user, person) = (user.clone(), person.cloned());
        let (action, undone, stage) = (Action::Add, 0, Stage::Over);
        self.plan.fights.push(Fight { user, person, action, undone, stage, because });
    }

    fn past_of(&self, user: &UserId) -> Option<&Past> {
        let fights = &self.basis.remembered.fights;
        // Mostly there is none, and this is asked once for each change and each member.
        if fights.is_empty() { None } else { fights.get(&(self.live.id.clone(), user.clone())) }
    }

    fn words(&self, fight: &Fight) -> String {
        let who = name(fight.person.as_ref(), &fight.user);
        let times = format!("{} times within seven days", fight.undone.max(MOST_UNDONE));
        match (fight.action, fight.stage) {
            (Action::Remove, _) => format!(
                "{who} was added by someone else {times}, each time after rosterd had removed {who}: rosterd goes on \
                 removing; find out who adds {who}"
            ),
            (Action::Add, Stage::Since(at)) => format!(
                "rosterd stopped adding {who} on {}, since someone else went on removing {who}: find out who does, \
                 then {}",
                at.strftime("%Y-%m-%d"),
                self.resume(fight.person.as_ref(), &fight.user)
            ),
            (Action::Add, _) => format!(
                "{who} was removed by someone else {times}, each time after rosterd had added {who}: rosterd stops \
                 adding {who}; find out who removes {who}, then {}",
                self.resume(fight.person.as_ref(), &fight.user)
            ),
        }
    }

    fn resume(&self, person: Option<&PersonHandle>, user: &UserId) -> String {
        let (provider, group, who) = (self.basis.provider, &self.plan.group, name(person, user));
        let words = [provider.as_str(), group.as_str(), who].map(shell);
        let [provider, group, who] = &words;
        format!("`rosterd resume {provider} --group {group} --person {who}`")
    }
}

fn name<'a>(person: Option<&'a PersonHandle>, user: &'a UserId) -> &'a str {
    person.map_or_else(|| user.as_str(), PersonHandle::as_str)
}
