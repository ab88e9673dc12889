//! Heavy answers: exports, and whatever is computed from many records. They must not delay light ones.
//!
//! A heavy answer has a *place* from its start to its end. There are [`PLACES`], half of them for one client, and a
//! client waits two seconds for a place at most, then gets a 503. While it uses a thread and a connection to the
//! database, an answer also has a *turn*. There are fewer turns than connections, so that light answers always find
//! one. Exports have a turn of their own, on a thread of the lowest priority: they read in batches, and an answer of one piece
//! need not wait for all of them. It is one thread for all batches, because a new thread begins with the priority of those
//! that serve requests, and keeps the processor for some milliseconds.

use super::client::Network;
use crate::{
    app::App,
    priority::{self, LOWEST},
    problem::{Problem, UNAVAILABLE},
};
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use persistence::store::{READ_TIME, Store};
use std::{
    collections::HashMap,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError, Weak, mpsc},
    thread,
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    time::timeout,
};

/// Maximum number of concurrent heavy answers.
pub const PLACES: usize = 64;
/// Maximum number of concurrent heavy answers to one client.
pub const PLACES_OF_CLIENT: usize = PLACES / 2;
/// How long an answer waits for a place.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long an answer of one piece waits for its turn.
const TURN_PATIENCE: Duration = Duration::from_secs(10);
/// Number of other heavy answers that are computed at a time.
const TURNS: usize = 2;
/// `Retry-After` in seconds.
const RETRY: HeaderValue = HeaderValue::from_static("10");

/// How an answer is computed.
#[derive(Clone, Copy, Debug)]
pub enum Weight {
    /// In batches, as its reader takes them.
    Export,
    /// In one piece.
    Whole,
}

/// A batch of an export.
type Batch = Box<dyn FnOnce() + Send>;

/// The places and turns of a server.
#[derive(Debug)]
pub struct Heavy {
    places: Arc<Semaphore>,
    by_client: Mutex<HashMap<Network, Weak<Semaphore>>>,
    exports: Arc<Semaphore>,
    whole: Arc<Semaphore>,
    exporter: Exporter,
}

/// The thread on which exports read, one batch after the other. It ends when nothing can come any more.
#[derive(Clone, Debug)]
struct Exporter(mpsc::Sender<Batch>);

impl Exporter {
    fn start() -> io::Result<Self> {
        let (sender, batches) = mpsc::channel::<Batch>();
        let work = move || {
            priority::lower(LOWEST);
            for batch in batches {
                // Its export fails, because nobody will send the result. The panic is in the log.
                let _ = catch_unwind(AssertUnwindSafe(batch));
            }
        };
        thread::Builder::new().name("exports".to_owned()).spawn(work)?;
        Ok(Self(sender))
    }

    async fn run<T: Send + 'static>(
        &self,
        store: Store,
        work: impl FnOnce(&Store) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let (done, answer) = oneshot::channel();
        let batch = move || {
            if !done.is_closed() {
                // If nobody waits any more, nobody receives this.
                let _ = done.send(work(&store));
            }
        };
        self.0.send(Box::new(batch)).map_err(Problem::internal)?;
        answer.await.map_err(Problem::internal)?
    }
}

/// The place of an answer. Free again when dropped.
#[derive(Debug)]
pub struct Place {
    turns: Arc<Semaphore>,
    weight: Weight,
    exporter: Exporter,
    _of_client: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl Heavy {
    /// Starts the thread of exports.
    ///
    /// # Errors
    /// If the system has no thread.
    pub fn start() -> io::Result<Self> {
        Ok(Self {
            places: Arc::new(Semaphore::new(PLACES)),
            by_client: Mutex::default(),
            exports: Arc::new(Semaphore::new(1)),
            whole: Arc::new(Semaphore::new(TURNS)),
            exporter: Exporter::start()?,
        })
    }

    /// Waits for a place.
    ///
    /// # Errors
    /// 503 if there is none in time.
    pub async fn enter(&self, client: Network, weight: Weight) -> Result<Place, Problem> {
        let of_client = self.places_of(client);
        let turns = match weight {
            Weight::Export => self.exports.clone(),
            Weight::Whole => self.whole.clone(),
        };
        let both = async {
            let _of_client = of_client.acquire_owned().await.map_err(Problem::internal)?;
            let _of_all = self.places.clone().acquire_owned().await.map_err(Problem::internal)?;
            let exporter = self.exporter.clone();
            Ok(Place { turns, weight, exporter, _of_client, _of_all })
        };
        timeout(PATIENCE, both).await.unwrap_or_else(|_| Err(too_many()))
    }

    /// Returns how many places are taken.
    pub fn places_taken(&self) -> usize {
        PLACES - self.places.available_permits()
    }

    fn places_of(&self, client: Network) -> Arc<Semaphore> {
        let mut by_client = self.by_client.lock().unwrap_or_else(PoisonError::into_inner);
        by_client.retain(|_, places| places.strong_count() > 0);
        let known = by_client.get(&client).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            let places = Arc::new(Semaphore::new(PLACES_OF_CLIENT));
            by_client.insert(client, Arc::downgrade(&places));
            places
        })
    }
}

impl Place {
    /// Waits for a turn, and runs blocking work in it. The turn lasts until the work ends, even if nobody waits for it
    /// any more.
    ///
    /// # Errors
    /// The error of `work`. 503 if it takes longer than [`READ_TIME`], or if an answer of one piece gets no turn in
    /// time.
    pub async fn run<T: Send + 'static>(
        &self,
        app: &App,
        work: impl FnOnce(&Store) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let waiting = self.turns.clone().acquire_owned();
        let turn = match self.weight {
            // Its place bounds how many wait, and its client has part of the answer already.
            Weight::Export => waiting.await,
            Weight::Whole => timeout(TURN_PATIENCE, waiting).await.map_err(|_| too_many())?,
        };
        let turn = turn.map_err(Problem::internal)?;
        let work = move |store: &Store| {
            let _turn = turn;
            work(store)
        };
        let answer = async {
            match self.weight {
                Weight::Export => self.exporter.run(app.store.clone(), work).await,
                Weight::Whole => app.run(work).await,
            }
        };
        timeout(READ_TIME, answer).await.unwrap_or_else(|_| Err(Problem::too_slow()))
    }
}

fn too_many() -> Problem {
    Problem::new(
        &UNAVAILABLE,
        "Too many exports and other expensive requests are in progress. Try again in a few seconds.",
    )
    .with_header(RETRY_AFTER, RETRY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;
    use tokio::time::Instant;

    fn client(number: u8) -> Network {
        IpAddr::from([192, 0, 2, number]).into()
    }

    async fn enter(heavy: &Heavy, client: Network) -> Option<Place> {
        let began = Instant::now();
        match heavy.enter(client, Weight::Export).await {
            Ok(place) => Some(place),
            Err(problem) => {
                assert_eq!((problem.kind.status, problem.headers[0].1.clone()), (503, RETRY));
                assert_eq!(began.elapsed().as_secs(), PATIENCE.as_secs());
                None
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_gets_half_of_the_places() {
        let heavy = Heavy::start().unwrap();
        let mut held = Vec::new();
        while let Some(place) = enter(&heavy, client(1)).await {
            held.push(place);
        }
        assert_eq!(held.len(), PLACES_OF_CLIENT);
        while let Some(place) = enter(&heavy, client(2)).await {
            held.push(place);
        }
        assert_eq!(held.len(), PLACES);
        assert!(enter(&heavy, client(3)).await.is_none());
        held.pop();
        assert!(enter(&heavy, client(1)).await.is_none());
        assert!(enter(&heavy, client(3)).await.is_some());
        drop(held);
        assert!(enter(&heavy, client(1)).await.is_some());
        assert_eq!(heavy.by_client.lock().unwrap().len(), 1, "clients without a place are forgotten");
    }
}
