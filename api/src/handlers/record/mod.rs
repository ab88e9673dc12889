//! Reading one record.

mod writing;

use crate::{
    app::App,
    auth::Caller,
    openapi::{Operation, READ_HEADERS, json_answer, name_of, named, one, parameter, parameters},
    problem::{GONE, Problem},
    request::{body::JSON, conditions::record_tag, input::Input},
    respond,
    table::{Address, Table},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, LOCATION},
    web::Data,
};
use domain::{
    content::Content,
    query::take_as_of,
    slug::{Key, Slug},
};
use persistence::query::record::Found;

pub(super) use writing::{answer, as_json, change, changed};

/// The operations on a record.
pub(crate) fn mount<C: Content>(table: &mut impl Table) {
    let record = format!("/api/v1/{}/{{key}}", C::KIND.plural());
    table.address(&record, |address| {
        address
            .parameters(|| [parameters::key::<C>()])
            .get(read::<C>, describe_read::<C>)
            .put(writing::replace::<C>, writing::describe_replace::<C>)
            .patch(writing::patch::<C>, writing::describe_patch::<C>)
            .delete(writing::archive::<C>, writing::describe_archive::<C>)
    });
    table.address(&format!("{record}/restore"), |address| {
        address
            .parameters(|| [parameters::key::<C>()])
            .post(writing::restore::<C>, writing::describe_restore::<C>)
    });
}

/// The key in the path. An invalid key is a 404.
pub(super) fn key(request: &HttpRequest) -> Result<Key, Problem> {
    request.match_info().get("key").and_then(Key::parse).ok_or_else(Problem::not_found)
}

/// A record, or the slug to which it has moved.
pub(super) enum Place<T> {
    Here(T),
    Moved(Slug),
}

impl<T> Place<T> {
    pub(super) fn of(found: Found<T>) -> Result<Self, Problem> {
        match found {
            Found::Here(record) => Ok(Self::Here(record)),
            Found::Moved(slug) => Ok(Self::Moved(slug)),
            Found::Gone => Err(Problem::new(&GONE, "The record was public and has been withdrawn.")),
            Found::Nowhere => Err(Problem::not_found()),
        }
    }
}

/// Redirects a request for a former slug to the current one.
pub(super) fn moved(app: &App, request: &HttpRequest, slug: &Slug) -> HttpResponse {
    let pattern = request.match_pattern().unwrap_or_default();
    let version = request.match_info().get("version").unwrap_or_default();
    let path = pattern.replace("{key}", slug.as_str()).replace("{version}", version);
    let query = request.query_string();
    let separator = if query.is_empty() { "" } else { "?" };
    HttpResponse::PermanentRedirect()
        .insert_header((LOCATION, app.url(&format!("{path}{separator}{query}"))))
        .insert_header((CACHE_CONTROL, "public, max-age=0, must-revalidate"))
        .finish()
}

/// Returns a record.
///
/// # Errors
/// 404 if the record does not exist or is not visible to the caller, 410 if it has been withdrawn.
pub async fn read<C: Content>(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let key = key(&request)?;
    let audience = caller.audience();
    let mut input = Input::of(&request);
    input.check()?;
    let (rest, faults) = input.parts();
    let as_of = take_as_of(rest, app.store.now(), faults);
    let found = app.run(move |store| Ok(store.find::<C>(audience, &key, as_of)?)).await?;
    let record = match Place::of(found)? {
        Place::Here(record) => record,
        Place::Moved(slug) => return Ok(moved(&app, &request, &slug)),
    };
    let validated = input.finish()?;
    let body = serde_json::to_vec(&record).map_err(Problem::internal)?;
    let tag = record_tag(record.version, &body);
    Ok(respond::tagged(validated, &request, &caller, JSON, &tag, Some(record.updated_at), body))
}

fn describe_read<C: Content>() -> Operation {
    Operation::new(C::KIND.plural(), format!("read_{}", C::KIND), format!("Get {}", one::<C>()))
        .description("Returns a record. References to records that the caller may not see are omitted. With `as_of`, returns the record as the public saw it then, or 404 if the public had not yet seen it.")
        .parameters([parameter("AsOf")])
        .answer("200", json_answer("The record.", named(&name_of::<C>("")), &READ_HEADERS))
        .refusals(&[404, 406, 410])
        .revalidated()
        .redirected()
}
