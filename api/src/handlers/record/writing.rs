//! Replacing, updating, archiving and restoring one record.

use super::{
    super::writes::{complete, refuse_assigning_chamber, refuse_excess, refuse_foreign},
    Place, key, moved,
};
use crate::{
    app::App,
    auth::{Bearer, Edit, Identity, Needs, Right, WriteContent},
    openapi::{Operation, READ_HEADERS, headers_of, json_answer, name_of, named, one},
    problem::Problem,
    request::{
        body::{Body, JSON, MERGE_PATCH},
        conditions::{Expectation, record_tag},
        headers::IF_MATCH,
        input::{Input, Validated},
    },
    respond,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LAST_MODIFIED},
    },
    web::{Data, Payload},
};
use domain::{
    content::Content,
    fault::{Faults, Severity},
    record::{Draft, Record},
};
use persistence::{Stored, write::transaction::Transaction};
use serde_json::{Map, Value, json};

/// Replaces a record.
///
/// # Errors
/// 404 and 410 as [`super::read`]. 400 or 422 for the body, 428 or 412 for If-Match, 409 if the slug is taken.
pub(super) async fn replace<C: Content>(
    bearer: Bearer<Edit<C>>,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let body = Body::receive(&request, payload, JSON).await;
    let expectation = Expectation::read(&request);
    change::<C, _>(&app, &request, bearer, body.check_supported(), move |identity, transaction, stored| {
        let mut faults = Faults::new();
        let sent = body.json(&mut faults)?;
        let current = as_json(transaction, &stored)?;
        save(identity, transaction, stored, (sent, faults), &current, &expectation)
    })
    .await
}

pub(super) fn describe_replace<C: Content>() -> Operation {
    Operation::new(C::KIND.plural(), format!("replace_{}", C::KIND), format!("Replace {}", one::<C>()))
        .description("Replaces all fields. Omitted fields become empty, except `slug` and `status`, which are kept. A write that changes nothing creates no version.")
        .parameters([IF_MATCH.describe()])
        .body(JSON, &name_of::<C>("Input"))
        .answer("200", changed::<C>())
        .refusals(&[404, 406, 409, 410, 412, 413, 415, 422, 428])
        .redirected()
}

/// Updates fields of a record (RFC 7396).
///
/// # Errors
/// As [`replace`].
pub(super) async fn patch<C: Content>(
    bearer: Bearer<Edit<C>>,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let body = Body::receive(&request, payload, MERGE_PATCH).await;
    let expectation = Expectation::read(&request);
    change::<C, _>(&app, &request, bearer, body.check_supported(), move |identity, transaction, stored| {
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

pub(super) fn describe_patch<C: Content>() -> Operation {
    Operation::new(C::KIND.plural(), format!("patch_{}", C::KIND), format!("Update {}", one::<C>()))
        .description(
            "Updates the given fields (JSON Merge Patch, RFC 7396). null removes a field. Lists are replaced as a whole.",
        )
        .parameters([IF_MATCH.describe()])
        .body(MERGE_PATCH, &name_of::<C>("Patch"))
        .answer("200", changed::<C>())
        .refusals(&[404, 406, 409, 410, 412, 413, 415, 422, 428])
        .redirected()
}

/// Archives a record.
///
/// # Errors
/// As [`super::read`]. 428 or 412 for If-Match.
pub(super) async fn archive<C: Content>(
    bearer: Bearer<WriteContent>,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let expectation = Expectation::read(&request);
    let answer = change::<C, _>(&app, &request, bearer, Ok(()), move |_, transaction, stored| {
        expectation.check(stored.version())?;
        Ok(transaction.archive(stored)?)
    })
    .await?;
    // A redirect stays a redirect. A successful answer becomes 204.
    Ok(if answer.status() == StatusCode::OK { HttpResponse::NoContent().finish() } else { answer })
}

pub(super) fn describe_archive<C: Content>() -> Operation {
    let answer = json!({ "description": "Archived.", "headers": headers_of(&["X-Request-Id"]) });
    Operation::new(C::KIND.plural(), format!("archive_{}", C::KIND), format!("Archive {}", one::<C>()))
        .description("Withdraws the record. The public gets 410 from then on. `restore` brings it back.")
        .parameters([IF_MATCH.describe()])
        .answer("204", answer)
        .refusals(&[404, 406, 410, 412, 428])
        .redirected()
}

/// Restores an archived record to its previous status.
///
/// # Errors
/// As [`super::read`].
pub(super) async fn restore<C: Content>(
    bearer: Bearer<WriteContent>,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    change::<C, _>(&app, &request, bearer, Ok(()), move |_, transaction, stored| {
        Ok(transaction.restore(stored)?)
    })
    .await
}

pub(super) fn describe_restore<C: Content>() -> Operation {
    Operation::new(C::KIND.plural(), format!("restore_{}", C::KIND), format!("Restore {}", one::<C>()))
        .description("Restores an archived record to its previous status. Has no effect on a record that is not archived.")
        .answer("200", changed::<C>())
        .refusals(&[404, 406, 410])
        .redirected()
}

/// Finds a record, changes it and returns the result, in one transaction.
pub(in super::super) async fn change<C: Content, N: Needs>(
    app: &App,
    request: &HttpRequest,
    bearer: Bearer<N>,
    supported: Result<(), Problem>,
    work: impl Fn(&Identity, &mut Transaction<'_>, Stored<C>) -> Result<Stored<C>, Problem> + Send + 'static,
) -> Result<HttpResponse, Problem> {
    let (key, identity) = (key(request)?, bearer.identity);
    // Errors in the request itself are reported only once the record was found (404 and 410 come first), and before
    // writing.
    let finished = Input::of(request).finish_with_body(supported);
    let refusal = finished.as_ref().err().cloned();
    let place = app
        .write(identity.actor(), identity.audience(), move |transaction| {
            let stored = match Place::of(transaction.find::<C>(&key)?)? {
                Place::Here(stored) => stored,
                Place::Moved(slug) => return Ok(Place::Moved(slug)),
            };
            refuse_foreign(&identity, N::RIGHT, transaction, &stored)?;
            refusal.clone().map_or(Ok(()), Err)?;
            let changed = work(&identity, transaction, stored)?;
            Ok(Place::Here(transaction.answer(changed)?))
        })
        .await?;
    app.follow.wrote();
    match place {
        Place::Here(record) => answer(finished?.1, &record),
        Place::Moved(slug) => Ok(moved(app, request, &slug)),
    }
}

/// The response of an operation that changes a record.
pub(in super::super) fn changed<C: Content>() -> Value {
    json_answer("The updated record.", named(&name_of::<C>("")), &READ_HEADERS)
}

/// The response with a record after a write.
pub(in super::super) fn answer<C: Content>(
    _: Validated,
    record: &Record<C>,
) -> Result<HttpResponse, Problem> {
    let body = serde_json::to_vec(record).map_err(Problem::internal)?;
    Ok(HttpResponse::Ok()
        .insert_header((ETAG, format!("\"{}\"", record_tag(record.version, &body))))
        .insert_header((LAST_MODIFIED, respond::http_date(record.updated_at)))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .insert_header((CONTENT_TYPE, JSON))
        .body(body))
}

/// The record as JSON, as its writer sees it.
pub(in super::super) fn as_json<C: Content>(
    transaction: &mut Transaction<'_>,
    stored: &Stored<C>,
) -> Result<Map<String, Value>, Problem> {
    let record = transaction.answer(stored.clone())?;
    match serde_json::to_value(record) {
        Ok(Value::Object(current)) => Ok(current),
        Ok(_) => Err(Problem::internal("a record is not a JSON object")),
        Err(error) => Err(Problem::internal(error)),
    }
}

/// Saves the sent content over a record. Unparsable content (400) is rejected before the version is checked, content
/// that violates rules (422) after it. `sent` includes the faults found so far.
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
    if let Some(resolved) = &resolved {
        refuse_excess(identity, Right::to_edit(C::KIND), resolved.draft(), Some(stored.status()?))?;
    }
    expectation.check(stored.version())?;
    Ok(transaction.update(stored, complete(resolved, faults)?)?)
}
