//! Paged reads that come whole or not at all.

use std::collections::HashSet;
use std::future::Future;
use std::hash::Hash;

use futures_util::stream::{self, StreamExt};

use super::{Fault, FaultKind};

/// How often a read is begun before it counts as impossible.
const TRIES: usize = 3;
/// More pages than any provider has; a total beyond it is nonsense.
const MOST_PAGES: usize = 100_000;

/// Which page to fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageAt {
    /// Counted from 0.
    pub index: usize,
    /// Items before it.
    pub offset: usize,
    /// Items asked for.
    pub limit: usize,
}

/// One page as it came.
#[derive(Debug)]
pub struct Page<T> {
    /// Its items.
    pub items: Vec<T>,
    /// How many the provider says there are over all pages; none when it does not say.
    pub total: Option<usize>,
}

/// Why what came is not the whole.
enum NotWhole {
    /// Reading again may help: somebody changed it meanwhile.
    Moved(String),
    /// Reading again does not help.
    For(Fault),
}

/// Reads every page: the first alone, the others side by side, `concurrency` at once. The number of
/// distinct keys must equal the total and the total must stand still; else everything is read again,
/// three times in all, and then it is [`super::FaultKind::Unreadable`].
///
/// A provider that hands out smaller pages than asked for is taken at its size: the size of the first
/// page is then asked for in the others. Of several items with one key the first is kept.
pub async fn read_whole<T, K, F, Fut>(
    what: &str,
    limit: usize,
    concurrency: usize,
    fetch: F,
    key: impl Fn(&T) -> K,
) -> Result<Vec<T>, Fault>
where
    K: Eq + Hash,
    F: Fn(PageAt) -> Fut,
    Fut: Future<Output = Result<Page<T>, Fault>>,
{
    let mut seen = String::new();
    for _ in 0..TRIES {
        match read_once(what, limit.max(1), concurrency.max(1), &fetch, &key).await {
            Ok(items) => return Ok(items),
            Err(NotWhole::For(fault)) => return Err(fault),
            Err(NotWhole::Moved(how)) => {
                tracing::debug!(what, how, "Pages do not fit together; reading again.");
                seen = how;
            }
        }
    }
    Err(unreadable(format!(
        "{what}: the pages did not fit together in {TRIES} readings; in the last one {seen}"
    )))
}

async fn read_once<T, K, F, Fut>(
    what: &str,
    limit: usize,
    concurrency: usize,
    fetch: &F,
    key: &impl Fn(&T) -> K,
) -> Result<Vec<T>, NotWhole>
where
    K: Eq + Hash,
    F: Fn(PageAt) -> Fut,
    Fut: Future<Output = Result<Page<T>, Fault>>,
{
    let first = fetch(PageAt { index: 0, offset: 0, limit }).await.map_err(NotWhole::For)?;
    let Some(total) = first.total else {
        let detail =
            format!("{what}: the provider does not say how many there are, so a whole read cannot be told");
        return Err(NotWhole::For(unreadable(detail)));
    };
    let mut pages = vec![(0, first.items)];
    let size = pages[0].1.len();
    if size < total {
        let count = page_count(what, size, total)?;
        let ask = |index| {
            let page = fetch(PageAt { index, offset: index * size, limit: size });
            async move { (index, page.await) }
        };
        let mut others = stream::iter(1..count).map(ask).buffer_unordered(concurrency);
        while let Some((index, page)) = others.next().await {
            let page = page.map_err(NotWhole::For)?;
            match page.total {
                Some(now) if now == total => pages.push((index, page.items)),
                Some(now) => return Err(moved(format!("the total went from {total} to {now}"))),
                None => return Err(moved(format!("page {} came without a total", index + 1))),
            }
        }
    }
    pages.sort_by_key(|(index, _)| *index);
    whole(pages.into_iter().flat_map(|(_, items)| items), total, key)
}

/// How many pages there are; a page holds `size` items.
fn page_count(what: &str, size: usize, total: usize) -> Result<usize, NotWhole> {
    if size == 0 {
        return Err(moved(format!("the first page was empty, with a total of {total}")));
    }
    let count = total.div_ceil(size);
    if count > MOST_PAGES {
        let detail = format!("{what}: a total of {total} in pages of {size} cannot be right");
        return Err(NotWhole::For(unreadable(detail)));
    }
    Ok(count)
}

/// Keeps the first item of each key and checks that they are as many as the total says.
fn whole<T, K: Eq + Hash>(
    items: impl Iterator<Item = T>,
    total: usize,
    key: &impl Fn(&T) -> K,
) -> Result<Vec<T>, NotWhole> {
    let mut keys = HashSet::new();
    let distinct: Vec<T> = items.filter(|item| keys.insert(key(item))).collect();
    if distinct.len() == total {
        return Ok(distinct);
    }
    Err(moved(format!("{} different items came, with a total of {total}", distinct.len())))
}

fn moved(how: String) -> NotWhole {
    NotWhole::Moved(how)
}

fn unreadable(detail: String) -> Fault {
    Fault::new(FaultKind::Unreadable, detail)
}

#[cfg(test)]
mod tests;
