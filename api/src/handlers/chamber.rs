//! What a chamber holds: its members, one by one and as a list.

use super::{
    collection,
    record::{answer, as_json},
    writes::complete,
};
use crate::{
    app::App,
    auth::{ChamberReader, ChamberWriter},
    openapi::compose::chamber as describe,
    problem::{GONE, NOT_FOUND, PRECONDITION_FAILED, Problem},
    request::{
        body::{Body, JSON},
        conditions::{Exclusion, Expectation, record_tag},
        input::Input,
    },
    respond,
    table::{Address, Table},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::LOCATION,
    web::{Data, Payload},
};
use domain::{
    fault::{Faults, Severity},
    member::Member,
    query::{Page, Scope},
    record::{Record, Status},
    scalar::ExternalId,
    sync,
    text::normalise,
    vocabulary::ChamberCode,
};
use persistence::{Stored, audience::Audience, write::transaction::Transaction};
use serde_json::{Map, Value};

/// The operations of this module.
pub(crate) fn mount(table: &mut impl Table) {
    let members = "/api/v1/chambers/{chamber}/members";
    table.tag("chambers", "For chambers, which bring their members: thousands at a time by runs of the sync, or one by one. A chamber's token shows and changes the members of that chamber alone; the addresses of others are a 404. The chambers themselves: `/api/v1/chambers`.");
    table.address(members, |address| address.parameters(|| [describe::chamber()]).get(list, describe::list));
    table.address(&format!("{members}/{{external_id}}"), |address| {
        address
            .parameters(|| [describe::chamber(), describe::external_id()])
            .get(read, describe::read)
            .put(replace, describe::replace)
            .delete(delete, describe::delete)
    });
}

/// The external id in the address; what can be none is a 404 that says what one may be.
fn external_id(request: &HttpRequest) -> Result<ExternalId, Problem> {
    let text = request.match_info().get("external_id").unwrap_or_default();
    ExternalId::try_from(normalise(&decoded(text)).into_owned())
        .map_err(|fault| Problem::new(&NOT_FOUND, format!("What the address ends with {fault}.")))
}

/// Decodes what the router leaves as it is, since it could not tell it from what means something in an address: `%25`,
/// `%2B` and `%2F`.
fn decoded(segment: &str) -> String {
    let mut parts = segment.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let letter = match part.get(..2).map(str::to_ascii_uppercase).as_deref() {
            Some("25") => '%',
            Some("2B") => '+',
            Some("2F") => '/',
            _ => {
                text.push('%');
                text.push_str(part);
                continue;
            }
        };
        text.push(letter);
        text.push_str(&part[2..]);
    }
    text
}

/// The member that a chamber calls so; 404 for one that there is not, 410 for one that was deleted.
fn here<T>(found: Option<T>, status: impl Fn(&T) -> Result<Status, Problem>) -> Result<T, Problem> {
    let found = found.ok_or_else(Problem::not_found)?;
    match status(&found)? {
        Status::Archived => {
            Err(Problem::new(&GONE, "The member was deleted. Send it again to bring it back."))
        }
        _ => Ok(found),
    }
}

/// Lists the members that a chamber holds, public or not; deleted ones where `status=archived` asks for them.
///
/// # Errors
/// 401, 403 and 404 without the right to it, 400 for parameters.
pub async fn list(
    reader: ChamberReader,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let mut query = input.query(&Scope::of::<Member>(), Page::MAX_LIMIT, app.store.now());
    if query.as_of.is_some() {
        input.malformed("as_of", "is not known here: the past is that of the public");
    }
    let sent = input.sent().clone();
    let validated = input.finish()?;
    if query.filter.statuses.is_empty() {
        query.filter.statuses = vec![Status::Draft, Status::Published];
    }
    let audience = Audience::Chamber(reader.chamber);
    collection::page::<Member>(validated, &reader.caller(), audience, &app, &request, sent, query).await
}

/// Reads one member.
///
/// # Errors
/// As [`list`], 404 for a member that there is not, 410 for one that was deleted.
pub async fn read(
    reader: ChamberReader,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let external_id = external_id(&request)?;
    let chamber = reader.chamber;
    let found = app.run(move |store| Ok(store.member(chamber, &external_id)?)).await?;
    let record: Record<Member> = here(found, |record| Ok(record.status))?;
    let validated = Input::of(&request).finish()?;
    let body = serde_json::to_vec(&record).map_err(Problem::internal)?;
    let tag = record_tag(record.version, &body);
    Ok(respond::tagged(validated, &request, &reader.caller(), JSON, &tag, Some(record.updated_at), body))
}

/// Writes one member as a whole, whether it is there or not.
///
/// # Errors
/// As [`list`], 400 and 422 for the body, 412 for If-Match and If-None-Match.
pub async fn replace(
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
        *response.status_mut() = actix_web::http::StatusCode::CREATED;
        if let Ok(url) = url.parse() {
            response.headers_mut().insert(LOCATION, url);
        }
    }
    Ok(response)
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
pub async fn delete(
    writer: ChamberWriter,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let external_id = external_id(&request)?;
    let mut input = Input::of(&request);
    let erase = input.one("erase", crate::request::parameter::flag).unwrap_or(false);
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
