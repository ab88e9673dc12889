//! Answers that take long to work out, kept as long as they are true.
//!
//! An answer is true until anything changes, the day ends, or the moment comes that it names itself. The number of the
//! last change is asked of the database each time, so nothing is ever stale, whoever wrote.

use crate::{app::App, auth::Caller, problem::Problem, request::conditions, respond};
use actix_web::{HttpRequest, HttpResponse, web::Bytes};
use chrono::{DateTime, NaiveDate, Utc};
use domain::time::today;
use persistence::store::Store;
use quick_cache::{
    DefaultHashBuilder, OptionsBuilder, Weighter,
    sync::{Cache, DefaultLifecycle},
};

/// So many bytes of answers are kept.
const CAPACITY: u64 = 32 * 1024 * 1024;
/// So many answers, about, fit into them.
const ANSWERS: usize = 2_000;

/// Finished answers by what was asked.
pub type Answers = Cache<String, Kept, ByBytes>;

/// An answer that is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    last_change: i64,
    day: NaiveDate,
    until: Option<DateTime<Utc>>,
    content_type: &'static str,
    tag: String,
    body: Bytes,
}

impl Kept {
    fn is_true(&self, last_change: i64, now: DateTime<Utc>) -> bool {
        self.last_change == last_change
            && self.day == today(now)
            && self.until.is_none_or(|until| now < until)
    }
}

/// What was worked out.
#[derive(Debug)]
pub struct Finished {
    /// Its media type.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
    /// From when on it is no longer true, though nothing changed and the day has not ended.
    pub until: Option<DateTime<Utc>>,
}

impl Finished {
    /// An answer in JSON.
    ///
    /// # Errors
    /// 500 when it cannot be written as JSON.
    pub fn json(value: &impl serde::Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_vec(value).map_err(Problem::internal)?;
        Ok(Self { content_type: "application/json", body, until: None })
    }
}

/// Weighs answers by their bytes.
#[derive(Clone, Debug)]
pub struct ByBytes;

impl Weighter<String, Kept> for ByBytes {
    fn weight(&self, key: &String, kept: &Kept) -> u64 {
        (key.len() + kept.body.len() + 200) as u64
    }
}

/// No answers yet.
pub fn empty() -> Answers {
    // One shard: no answer is kept that is larger than a shard.
    let options =
        OptionsBuilder::new().shards(1).estimated_items_capacity(ANSWERS).weight_capacity(CAPACITY).build();
    match options {
        Ok(options) => {
            Cache::with_options(options, ByBytes, DefaultHashBuilder::default(), DefaultLifecycle::default())
        }
        Err(_) => Cache::with_weighter(ANSWERS, CAPACITY, ByBytes),
    }
}

/// Answers what is kept, or works it out and keeps it: the same for every caller. `key` says what was asked, in one
/// spelling.
///
/// # Errors
/// What the work fails with.
pub async fn answer(
    app: &App,
    request: &HttpRequest,
    caller: &Caller,
    key: String,
    work: impl FnOnce(&Store) -> Result<Finished, Problem> + Send + 'static,
) -> Result<HttpResponse, Problem> {
    let held = app.answers.get(&key);
    let (kept, is_new) = app
        .run(move |store| {
            let (last_change, now) = (store.last_change()?, store.now());
            if let Some(kept) = held.filter(|kept| kept.is_true(last_change, now)) {
                return Ok((kept, false));
            }
            let Finished { content_type, body, until } = work(store)?;
            let tag = conditions::digest(&body);
            let body = body.into();
            Ok((Kept { last_change, day: today(now), until, content_type, tag, body }, true))
        })
        .await?;
    if is_new {
        app.answers.insert(key, kept.clone());
    }
    let Kept { content_type, tag, body, .. } = kept;
    Ok(respond::tagged(request, caller, content_type, &tag, None, body))
}
