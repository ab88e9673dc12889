//! Shares the result of the same work among concurrent requests.
//!
//! A response must show everything that was written before its request. A request that comes before the work has read
//! the database can share its result. A later request reads the number of the last change, and shares the result only
//! if the work started at the same one:
//!
//! ```text
//! A requests        → starts work: closes boarding, reads "change 7", counts …
//! B requests        → closed; reads "change 7": the same, waits for the counts of A
//! C writes change 8
//! D requests        → closed; reads "change 8": starts new work, which later requests share
//! ```
//!
//! Neither results nor errors are kept after the work.

use chrono::NaiveDate;
use futures_util::future::{BoxFuture, FutureExt as _, Shared, WeakShared, select};
use std::{
    collections::HashMap,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::watch;

/// The state of the data: the number of the last change, and the day.
pub type Moment = (i64, NaiveDate);

type Answer<T> = Shared<BoxFuture<'static, T>>;

/// Work in progress, by key.
#[derive(Debug)]
pub struct Flights<T: Clone>(Arc<Mutex<HashMap<String, Flight<T>>>>);

#[derive(Debug)]
struct Flight<T: Clone> {
    boarding: Arc<Boarding>,
    /// Weak, so that work is dropped when nobody waits for it.
    answer: WeakShared<BoxFuture<'static, T>>,
}

/// Decides who may still share the result of some work.
#[derive(Debug, Default)]
pub struct Boarding {
    is_closed: AtomicBool,
    moment: watch::Sender<Option<Moment>>,
}

impl Boarding {
    /// Later requests must compare moments from now on. Must be called before the work reads the database.
    pub fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
    }

    /// Sets the moment at which the work started.
    pub fn began_at(&self, moment: Moment) {
        self.moment.send_replace(Some(moment));
    }

    /// Waits until the work has started.
    async fn began(&self) {
        // Cannot fail, because `self` holds the sender.
        let _ = self.moment.subscribe().wait_for(Option::is_some).await;
    }

    /// Whether a request may share the result. `now` is the current moment, if the request has read it. `None` if
    /// `now` or the start of the work is still unknown.
    fn takes(&self, now: Option<Moment>) -> Option<bool> {
        if !self.is_closed.load(Ordering::SeqCst) {
            return Some(true);
        }
        let began_at = *self.moment.borrow();
        Some(now? == began_at?)
    }
}

impl<T: Clone> Default for Flights<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: Clone + Send + Sync + 'static, E: Clone + Send + Sync + 'static> Flights<Result<T, E>> {
    /// Shares the work in progress for a key, or does it. `how_far` reads the current moment.
    ///
    /// # Errors
    /// The error of `work`.
    pub async fn share<W>(
        &self,
        key: &str,
        how_far: impl AsyncFn() -> Result<Moment, E>,
        mut work: impl FnOnce(Arc<Boarding>) -> W,
    ) -> Result<T, E>
    where
        W: Future<Output = Result<T, E>> + Send + 'static,
    {
        let mut now = None;
        loop {
            let (boarding, answer);
            match self.board(key, now, work) {
                Step::Wait(answer) => return answer.await,
                Step::Ask(back, underway) => {
                    work = back;
                    (boarding, answer) = underway;
                }
            }
            if now.is_none() {
                now = Some(how_far().await?);
            }
            // The start becomes known soon, or never if the work fails.
            select(pin!(boarding.began()), answer).await;
        }
    }

    fn board<W, F: FnOnce(Arc<Boarding>) -> W>(
        &self,
        key: &str,
        now: Option<Moment>,
        work: F,
    ) -> Step<Result<T, E>, F>
    where
        W: Future<Output = Result<T, E>> + Send + 'static,
    {
        // Declared before the guard, so that it is dropped after it: dropping the last handle of an answer takes the
        // lock.
        let underway;
        let mut flights = lock(&self.0);
        underway =
            flights.get(key).and_then(|flight| Some((flight.boarding.clone(), flight.answer.upgrade()?)));
        if let Some((boarding, answer)) = underway {
            match boarding.takes(now) {
                Some(true) => return Step::Wait(answer),
                Some(false) => {}
                None => return Step::Ask(work, (boarding, answer)),
            }
        }
        let boarding = Arc::new(Boarding::default());
        let landing = Landing { flights: self.0.clone(), key: key.to_owned(), boarding: boarding.clone() };
        let work = work(boarding.clone());
        let answer = async move {
            let _landing = landing;
            work.await
        };
        let answer = answer.boxed().shared();
        if let Some(weak) = answer.downgrade() {
            flights.insert(key.to_owned(), Flight { boarding, answer: weak });
        }
        Step::Wait(answer)
    }
}

/// The next step of a request.
enum Step<T: Clone, F> {
    /// Wait for the result.
    Wait(Answer<T>),
    /// Read the current moment, and wait for the start of this work. Returns the unused closure.
    Ask(F, (Arc<Boarding>, Answer<T>)),
}

/// Removes work from the table when it is done or dropped.
struct Landing<T: Clone> {
    flights: Arc<Mutex<HashMap<String, Flight<T>>>>,
    key: String,
    boarding: Arc<Boarding>,
}

impl<T: Clone> Drop for Landing<T> {
    fn drop(&mut self) {
        let mut flights = lock(&self.flights);
        if flights.get(&self.key).is_some_and(|flight| Arc::ptr_eq(&flight.boarding, &self.boarding)) {
            flights.remove(&self.key);
        }
    }
}

fn lock<T>(table: &Mutex<T>) -> MutexGuard<'_, T> {
    table.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join_all;
    use std::{sync::atomic::AtomicUsize, time::Duration};
    use tokio::time::sleep;

    const DAY: NaiveDate = NaiveDate::MIN;

    /// A landscape that counts how often it is read.
    #[derive(Default)]
    struct Landscape {
        last_change: AtomicUsize,
        looks: AtomicUsize,
        flights: Flights<Result<usize, &'static str>>,
    }

    impl Landscape {
        fn moment(&self) -> Moment {
            (i64::try_from(self.last_change.load(Ordering::SeqCst)).unwrap(), DAY)
        }

        /// The answer to a request: the number of the change that it shows.
        async fn ask(self: Arc<Self>, key: &str) -> Result<usize, &'static str> {
            let (asked, worked) = (self.clone(), self.clone());
            let how_far = async move || {
                sleep(Duration::from_millis(1)).await;
                Ok(asked.moment())
            };
            let work = |boarding: Arc<Boarding>| async move {
                boarding.close();
                sleep(Duration::from_millis(2)).await;
                let moment = worked.moment();
                boarding.began_at(moment);
                worked.looks.fetch_add(1, Ordering::SeqCst);
                sleep(Duration::from_millis(50)).await;
                usize::try_from(moment.0).map_err(|_| "before all changes")
            };
            self.flights.share(key, how_far, work).await
        }

        fn is_empty(&self) -> bool {
            lock(&self.flights.0).is_empty()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_many_ask_at_once_is_worked_out_once() {
        let landscape = Arc::new(Landscape::default());
        let answers = join_all((0..40).map(|_| landscape.clone().ask("one"))).await;
        assert_eq!(answers, [Ok(0); 40]);
        assert_eq!(landscape.looks.load(Ordering::SeqCst), 1);
        // Nothing is kept, and other questions are worked out by themselves.
        join_all([landscape.clone().ask("one"), landscape.clone().ask("two")]).await;
        assert_eq!(landscape.looks.load(Ordering::SeqCst), 3);
        assert!(landscape.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_while_it_is_worked_out_shares_it_unless_something_changed() {
        let landscape = Arc::new(Landscape::default());
        let late = |after: u64| {
            let landscape = landscape.clone();
            async move {
                sleep(Duration::from_millis(after)).await;
                landscape.ask("one").await
            }
        };
        let change = async {
            sleep(Duration::from_millis(25)).await;
            landscape.last_change.store(1, Ordering::SeqCst);
        };
        let asked = [late(0), late(10), late(15), late(30), late(35), late(40)];
        let ((), answers) = futures_util::future::join(change, join_all(asked)).await;
        assert_eq!(answers, [Ok(0), Ok(0), Ok(0), Ok(1), Ok(1), Ok(1)]);
        assert_eq!(landscape.looks.load(Ordering::SeqCst), 2);
        assert!(landscape.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_is_told_to_those_who_wait_and_then_forgotten() {
        let flights = Flights::<Result<usize, &'static str>>::default();
        let tries = Arc::new(AtomicUsize::new(0));
        let ask = || {
            let tries = tries.clone();
            flights.share(
                "one",
                async || Ok((0, DAY)),
                move |boarding| async move {
                    boarding.close();
                    boarding.began_at((0, DAY));
                    sleep(Duration::from_millis(5)).await;
                    if tries.fetch_add(1, Ordering::SeqCst) == 0 { Err("unreachable") } else { Ok(1) }
                },
            )
        };
        assert_eq!(join_all([ask(), ask()]).await, [Err("unreachable"); 2]);
        assert_eq!(ask().await, Ok(1));
    }

    #[tokio::test(start_paused = true)]
    async fn work_goes_on_without_the_one_who_asked_first_and_leaves_nothing_when_all_are_gone() {
        let landscape = Arc::new(Landscape::default());
        let mut first = Box::pin(landscape.clone().ask("one"));
        let gone = tokio::time::timeout(Duration::from_millis(10), &mut first).await;
        assert!(gone.is_err());
        let second = tokio::spawn(landscape.clone().ask("one"));
        sleep(Duration::from_millis(5)).await;
        drop(first);
        assert_eq!(second.await.unwrap(), Ok(0));
        assert_eq!(landscape.looks.load(Ordering::SeqCst), 1);
        let all_gone = tokio::time::timeout(Duration::from_millis(1), landscape.clone().ask("two")).await;
        assert!(all_gone.is_err() && landscape.is_empty());
    }
}
