//! What happened: the versions of a record, and the audit.

use super::{
    paging::{self, Cursors, Items, NO_CURSOR, limit, with_total},
    record::{Place, change, key, moved},
    search::kinds,
    writes::{complete, resolve},
};
use crate::{
    app::App,
    auth::{Auditor, Editor, Staff},
    openapi::compose::{history as describe, parameters},
    problem::Problem,
    request::{
        body::JSON,
        conditions::{Expectation, record_tag},
        input::Input,
    },
    respond,
    table::{Address, Table},
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use chrono::{DateTime, Utc};
use domain::{
    content::Content,
    difference::Difference,
    fault::Faults,
    id::Id,
    kind::Kind,
    query::{Page, take_period},
    record::Draft,
};
use persistence::{
    audience::Actor,
    history::{AuditEntry, AuditFilter, Version},
    write::action::Action,
};
use serde::Serialize;

/// How many characters the name of an actor may have that is asked for.
pub(crate) const MAX_ACTOR: usize = 200;

/// The operations on the versions of a kind.
pub(crate) fn mount_versions<C: Content>(table: &mut impl Table) {
    let record = format!("/api/v1/{}/{{key}}", C::KIND.plural());
    let version = || [parameters::key::<C>(), parameters::parameter("Version")];
    table.address(&format!("{record}/history"), |address| {
        address.parameters(|| [parameters::key::<C>()]).get(list::<C>, describe::list::<C>)
    });
    table.address(&format!("{record}/history/{{version}}"), |address| {
        address.parameters(version).get(read::<C>, describe::read::<C>)
    });
    table.address(&format!("{record}/revert/{{version}}"), |address| {
        address.parameters(version).post(revert::<C>, describe::revert::<C>)
    });
}

/// The operations that are no kind's own.
pub(crate) fn mount(table: &mut impl Table) {
    table.tag("history", "Looking back, for those with a right to it: the versions of records, and who did what. For the portal as it stood at a moment there is `as_of` on every record and collection.");
    table.get("/api/v1/audit", audit, describe::audit);
}

#[derive(Debug, Serialize)]
struct VersionItem {
    version: i64,
    at: DateTime<Utc>,
    action: String,
    actor: String,
    role: String,
    status: String,
    changes: Vec<Difference>,
}

impl From<Version> for VersionItem {
    fn from(Version { entry, changes }: Version) -> Self {
        let AuditEntry { version, at, action, actor, role, status, .. } = entry;
        Self { version, at, action, actor, role, status, changes }
    }
}

#[derive(Debug, Serialize)]
struct AuditItem {
    seq: i64,
    at: DateTime<Utc>,
    action: String,
    actor: String,
    role: String,
    token: Option<Id>,
    kind: Kind,
    id: Id,
    slug: Option<String>,
    status: String,
    version: i64,
}

/// The versions of a record, latest first.
///
/// # Errors
/// 401 and 403 without the right to it, 404 for a record that there is not.
pub async fn list<C: Content>(
    staff: Staff,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let key = key(&request)?;
    let mut input = Input::of(&request);
    input.check()?;
    let limit = limit(&mut input, Page::DEFAULT_LIMIT);
    let cursors = Cursors::<(Id, i64)>::of("history", &input);
    let after = cursors.take(&mut input);
    let with_total = with_total(&mut input);
    input.refuse_rest();
    let audience = staff.audience();
    let found = app
        .run(move |store| {
            Ok(store.versions::<C>(audience, &key, after.map(|(_, version)| version), limit)?)
        })
        .await?;
    let (versions, more) = match Place::of(found)? {
        Place::Here(versions) => versions,
        Place::Moved(slug) => return Ok(moved(&app, &request, &slug)),
    };
    // A slug may be another's, and a record have another: the cursor is bound to the record itself. Behind a true one
    // there always is a version.
    if after.is_some_and(|(id, _)| versions.first().is_none_or(|version| version.entry.id != id)) {
        input.malformed("cursor", NO_CURSOR);
    }
    let validated = input.finish()?;
    let last = versions.last().filter(|_| more).map(|last| (last.entry.id, last.entry.version));
    let next = last.map(|last| cursors.next(&app, &request, &last)).transpose()?;
    let record = versions.first().filter(|_| with_total).map(|version| version.entry.id);
    let total = match record {
        Some(record) => Some(app.run(move |store| Ok(store.total_of_versions(record)?)).await?),
        None => None,
    };
    let items = versions.into_iter().map(VersionItem::from).collect();
    paging::answer(validated, &request, &staff.caller(), &Items { items, next, total })
}

/// The number of a version in the address; what can be none is a 404.
fn version(request: &HttpRequest) -> Result<i64, Problem> {
    let version = request.match_info().get("version").and_then(|text| text.parse().ok());
    version.filter(|version| *version > 0).ok_or_else(Problem::not_found)
}

/// A record as it was in one of its versions.
///
/// # Errors
/// As [`list`], and 404 for a version that there is not.
pub async fn read<C: Content>(
    staff: Staff,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (key, version) = (key(&request)?, version(&request)?);
    let audience = staff.audience();
    let found = app.run(move |store| Ok(store.version::<C>(audience, &key, version)?)).await?;
    let record = match Place::of(found)? {
        Place::Here(record) => record,
        Place::Moved(slug) => return Ok(moved(&app, &request, &slug)),
    };
    let validated = Input::of(&request).finish()?;
    let body = serde_json::to_vec(&record).map_err(Problem::internal)?;
    let tag = record_tag(record.version, &body);
    Ok(respond::tagged(validated, &request, &staff.caller(), JSON, &tag, Some(record.updated_at), body))
}

/// Gives a record the content of an earlier version again.
///
/// # Errors
/// As [`read`], 412 for If-Match where it is sent, and 422 when the content breaks rules that hold today.
pub async fn revert<C: Content>(
    editor: Editor,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let expectation = Expectation::read(&request);
    let version = version(&request)?;
    let Editor(identity) = editor;
    change::<C>(&app, &request, identity, Ok(()), move |identity, transaction, stored| {
        let earlier = transaction.version(&stored, version)?.ok_or_else(Problem::not_found)?;
        if expectation != Expectation::Missing {
            expectation.check(stored.version())?;
        }
        let mut faults = Faults::new();
        let draft = Draft { slug: None, status: None, content: earlier.content };
        draft.content.check(&mut faults);
        super::writes::refuse_assigning_chamber(identity, Some(&draft), &mut faults);
        let resolved = resolve(transaction, Some(draft), &mut faults)?;
        Ok(transaction.revert(stored, complete(resolved, faults)?)?)
    })
    .await
}

/// The roles in which something is done: those of tokens, and that of commands.
pub const ROLES: [&str; 6] = ["admin", "editor", "auditor", "chamber", "manager", Actor::OPERATOR];

/// A word that is known.
fn known(word: &str, words: &[&str]) -> Result<String, String> {
    if words.contains(&word) {
        Ok(word.to_owned())
    } else {
        Err(format!("must be one of {}", words.join(", ")))
    }
}

/// Who did what, latest first.
///
/// # Errors
/// 401 and 403 without the right to it, 400 for filters that make no sense.
pub async fn audit(auditor: Auditor, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let id = |text: &str| Id::parse(text).ok_or_else(|| "must be an id (a UUID with hyphens)".to_owned());
    let cursors = Cursors::<i64>::of("audit", &input);
    let (rest, faults) = input.parts();
    let (from, to) = take_period(rest, faults);
    let filter = AuditFilter {
        actors: input.many("actor", |text| {
            let is_possible = (1..=MAX_ACTOR).contains(&text.chars().count());
            if is_possible {
                Ok(text.to_owned())
            } else {
                Err(format!("must have 1 to {MAX_ACTOR} characters"))
            }
        }),
        roles: input.many("role", |word| known(word, &ROLES)),
        actions: input.many("action", |word| known(word, &Action::ALL.map(Action::as_str))),
        kinds: kinds(&mut input, &Kind::ALL),
        ids: input.many("id", id),
        tokens: input.many("token", id),
        from,
        to,
        before: cursors.take(&mut input),
    };
    if filter.from.zip(filter.to).is_some_and(|(from, to)| from > to) {
        input.malformed("to", "must not lie before 'from'");
    }
    let limit = limit(&mut input, Page::DEFAULT_LIMIT);
    let with_total = with_total(&mut input);
    let validated = input.finish()?;
    let ((entries, more), total) = app
        .run(move |store| {
            let total = with_total.then(|| store.count_audit_entries(&filter)).transpose()?;
            Ok((store.audit(&filter, limit)?, total))
        })
        .await?;
    let last = entries.last().filter(|_| more);
    let next = last.map(|last| cursors.next(&app, &request, &last.seq)).transpose()?;
    let item = |entry: AuditEntry| {
        let AuditEntry { seq, at, action, actor, role, token, kind, id, slug, status, version } = entry;
        AuditItem { seq, at, action, actor, role, token, kind, id, slug, status, version }
    };
    let items = entries.into_iter().map(item).collect();
    paging::answer(validated, &request, &auditor.caller(), &Items { items, next, total })
}
