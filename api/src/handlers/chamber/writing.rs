//! Writing, deleting and erasing one member by the chamber's own id.

use super::{
    super::{
        record::{answer, as_json},
        writes::complete,
    },
    external_id,
};
use crate::{
    app::App,
    auth::ChamberWriter,
    openapi::{Operation, READ_HEADERS, headers_of, json_answer, named},
    problem::{PRECONDITION_FAILED, Problem},
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
    http::{StatusCode, header::LOCATION},
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

/// That a member is written only where there is none.
const UNLESS_THERE: Header = Header {
    description: "`*`: only when the member is not there, as one that was deleted is not; 412 when it is.",
    shared: None,
    ..IF_NONE_MATCH
};

/// Whether a member is erased rather than archived.
const ERASE: Parameter<bool> = Parameter {
    name: "erase",
    description: "Whether it is erased for good, with its history and its name everywhere (GDPR, Article 17), rather than archived.",
    schema: || json!({ "type": "boolean", "default": false }),
    read: flag,
    shared: None,
};

/// Writes one member as a whole, whether it is there or not.
///
/// # Errors
/// As [`list`], 400 and 422 for the body, 412 for If-Match and If-None-Match.
pub(super) async fn replace(
    writer: ChamberWriter,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let external_id = external_id(&request)?;
    let body = Body::receive(&request, payload, JSON).await;
    let ((), validated) = Input::of(&request).finish_with_body(body.check_supported())?;
    let conditions = (Expectation::read(&request), Exclusion::read(&request));
    let ChamberWriter { identity, chamber } = writer;
    let url = app.url(request.path());
    let (record, is_new) = app
        .run(move |store| {
            store.write(&identity.actor(), Audience::Chamber(chamber), |transaction| {
                let previous = transaction.member(chamber, &external_id)?;
                let is_new = previous.as_ref().map_or(Ok(true), is_deleted)?;
                let mut faults = Faults::new();
                let sent = (body.json(&mut faults)?, faults);
                let stored = save(transaction, chamber, &external_id, previous, sent, &conditions)?;
                Ok::<_, Problem>((transaction.answer(stored)?, is_new))
            })
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
    Operation::new("chambers", "replace_chamber_member", "Write a member by the chamber's own id")
        .description("Writes the whole record, whether it is there or not; what is left out is empty then. One that was deleted comes back with its old id. `chamber` and `external_id` may be left out, or are those of the address; `status` is `published` unless it says `draft`. Affiliations to what the chamber cannot see, since it is not published, stay as they are. What changes nothing makes no version.")
        .parameters([IF_MATCH_OPTIONAL.describe(), UNLESS_THERE.describe()])
        .body(JSON, "MemberInput")
        .answer("200", json_answer("The member as it is now.", named("Member"), &READ_HEADERS))
        .answer("201", json_answer("The member, which is new or was brought back.", named("Member"), &created))
        .refusals(&[404, 406, 409, 412, 413, 415, 422])
}

fn is_deleted(stored: &Stored<Member>) -> Result<bool, Problem> {
    Ok(stored.status()? == Status::Archived)
}

/// Writes what was sent; what cannot be understood is refused before the version is asked about, as everywhere.
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

/// If-Match is honoured where it is sent.
fn expect(expectation: &Expectation, present: Option<&Stored<Member>>) -> Result<(), Problem> {
    match (expectation, present) {
        (Expectation::Missing, _) => Ok(()),
        (_, Some(present)) => expectation.check(present.version()),
        // What is not there has no version, not even for `*` (RFC 9110 section 13.1.1).
        (_, None) => Err(Problem::new(
            &PRECONDITION_FAILED,
            "The member is not there, so that If-Match cannot hold. Leave it out to create the member.",
        )),
    }
}

/// Deletes one member. A second time does no harm.
///
/// # Errors
/// As [`list`], 404 for a member that there is not, 412 for If-Match.
pub(super) async fn delete(
    writer: ChamberWriter,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let external_id = external_id(&request)?;
    let mut input = Input::of(&request);
    let erase = input.take(&ERASE).unwrap_or(false);
    let validated = input.finish_unnegotiated()?;
    let expectation = Expectation::read(&request);
    let ChamberWriter { identity, chamber } = writer;
    app.run(move |store| {
        if erase {
            let is_erased = store.erase_member(&identity.actor(), chamber, &external_id, |stored| {
                expect(&expectation, Some(stored))
            })?;
            return if is_erased { Ok(()) } else { Err(Problem::not_found()) };
        }
        store.write(&identity.actor(), Audience::Chamber(chamber), |transaction| {
            let stored = transaction.member(chamber, &external_id)?.ok_or_else(Problem::not_found)?;
            expect(&expectation, Some(&stored))?;
            if !is_deleted(&stored)? {
                transaction.archive(stored)?;
            }
            Ok::<_, Problem>(())
        })
    })
    .await?;
    if erase {
        app.erasures.erased();
    }
    app.follow.wrote();
    Ok(respond::no_content(validated))
}

pub(super) fn describe_delete() -> Operation {
    let answer = json!({
        "description": "It is deleted, or erased.",
        "headers": headers_of(&["X-Request-Id"])
    });
    Operation::new("chambers", "delete_chamber_member", "Delete or erase a member by the chamber's own id")
        .description("Withdraws the member: the public finds 410 then, and sending it again brings it back. A second time does no harm. With `erase=true` it is gone for good, also one that was deleted already: feed, history and audit keep its id, when it was, and that it was removed. From the answer on nothing shows it; files of the database, and dumps, hold it for a minute longer at the most. A second time is a 404.")
        .parameters([ERASE.once(), IF_MATCH_OPTIONAL.describe()])
        .answer("204", answer)
        .refusals(&[404, 406, 412])
}
