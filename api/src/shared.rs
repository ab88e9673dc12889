//! Responses that are computed once for all equal requests at the same time ([`crate::flights`]).

use crate::{
    app::App,
    auth::Caller,
    cache::keep,
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
use std::sync::Arc;

/// Responses that are being computed.
pub type Underway = Flights<Result<Computed, Problem>>;

/// A computed response.
#[derive(Clone, Debug)]
pub struct Computed {
    tag: String,
    body: Bytes,
    content_type: &'static str,
    until: Option<DateTime<Utc>>,
    last_modified: Option<DateTime<Utc>>,
    next: Option<String>,
}

impl From<Finished> for Computed {
    fn from(finished: Finished) -> Self {
        let Finished { content_type, body, until, last_modified, next } = finished;
        Self { tag: conditions::digest(&body), body: body.into(), content_type, until, last_modified, next }
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

/// The result of computing a response.
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

/// Computes a response once for all equal requests at the same time. It may be kept ([`crate::cache`]). `key` identifies
/// the response: equivalent requests have the same key, and it includes the audience if the response depends on it.
///
/// # Errors
/// The error of `work`. 503 if it is heavy, and too many heavy answers are being computed.
pub async fn answer(
    validated: Validated,
    app: &Data<App>,
    request: &HttpRequest,
    caller: &Caller,
    (key, cost): (String, Cost),
    work: impl FnOnce(&Store) -> Result<Finished, Problem> + Send + 'static,
) -> Result<HttpResponse, Problem> {
    let client = Network::of(request);
    let fly = |boarding: Arc<Boarding>| {
        let app = app.clone();
        let work = move |store: &Store| {
            boarding.close();
            boarding.began_at(moment(store)?);
            work(store).map(Computed::from)
        };
        async move {
            match cost {
                Cost::Light => app.run(work).await,
                Cost::Heavy => app.heavy.enter(client, Weight::Whole).await?.run(&app, work).await,
            }
        }
    };
    let how_far = async || app.run(moment).await;
    let computed = app.underway.share(&key, how_far, fly).await?;
    let Computed { content_type, tag, body, until, last_modified, next } = computed;
    let response = respond::tagged(validated, caller, content_type, &tag, last_modified, body);
    Ok(respond::with_next(keep(response, until), next.as_deref()))
}

/// Reads the current moment.
fn moment(store: &Store) -> Result<Moment, Problem> {
    Ok((store.last_change()?, today(store.now())))
}
