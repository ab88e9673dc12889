//! Creation of records, once per idempotency key.

use super::super::writes::{complete, organisation_of, refuse_assigning_chamber, refuse_excess, resolve};
use crate::{
    app::App,
    auth::{Bearer, Create, Identity, Right},
    openapi::{Operation, json_answer, name_of, named, one},
    problem::{CONFLICT, INVALID, Problem},
    request::{
        body::{Body, JSON},
        conditions,
        headers::IDEMPOTENCY_KEY,
        input::{Input, Validated},
    },
    respond,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LOCATION},
    web::{Data, Payload},
};
use domain::{
    content::Content,
    fault::{Faults, Severity},
    record::{Draft, Record},
};
use persistence::write::{idempotency::IdempotencyKey, transaction::Transaction};

/// Creates a record.
///
/// # Errors
/// 400 or 422 for an invalid body, 409 if the slug is taken or a request with the same key is in progress.
pub(super) async fn create<C: Content>(
    bearer: Bearer<Create<C>>,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let body = Body::receive(&request, payload, JSON).await;
    let ((), validated) = Input::of(&request).finish_with_body(body.check_supported())?;
    let identity = bearer.identity;
    let key = conditions::idempotency_key(&request)?.map(|key| IdempotencyKey {
        token: identity.token,
        path: request.path().to_owned(),
        key,
    });
    let _claim = key.clone().map(|key| Claim::new(app.clone(), key)).transpose()?;
    let (record, is_replay) = app
        .write(identity.actor(), identity.audience(), move |transaction| match &key {
            Some(key) => create_once::<C>(transaction, &identity, &body, key),
            None => Ok((create_in::<C>(transaction, &identity, &body)?, false)),
        })
        .await?;
    app.follow.wrote();
    created(validated, &app, &record, is_replay)
}

pub(super) fn describe<C: Content>() -> Operation {
    let answer = json_answer(
        "The created record.",
        named(&name_of::<C>("")),
        &["Location", "ETag", "Cache-Control", "Idempotent-Replayed", "X-Request-Id"],
    );
    Operation::new(C::KIND.plural(), format!("create_{}", C::KIND), format!("Create {}", one::<C>()))
        .description("Creates a record. `status` defaults to `draft`. If `slug` is omitted, it is derived from the name.")
        .parameters([IDEMPOTENCY_KEY.describe()])
        .body(JSON, &name_of::<C>("Input"))
        .answer("201", answer)
        .refusals(&[406, 409, 413, 415, 422])
}

/// The response to a created record.
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
        .insert_header((CACHE_CONTROL, "private, no-store"));
    if is_replay {
        response.insert_header(("idempotent-replayed", "true"));
    }
    Ok(response.body(text))
}

/// Marks an idempotency key as in use in this instance until dropped.
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
    Problem::new(&CONFLICT, "Another request with this Idempotency-Key is in progress. Retry in a moment.")
}

/// Creates a record, or returns the one that was created under the same key. The flag says whether it is a replay.
fn create_once<C: Content>(
    transaction: &mut Transaction<'_>,
    identity: &Identity,
    body: &Body,
    key: &IdempotencyKey,
) -> Result<(Record<C>, bool), Problem> {
    if !transaction.claim(key)? {
        return Err(under_way());
    }
    let body_hash = body.hash()?;
    match transaction.recall(key)? {
        Some(write) if write.body_hash == body_hash => Ok((transaction.replay(&write)?, true)),
        Some(_) => {
            Err(Problem::new(&INVALID, "This Idempotency-Key was already used with a different body."))
        }
        None => {
            let record = create_in::<C>(transaction, identity, body)?;
            transaction.remember(key, &body_hash, &record)?;
            Ok((record, false))
        }
    }
}

fn create_in<C: Content>(
    transaction: &mut Transaction<'_>,
    identity: &Identity,
    body: &Body,
) -> Result<Record<C>, Problem> {
    let right = Right::to_create(C::KIND);
    organisation_of(identity, right, transaction)?;
    let mut faults = Faults::new();
    let draft = Draft::<C>::read(body.json(&mut faults)?, None, &mut faults);
    refuse_assigning_chamber(identity, draft.as_ref(), &mut faults);
    let resolved = resolve(transaction, draft, &mut faults)?;
    if faults.severity() == Some(Severity::Malformed) {
        return Err(Problem::of_body(faults));
    }
    if let Some(resolved) = &resolved {
        refuse_excess(identity, right, resolved.draft(), None)?;
    }
    let stored = transaction.create(complete(resolved, faults)?)?;
    Ok(transaction.answer_new(stored)?)
}
