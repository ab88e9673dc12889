//! Writing, deleting and erasing one member by external id.

use super::{
    super::{
        record::{answer, as_json},
        writes::complete,
    },
    external_id,
};
use crate::{
    app::App,
    auth::{ChamberBearer, WriteMembers},
    openapi::{Operation, READ_HEADERS, headers_of, json_answer, named},
    problem::{PRECONDITION_FAILED, Problem, UNAVAILABLE},
    request::{
        body::{Body, JSON},
        conditions::{Exclusion, Expectation},
        headers::{Header, IF_MATCH_OPTIONAL, IF_NONE_MATCH},
        input::Input,
        parameter::{Parameter, flag},
    },
    respond,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{HeaderValue, LOCATION, RETRY_AFTER},
    },
    web::{Data, Payload},
};
use domain::{
    fault::{Faults, Severity},
    member::Member,
    record::Status,
    scalar::ExternalId,
    sync,
    vocabulary::ChamberCode,
};
use persistence::{Stored, audience::Audience, write::transaction::Transaction};
use serde_json::{Map, Value, json};
use std::io;

/// Writes a member only if it does not exist.
const UNLESS_THERE: Header = Header {
    description: "`*` writes the member only if it does not exist, otherwise 412. A deleted member does not exist.",
    shared: None,
    ..IF_NONE_MATCH
};

/// Whether a member is erased instead of archived.
const ERASE: Parameter<bool> = Parameter {
    name: "erase",
    description: "Erase the member permanently, with its history and every mention of its name (GDPR, Article 17), instead of archiving it.",
    schema: || json!({ "type": "boolean", "default": false }),
    read: flag,
    shared: None,
};

/// Creates or replaces a member.
///
/// # Errors
/// As [`super::list`]. 400 or 422 for the body, 412 for If-Match and If-None-Match.
pub(super) async fn replace(
    writer: ChamberBearer<WriteMembers>,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let external_id = external_id(&request)?;
    let body = Body::receive(&request, payload, JSON).await;
    let ((), validated) = Input::of(&request).finish_with_body(body.check_supported())?;
    let conditions = (Expectation::read(&request), Exclusion::read(&request));
    let ChamberBearer { identity, chamber, .. } = writer;
    let url = app.url(request.path());
    let (record, is_new) = app
        .write(identity.actor(), Audience::Chamber(chamber), move |transaction| {
            let previous = transaction.member(chamber, &external_id)?;
            let is_new = previous.as_ref().map_or(Ok(true), is_deleted)?;
            let mut faults = Faults::new();
            let sent = (body.json(&mut faults)?, faults);
            let stored = save(transaction, chamber, &external_id, previous, sent, &conditions)?;
            Ok((transaction.answer(stored)?, is_new))
        })
        .await?;
    app.follow.wrote();
    let mut response = answer(validated, &record)?;
    if is_new {
        *response.status_mut() = StatusCode::CREATED;
        if let Ok(url) = url.parse() {
            response.headers_mut().insert(LOCATION, url);
        }
    }
    Ok(response)
}

pub(super) fn describe_replace() -> Operation {
    let created = [["Location"].as_slice(), &READ_HEADERS].concat();
    Operation::new("chambers", "replace_chamber_member", "Create or replace a member by external id")
        .description("Creates the member, or replaces it as a whole. Omitted fields become empty. A deleted member is restored with its previous id. `chamber` and `external_id` may be omitted; otherwise they must match the address. `status` defaults to `published`; the only other value is `draft`. Affiliations that the chamber cannot see, because the organisation is not published, are kept. A write that changes nothing creates no version.")
        .parameters([IF_MATCH_OPTIONAL.describe(), UNLESS_THERE.describe()])
        .body(JSON, "MemberInput")
        .answer("200", json_answer("The updated member.", named("Member"), &READ_HEADERS))
        .answer("201", json_answer("The member, created or restored.", named("Member"), &created))
        .refusals(&[404, 406, 409, 412, 413, 415, 422])
}

fn is_deleted(stored: &Stored<Member>) -> Result<bool, Problem> {
    Ok(stored.status()? == Status::Archived)
}

/// Saves a member. As everywhere, unparsable input is rejected before the version is checked.
fn save(
    transaction: &mut Transaction<'_>,
    chamber: ChamberCode,
    external_id: &ExternalId,
    previous: Option<Stored<Member>>,
    (sent, mut faults): (Value, Faults),
    (expectation, exclusion): &(Expectation, Exclusion),
) -> Result<Stored<Member>, Problem> {
    let Value::Object(sent) = sent else {
        faults.malformed("", "must be a JSON object");
        return Err(Problem::of_body(faults));
    };
    let current: Option<Map<String, Value>> =
        previous.as_ref().map(|previous| as_json(transaction, previous)).transpose()?;
    let draft = sync::member(sent, chamber, external_id, current.as_ref(), &mut faults);
    let resolved =
        draft.map(|draft| transaction.resolve_over(previous.as_ref(), draft, &mut faults)).transpose()?;
    if faults.severity() == Some(Severity::Malformed) {
        return Err(Problem::of_body(faults));
    }
    expect(expectation, previous.as_ref())?;
    let deleted = previous.as_ref().map_or(Ok(false), is_deleted)?;
    exclusion.check(previous.as_ref().filter(|_| !deleted).map(Stored::version))?;
    let resolved = complete(resolved, faults)?;
    Ok(match previous {
        None => transaction.create(resolved)?,
        Some(previous) => transaction.update(previous, resolved)?,
    })
}

/// Checks If-Match, if it was sent.
fn expect(expectation: &Expectation, present: Option<&Stored<Member>>) -> Result<(), Problem> {
    match (expectation, present) {
        (Expectation::Missing, _) => Ok(()),
        (_, Some(present)) => expectation.check(present.version()),
        // Without a current representation, not even `*` matches (RFC 9110 section 13.1.1).
        (_, None) => Err(Problem::new(
            &PRECONDITION_FAILED,
            "The member does not exist, so If-Match cannot match. Omit it to create the member.",
        )),
    }
}

/// Deletes or erases a member. Deleting twice has no effect.
///
/// # Errors
/// As [`super::list`]. 404 for an unknown member, 412 for If-Match.
pub(super) async fn delete(
    writer: ChamberBearer<WriteMembers>,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let external_id = external_id(&request)?;
    let mut input = Input::of(&request);
    let erase = input.take(&ERASE).unwrap_or(false);
    let validated = input.finish_unnegotiated()?;
    let expectation = Expectation::read(&request);
    let ChamberBearer { identity, chamber, .. } = writer;
    let actor = identity.actor();
    if erase {
        let erasures = app.erasures.clone();
        app.run(move |store| {
            erasures.check().map_err(|error| unkept("Nothing was erased.", &error))?;
            let check = |stored: Option<&_>| expect(&expectation, stored);
            let erasure = store.erase_member(&actor, chamber, &external_id, check)?;
            let erasure = erasure.ok_or_else(Problem::not_found)?;
            erasures.keep(erasure).map_err(|error| unkept("No response shows it any more.", &error))
        })
        .await?;
    } else {
        app.write(actor, Audience::Chamber(chamber), move |transaction| {
            let stored = transaction.member(chamber, &external_id)?.ok_or_else(Problem::not_found)?;
            expect(&expectation, Some(&stored))?;
            if !is_deleted(&stored)? {
                transaction.archive(stored)?;
            }
            Ok(())
        })
        .await?;
    }
    app.follow.wrote();
    Ok(respond::no_content(validated))
}

/// The problem of an erasure that is not listed outside of the database, so that a restore would undo it.
fn unkept(state: &str, cause: &io::Error) -> Problem {
    let detail =
        format!("The server could not record the erasure. {state} Tell the operator, and retry later.");
    Problem::new(&UNAVAILABLE, detail)
        .with_header(RETRY_AFTER, HeaderValue::from_static("30"))
        .caused_by(cause)
}

pub(super) fn describe_delete() -> Operation {
    let answer = json!({
        "description": "Deleted or erased.",
        "headers": headers_of(&["X-Request-Id"])
    });
    Operation::new("chambers", "delete_chamber_member", "Delete or erase a member by external id")
        .description("Withdraws the member: the public gets 410, and sending the member again restores it. Deleting it twice has no effect. With `erase=true` the member is removed permanently, even if it is already deleted: feed, history and audit keep only its id, the time, and that it was removed. After the response, no operation returns its data; database files and dumps may contain it for up to one more minute. Erasing it twice returns 404. If no line of the member was ever accepted, `erase=true` removes the rejections of those that named it.")
        .parameters([ERASE.once(), IF_MATCH_OPTIONAL.describe()])
        .answer("204", answer)
        .refusals(&[404, 406, 412])
}
