//! Reading one record.

mod writing;

use crate::{
    app::App,
    auth::Caller,
    cache::keep,
    formats::{self, Context, Format},
    openapi::{
        EXAMPLE_URL, Operation, READ_HEADERS, examples, headers_of, json_answer, json_ld_answer, name_of,
        named, one, parameter, parameters,
    },
    problem::{GONE, Problem},
    request::{conditions::record_tag, input::Input},
    respond,
    table::{Address, Table},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, LOCATION},
    web::Data,
};
use chrono::{DateTime, Utc};
use domain::{
    content::Content,
    query::{Filter, take_as_of},
    record::Record,
    slug::{Key, Slug},
};
use persistence::{audience::Audience, error::QueryError, query::record::Found, store::Store};
use serde_json::{Value, json};

pub(super) use writing::{answer, as_json, change, changed};

/// The operations on a record.
pub(crate) fn mount<C: Content>(table: &mut impl Table) {
    let record = format!("/api/v1/{}/{{key}}", C::KIND.plural());
    // Before the address of the record, whose pattern matches these, too.
    for format in Format::of_record(C::KIND).filter(|format| *format != Format::Json) {
        mount_format::<C>(table, &record, format);
    }
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
            Found::Gone(_) => Err(Problem::new(&GONE, "The record was public and has been withdrawn.")),
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

/// Returns a record, in the format that the caller accepts.
///
/// # Errors
/// 404 if the record does not exist or is not visible to the caller, 410 if it has been withdrawn.
pub async fn read<C: Content>(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    show::<C>(caller, app, request, None).await
}

/// Returns a record in the only format of an address, or in that which the caller accepts.
async fn show<C: Content>(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
    only: Option<Format>,
) -> Result<HttpResponse, Problem> {
    let key = key(&request)?;
    let mut input = Input::of(&request);
    input.check()?;
    let (rest, faults) = input.parts();
    let as_of = take_as_of(rest, app.store.now(), faults);
    // A record that does not exist is reported before a format that it does not have.
    let format = match only {
        Some(format) => Ok(format),
        None => input.choose(Format::of_record(C::KIND).map(Format::offer)),
    };
    let (audience, recently) = match format {
        Ok(format) => (format.audience(&caller), format.tells_withdrawals_since(app.store.now(), as_of)),
        Err(_) => (caller.audience(), None),
    };
    let found = app.run(move |store| Ok(find::<C>(store, audience, &key, as_of, recently)?)).await?;
    let (record, is_withdrawn) = match Place::of(found)? {
        Place::Here(found) => found,
        Place::Moved(slug) => return Ok(moved(&app, &request, &slug)),
    };
    let format = format?;
    let context = Context::take(format, &app, &mut input);
    let validated = input.finish_as(format.media_type())?;
    let body = formats::one(format, context, &record, is_withdrawn)?;
    let tag = record_tag(record.version, &body);
    let content_type = format.content_type();
    let response = respond::tagged(validated, &caller, content_type, &tag, Some(record.updated_at), body);
    let url = app.url(&respond::path_of(&record));
    let response = respond::with_alternates(response, &url, Format::of_record(C::KIND), format);
    // What was withdrawn is told for a limited time.
    Ok(if recently.is_none() { keep(response, None) } else { response })
}

/// Finds a record, or one that was withdrawn since a moment. Returns whether it was.
fn find<C: Content>(
    store: &Store,
    audience: Audience,
    key: &Key,
    as_of: Option<DateTime<Utc>>,
    withdrawn_since: Option<DateTime<Utc>>,
) -> Result<Found<(Record<C>, bool)>, QueryError> {
    let found = store.find::<C>(audience, key, as_of)?;
    let withdrawn = match (&found, withdrawn_since) {
        (Found::Gone(id), Some(since)) => store.withdrawn::<C>(&Filter::of_id(*id), since)?.pop(),
        _ => None,
    };
    Ok(match withdrawn {
        Some(record) => Found::Here((record, true)),
        None => found.map(|record| (record, false)),
    })
}

/// Mounts an address of a record in one format, such as `/api/v1/events/{key}.ics`.
fn mount_format<C: Content>(table: &mut impl Table, record: &str, format: Format) {
    let read_as = move |caller: Caller, app: Data<App>, request: HttpRequest| {
        show::<C>(caller, app, request, Some(format))
    };
    table.address(&format!("{record}.{}", format.extension()), |address| {
        address.parameters(|| [parameters::key::<C>()]).get(read_as, || describe_format::<C>(format))
    });
}

fn describe_format<C: Content>(format: Format) -> Operation {
    let (kind, extension, name) = (C::KIND, format.extension(), format.name());
    let bytes = formats::one(format, Context::of(EXAMPLE_URL), &examples::answered::<C>(), false);
    let bytes = bytes.unwrap_or_default();
    let headers = linked_headers();
    let answer = match format {
        Format::JsonLd => {
            let example: Value = serde_json::from_slice(&bytes).unwrap_or_default();
            json_ld_answer("The record.", example, &headers)
        }
        _ => json!({
            "description": "The record.",
            "headers": headers_of(&headers),
            "content": { format.media_type(): {
                "schema": { "type": "string" }, "example": String::from_utf8_lossy(&bytes)
            } }
        }),
    };
    let summary = format!("Get {} as {name}", one::<C>());
    Operation::new(kind.plural(), format!("read_{kind}_{extension}"), summary)
        .description(format!("Returns a record. {}", format.about()))
        .parameters([parameter("AsOf")].into_iter().chain(Context::parameters(format)))
        .answer("200", answer)
        .refusals(&[404, 406, 410])
        .revalidated()
        .redirected()
}

fn describe_read<C: Content>() -> Operation {
    let others = Format::of_record(C::KIND).filter(|format| *format != Format::Json);
    let others: Vec<_> = others.map(|format| format!("`{}`", format.media_type())).collect();
    Operation::new(C::KIND.plural(), format!("read_{}", C::KIND), format!("Get {}", one::<C>()))
        .description(format!("Returns a record. References to records that the caller may not see are omitted. With `as_of`, returns the record as the public saw it then, or 404 if the public had not yet seen it. `Accept` also selects {}; the header `Link` names their addresses.", others.join(" and ")))
        .parameters([parameter("AsOf")])
        .answer("200", json_answer("The record.", named(&name_of::<C>("")), &linked_headers()))
        .refusals(&[404, 406, 410])
        .revalidated()
        .redirected()
}

/// Headers of a record that tells its other formats.
fn linked_headers() -> Vec<&'static str> {
    READ_HEADERS.into_iter().chain(["Link"]).collect()
}
