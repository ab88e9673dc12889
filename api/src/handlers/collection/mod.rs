//! Collections: lists, exports, facet counts, creation.

mod creation;
mod exports;

pub(super) use exports::{describe as describe_export, export};

use super::{
    counts::{Count, Counts, add_count, counts},
    paging::{self, CURSOR, page_at},
};
use crate::{
    app::App,
    auth::Caller,
    formats::{self, Context, Format},
    openapi::{Operation, add_kind, filters, json_answer, name_of, named, sort},
    problem::Problem,
    request::input::{Input, Validated},
    shared::{self, Cost, Finished},
    table::{Address, Table},
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::{
    content::Content,
    query::{Filter, Page, Parameters, Query, Scope, take_as_of},
    record::Record,
};
use persistence::{audience::Audience, store::Store};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

/// The operations on a collection.
pub(crate) fn mount<C: Content>(table: &mut impl Table) {
    let collection = format!("/api/v1/{}", C::KIND.plural());
    table.tag(C::KIND.plural(), C::ABOUT);
    table.address(&collection, |address| {
        address.get(list::<C>, describe_list::<C>).post(creation::create::<C>, creation::describe::<C>)
    });
    for format in Format::exports(C::KIND) {
        let export = move |caller: Caller, app: Data<App>, request: HttpRequest| async move {
            export::<C>(&caller, app, &request, Input::of(&request), format).await
        };
        table.get(&format!("{collection}.{}", format.extension()), export, || describe_all::<C>(format));
    }
    table.get(&format!("{collection}/facets"), facets::<C>, describe_facets::<C>);
}

fn describe_all<C: Content>(format: Format) -> Operation {
    let (plural, extension) = (C::KIND.plural(), format.extension());
    let summary = format!("Export {plural} as {}", format.name());
    let operation = Operation::new(plural, format!("export_{plural}_{extension}"), summary);
    describe_export::<C>(operation, format, filters::of::<C>())
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
/// 400 for unknown or invalid parameters, 406 for unsupported formats.
pub async fn list<C: Content>(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    answer::<C>(&caller, app, &request, Input::of(&request)).await
}

/// Answers a request for a list, in the format that it asks for.
pub(super) async fn answer<C: Content>(
    caller: &Caller,
    app: Data<App>,
    request: &HttpRequest,
    mut input: Input<'_>,
) -> Result<HttpResponse, Problem> {
    let offers: Vec<_> = Format::of_collection(C::KIND).map(Format::offer).collect();
    let format = input.choose_format(&offers)?;
    let context = Context::take(format, &app, &mut input).with_feed::<C>(format, input.sent());
    let max_limit = if format == Format::Json { Page::MAX_LIMIT } else { Page::MAX_EXPORT_LIMIT };
    let query = input.query(&Scope::of::<C>(), max_limit, app.store.now());
    let sent = input.sent().clone();
    let validated = input.finish()?;
    match format {
        Format::Json => page::<C>(validated, caller, caller.audience(), &app, request, sent, query).await,
        _ => formats::export::<C>(validated, request, caller, app, (format, context), query).await,
    }
}

fn describe_list<C: Content>() -> Operation {
    let plural = C::KIND.plural();
    let mut parameters = filters::of::<C>();
    parameters.push(sort::<C>());
    parameters.extend(paging::parameters());
    let words: Vec<_> =
        Format::of_collection(C::KIND).map(|format| format!("`{}`", format.extension())).collect();
    let exports: Vec<_> =
        Format::exports(C::KIND).map(|format| format!("`/api/v1/{plural}.{}`", format.extension())).collect();
    let headers = ["ETag", "Last-Modified", "Cache-Control", "Link", "X-Request-Id"];
    let answer = json_answer("A page of the list.", named(&name_of::<C>("List")), &headers);
    Operation::new(plural, format!("list_{plural}"), format!("List {plural}"))
        .description(format!("{} Filters are combined with AND, repeated values of one filter with OR. To export, use {}. `format` ({}) or `Accept` select the same formats here.", C::ABOUT, exports.join(", "), words.join(", ")))
        .parameters(parameters)
        .schemas(add_kind::<C>)
        .answer("200", answer)
        .refusals(&[406])
        .revalidated()
}

/// Returns a page of a list as seen by an audience.
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
    let of = app.clone();
    let key = format!("list {audience:?} {address}?{}", request.query_string());
    let cost = if query.as_of.is_some() { Cost::Heavy } else { Cost::Light };
    let work = move |store: &Store| {
        let list = store.list::<C>(audience, &query, limit)?;
        let cursor = list.next.map(|cursor| of.seal.close(&cursor.encode(fingerprint)));
        let next = cursor.map(|cursor| page_at(&address, &sent, CURSOR.name, cursor));
        let envelope = Envelope { items: &list.items, next: next.as_deref(), total: list.total };
        let last_modified = list.items.iter().map(|record| record.updated_at).max();
        Ok(Finished { last_modified, next: next.clone(), ..Finished::json(&envelope)? })
    };
    shared::answer(validated, app, request, caller, (key, cost), work).await
}

/// Counts per facet value. A value includes those below it in a hierarchy.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FacetCounts)]
struct Facets {
    #[schema(schema_with = counts)]
    facets: Counts,
}

/// Counts the records of a kind by facet.
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
    shared::answer(validated, &app, &request, &caller, (key, Cost::Heavy), move |store| {
        let facets = store
            .facets(audience, &scope, &filter, as_of)?
            .into_iter()
            .map(|(facet, counts)| (facet.as_str(), counts.into_iter().map(Count::from).collect()))
            .collect();
        Finished::json(&Facets { facets })
    })
    .await
}

fn describe_facets<C: Content>() -> Operation {
    let example = json!({ "facets": { "region": [
        { "value": "DE1", "name": { "de": "Baden-Württemberg", "en": "Baden-Württemberg" }, "count": 56 }
    ] } });
    let plural = C::KIND.plural();
    Operation::new(plural, format!("count_{plural}"), format!("Count {plural} by facet"))
        .description("Counts the matching records by each value of every facet. In a hierarchy, a value includes the values below it.")
        .parameters(filters::of::<C>())
        .schemas(add_count)
        .json::<Facets>("The counts.", &["ETag", "Cache-Control", "X-Request-Id"], &example)
        .refusals(&[406])
        .revalidated()
}
