use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use proptest::prelude::*;

use super::{Page, PageAt, read_whole};
use crate::providers::{Fault, FaultKind};

/// A provider with numbers for items.
struct Fake {
    items: Vec<usize>,
    /// The largest page it hands out.
    most: usize,
    asked: Mutex<Vec<PageAt>>,
}

impl Fake {
    fn of(count: usize) -> Self {
        Self { items: (0..count).collect(), most: usize::MAX, asked: Mutex::default() }
    }

    fn page(&self, at: PageAt) -> Page<usize> {
        self.asked.lock().unwrap().push(at);
        let items = self.items.iter().skip(at.offset).take(at.limit.min(self.most)).copied().collect();
        Page { items, total: Some(self.items.len()) }
    }

    async fn read(&self, limit: usize) -> Result<Vec<usize>, Fault> {
        read_whole("things", limit, 4, |at| async move { Ok(self.page(at)) }, |item| *item).await
    }

    fn asked(&self) -> Vec<(usize, usize, usize)> {
        let mut asked: Vec<_> =
            self.asked.lock().unwrap().iter().map(|at| (at.index, at.offset, at.limit)).collect();
        asked.sort_unstable();
        asked
    }
}

#[tokio::test]
async fn one_page_is_one_call() {
    for count in [0, 1, 100] {
        let fake = Fake::of(count);
        assert_eq!(fake.read(100).await.unwrap().len(), count);
        assert_eq!(fake.asked(), [(0, 0, 100)]);
    }
}

#[tokio::test]
async fn further_pages_follow_in_order() {
    let fake = Fake::of(250);
    assert_eq!(fake.read(100).await.unwrap(), fake.items);
    assert_eq!(fake.asked(), [(0, 0, 100), (1, 100, 100), (2, 200, 100)]);
}

#[tokio::test]
async fn a_smaller_page_than_asked_for_sets_the_size() {
    let fake = Fake { most: 20, ..Fake::of(50) };
    assert_eq!(fake.read(100).await.unwrap(), fake.items);
    assert_eq!(fake.asked(), [(0, 0, 100), (1, 20, 20), (2, 40, 20)]);
}

proptest! {
    #[test]
    fn every_item_comes_whatever_the_sizes(count in 0..200_usize, limit in 0..60_usize, most in 1..60_usize) {
        let fake = Fake { most, ..Fake::of(count) };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        prop_assert_eq!(runtime.block_on(fake.read(limit)).unwrap(), fake.items);
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_page_goes_alone_and_the_others_side_by_side() {
    let fake = Fake::of(90);
    let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let fetch = |at: PageAt| {
        let (fake, now, most) = (&fake, &now, &most);
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            // Later pages answer first.
            tokio::time::sleep(Duration::from_millis(100 - at.index as u64)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            Ok(fake.page(at))
        }
    };
    let started = tokio::time::Instant::now();
    let items = read_whole("things", 10, 4, fetch, |item| *item).await.unwrap();
    assert_eq!(items, fake.items);
    assert_eq!(most.load(Ordering::SeqCst), 4);
    assert!(started.elapsed() < Duration::from_millis(310), "one page, and eight in two goes of four");
}

/// Reads pages that are computed from the number of the page and the number of the reading.
async fn read_odd(
    page: impl Fn(usize, usize) -> Result<Page<usize>, Fault>,
) -> (Result<Vec<usize>, Fault>, usize) {
    let readings = AtomicUsize::new(0);
    let fetch = |at: PageAt| {
        if at.index == 0 {
            readings.fetch_add(1, Ordering::SeqCst);
        }
        let page = page(at.index, readings.load(Ordering::SeqCst));
        async move { page }
    };
    let outcome = read_whole("members of group g-1", 2, 2, fetch, |item| *item).await;
    (outcome, readings.load(Ordering::SeqCst))
}

#[expect(clippy::unnecessary_wraps, reason = "a page as a fetch gives it")]
fn page(items: &[usize], total: usize) -> Result<Page<usize>, Fault> {
    Ok(Page { items: items.to_vec(), total: Some(total) })
}

#[tokio::test]
async fn what_does_not_fit_together_is_never_taken() {
    type Pages = fn(usize, usize) -> Result<Page<usize>, Fault>;
    let cases: [(&str, Pages); 8] = [
        ("an item twice", |index, _| page(&[index, 1], 4)),
        ("a short last page", |index, _| page(if index == 0 { &[0, 1] } else { &[] }, 3)),
        ("an empty first page", |_, _| page(&[], 3)),
        ("more than the total", |_, _| page(&[1, 2], 1)),
        ("some, with a total of none", |_, _| page(&[1], 0)),
        ("a total that grows", |index, _| page(&[index * 2, index * 2 + 1], 4 + index)),
        ("a total that shrinks", |index, _| page(&[index * 2, index * 2 + 1], 4 - index)),
        ("a total that goes away", |index, _| {
            Ok(Page { items: vec![index * 2, index * 2 + 1], total: (index == 0).then_some(4) })
        }),
    ];
    for (case, pages) in cases {
        let (outcome, readings) = read_odd(pages).await;
        let fault = outcome.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unreadable, "{case}");
        assert!(fault.detail.starts_with("members of group g-1: "), "{fault}");
        assert_eq!(readings, 3, "{case}");
    }
}

#[tokio::test]
async fn a_change_while_reading_is_read_again() {
    let (outcome, readings) = read_odd(|index, reading| match (index, reading) {
        (0, 1) => page(&[0, 1], 3),
        (_, 1) => page(&[2, 3], 4),
        (0, _) => page(&[0, 1], 4),
        _ => page(&[2, 3], 4),
    })
    .await;
    assert_eq!(outcome.unwrap(), [0, 1, 2, 3]);
    assert_eq!(readings, 2);
}

#[tokio::test]
async fn a_total_that_is_missing_or_absurd_is_said_at_once() {
    let (outcome, readings) = read_odd(|_, _| Ok(Page { items: vec![1], total: None })).await;
    assert!(outcome.unwrap_err().detail.contains("does not say how many"));
    assert_eq!(readings, 1);
    let (outcome, readings) = read_odd(|_, _| page(&[1, 2], usize::MAX)).await;
    let fault = outcome.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unreadable);
    assert!(fault.detail.contains("cannot be right"), "{fault}");
    assert_eq!(readings, 1);
}

#[tokio::test]
async fn a_page_that_fails_ends_the_read() {
    let down = || Err(Fault::new(FaultKind::Passing, "down"));
    let (outcome, readings) =
        read_odd(|index, _| if index == 3 { down() } else { page(&[index, 9], 10) }).await;
    assert_eq!(outcome.unwrap_err().detail, "down");
    assert_eq!(readings, 1);
    let (outcome, _) = read_odd(|_, _| down()).await;
    assert_eq!(outcome.unwrap_err().detail, "down");
}

/// Compiles only when the adapters, whose futures must be `Send`, can use it.
#[tokio::test]
async fn it_can_be_used_in_another_task() {
    let fake = std::sync::Arc::new(Fake::of(5));
    let items = tokio::spawn(async move { fake.read(2).await }).await.unwrap();
    assert_eq!(items.unwrap(), [0, 1, 2, 3, 4]);
}
