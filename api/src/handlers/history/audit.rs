//! The audit: every change, and every event of tokens and keys, with its author.

use super::super::paging::{self, Cursors, Items, limit, with_total};
use crate::{
    app::App,
    auth::{Bearer, ReadAudit},
    openapi::{Operation, counted, named, parameters},
    problem::Problem,
    request::{
        input::Input,
        parameter::{Parameter, one_of},
    },
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use chrono::{DateTime, Utc};
use domain::{
    content::Content as _,
    id::Id,
    member::Member,
    query::{Filter, FilterSpec, take_period},
    record::Status,
    slug::Slug,
};
use persistence::{
    audience::Actor,
    audit::{AuditEntry, AuditFilter, AuditKind},
    credential_events::CredentialAction,
    write::action::Action,
};
use serde::Serialize;
use serde_json::json;
use utoipa::{ToSchema, openapi::Ref};

/// Roles of actors: those of tokens, and `operator` for commands.
pub(super) const ROLES: [&str; 6] = ["admin", "editor", "auditor", "chamber", "manager", Actor::OPERATOR];

/// Maximum length of the filter `actor` in characters.
const MAX_ACTOR: usize = 255;

/// A change of a record, or an event of a token or key, with its author.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
struct AuditItem {
    /// Number of the entry. Increases in commit order, with gaps.
    #[schema(minimum = 1, example = 4711)]
    seq: i64,
    /// Time of the change.
    #[schema(value_type = String, format = DateTime, example = "2026-05-01T07:30:00Z")]
    at: DateTime<Utc>,
    #[schema(schema_with = action)]
    action: String,
    /// Author: the subject of a token, or the name of a command.
    #[schema(max_length = 200, example = "ada")]
    actor: String,
    #[schema(schema_with = super::role)]
    role: String,
    /// Id of the token, or null for commands. For a token of an identity provider, a UUIDv8 made from it.
    #[schema(value_type = Option<String>, format = "uuid", example = "019a2b3c-0000-7000-8000-0000000000aa")]
    token: Option<Id>,
    #[schema(schema_with = kind)]
    kind: &'static str,
    /// Id of the record, token or key.
    #[schema(value_type = String, format = "uuid", example = "019a2b3c-0000-7000-8000-000000000001")]
    id: Id,
    /// Slug of the record after the change. Null for tokens, keys, and kinds without slugs.
    #[schema(inline, value_type = Option<Slug>)]
    slug: Option<String>,
    /// Status of the record after the change. Null for tokens and keys.
    #[schema(value_type = Option<Status>)]
    status: Option<String>,
    /// Version of the record after the change. Null for tokens and keys.
    #[schema(minimum = 1, example = 7)]
    version: Option<i64>,
}

/// A reference to the schema of actions.
fn action() -> Ref {
    Ref::from_schema_name("AuditAction")
}

/// A reference to the schema of kinds.
fn kind() -> Ref {
    Ref::from_schema_name("AuditKind")
}

/// The actions on records, tokens and keys.
fn actions() -> Vec<&'static str> {
    let mut actions: Vec<_> = Action::ALL.map(Action::as_str).into();
    for action in CredentialAction::ALL.map(CredentialAction::as_str) {
        if !actions.contains(&action) {
            actions.push(action);
        }
    }
    actions
}

fn kinds() -> Vec<&'static str> {
    AuditKind::all().map(AuditKind::as_str).collect()
}

const ACTOR: Parameter<String> = Parameter {
    name: "actor",
    description: "Author: the subject of a token, or the name of a command.",
    schema: || json!({ "type": "string", "minLength": 1, "maxLength": MAX_ACTOR, "examples": ["ada"] }),
    read: |text| {
        if (1..=MAX_ACTOR).contains(&text.chars().count()) {
            Ok(text.to_owned())
        } else {
            Err(format!("must have 1 to {MAX_ACTOR} characters"))
        }
    },
    shared: None,
};

const ROLE: Parameter<String> = Parameter {
    name: "role",
    description: "Role of the author.",
    schema: || json!({ "type": "string", "enum": ROLES, "examples": ["editor"] }),
    read: |word| one_of(word, &ROLES),
    shared: None,
};

const ACTION: Parameter<String> = Parameter {
    name: "action",
    description: "Action.",
    schema: || named("AuditAction"),
    read: |word| one_of(word, &actions()),
    shared: None,
};

const KIND: Parameter<AuditKind> = Parameter {
    name: "kind",
    description: "Kind of what was acted upon: a kind of record, `token` or `key`.",
    schema: || named("AuditKind"),
    read: |word| AuditKind::parse(word).ok_or_else(|| format!("must be one of {}", kinds().join(", "))),
    shared: None,
};

const ID: Parameter<Id> = Parameter {
    name: "id",
    description: "Id of the record, token or key.",
    schema: || json!({ "type": "string", "format": "uuid", "examples": [Member::EXAMPLE_KEY] }),
    read: |text| Id::parse(text).ok_or_else(|| "must be an id (a UUID with hyphens)".to_owned()),
    shared: None,
};

const TOKEN: Parameter<Id> = Parameter { name: "token", description: "Id of the token of the author.", ..ID };

/// Takes the filter from the parameters.
fn take_filter(input: &mut Input<'_>, cursors: &Cursors<i64>) -> AuditFilter {
    let (rest, faults) = input.parts();
    let (from, to) = take_period(rest, faults);
    let filter = AuditFilter {
        actors: input.take_all(&ACTOR),
        roles: input.take_all(&ROLE),
        actions: input.take_all(&ACTION),
        kinds: input.take_all(&KIND),
        ids: input.take_all(&ID),
        tokens: input.take_all(&TOKEN),
        from,
        to,
        before: cursors.take(input),
    };
    if filter.from.zip(filter.to).is_some_and(|(from, to)| from > to) {
        input.malformed(Filter::TO.name, "must not be before 'from'");
    }
    filter
}

/// Lists audit entries, latest first.
///
/// # Errors
/// 401 or 403 for callers without access, 400 for invalid filters.
pub(super) async fn list(
    bearer: Bearer<ReadAudit>,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let cursors = Cursors::<i64>::of(&app, "audit", &input);
    let filter = take_filter(&mut input, &cursors);
    let limit = limit(&mut input);
    let with_total = with_total(&mut input);
    let validated = input.finish()?;
    let (entries, total) = app
        .run(move |store| {
            let total = with_total.then(|| store.count_audit_entries(&filter)).transpose()?;
            Ok((store.audit(&filter, limit)?, total))
        })
        .await?;
    let item = |entry: AuditEntry| {
        let AuditEntry { seq, at, action, actor, role, token, kind, id, slug, status, version } = entry;
        let kind = kind.as_str();
        AuditItem { seq, at, action, actor, role, token, kind, id, slug, status, version }
    };
    let page = cursors.page(&app.url(request.path()), entries, |last| last.seq)?.map(item);
    paging::answer(validated, &bearer.caller(), &Items { total, ..page })
}

pub(super) fn describe() -> Operation {
    let example = json!({
        "seq": 4711, "at": "2026-05-01T07:30:00Z", "action": "update", "actor": "ada", "role": "editor",
        "token": "019a2b3c-0000-7000-8000-0000000000aa", "kind": "initiative",
        "id": "019a2b3c-0000-7000-8000-000000000001", "slug": "microtec-suedwest", "status": "published", "version": 7
    });
    let list = counted("AuditEntry", "A page of the audit, latest first.", &example);
    Operation::new("history", "list_audit", "List audit entries")
        .description("Lists every change of every record, public or not, and what was done with tokens and keys, latest first, with author, role and token. Entries are only ever added. Filters are combined with AND, repeated values of one filter with OR.")
        .parameters([ACTOR, ROLE, ACTION].map(|parameter| parameter.repeated()))
        .parameters([KIND.repeated()])
        .parameters([ID, TOKEN].map(|parameter| parameter.repeated()))
        .parameters([
            parameters::moment(FilterSpec { description: "Return only entries at or after this moment. A date, month or year stands for its beginning in Europe/Berlin.", ..Filter::FROM }),
            parameters::moment(FilterSpec { description: "Return only entries at or before this moment. A date, month or year stands for its end in Europe/Berlin.", ..Filter::TO }),
        ])
        .parameters(paging::parameters())
        .schemas(|schemas| {
            let about = "Action on a record (see `Action`), a token (`issue`, `revoke`) or a key (`create`, `rotate`, `retire`).";
            schemas.add("AuditAction", json!({ "type": "string", "enum": actions(), "description": about }));
            let about = "Kind of record, or `token` or `key`.";
            schemas.add("AuditKind", json!({ "type": "string", "enum": kinds(), "description": about }));
        })
        .page::<AuditItem>("A page of the audit.", list, &example)
        .refusals(&[406])
        .revalidated()
}
