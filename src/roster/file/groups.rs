//! `[teams.HANDLE]` and `[groups.PROVIDER.HANDLE]`

use super::{Binding, Group, Marks, Policies, Team, Written, check_handle, policies, references};
use crate::core::model::UserType;
use crate::core::roster::Membership;
use crate::document::Table;

pub(super) fn lower_teams(mut table: Table<'_>, marks: Marks) -> Vec<Team> {
    let mut teams = Vec::new();
    for (handle, value) in table.entries() {
        check_handle("team", handle.value, &handle.span, &table);
        let mut team =
            Team { handle: handle.value.to_owned(), mark: marks.mark(&handle.span), members: Vec::new() };
        if let Some(mut table) = value.table() {
            if !table.contains("members") {
                table.missing("members", "write members = [ … ]; the list may be empty");
            }
            let members = table.array("members").unwrap_or_default();
            team.members = references::lower(&members, marks);
            table.finish();
        }
        teams.push(team);
    }
    teams
}

pub(super) fn lower(mut table: Table<'_>, marks: Marks, written: &mut Written) {
    for (provider, value) in table.entries() {
        check_handle("provider", provider.value, &provider.span, &table);
        written.providers.push((provider.value.to_owned(), marks.mark(&provider.span)));
        let Some(mut table) = value.table() else { continue };
        for (handle, value) in table.entries() {
            check_handle("group", handle.value, &handle.span, &table);
            let group = Group {
                provider: provider.value.to_owned(),
                handle: handle.value.to_owned(),
                mark: marks.mark(&handle.span),
                binding: None,
                user_type: None,
                membership: Membership::Exact,
                members: Vec::new(),
                members_from: None,
                has_members: true,
                except: Vec::new(),
                allow_empty: false,
                policies: Policies::default(),
            };
            written.groups.push(match value.table() {
                Some(table) => lower_group(table, group, marks),
                None => group,
            });
        }
    }
}

fn lower_group(mut table: Table<'_>, mut group: Group, marks: Marks) -> Group {
    group.binding = binding(&mut table, marks);
    let types = [("EMPLOYEE", UserType::Employee), ("CUSTOMER", UserType::Customer)];
    let user_type = table.one_of("user_type", &types);
    group.user_type = user_type.map(|written| (written.value, marks.mark(&written.span)));
    let memberships = [("exact", Membership::Exact), ("include", Membership::Include)];
    if let Some(membership) = table.one_of("membership", &memberships) {
        group.membership = membership.value;
    } else if table.contains("membership") {
        group.membership = Membership::Include;
    }
    let members = table.array("members");
    group.has_members = match &members {
        Some(members) => !members.is_empty(),
        None => table.contains("members"),
    };
    group.members = references::lower(&members.unwrap_or_default(), marks);
    group.except = references::lower(&table.array("except").unwrap_or_default(), marks);
    group.members_from =
        table.string("members_from").map(|path| (path.value.to_owned(), marks.mark(&path.span)));
    group.has_members |= table.contains("members_from") && group.members_from.is_none();
    let allow_empty = table.bool("allow_empty");
    group.allow_empty =
        allow_empty.map_or_else(|| table.contains("allow_empty"), |allow_empty| allow_empty.value);
    group.policies = policies::lower(&mut table, marks);
    table.finish();
    group
}

fn binding(table: &mut Table<'_>, marks: Marks) -> Option<(Binding, super::Mark)> {
    let (id, name) = (table.string("id"), table.string("name"));
    match (table.contains("id"), table.contains("name")) {
        (true, true) => {
            let span = table.key_span("name").unwrap_or(table.span());
            let message = format!("{} has both `id` and `name`", table.label());
            table.complain(&span, message, "remove one of the two; `id` is the safer one");
            None
        }
        (false, false) => {
            let message = format!("{} has neither `id` nor `name`", table.label());
            let help = "write the id that the provider gave the group, or its exact name";
            table.complain(&table.span(), message, help);
            None
        }
        _ => match (id, name) {
            (Some(id), _) => Some((Binding::Id(id.value.to_owned()), marks.mark(&id.span))),
            (None, Some(name)) => {
                if name.trim().is_empty() || name.chars().any(char::is_control) {
                    let message = "a name cannot be empty or hold control characters";
                    table.complain(&name.span, message, "write the name as the provider shows it");
                }
                Some((Binding::Name(name.value.to_owned()), marks.mark(&name.span)))
            }
            (None, None) => None,
        },
    }
}
