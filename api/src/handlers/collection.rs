//! Collections: lists, exports, facet counts, creation.

use super::{
    insight::Count,
    paging::page_at,
    writes::{complete, refuse_assigning_chamber, resolve},
};
use crate::{
    app::App,
    auth::{Caller, Editor},
    cache::{self, Finished},
    formats,
    openapi::compose::{exports, operations as describe},
    problem::{CONFLICT, INVALID, Problem},
    request::{
        body::{Body, JSON},
        conditions,
        format::Format,
        input::{Input, Validated},
    },
    respond,
    table::{Address, Table},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CONTENT_TYPE, ETAG, LOCATION},
    web::{Data, Payload},
};
use domain::{
    content::Content,
    fault::Faults,
    query::{Filter, Page, Parameters, Query, Scope, take_as_of},
    record::{Draft, Record},
};
use persistence::{
    audience::Audience,
    write::{idempotency::IdempotencyKey, transaction::Transaction},
};
use serde::Serialize;
use std::collections::BTreeMap;

/// The operations on a collection.
pub(crate) fn mount<C: Content>(table: &mut impl Table) {
    let collection = format!("/api/v1/{}", C::KIND.plural());
    table.tag(C::KIND.plural(), C::ABOUT);
    table.address(&collection, |address| {
        address.get(list::<C>, describe::list::<C>).post(create::<C>, describe::create::<C>)
    });
    for format in Format::EXPORTS {
        let export = move |caller: Caller, app: Data<App>, request: HttpRequest| {
            export::<C>(caller, app, request, format)
        };
        table.get(&format!("{collection}.{}", format.as_str()), export, || exports::export::<C>(format));
    }
    table.get(&format!("{collection}/facets"), facets::<C>, describe::facets::<C>);
}

/// A page of a list.
#[derive(Debug, Serialize)]
struct Envelope<'a, C> {
    items: &'a [Record<C>],
    next: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<i64>,
}

/// Lists the records of a kind, as a page or as an export.
///
/// # Errors
/// 400 for parameters that are not known or make no sense, 406 for formats that there are not.
pub async fn list<C: Content>(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let format = input.choose_format(&Format::OFFERS)?;
    let max_limit = if format == Format::Json { Page::MAX_LIMIT } else { Page::MAX_EXPORT_LIMIT };
    let query = input.query(&Scope::of::<C>(), max_limit, app.store.now());
    let sent = input.sent().clone();
    let validated = input.finish()?;
    match format {
        Format::Json => page::<C>(validated, &caller, caller.audience(), &app, &request, sent, query).await,
        _ => formats::export::<C>(validated, &request, &caller, app, format, query).await,
    }
}

/// Exports the records of a kind, at the address of a format.
///
/// # Errors
/// As [`list`]; pages, and the parameter `format`, are not known here.
pub async fn export<C: Content>(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
    format: Format,
) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    input.refuse(&["cursor", "with_total"]);
    let query = input.query(&Scope::of::<C>(), Page::MAX_EXPORT_LIMIT, app.store.now());
    let validated = input.finish_as(format.media_type())?;
    formats::export::<C>(validated, &request, &caller, app, format, query).await
}

/// Answers a page of a list, as an audience sees it.
pub(super) async fn page<C: Content>(
    validated: Validated,
    caller: &Caller,
    audience: Audience,
    app: &Data<App>,
    request: &HttpRequest,
    sent: Parameters,
    query: Query,
) -> Result<HttpResponse, Problem> {
    let limit = query.page.limit.unwrap_or(Page::DEFAULT_LIMIT);
    let fingerprint = query.fingerprint;
    let address = app.url(request.path());
    let key = format!("list {audience:?} {address}?{}", request.query_string());
    cache::shared(validated, app, request, caller, key, move |store| {
        let list = store.list::<C>(audience, &query, limit)?;
        let next = list.next.map(|cursor| page_at(&address, &sent, "cursor", cursor.encode(fingerprint)));
        let envelope = Envelope { items: &list.items, next: next.as_deref(), total: list.total };
        let last_modified = list.items.iter().map(|record| record.updated_at).max();
        Ok(Finished { last_modified, next: next.clone(), ..Finished::json(&envelope)? })
    })
    .await
}

/// How many records have each value.
#[derive(Debug, Serialize)]
struct Facets {
    facets: BTreeMap<&'static str, Vec<Count>>,
}

/// Counts the records of a kind by every facet.
///
/// # Errors
/// As [`list`].
pub async fn facets<C: Content>(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let scope = Scope::of::<C>();
    let mut input = Input::of(&request);
    let (rest, faults) = input.parts();
    let filter = Filter::take(&scope, rest, faults);
    let as_of = take_as_of(rest, app.store.now(), faults);
    let validated = input.finish()?;
    let audience = caller.audience();
    let key = format!("facets {} {audience:?} {filter:?} {as_of:?}", C::KIND);
    cache::answer(validated, &app, &request, &caller, key, move |store| {
        let facets = store
            .facets(audience, &scope, &filter, as_of)?
            .into_iter()
            .map(|(facet, counts)| (facet.as_str(), counts.into_iter().map(Count::from).collect()))
            .collect();
        Finished::json(&Facets { facets })
    })
    .await
}

/// Creates a record.
///
/// # Errors
/// 400 and 422 for what is wrong with the body, 409 for a slug that is taken or a repeated key under way.
pub async fn create<C: Content>(
    editor: Editor,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let body = Body::receive(&request, payload, JSON).await;
    let ((), validated) = Input::of(&request).finish_with_body(body.check_supported())?;
    let Editor(identity) = editor;
    let key = conditions::idempotency_key(&request)?.map(|key| IdempotencyKey {
        token: identity.token,
        path: request.path().to_owned(),
        key,
    });
    let _claim = key.clone().map(|key| Claim::new(app.clone(), key)).transpose()?;
    let (record, is_replay) = app
        .run(move |store| {
            store.write(&identity.actor(), identity.audience(), |transaction| match &key {
                Some(key) => create_once::<C>(transaction, &identity, &body, key),
                None => Ok((create_in::<C>(transaction, &identity, &body)?, false)),
            })
        })
        .await?;
    app.follow.wrote();
    created(validated, &app, &record, is_replay)
}

/// The answer to a record that was created.
fn created<C: Content>(
    _: Validated,
    app: &App,
    record: &Record<C>,
    is_replay: bool,
) -> Result<HttpResponse, Problem> {
    let text = serde_json::to_vec(record).map_err(Problem::internal)?;
    let mut response = HttpResponse::Created();
    response
        .insert_header((LOCATION, app.url(&respond::path_of(record))))
        .insert_header((ETAG, format!("\"{}\"", conditions::record_tag(record.version, &text))))
        .insert_header((CONTENT_TYPE, JSON))
        .insert_header((actix_web::http::header::CACHE_CONTROL, "private, no-store"));
    if is_replay {
        response.insert_header(("idempotent-replayed", "true"));
    }
    Ok(response.body(text))
}

/// A key that is at work in this instance, until it is dropped.
struct Claim {
    app: Data<App>,
    key: IdempotencyKey,
}

impl Claim {
    fn new(app: Data<App>, key: IdempotencyKey) -> Result<Self, Problem> {
        let is_first = match app.running.lock() {
            Ok(mut running) => running.insert(key.clone()),
            Err(poisoned) => poisoned.into_inner().insert(key.clone()),
        };
        if is_first { Ok(Self { app, key }) } else { Err(under_way()) }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        match self.app.running.lock() {
            Ok(mut running) => running.remove(&self.key),
            Err(poisoned) => poisoned.into_inner().remove(&self.key),
        };
    }
}

fn under_way() -> Problem {
    Problem::new(
        &CONFLICT,
        "A request with this Idempotency-Key is still under way. Send it again in a moment.",
    )
}

/// Creates a record unless that was done before under the same key; then that record is answered again as it was made.
/// Whether it was.
fn create_once<C: Content>(
    transaction: &mut Transaction<'_>,
    identity: &crate::auth::Identity,
    body: &Body,
    key: &IdempotencyKey,
) -> Result<(Record<C>, bool), Problem> {
    if !transaction.claim(key)? {
        return Err(under_way());
    }
    let body_hash = body.hash()?;
    match transaction.recall(key)? {
        Some(write) if write.body_hash == body_hash => Ok((transaction.replay(&write)?, true)),
        Some(_) => Err(Problem::new(&INVALID, "This Idempotency-Key was used before, with another body.")),
        None => {
            let record = create_in::<C>(transaction, identity, body)?;
            transaction.remember(key, &body_hash, &record)?;
            Ok((record, false))
        }
    }
}

fn create_in<C: Content>(
    transaction: &mut Transaction<'_>,
    identity: &crate::auth::Identity,
    body: &Body,
) -> Result<Record<C>, Problem> {
    let mut faults = Faults::new();
    let draft = Draft::<C>::read(body.json(&mut faults)?, None, &mut faults);
    refuse_assigning_chamber(identity, draft.as_ref(), &mut faults);
    let resolved = resolve(transaction, draft, &mut faults)?;
    let stored = transaction.create(complete(resolved, faults)?)?;
    Ok(transaction.answer(stored)?)
}
