//! Exports: streams all records that match a query.
//!
//! Slow readers cost little. Records are read in batches of about [`AHEAD`] bytes, each by its own statement, so no
//! database connection is held. Bytes are sent in pieces no larger than the server's buffer, and the next batch is
//! read when the previous one has been sent. An export is a heavy answer ([`crate::limits::heavy`]). If a client reads
//! nothing, its connection is closed ([`crate::limits::READER_PATIENCE`]).

use super::{Context, Format, Writer, writer};
use crate::{
    app::App,
    auth::{Caller, Ending, ended_token},
    limits::{
        client::Network,
        heavy::{Place, Weight},
    },
    problem::Problem,
    request::{conditions, input::Validated},
    respond,
};
use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG},
    web::{Bytes, Data},
};
use chrono::{DateTime, Utc};
use domain::{content::Content, fault::Faults, query::Query, time::today};
use persistence::{audience::Audience, query::page::List, store::Store};

/// Number of records in the first batch.
const FIRST_BATCH: usize = 50;
/// Maximum number of records in a batch.
const LARGEST_BATCH: usize = 500;
/// Target size of a batch in bytes, estimated from the previous one.
const AHEAD: usize = 256 * 1024;
/// Maximum number of bytes sent at a time.
const PIECE: usize = 32 * 1024;

/// Streams all records that match a query, or returns 304 if the caller has the current export.
///
/// # Errors
/// Errors of the query, before the first byte. 503 if there are too many heavy answers.
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
    let place = app.heavy.enter(Network::of(request), Weight::Export).await?;
    if let Some(most) = format.max_records() {
        refuse_more::<C>(&app, &place, audience, &query, most).await?;
    }
    let mut response = head(HttpResponse::Ok());
    let left = query.page.limit.unwrap_or(usize::MAX);
    // A search would tell which words a withdrawn record held.
    let withdrawn_since =
        format.tells_withdrawals_since(now, as_of).filter(|_| query.filter.question.is_none());
    let ending = app.endings.of(caller);
    let batches = Batches::<C> {
        audience,
        writer: writer(format, context),
        query,
        left,
        size: FIRST_BATCH,
        withdrawn_since,
        state: State::New,
    };
    let mut stream = Stream { ready: Bytes::new(), app, place, ending, batches: Some(Box::new(batches)) };
    stream.read_batch().await?;
    let name = format!("inline; filename=\"{}.{}\"", C::KIND.plural(), format.extension());
    Ok(response
        .insert_header((CONTENT_TYPE, format.content_type()))
        .insert_header((CONTENT_DISPOSITION, name))
        .streaming(futures_util::stream::try_unfold(stream, Stream::next)))
}

/// Rejects an export of more records than its format can hold.
async fn refuse_more<C: Content>(
    app: &App,
    place: &Place,
    audience: Audience,
    query: &Query,
    most: usize,
) -> Result<(), Problem> {
    if query.page.limit.is_some_and(|limit| limit <= most) {
        return Ok(());
    }
    let mut query = query.clone();
    query.page.with_total = true;
    let total = place.run(app, move |store| Ok(store.list::<C>(audience, &query, 1)?.total)).await?;
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
    app: Data<App>,
    place: Place,
    /// `None` after the last batch, and after an error.
    batches: Option<Box<Batches<C>>>,
    ending: Ending,
}

impl<C: Content> Stream<C> {
    /// The next piece. Aborts the body when the token ends, so that the client notices that it is incomplete.
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, Problem> {
        let is_complete = self.ready.is_empty() && self.batches.is_none();
        if self.ending.is_over() && !is_complete {
            return Err(ended_token());
        }
        while self.ready.is_empty() {
            if self.batches.is_none() {
                return Ok(None);
            }
            // The head has been sent. Abort the body, so that the client notices that it is incomplete.
            self.read_batch().await.inspect_err(|problem| {
                log::error!(
                    "an export was aborted: {problem}: {}",
                    problem.cause.as_deref().unwrap_or_default()
                );
            })?;
        }
        let piece = self.ready.split_to(PIECE.min(self.ready.len()));
        Ok(Some((piece, self)))
    }

    /// Reads and writes the next batch, off the threads that serve requests.
    async fn read_batch(&mut self) -> Result<(), Problem> {
        let Some(mut batches) = self.batches.take() else { return Ok(()) };
        let work = move |store: &Store| {
            let bytes = batches.next(store)?;
            Ok((bytes, batches))
        };
        let (bytes, batches) = self.place.run(&self.app, work).await?;
        self.ready = bytes.into();
        self.batches = (batches.state != State::Over).then_some(batches);
        Ok(())
    }
}

/// The batches of an export: the query for the next one, and the number of records left.
struct Batches<C> {
    audience: Audience,
    writer: Box<dyn Writer<C>>,
    query: Query,
    left: usize,
    /// Number of records in the next batch.
    size: usize,
    /// The moment since which the format tells what was withdrawn.
    withdrawn_since: Option<DateTime<Utc>>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    New,
    Begun,
    Over,
}

impl<C: Content> Batches<C> {
    /// The bytes of the next batch, with the beginning before the first and the end after the last one.
    fn next(&mut self, store: &Store) -> Result<Vec<u8>, Problem> {
        let mut out = match self.state {
            State::New => self.writer.begin()?,
            State::Begun | State::Over => Vec::new(),
        };
        let limit = self.size.min(self.left);
        let List { items, next, .. } = store.list::<C>(self.audience, &self.query, limit)?;
        self.left -= items.len();
        self.query.page.after = next;
        self.query.page.with_total = false;
        let bytes = self.writer.records(&items)?;
        self.size = (AHEAD * items.len() / bytes.len().max(1)).clamp(1, LARGEST_BATCH);
        out.extend(bytes);
        self.state = State::Begun;
        if self.left == 0 || self.query.page.after.is_none() {
            if let Some(since) = self.withdrawn_since {
                let withdrawn = store.withdrawn::<C>(&self.query.filter, since)?;
                out.extend(self.writer.withdrawn(&withdrawn)?);
            }
            out.extend(self.writer.end()?);
            self.state = State::Over;
        }
        Ok(out)
    }
}
