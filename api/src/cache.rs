//! A cache of responses that are expensive to compute.
//!
//! An entry is valid until anything changes, the day ends, or its own expiry. The number of the last change is read
//! from the database each time, so no entry is ever stale, whoever wrote. Concurrent requests for the same response
//! compute it once ([`crate::flights`]).

use crate::{
    app::App,
    auth::Caller,
    flights::{Boarding, Flights, Moment},
    limits::{client::Network, heavy::Weight},
    problem::Problem,
    request::{body::JSON, conditions, input::Validated},
    respond,
};
use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Data},
};
use chrono::{DateTime, Utc};
use domain::time::today;
use persistence::store::Store;
use quick_cache::{
    DefaultHashBuilder, OptionsBuilder, Weighter,
    sync::{Cache, DefaultLifecycle},
};
use std::sync::Arc;

/// Capacity in bytes.
const CAPACITY: u64 = 32 * 1024 * 1024;
/// Estimated number of entries.
const ANSWERS: usize = 2_000;

/// Responses by request: cached ones, and those being computed.
#[derive(Debug)]
pub struct Answers {
    kept: Cache<String, Kept, ByBytes>,
    flights: Flights<Result<Kept, Problem>>,
}

/// A cached response.
#[derive(Clone, Debug)]
pub struct Kept {
    moment: Moment,
    tag: String,
    body: Bytes,
    content_type: &'static str,
    until: Option<DateTime<Utc>>,
    last_modified: Option<DateTime<Utc>>,
    next: Option<String>,
}

impl Kept {
    fn new(moment: Moment, finished: Finished) -> Self {
        let Finished { content_type, body, until, last_modified, next } = finished;
        let tag = conditions::digest(&body);
        Self { moment, tag, body: body.into(), content_type, until, last_modified, next }
    }

    fn is_true(&self, moment: Moment, now: DateTime<Utc>) -> bool {
        self.moment == moment && self.until.is_none_or(|until| now < until)
    }

    fn is_as_new_as(&self, other: &Self) -> bool {
        (self.moment, self.until) == (other.moment, other.until)
    }

    fn respond(self, validated: Validated, request: &HttpRequest, caller: &Caller) -> HttpResponse {
        let Self { content_type, tag, body, last_modified, next, .. } = self;
        let response = respond::tagged(validated, request, caller, content_type, &tag, last_modified, body);
        respond::with_next(response, next.as_deref())
    }
}

/// What computing a response costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// Little.
    Light,
    /// It is a heavy answer ([`crate::limits::heavy`]).
    Heavy,
}

/// A computed response.
#[derive(Debug)]
pub struct Finished {
    /// Media type.
    pub content_type: &'static str,
    /// Body.
    pub body: Vec<u8>,
    /// Expiry within the day, even if nothing changes.
    pub until: Option<DateTime<Utc>>,
    /// Time of the last change of the content.
    pub last_modified: Option<DateTime<Utc>>,
    /// URL of the next page.
    pub next: Option<String>,
}

impl Finished {
    /// A response with a media type.
    pub fn new(content_type: &'static str, body: Vec<u8>) -> Self {
        Self { content_type, body, until: None, last_modified: None, next: None }
    }

    /// A JSON response.
    ///
    /// # Errors
    /// 500 if it cannot be serialised.
    pub fn json(value: &impl serde::Serialize) -> Result<Self, Problem> {
        Ok(Self::new(JSON, serde_json::to_vec(value).map_err(Problem::internal)?))
    }
}

/// Weighs entries by their size in bytes.
#[derive(Clone, Debug)]
pub struct ByBytes;

impl Weighter<String, Kept> for ByBytes {
    fn weight(&self, key: &String, kept: &Kept) -> u64 {
        (key.len() + kept.body.len() + 200) as u64
    }
}

/// Creates an empty cache.
pub fn empty() -> Answers {
    // One shard, because an entry must fit into a shard.
    let options =
        OptionsBuilder::new().shards(1).estimated_items_capacity(ANSWERS).weight_capacity(CAPACITY).build();
    let kept = match options {
        Ok(options) => {
            Cache::with_options(options, ByBytes, DefaultHashBuilder::default(), DefaultLifecycle::default())
        }
        Err(_) => Cache::with_weighter(ANSWERS, CAPACITY, ByBytes),
    };
    Answers { kept, flights: Flights::default() }
}

/// Returns the cached response, or computes and caches it, as a heavy answer. `key` identifies the response: equivalent
/// requests have the same key, and it includes the audience if the response depends on it.
///
/// # Errors
/// The error of `work`. 503 if too many heavy answers are being computed.
pub async fn answer(
    validated: Validated,
    app: &Data<App>,
    request: &HttpRequest,
    caller: &Caller,
    key: String,
    work: impl FnOnce(&Store) -> Result<Finished, Problem> + Send + 'static,
) -> Result<HttpResponse, Problem> {
    let held = app.answers.kept.get(&key);
    let kept = worked_out(app, request, &key, held.clone(), work).await?;
    if held.is_none_or(|held| !held.is_as_new_as(&kept)) {
        app.answers.kept.insert(key, kept.clone());
    }
    Ok(kept.respond(validated, request, caller))
}

/// Computes a response once for all concurrent requests, without caching it. `key` is as for [`answer`].
///
/// # Errors
/// The error of `work`. 503 if it is heavy, and too many heavy answers are being computed.
pub async fn shared(
    validated: Validated,
    app: &Data<App>,
    request: &HttpRequest,
    caller: &Caller,
    (key, cost): (String, Cost),
    work: impl FnOnce(&Store) -> Result<Finished, Problem> + Send + 'static,
) -> Result<HttpResponse, Problem> {
    let kept = match cost {
        Cost::Heavy => worked_out(app, request, &key, None, work).await?,
        Cost::Light => {
            let fly = |boarding: Arc<Boarding>| {
                let app = app.clone();
                async move { app.run(move |store| computed(store, &boarding, work)).await }
            };
            app.answers.flights.share(&key, how_far(app), fly).await?
        }
    };
    Ok(kept.respond(validated, request, caller))
}

/// Returns `held` if it is still valid, otherwise the result of `work` as a heavy answer.
async fn worked_out(
    app: &Data<App>,
    request: &HttpRequest,
    key: &str,
    held: Option<Kept>,
    work: impl FnOnce(&Store) -> Result<Finished, Problem> + Send + 'static,
) -> Result<Kept, Problem> {
    let client = Network::of(request);
    let fly = |boarding: Arc<Boarding>| {
        let app = app.clone();
        async move {
            if let Some(kept) = held {
                let boarding = boarding.clone();
                let check = move |store: &Store| {
                    let (moment, now) = began(store, &boarding)?;
                    Ok(kept.is_true(moment, now).then_some(kept))
                };
                if let Some(kept) = app.run(check).await? {
                    return Ok(kept);
                }
            }
            let place = app.heavy.enter(client, Weight::Whole).await?;
            place.run(&app, move |store| computed(store, &boarding, work)).await
        }
    };
    app.answers.flights.share(key, how_far(app), fly).await
}

/// Reads the current moment.
fn how_far(app: &App) -> impl AsyncFn() -> Result<Moment, Problem> {
    async || app.run(|store| Ok((store.last_change()?, today(store.now())))).await
}

/// Computes a response.
fn computed(
    store: &Store,
    boarding: &Boarding,
    work: impl FnOnce(&Store) -> Result<Finished, Problem>,
) -> Result<Kept, Problem> {
    let (moment, _) = began(store, boarding)?;
    Ok(Kept::new(moment, work(store)?))
}

/// Closes boarding, and reads the moment at which the work starts.
fn began(store: &Store, boarding: &Boarding) -> Result<(Moment, DateTime<Utc>), Problem> {
    boarding.close();
    let (last_change, now) = (store.last_change()?, store.now());
    let moment = (last_change, today(now));
    boarding.began_at(moment);
    Ok((moment, now))
}
