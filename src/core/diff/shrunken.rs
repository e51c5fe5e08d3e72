//! A group that is far smaller than it was is told of, and its removals are the guard's to hold.

use super::GroupDiff;
use crate::core::shrunken;

impl GroupDiff<'_> {
    pub(super) fn shrink(&mut self) {
        let believed = self.basis.remembered.believed.get(&self.live.id);
        let Some(found) = believed.and_then(|believed| shrunken::judge(believed, &self.live.members)) else {
            return;
        };
        let (gone, before, read) =
            (found.missing.len(), found.before, found.at.strftime("%Y-%m-%d %H:%M UTC"));
        let (code, what) = if self.live.members.is_empty() {
            ("empty-live", format!("the provider says that nobody is a member; {before} were there"))
        } else {
            ("shrunken", format!("{gone} of {before} members are gone who were there"))
        };
        // What that means for the changes here is the guard's to say.
        let detail = format!("{what} on {read}; rosterd removed none of them, so the read may be wrong");
        self.problem(code, detail);
        self.plan.shrunken = Some(found);
    }
}
