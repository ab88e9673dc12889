//! One record: reading, replacing, changing, archiving, restoring.

use super::writes::{complete, refuse_assigning_chamber};
use crate::{
    app::App,
    auth::{Caller, Editor, Identity, Role},
    openapi::{
        Operation,
        compose::{
            answers::{READ_HEADERS, headers_of, json_answer, one},
            parameters::{self, parameter},
            schemas::{name_of, named},
        },
    },
    problem::{FORBIDDEN, GONE, Problem},
    request::{
        body::{Body, JSON, MERGE_PATCH},
        conditions::{Expectation, record_tag},
        input::{Input, Validated},
    },
    respond,
    table::{Address, Table},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LAST_MODIFIED, LOCATION},
    },
    web::{Data, Payload},
};
use domain::{
    content::Content,
    fault::{Faults, Severity},
    query::take_as_of,
    record::{Draft, Record},
    slug::{Key, Slug},
};
use persistence::{Stored, query::record::Found, write::transaction::Transaction};
use serde_json::{Map, Value, json};

/// The operations on a record.
pub(crate) fn mount<C: Content>(table: &mut impl Table) {
    let record = format!("/api/v1/{}/{{key}}", C::KIND.plural());
    table.address(&record, |address| {
        address
            .parameters(|| [parameters::key::<C>()])
            .get(read::<C>, describe_read::<C>)
            .put(replace::<C>, describe_replace::<C>)
            .patch(patch::<C>, describe_patch::<C>)
            .delete(archive::<C>, describe_archive::<C>)
    });
    table.address(&format!("{record}/restore"), |address| {
        address.parameters(|| [parameters::key::<C>()]).post(restore::<C>, describe_restore::<C>)
    });
}

/// The key in the address; what can be the key of no record is a 404.
pub(super) fn key(request: &HttpRequest) -> Result<Key, Problem> {
    request.match_info().get("key").and_then(Key::parse).ok_or_else(Problem::not_found)
}

/// A record that is here, or where else it is.
pub(super) enum Place<T> {
    Here(T),
    Moved(Slug),
}

impl<T> Place<T> {
    pub(super) fn of(found: Found<T>) -> Result<Self, Problem> {
        match found {
            Found::Here(record) => Ok(Self::Here(record)),
            Found::Moved(slug) => Ok(Self::Moved(slug)),
            Found::Gone => Err(Problem::new(&GONE, "The record was public once and no longer is.")),
            Found::Nowhere => Err(Problem::not_found()),
        }
    }
}

/// The answer to a request for a former slug: the same request, to the present one.
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

/// Reads one record.
///
/// # Errors
/// 404 when there is none that the caller may know of, 410 when it was public and no longer is.
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
    Operation::new(C::KIND.plural(), format!("read_{}", C::KIND), format!("Read {}", one::<C>()))
        .description("References to records that the caller may not see are left out. With `as_of`: the record as the public saw it then, a 404 when it did not.")
        .parameters([parameter("AsOf")])
        .answer("200", json_answer("The record.", named(&name_of::<C>("")), &READ_HEADERS))
        .refusals(&[404, 406, 410])
        .revalidated()
        .redirected()
}

/// Replaces one record.
///
/// # Errors
/// 404 and 410 as [`read`], 400 and 422 for the body, 428 and 412 for If-Match, 409 for a slug that is taken.
pub async fn replace<C: Content>(
    editor: Editor,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let body = Body::receive(&request, payload, JSON).await;
    let expectation = Expectation::read(&request);
    let Editor(identity) = editor;
    change::<C>(&app, &request, identity, body.check_supported(), move |identity, transaction, stored| {
        let mut faults = Faults::new();
        let sent = body.json(&mut faults)?;
        let current = as_json(transaction, &stored)?;
        save(identity, transaction, stored, (sent, faults), &current, &expectation)
    })
    .await
}

fn describe_replace<C: Content>() -> Operation {
    Operation::new(C::KIND.plural(), format!("replace_{}", C::KIND), format!("Replace {}", one::<C>()))
        .description("Replaces all fields; what is left out is empty then. `slug` and `status` stay as they are unless given. What changes nothing makes no version.")
        .parameters([parameter("IfMatch")])
        .body(JSON, &name_of::<C>("Input"))
        .answer("200", changed::<C>())
        .refusals(&[404, 406, 409, 410, 412, 413, 415, 422, 428])
        .redirected()
}

/// Changes fields of one record (RFC 7396).
///
/// # Errors
/// As [`replace`].
pub async fn patch<C: Content>(
    editor: Editor,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let body = Body::receive(&request, payload, MERGE_PATCH).await;
    let expectation = Expectation::read(&request);
    let Editor(identity) = editor;
    change::<C>(&app, &request, identity, body.check_supported(), move |identity, transaction, stored| {
        let mut faults = Faults::new();
        let patch = body.json(&mut faults)?;
        let current = as_json(transaction, &stored)?;
        if !patch.is_object() {
            faults.malformed("", "must be a JSON object");
            return Err(Problem::of_body(faults));
        }
        let mut merged = Value::Object(current.clone());
        json_patch::merge(&mut merged, &patch);
        save(identity, transaction, stored, (merged, faults), &current, &expectation)
    })
    .await
}

fn describe_patch<C: Content>() -> Operation {
    Operation::new(C::KIND.plural(), format!("patch_{}", C::KIND), format!("Change {}", one::<C>()))
        .description(
            "Changes the fields that are given; null removes one (RFC 7396). Lists are replaced as a whole.",
        )
        .parameters([parameter("IfMatch")])
        .body(MERGE_PATCH, &name_of::<C>("Patch"))
        .answer("200", changed::<C>())
        .refusals(&[404, 406, 409, 410, 412, 413, 415, 422, 428])
        .redirected()
}

/// Archives one record.
///
/// # Errors
/// As [`read`], and 428 and 412 for If-Match.
pub async fn archive<C: Content>(
    editor: Editor,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let expectation = Expectation::read(&request);
    let Editor(identity) = editor;
    let answer = change::<C>(&app, &request, identity, Ok(()), move |_, transaction, stored| {
        expectation.check(stored.version())?;
        Ok(transaction.archive(stored)?)
    })
    .await?;
    // A redirect stays one; what was archived has nothing more to say.
    Ok(if answer.status() == StatusCode::OK { HttpResponse::NoContent().finish() } else { answer })
}

fn describe_archive<C: Content>() -> Operation {
    let answer = json!({ "description": "It is archived.", "headers": headers_of(&["X-Request-Id"]) });
    Operation::new(C::KIND.plural(), format!("archive_{}", C::KIND), format!("Archive {}", one::<C>()))
        .description("Withdraws the record: the public finds 410 then, and `restore` brings it back.")
        .parameters([parameter("IfMatch")])
        .answer("204", answer)
        .refusals(&[404, 406, 410, 412, 428])
        .redirected()
}

/// Brings an archived record back to the state that it had before.
///
/// # Errors
/// As [`read`].
pub async fn restore<C: Content>(
    editor: Editor,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let Editor(identity) = editor;
    change::<C>(&app, &request, identity, Ok(()), move |_, transaction, stored| {
        Ok(transaction.restore(stored)?)
    })
    .await
}

fn describe_restore<C: Content>() -> Operation {
    Operation::new(C::KIND.plural(), format!("restore_{}", C::KIND), format!("Restore {}", one::<C>()))
        .description("Brings an archived record back to the state that it had before. One that is not archived stays as it is.")
        .answer("200", changed::<C>())
        .refusals(&[404, 406, 410])
        .redirected()
}

/// Finds a record, does something to it, and answers what it is then: all in one transaction.
pub(super) async fn change<C: Content>(
    app: &App,
    request: &HttpRequest,
    identity: Identity,
    supported: Result<(), Problem>,
    work: impl FnOnce(&Identity, &mut Transaction<'_>, Stored<C>) -> Result<Stored<C>, Problem> + Send + 'static,
) -> Result<HttpResponse, Problem> {
    let key = key(request)?;
    // What is wrong with the request itself is said after the record was found, and before anything is written.
    let finished = Input::of(request).finish_with_body(supported);
    let place = app
        .run(move |store| {
            store.write(&identity.actor(), identity.audience(), |transaction| -> Result<_, Problem> {
                let stored = match Place::of(transaction.find::<C>(&key)?)? {
                    Place::Here(stored) => stored,
                    Place::Moved(slug) => return Ok(Place::Moved(slug)),
                };
                refuse_foreign_member(&identity, &stored.content)?;
                let ((), validated) = finished?;
                let changed = work(&identity, transaction, stored)?;
                Ok(Place::Here((validated, transaction.answer(changed)?)))
            })
        })
        .await?;
    app.follow.wrote();
    let (validated, record) = match place {
        Place::Here(changed) => changed,
        Place::Moved(slug) => return Ok(moved(app, request, &slug)),
    };
    answer(validated, &record)
}

/// The answers of an operation that changes a record.
pub(super) fn changed<C: Content>() -> Value {
    json_answer("The record as it is now.", named(&name_of::<C>("")), &READ_HEADERS)
}

/// The record after a write.
pub(super) fn answer<C: Content>(_: Validated, record: &Record<C>) -> Result<HttpResponse, Problem> {
    let body = serde_json::to_vec(record).map_err(Problem::internal)?;
    Ok(HttpResponse::Ok()
        .insert_header((ETAG, format!("\"{}\"", record_tag(record.version, &body))))
        .insert_header((LAST_MODIFIED, respond::http_date(record.updated_at)))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .insert_header((CONTENT_TYPE, JSON))
        .body(body))
}

/// The record as its writer sees it.
pub(super) fn as_json<C: Content>(
    transaction: &mut Transaction<'_>,
    stored: &Stored<C>,
) -> Result<Map<String, Value>, Problem> {
    let record = transaction.answer(stored.clone())?;
    match serde_json::to_value(record) {
        Ok(Value::Object(current)) => Ok(current),
        Ok(_) => Err(Problem::internal("a record is no object")),
        Err(error) => Err(Problem::internal(error)),
    }
}

/// Writes what was sent, and what is wrong with it so far, in place of a record. What cannot be understood is refused before the version is asked
/// about, and what breaks rules after it.
fn save<C: Content>(
    identity: &Identity,
    transaction: &mut Transaction<'_>,
    stored: Stored<C>,
    (sent, mut faults): (Value, Faults),
    current: &Map<String, Value>,
    expectation: &Expectation,
) -> Result<Stored<C>, Problem> {
    let draft = Draft::<C>::read(sent, Some(current), &mut faults);
    refuse_assigning_chamber(identity, draft.as_ref(), &mut faults);
    let resolved =
        draft.map(|draft| transaction.resolve_over(Some(&stored), draft, &mut faults)).transpose()?;
    if faults.severity() == Some(Severity::Malformed) {
        return Err(Problem::of_body(faults));
    }
    expectation.check(stored.version())?;
    Ok(transaction.update(stored, complete(resolved, faults)?)?)
}

/// Members that a chamber maintains are that chamber's to change, and the administrators'.
fn refuse_foreign_member<C: Content>(identity: &Identity, content: &C) -> Result<(), Problem> {
    match content.chamber_key() {
        Some((chamber, _)) if identity.role != Role::Admin => Err(Problem::new(
            &FORBIDDEN,
            format!("This member is maintained by its chamber, {}.", chamber.entry().name),
        )),
        _ => Ok(()),
    }
}
