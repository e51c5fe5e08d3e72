//! Looking at accounts one by one before they are added: no list tells which are suspended or locked, and there is
//! no call for several (official reference).

use std::collections::BTreeSet;
use std::sync::OnceLock;

use futures_util::stream::{self, StreamExt};
use reqwest::StatusCode;

use super::client::Client;
use super::wire;
use crate::core::diff::UNKNOWN;
use crate::core::model::{Addition, Looked, Remark, UserId};
use crate::providers::{Fault, http};

/// What became of one look.
enum Look {
    /// Nothing speaks against it, or this does.
    Seen(Option<Remark>),
    /// It could not be looked at.
    Unseen(String),
}

/// Looks at everybody once, however many groups they are to be added to. When the look itself is refused, the
/// others would be too: nobody else is asked for.
pub(super) async fn look_at(client: &Client, additions: &BTreeSet<Addition>) -> Looked {
    let users: BTreeSet<UserId> = additions.iter().map(|(user, _)| user.clone()).collect();
    let stopped = OnceLock::new();
    let looks = users.into_iter().map(|user| look_at_one(client, user, &stopped));
    let at_once = client.session.connection().concurrency.max(1);
    let mut looks = stream::iter(looks).buffer_unordered(at_once);
    let mut looked = Looked::default();
    while let Some((user, look)) = looks.next().await {
        match look {
            Look::Seen(None) => {}
            Look::Seen(Some(remark)) => {
                let of_user = additions.iter().filter(|(id, _)| *id == user);
                looked.against.extend(of_user.map(|addition| (addition.clone(), remark.clone())));
            }
            Look::Unseen(why) => drop(looked.unseen.insert(user, why)),
        }
    }
    looked
}

async fn look_at_one(client: &Client, user: UserId, stopped: &OnceLock<String>) -> (UserId, Look) {
    if let Some(why) = stopped.get() {
        return (user, Look::Unseen(why.clone()));
    }
    let look = match client.user(&user).await {
        Ok(account) if account.id == user.as_str() => Look::Seen(account.against(&user)),
        Ok(_) => Look::Unseen(format!("asked for {user}, SolveXia answered with another user")),
        Err(fault) if is_nobody(&fault) => {
            let detail = format!("{user} is nobody at SolveXia, or was deleted; correct the roster");
            Look::Seen(Some(Remark { code: UNKNOWN, user: Some(user.clone()), detail }))
        }
        // This id is odd; others need not be.
        Err(fault) if http::was_answered_with(&fault, StatusCode::BAD_REQUEST) => Look::Unseen(fault.detail),
        Err(fault) => Look::Unseen(stopped.get_or_init(|| fault.detail).clone()),
    };
    (user, look)
}

/// A 404 that means the user, not the address (official reference).
fn is_nobody(fault: &Fault) -> bool {
    http::was_answered_with(fault, StatusCode::NOT_FOUND) && !fault.detail.starts_with(wire::NO_ADDRESS)
}
