//! Looking at accounts before they are added: which calls, and what is made of the answers.

use std::collections::BTreeSet;

use super::{World, http_test, lookup, scope, uid};
use crate::core::model::{Addition, Hints, Live, Looked, UserType};
use crate::providers::Provider;

fn employees(ids: &[&str]) -> BTreeSet<Addition> {
    ids.iter().map(|id| (uid(id), UserType::Employee)).collect()
}

/// The words against each addition: `ann locked-user`.
fn against(looked: &Looked) -> Vec<String> {
    looked.against.iter().map(|((user, _), remark)| format!("{user} {}", remark.code)).collect()
}

async fn world() -> World {
    let world = World::new().await.group("g1", "Editors", "EMPLOYEE");
    let world =
        world.user("ann", &["g1"]).user("bob", &[]).user("cat", &[]).user("dan", &[]).user("eve", &[]);
    world.change(|data| data.users[1]["isAccountLocked"] = true.into());
    world
}

#[tokio::test]
async fn a_list_that_was_read_costs_nothing_more() {
    http_test(async {
        let world = world().await;
        let mut asked = scope(&["g1"]);
        asked.lookups = vec![lookup("a", "ann@acme.example")];
        let provider = world.provider();
        let live = provider.read(&asked).await.unwrap();
        let before = world.calls();
        let mut additions = employees(&["bob", "cat"]);
        additions.extend([(uid("dan"), UserType::Customer), (uid("4711"), UserType::Customer)]);
        let looked = provider.look_at(&live, &asked.hints, &additions).await;
        assert_eq!(against(&looked), ["bob locked-user", "dan wrong-user-type"]);
        assert_eq!((world.calls(), looked.unseen.len()), (before, 0));
    })
    .await;
}

#[tokio::test]
async fn few_are_looked_at_one_by_one_and_a_stranger_in_the_list_as_well() {
    http_test(async {
        let world = world().await;
        let provider = world.provider();
        let looked = provider.look_at(&Live::default(), &Hints::default(), &employees(&["bob", "cat"])).await;
        assert_eq!(against(&looked), ["bob locked-user"]);
        assert_eq!(world.calls(), ["GET users/bob", "GET users/cat"]);
        // Found by a number that is not the id: only the list shows the id.
        world.change(|data| data.users[2]["backofficeUserNumber"] = "B-1".into());
        let asked = employees(&["cat", "zoe"]);
        let looked = provider.look_at(&Live::default(), &Hints::default(), &asked).await;
        assert_eq!(against(&looked), ["zoe unknown-user"]);
        let calls = ["GET users 1", "GET users/bob", "GET users/cat", "GET users/cat", "GET users/zoe"];
        assert_eq!(world.calls(), calls);
    })
    .await;
}

#[tokio::test]
async fn many_are_looked_at_in_the_list_where_that_takes_fewer_calls() {
    http_test(async {
        for users in [None, Some(5)] {
            let world = world().await;
            let hints = Hints { users, ..Hints::default() };
            let asked = employees(&["bob", "cat", "dan"]);
            let looked = world.provider().look_at(&Live::default(), &hints, &asked).await;
            assert_eq!(against(&looked), ["bob locked-user"]);
            assert_eq!(world.calls(), ["GET users 1"], "{users:?}");
        }
        // Two to a page: three pages are no fewer than three accounts.
        let world = world().await.page_size(2);
        let hints = Hints { users: Some(5), ..Hints::default() };
        world.provider().look_at(&Live::default(), &hints, &employees(&["bob", "cat", "dan"])).await;
        assert_eq!(world.calls(), ["GET users/bob", "GET users/cat", "GET users/dan"]);
    })
    .await;
}
