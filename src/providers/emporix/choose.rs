//! Which of the two ways to read memberships takes fewer calls. Pure.

/// How the memberships of employees are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From each group's own member list.
    ByGroups,
    /// From the list of users, each with its groups.
    ByUsers,
    /// From both, which are then compared.
    Both,
    /// That shows when the first page of users has told how many there are.
    Look,
}

/// What is known of the list of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserList {
    /// It is read anyway, to find people: memberships out of it cost nothing more.
    ReadAnyway,
    /// It takes so many calls.
    Pages(usize),
    /// Nothing.
    Unknown,
}

/// As many calls by groups are not worth a look at the first page of users.
const FEW: usize = 2;

/// Chooses the way with fewer calls; of equals the member lists, which also know members whom the user
/// list does not.
///
/// `group_pages` are the pages of all member lists together. When a read by groups is due, the user
/// list is only read as well where it is read anyway.
#[must_use]
pub fn cheaper(group_pages: usize, users: UserList, by_groups_due: bool) -> Way {
    match users {
        _ if group_pages == 0 => Way::ByGroups,
        UserList::ReadAnyway if by_groups_due => Way::Both,
        UserList::ReadAnyway => Way::ByUsers,
        _ if by_groups_due => Way::ByGroups,
        UserList::Pages(pages) if pages < group_pages => Way::ByUsers,
        UserList::Unknown if group_pages > FEW => Way::Look,
        UserList::Pages(_) | UserList::Unknown => Way::ByGroups,
    }
}

/// Pages that a list of so many items takes: an empty one takes a page too.
#[must_use]
pub fn pages(items: usize, page_size: usize) -> usize {
    items.div_ceil(page_size.max(1)).max(1)
}
