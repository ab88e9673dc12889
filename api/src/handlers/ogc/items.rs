//! Features: pages of a collection, and single ones.

use super::{
    collections::{page as page_below, title},
    description,
    form::{F, Form, Nature, guarded},
    links::{self, Link},
    map::{Map, Mark},
    page::Page,
};
use crate::{
    app::App,
    auth::Caller,
    cache::keep,
    formats::geojson::Feature,
    handlers::record::Place,
    openapi::{Operation, filters},
    problem::Problem,
    request::{conditions::record_tag, input::Input},
    respond,
    shared::{self, Cost, Finished},
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::{
    content::Content,
    id::Id,
    query::{Query, Scope},
    record::Record,
    slug::Key,
};
use persistence::{audience::Audience, query::page::List};
use serde::Serialize;

/// A page of features (RFC 7946 section 3.3, with foreign members).
#[derive(Debug, Serialize)]
struct Features<'a, C> {
    r#type: &'static str,
    #[serde(rename = "numberMatched")]
    matched: i64,
    #[serde(rename = "numberReturned")]
    returned: usize,
    features: Vec<Feature<'a, C>>,
    links: Vec<Link>,
}

/// Returns a page of the features of a collection.
///
/// # Errors
/// 400 for unknown or invalid parameters, 406 for formats other than GeoJSON and HTML.
pub(super) async fn list<C: Content>(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let form = input.choose_format_by(F, Nature::Features.offers())?;
    let query = input.features(&Scope::of::<C>());
    let sent = input.sent().clone();
    let validated = input.finish()?;
    let key = format!("ogc items {} {form:?} {}", C::KIND, request.query_string());
    let of = app.clone();
    let response = shared::answer(validated, &app, &request, &caller, (key, Cost::Heavy), move |store| {
        let limit = query.page.limit.unwrap_or(Query::DEFAULT_FEATURES);
        let list = store.list::<C>(Audience::Public, &query, limit)?;
        let base = of.url(&format!("{}/items", links::collection(C::KIND)));
        let cursor = list.next.as_ref().map(|cursor| of.seal.close(&cursor.encode(query.fingerprint)));
        let next = cursor.map(|cursor| links::address(&base, &sent, form, Some(cursor)));
        let mut links = links::own(form, Nature::Features, &title(C::KIND), |form| {
            links::address(&base, &sent, form, None)
        });
        let media_type = Nature::Features.media_type(form);
        links.extend(next.iter().map(|next| Link::new("next", next.clone(), media_type, "Next page")));
        let last_modified = list.items.iter().map(|record| record.updated_at).max();
        let finished = written(&of, form, &list, links)?;
        Ok(Finished { last_modified, next, ..finished })
    });
    Ok(guarded(response.await?, form))
}

/// Writes a page of features in a form.
fn written<C: Content>(
    app: &App,
    form: Form,
    list: &List<C>,
    mut links: Vec<Link>,
) -> Result<Finished, Problem> {
    let (collection, title) = (links::collection(C::KIND), title(C::KIND));
    links.extend(links::both(app, "collection", &collection, Nature::Metadata, &title));
    let features = Features {
        r#type: "FeatureCollection",
        matched: list.total.unwrap_or_default(),
        returned: list.items.len(),
        features: list.items.iter().map(Feature::of).collect(),
        links,
    };
    Nature::Features.write(form, &features, |document| {
        let marks = list.items.iter().filter_map(|record| mark(app, record)).collect();
        let about = format!("{} of {} features.", features.returned, features.matched);
        page_below(app, format!("{title}: features"), about, document)
            .below(&title, links::plain_address(app, &collection, Form::Html))
            .with_map(Map::of_marks(marks))
    })
}

/// A feature as a response of its own.
#[derive(Debug, Serialize)]
struct Single<'a, C> {
    #[serde(flatten)]
    feature: Feature<'a, C>,
    links: Vec<Link>,
}

/// Returns a feature.
///
/// # Errors
/// 404 if there is no such public record, or if it has no location. 410 if it has been withdrawn.
pub(super) async fn one<C: Content>(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    // The id of the feature is the one in the address (requirement `/req/geojson/content`).
    let named = request.match_info().get("id").unwrap_or_default();
    let id = Id::parse(named).filter(|id| id.to_string() == named).ok_or_else(Problem::not_found)?;
    let mut input = Input::of(&request);
    input.check()?;
    let found = app.run(move |store| Ok(store.find::<C>(Audience::Public, &Key::Id(id), None)?)).await?;
    let Place::Here(record) = Place::of(found)? else { return Err(Problem::not_found()) };
    let mark = mark(&app, &record).ok_or_else(Problem::not_found)?;
    let form = input.choose_format_by(F, Nature::Features.offers())?;
    let validated = input.finish()?;
    let single = Single { feature: Feature::of(&record), links: links_of(&app, &record, form) };
    let finished = Nature::Features.write(form, &single, |document| page(&app, &record, document, mark))?;
    let tag = record_tag(record.version, &finished.body);
    let (modified, media_type) = (Some(record.updated_at), finished.content_type);
    let response = respond::tagged(validated, &caller, media_type, &tag, modified, finished.body);
    Ok(keep(guarded(response, form), None))
}

/// The path of a feature.
fn path_of<C: Content>(record: &Record<C>) -> String {
    format!("{}/items/{}", links::collection(C::KIND), record.id)
}

fn links_of<C: Content>(app: &App, record: &Record<C>, form: Form) -> Vec<Link> {
    let (path, name) = (path_of(record), record.content.name());
    let mut links = links::own(form, Nature::Features, name, |form| links::plain_address(app, &path, form));
    let of_the_api = app.url(&respond::path_of(record));
    links.push(Link::new("alternate", of_the_api, "application/json", format!("{name}, in the API")));
    links.extend(links::both(
        app,
        "collection",
        &links::collection(C::KIND),
        Nature::Metadata,
        &title(C::KIND),
    ));
    links
}

fn page<C: Content>(app: &App, record: &Record<C>, document: serde_json::Value, mark: Mark) -> Page {
    let items = format!("{}/items", links::collection(C::KIND));
    page_below(app, record.content.name(), "", document)
        .below(title(C::KIND), links::plain_address(app, &links::collection(C::KIND), Form::Html))
        .below("Features", links::plain_address(app, &items, Form::Html))
        .with_map(Map::of_marks(vec![mark]))
}

/// A record on the map. `None` if it has no location.
fn mark<C: Content>(app: &App, record: &Record<C>) -> Option<Mark> {
    let place = record.content.location()?;
    let href = links::plain_address(app, &path_of(record), Form::Html);
    Some(Mark { place, name: record.content.name().to_owned(), href })
}

pub(super) fn describe_list<C: Content>() -> Operation {
    let plural = C::KIND.plural();
    let mut parameters = description::of_pages();
    parameters.extend(filters::of_features::<C>());
    parameters.push(description::f());
    Operation::new("data", format!("get{}", title(C::KIND)), format!("List the features of {plural}"))
        .description(format!("Returns a page of the {plural} that have a location, with the number of all that match. Filters are combined with AND, repeated values of one filter with OR. A filter also finds what lies below its value in a hierarchy of codes. To read all, follow the link `next`."))
        .parameters(parameters)
        .schemas(description::add_features::<C>)
        .answer("200", description::page_of_features::<C>())
        .refusals(&[406])
        .revalidated()
}

pub(super) fn describe_one<C: Content>() -> Operation {
    let word = C::KIND.as_str();
    let name = format!("get{}Feature", description::upper(word));
    Operation::new("data", name, format!("Get one feature of {}", C::KIND.plural()))
        .description("Returns a record that has a location.")
        .parameters([description::f()])
        .answer("200", description::feature::<C>())
        .refusals(&[404, 406, 410])
        .revalidated()
}
