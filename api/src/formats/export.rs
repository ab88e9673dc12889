//! Exports: streams all records that match a query.
//!
//! Slow readers cost little. Records are read in batches of about [`AHEAD`] bytes, each by its own statement, so no
//! database connection is held. Bytes are sent in pieces no larger than the server's buffer, and the next batch is
//! read when the previous one has been sent. At most [`AT_ONCE`] exports run at once. If a client reads nothing, its
//! connection is closed ([`crate::limits::READER_PATIENCE`]).

use super::{Context, Format, Writer, writer};
use crate::{
    app::App,
    auth::{Caller, Ending, ended_token},
    problem::{Problem, UNAVAILABLE},
    request::{conditions, input::Validated},
    respond,
};
use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, HeaderValue, RETRY_AFTER},
    web::{Bytes, Data},
};
use chrono::{DateTime, Utc};
use domain::{content::Content, fault::Faults, query::Query, time::today};
use persistence::{audience::Audience, query::page::List};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// Maximum number of concurrent exports.
pub const AT_ONCE: usize = 64;
/// How long another export waits for a free place.
const PATIENCE: Duration = Duration::from_secs(2);
/// `Retry-After` in seconds.
const RETRY: &str = "10";
/// Number of records in the first batch.
const FIRST_BATCH: usize = 50;
/// Maximum number of records in a batch.
const LARGEST_BATCH: usize = 500;
/// Target size of a batch in bytes, estimated from the previous one.
const AHEAD: usize = 256 * 1024;
/// Maximum number of bytes sent at a time.
const PIECE: usize = 32 * 1024;

/// The semaphore that limits concurrent exports.
#[derive(Debug)]
pub struct Exports(Arc<Semaphore>);

impl Default for Exports {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Exports {
    /// Waits for a free place. 503 if there is none in time.
    async fn enter(&self) -> Result<OwnedSemaphorePermit, Problem> {
        match timeout(PATIENCE, self.0.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(Problem::new(
                &UNAVAILABLE,
                "Too many exports are in progress. Try again in a few seconds.",
            )
            .with_header(RETRY_AFTER, HeaderValue::from_static(RETRY))),
        }
    }
}

/// Streams all records that match a query, or returns 304 if the caller has the current export.
///
/// # Errors
/// Errors of the query, before the first byte. 503 if there are too many exports.
pub(crate) async fn export<C: Content>(
    _: Validated,
    request: &HttpRequest,
    caller: &Caller,
    app: Data<App>,
    (format, context): (Format, Context),
    query: Query,
) -> Result<HttpResponse, Problem> {
    let audience = format.audience(caller);
    let as_of = query.as_of;
    let (shown, last, now) =
        app.run(move |store| Ok((store.position(as_of)?, store.last_change()?, store.now()))).await?;
    // The content follows from these. A running export may show later changes, but then no later export gets the same
    // tag.
    let release = env!("CARGO_PKG_VERSION");
    let (kind, place, day) = (C::KIND, app.store.cursor(last), today(now));
    let recipe = format!("{release} {kind} {format:?} {context:?} {audience:?} {query:?} {place} {day}");
    let tag = conditions::digest(recipe.as_bytes());
    let held = conditions::held(request, &tag);
    let head = |mut response: HttpResponseBuilder| {
        response
            .insert_header((CACHE_CONTROL, respond::cache_control(caller)))
            .insert_header((ETAG, format!("\"{}\"", held.as_deref().unwrap_or(&tag))))
            .insert_header(("change-cursor", app.store.cursor(shown)));
        response
    };
    if held.is_some() {
        return Ok(head(HttpResponse::NotModified()).finish());
    }
    if let Some(most) = format.max_records() {
        refuse_more::<C>(&app, audience, &query, most).await?;
    }
    let mut response = head(HttpResponse::Ok());
    let (permit, ending) = (app.exports.enter().await?, app.endings.of(caller));
    let left = query.page.limit.unwrap_or(usize::MAX);
    // A search would tell which words a withdrawn record held.
    let withdrawn_since =
        format.tells_withdrawals_since(now, as_of).filter(|_| query.filter.question.is_none());
    let writer = writer(format, context);
    let mut progress =
        Progress::<C> { app, audience, writer, query, left, batch: FIRST_BATCH, withdrawn_since };
    let mut first = progress.writer.begin()?;
    let more = progress.next_batch(&mut first).await?;
    let stream = Stream { ready: first.into(), progress: more.then_some(progress), ending, _permit: permit };
    let name = format!("inline; filename=\"{}.{}\"", C::KIND.plural(), format.extension());
    Ok(response
        .insert_header((CONTENT_TYPE, format.content_type()))
        .insert_header((CONTENT_DISPOSITION, name))
        .streaming(futures_util::stream::try_unfold(stream, Stream::next)))
}

/// Rejects an export of more records than its format can hold.
async fn refuse_more<C: Content>(
    app: &App,
    audience: Audience,
    query: &Query,
    most: usize,
) -> Result<(), Problem> {
    if query.page.limit.is_some_and(|limit| limit <= most) {
        return Ok(());
    }
    let mut query = query.clone();
    query.page.with_total = true;
    let total = app.run(move |store| Ok(store.list::<C>(audience, &query, 1)?.total)).await?;
    if total.unwrap_or_default() <= i64::try_from(most).unwrap_or(i64::MAX) {
        return Ok(());
    }
    let mut faults = Faults::new();
    faults.malformed(
        "limit",
        format!("must be set, to at most {most}, because more records match. CSV has no limit"),
    );
    Err(Problem::of_parameters(faults))
}

/// A running export.
struct Stream<C> {
    ready: Bytes,
    /// `None` after the last batch.
    progress: Option<Progress<C>>,
    ending: Ending,
    _permit: OwnedSemaphorePermit,
}

impl<C: Content> Stream<C> {
    /// The next piece. Aborts the body when the token ends, so that the client notices that it is incomplete.
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, Problem> {
        let is_complete = self.ready.is_empty() && self.progress.is_none();
        if self.ending.is_over() && !is_complete {
            return Err(ended_token());
        }
        while self.ready.is_empty() {
            let Some(progress) = &mut self.progress else { return Ok(None) };
            let mut bytes = Vec::new();
            // The head has been sent. Abort the body, so that the client notices that it is incomplete.
            let more = progress.next_batch(&mut bytes).await.inspect_err(|problem| {
                log::error!(
                    "an export was aborted: {problem}: {}",
                    problem.cause.as_deref().unwrap_or_default()
                );
            })?;
            self.ready = bytes.into();
            if !more {
                self.progress = None;
            }
        }
        let piece = self.ready.split_to(PIECE.min(self.ready.len()));
        Ok(Some((piece, self)))
    }
}

/// The progress of an export: the query for the next batch, and the number of records left.
struct Progress<C> {
    app: Data<App>,
    audience: Audience,
    writer: Box<dyn Writer<C>>,
    query: Query,
    left: usize,
    batch: usize,
    /// The moment since which the format tells what was withdrawn.
    withdrawn_since: Option<DateTime<Utc>>,
}

impl<C: Content> Progress<C> {
    /// Writes the next batch, and the end after the last one. Returns whether more follow.
    async fn next_batch(&mut self, out: &mut Vec<u8>) -> Result<bool, Problem> {
        let (audience, query, limit) = (self.audience, self.query.clone(), self.batch.min(self.left));
        let List { items, next, .. } =
            self.app.run(move |store| Ok(store.list::<C>(audience, &query, limit)?)).await?;
        self.left -= items.len();
        self.query.page.after = next;
        self.query.page.with_total = false;
        let bytes = self.writer.records(&items)?;
        self.batch = (AHEAD * items.len() / bytes.len().max(1)).clamp(1, LARGEST_BATCH);
        out.extend(bytes);
        let more = self.left > 0 && self.query.page.after.is_some();
        if !more {
            if let Some(since) = self.withdrawn_since {
                let filter = self.query.filter.clone();
                let withdrawn = self.app.run(move |store| Ok(store.withdrawn::<C>(&filter, since)?)).await?;
                out.extend(self.writer.withdrawn(&withdrawn)?);
            }
            out.extend(self.writer.end()?);
        }
        Ok(more)
    }
}
