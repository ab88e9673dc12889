//! Exports: everything that a query means, streamed a batch at a time.
//!
//! A format takes records and writes bytes; it neither asks the database nor knows the request.

mod csv;
mod geojson;
pub(crate) mod graphml;
mod ndjson;

use crate::{app::App, auth::Caller, problem::Problem, request::format::Format, respond};
use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    web::{Bytes, Data},
};
use domain::{content::Content, query::Query, record::Record};
use persistence::{audience::Audience, reading::List};

/// How many records are in memory at a time.
const BATCH: usize = 500;

/// A format that is written piece by piece.
trait Writer<C: Content>: Send {
    /// What comes before the first record.
    fn begin(&mut self) -> Result<Vec<u8>, Problem>;
    /// Some records.
    fn records(&mut self, records: &[Record<C>]) -> Result<Vec<u8>, Problem>;
    /// What comes behind the last record.
    fn end(&mut self) -> Result<Vec<u8>, Problem>;
}

fn writer<C: Content>(format: Format) -> Box<dyn Writer<C>> {
    match format {
        Format::Csv => Box::new(csv::Csv::new::<C>()),
        Format::GeoJson => Box::new(geojson::GeoJson::default()),
        Format::NdJson | Format::Json => Box::new(ndjson::NdJson),
    }
}

/// Where an export is: the query for the next batch, and how many records may still come.
struct Progress<C> {
    app: Data<App>,
    audience: Audience,
    writer: Box<dyn Writer<C>>,
    query: Query,
    left: usize,
}

/// Streams everything that a query means.
///
/// Each batch is a request to the database of its own, so that a slow reader keeps no connection.
///
/// # Errors
/// What is wrong with the query is found before the first byte.
pub(crate) async fn export<C: Content>(
    caller: &Caller,
    app: Data<App>,
    format: Format,
    query: Query,
) -> Result<HttpResponse, Problem> {
    let audience = caller.audience();
    let as_of = query.as_of;
    let change_cursor = app.run(move |store| Ok(store.cursor(store.position(as_of)?))).await?;
    let left = query.page.limit.unwrap_or(usize::MAX);
    let mut progress = Progress::<C> { app, audience, writer: writer(format), query, left };
    let mut first = progress.writer.begin()?;
    let more = progress.next_batch(&mut first).await?;
    let rest = futures_util::stream::try_unfold(more.then_some(progress), |progress| async {
        let Some(mut progress) = progress else { return Ok(None) };
        let mut bytes = Vec::new();
        // The head was sent already: all that can be done is to break off, so that nobody takes it for the whole.
        let more = progress.next_batch(&mut bytes).await.inspect_err(|problem| {
            log::error!("an export breaks off: {problem}: {}", problem.cause.as_deref().unwrap_or_default());
        })?;
        Ok::<_, Problem>(Some((Bytes::from(bytes), more.then_some(progress))))
    });
    let first = futures_util::stream::once(std::future::ready(Ok(Bytes::from(first))));
    let stream = futures_util::StreamExt::chain(first, rest);
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, format.content_type()))
        .insert_header((CACHE_CONTROL, respond::cache_control(caller)))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("inline; filename=\"{}.{}\"", C::KIND.plural(), format.as_str()),
        ))
        .insert_header(("change-cursor", change_cursor))
        .streaming(stream))
}

impl<C: Content> Progress<C> {
    /// Writes the next batch, and the end when it was the last; whether more follow.
    async fn next_batch(&mut self, out: &mut Vec<u8>) -> Result<bool, Problem> {
        let (audience, query, limit) = (self.audience, self.query.clone(), BATCH.min(self.left));
        let List { items, next, .. } =
            self.app.run(move |store| Ok(store.list::<C>(audience, &query, limit)?)).await?;
        self.left -= items.len();
        self.query.page.after = next;
        self.query.page.with_total = false;
        out.extend(self.writer.records(&items)?);
        let more = self.left > 0 && self.query.page.after.is_some();
        if !more {
            out.extend(self.writer.end()?);
        }
        Ok(more)
    }
}
