//! The two sides that a test may edit in the middle of a story: what is live, and what the roster wants.

use super::split;
use super::world::World;

/// One group at its provider, changed behind rosterd's back.
pub struct Live<'a> {
    pub(super) world: &'a World,
    pub(super) path: &'a str,
}

impl Live<'_> {
    /// Somebody puts this person in.
    pub fn add(self, handle: &str) -> Self {
        let (group, user, at) = self.ids(handle);
        let sandbox = self.world.sandbox();
        match at {
            "emporix" => sandbox.emporix().join(&group, &user),
            "travel" => sandbox.company().join(&group, &user),
            _ => sandbox.solvexia().join(&group, &user),
        }
        self
    }

    /// Somebody takes this person out.
    pub fn remove(self, handle: &str) -> Self {
        let (group, user, at) = self.ids(handle);
        let sandbox = self.world.sandbox();
        match at {
            "emporix" => sandbox.emporix().leave(&group, &user),
            "travel" => sandbox.company().leave(&group, &user),
            _ => sandbox.solvexia().leave(&group, &user),
        }
        self
    }

    fn ids(&self, handle: &str) -> (String, String, &str) {
        let (provider, _) = split(self.path);
        (self.world.group_id(self.path), self.world.id(provider, handle), provider)
    }
}

/// One group in the roster.
pub struct Wanted<'a> {
    pub(super) world: &'a World,
    pub(super) path: &'a str,
}

impl Wanted<'_> {
    /// The roster names this member too.
    pub fn add(self, member: &str) -> Self {
        self.world.book().find(self.path).wanted.push(member.to_owned());
        self
    }

    /// The roster no longer names this member.
    pub fn remove(self, member: &str) -> Self {
        self.world.book().find(self.path).wanted.retain(|wanted| wanted != member);
        self
    }

    /// The roster names these members and no others.
    pub fn set<I: IntoIterator<Item: Into<String>>>(self, members: I) -> Self {
        self.world.book().find(self.path).wanted = members.into_iter().map(Into::into).collect();
        self
    }

    /// One more line of TOML, as `allow_empty = true`.
    pub fn with(self, line: &str) -> Self {
        self.world.book().find(self.path).lines.push(line.to_owned());
        self
    }

    /// No longer the line of TOML with this key.
    pub fn without(self, key: &str) -> Self {
        self.world.book().find(self.path).lines.retain(|line| super::book::key(line) != key);
        self
    }
}
