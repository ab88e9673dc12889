//! The versions of a record, and the audit.

mod audit;

use super::{
    paging::{self, Cursors, Items, NO_CURSOR, limit, with_total},
    record::{self, Place, change, key, moved},
    writes::{complete, resolve},
};
use crate::{
    app::App,
    auth::{Bearer, ReadHistory, WriteContent},
    openapi::{
        Operation, READ_HEADERS, add_answer, counted, json_answer, name_of, named, one, parameter, parameters,
    },
    problem::Problem,
    request::{
        body::JSON,
        conditions::{Expectation, record_tag},
        headers::IF_MATCH_OPTIONAL,
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
    record::{Draft, Status},
};
use persistence::{history::Version, write::action::Action};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::{
    ToSchema,
    openapi::{Object, ObjectBuilder, Ref, schema::Type},
};

/// The operations on the versions of a kind.
pub(crate) fn mount_versions<C: Content>(table: &mut impl Table) {
    let record = format!("/api/v1/{}/{{key}}", C::KIND.plural());
    let version = || [parameters::key::<C>(), parameter("Version")];
    table.address(&format!("{record}/history"), |address| {
        address.parameters(|| [parameters::key::<C>()]).get(list::<C>, describe_list::<C>)
    });
    table.address(&format!("{record}/history/{{version}}"), |address| {
        address.parameters(version).get(read::<C>, describe_read::<C>)
    });
    table.address(&format!("{record}/revert/{{version}}"), |address| {
        address.parameters(version).post(revert::<C>, describe_revert::<C>)
    });
}

/// The operations over all kinds.
pub(crate) fn mount(table: &mut impl Table) {
    table.tag("history", "Versions of records, and the audit of all changes, including those of tokens and keys. Requires a token. To read the public portal as of a moment, use `as_of` on any record or collection.");
    table.get("/api/v1/audit", audit::list, audit::describe);
}

/// A version of a record.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Version)]
struct VersionItem {
    /// Version number.
    #[schema(minimum = 1, example = 7)]
    version: i64,
    /// Time of the change.
    #[schema(value_type = String, format = DateTime, example = "2026-05-01T07:30:00Z")]
    at: DateTime<Utc>,
    #[schema(schema_with = action)]
    action: String,
    /// Author: the subject of a token, or the name of a command.
    #[schema(max_length = 200, example = "ada")]
    actor: String,
    #[schema(schema_with = role)]
    role: String,
    /// Status of the record in this version.
    #[schema(value_type = Status)]
    status: String,
    /// Fields that differ from the previous version.
    changes: Vec<Difference>,
}

impl From<Version> for VersionItem {
    fn from(Version { version, at, action, actor, role, status, changes, .. }: Version) -> Self {
        Self { version, at, action, actor, role, status, changes }
    }
}

/// Lists the versions of a record, latest first.
///
/// # Errors
/// 401 or 403 for callers without access, 404 for an unknown record.
pub async fn list<C: Content>(
    bearer: Bearer<ReadHistory>,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let key = key(&request)?;
    let mut input = Input::of(&request);
    input.check()?;
    let limit = limit(&mut input);
    let cursors = Cursors::<(Id, i64)>::of(&app, "history", &input);
    let after = cursors.take(&mut input);
    let with_total = with_total(&mut input);
    input.refuse_rest();
    let audience = bearer.audience();
    let found = app
        .run(move |store| {
            Ok(store.versions::<C>(audience, &key, after.map(|(_, version)| version), limit)?)
        })
        .await?;
    let versions = match Place::of(found)? {
        Place::Here(versions) => versions,
        Place::Moved(slug) => return Ok(moved(&app, &request, &slug)),
    };
    // A slug may have moved to another record, so the cursor is bound to the id. After a valid cursor there is always
    // at least one more version.
    if after.is_some_and(|(id, _)| versions.items.first().is_none_or(|version| version.id != id)) {
        input.malformed("cursor", NO_CURSOR);
    }
    let validated = input.finish()?;
    let record = versions.items.first().filter(|_| with_total).map(|version| version.id);
    let total = match record {
        Some(record) => Some(app.run(move |store| Ok(store.total_of_versions(record)?)).await?),
        None => None,
    };
    let place = |last: &Version| (last.id, last.version);
    let page = cursors.page(&app.url(request.path()), versions, place)?.map(VersionItem::from);
    paging::answer(validated, &bearer.caller(), &Items { total, ..page })
}

fn describe_list<C: Content>() -> Operation {
    let difference = json!({ "pointer": "/summary/en", "from": null, "to": "Network of photonics" });
    let example = json!({
        "version": 7, "at": "2026-05-01T07:30:00Z", "action": "update", "actor": "ada", "role": "editor",
        "status": "published", "changes": [difference]
    });
    let list = counted("Version", "A page of versions, latest first.", &example);
    Operation::new("history", format!("list_{}_versions", C::KIND), format!("List the versions of {}", one::<C>()))
        .description("Lists the versions of a record, latest first, with author and time. `changes` contains the fields that differ from the previous version, with their old and new values. For the first version (of an imported record: the imported one), it contains all fields, with `from` null. References in `changes` have their current names.")
        .parameters(paging::parameters())
        .schemas(|schemas| add_answer::<Difference>(schemas, &difference))
        .schemas(|schemas| schemas.add("Action", action_schema()))
        .page::<VersionItem>("A page of versions.", list, &example)
        .refusals(&[404, 406, 410])
        .revalidated()
        .redirected()
}

/// The schema of a role.
fn role() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("Role of the author. `operator` for commands."))
        .enum_values(Some(audit::ROLES))
        .examples([json!("editor")])
        .build()
}

/// A reference to the schema of actions.
fn action() -> Ref {
    Ref::from_schema_name("Action")
}

/// The schema of actions.
fn action_schema() -> Value {
    json!({ "type": "string", "enum": Action::ALL.map(Action::as_str), "description": "Action on the record." })
}

/// The version number in the path. An invalid one is a 404.
fn version(request: &HttpRequest) -> Result<i64, Problem> {
    let version = request.match_info().get("version").and_then(|text| text.parse().ok());
    version.filter(|version| *version > 0).ok_or_else(Problem::not_found)
}

/// Returns a record as of one of its versions.
///
/// # Errors
/// As [`list`]. 404 for an unknown version.
pub async fn read<C: Content>(
    bearer: Bearer<ReadHistory>,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (key, version) = (key(&request)?, version(&request)?);
    let audience = bearer.audience();
    let found = app.run(move |store| Ok(store.version::<C>(audience, &key, version)?)).await?;
    let record = match Place::of(found)? {
        Place::Here(record) => record,
        Place::Moved(slug) => return Ok(moved(&app, &request, &slug)),
    };
    let validated = Input::of(&request).finish()?;
    let body = serde_json::to_vec(&record).map_err(Problem::internal)?;
    let tag = record_tag(record.version, &body);
    Ok(respond::tagged(validated, &bearer.caller(), JSON, &tag, Some(record.updated_at), body))
}

fn describe_read<C: Content>() -> Operation {
    let answer = json_answer("The record in this version.", named(&name_of::<C>("")), &READ_HEADERS);
    Operation::new("history", format!("read_{}_version", C::KIND), format!("Get a version of {}", one::<C>()))
        .description("Returns the record with content, slug and status of that version. `updated_at` is the time of the version. Names of references and derived values are current. Unknown versions return 404.")
        .answer("200", answer)
        .refusals(&[404, 406, 410])
        .revalidated()
        .redirected()
}

/// Restores the content of an earlier version as a new version.
///
/// # Errors
/// As [`read`]. 412 for If-Match if it was sent, 422 if the content violates current rules.
pub async fn revert<C: Content>(
    bearer: Bearer<WriteContent>,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let expectation = Expectation::read(&request);
    let version = version(&request)?;
    change::<C, _>(&app, &request, bearer, Ok(()), move |identity, transaction, stored| {
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

fn describe_revert<C: Content>() -> Operation {
    Operation::new("history", format!("revert_{}", C::KIND), format!("Revert {} to a version", one::<C>()))
        .description("Writes the content of an earlier version as a new version. Slug and status are kept. Content that violates current rules returns 422. A revert that changes nothing creates no version. `If-Match` is supported but not required.")
        .parameters([IF_MATCH_OPTIONAL.describe()])
        .answer("200", record::changed::<C>())
        .refusals(&[404, 406, 409, 410, 412, 422])
        .redirected()
}
