//! Tokens: listing and revoking them.

mod issuing;

use super::paging::{self, Cursors, Items, limit, with_total};
use crate::{
    app::App,
    auth::{AdministerTokens, Bearer, MAX_SUBJECT, Role},
    openapi::{Operation, counted, headers_of},
    problem::Problem,
    request::{
        input::Input,
        parameter::{Parameter, one_of},
    },
    respond,
    table::{Address, Table},
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use chrono::{DateTime, Utc};
use domain::{id::Id, reference::Reference};
use persistence::{
    store::Store,
    tokens::{IssuedToken, TokenFilter, TokenState},
};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use utoipa::{
    ToSchema,
    openapi::{Object, ObjectBuilder, schema::Type},
};

/// The operations of this module.
pub(crate) fn mount(table: &mut impl Table) {
    table.tag(
        "tokens",
        "Issue, list and revoke tokens. The keys that verify them are at `/.well-known/jwks.json`.",
    );
    table.address("/api/v1/tokens", |address| {
        address.get(list, describe_list).post(issuing::issue, issuing::describe)
    });
    table.address("/api/v1/tokens/{id}", |address| {
        address.parameters(|| [named_token()]).get(read, describe_read).delete(revoke, describe_revoke)
    });
}

/// The path parameter that identifies a token.
fn named_token() -> Value {
    json!({
        "name": "id", "in": "path", "required": true, "description": "Id of the token: its `jti` claim.",
        "schema": { "type": "string", "format": "uuid", "examples": [EXAMPLE_ID] }
    })
}

const EXAMPLE_ID: &str = "019a2b3c-0000-7000-8000-0000000000aa";

/// A token in responses, without the token itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token)]
struct TokenItem {
    /// Id of the token: its `jti` claim.
    #[schema(value_type = String, format = "uuid", example = "019a2b3c-0000-7000-8000-0000000000aa")]
    id: Id,
    #[schema(schema_with = role)]
    role: String,
    /// Person or system that uses the token.
    #[schema(max_length = 200, example = "ada")]
    subject: String,
    /// Slug of the chamber to which the token is bound. Null for other roles than `chamber`.
    #[schema(max_length = 100, example = "ihk-ulm")]
    chamber: Option<String>,
    /// Initiative or network to which the token is bound. Null for other roles than `manager`.
    organisation: Option<Reference>,
    #[schema(schema_with = state)]
    state: &'static str,
    /// Time of issue.
    #[schema(value_type = String, format = DateTime, example = "2026-05-01T07:30:00Z")]
    issued_at: DateTime<Utc>,
    /// Time from which the token is not accepted.
    #[schema(value_type = String, format = DateTime, example = "2026-07-30T07:30:00Z")]
    expires_at: DateTime<Utc>,
    /// Time of revocation, or null.
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-06-01T07:30:00Z")]
    revoked_at: Option<DateTime<Utc>>,
    /// Time of the last use, or null. At most a minute behind.
    #[schema(value_type = Option<String>, format = DateTime, example = "2026-05-02T07:30:00Z")]
    last_used_at: Option<DateTime<Utc>>,
}

impl TokenItem {
    /// Tokens in responses, with the labels of their organisations.
    fn of(store: &Store, tokens: Vec<IssuedToken>) -> Result<Vec<Self>, Problem> {
        let ids: Vec<Id> = tokens.iter().filter_map(|token| token.organisation).collect();
        let labels = if ids.is_empty() { HashMap::new() } else { store.labels(&ids)? };
        let now = store.now();
        let item = |token: IssuedToken| {
            let state = token.state(now).as_str();
            let IssuedToken { id, role, subject, chamber, issued_at, expires_at, .. } = token;
            let IssuedToken { revoked_at, last_used_at, .. } = token;
            let label = |id| labels.get(&id).cloned();
            let organisation = token.organisation.map(|id| Reference::Resolved { id, label: label(id) });
            Self {
                id,
                role,
                subject,
                chamber,
                organisation,
                state,
                issued_at,
                expires_at,
                revoked_at,
                last_used_at,
            }
        };
        Ok(tokens.into_iter().map(item).collect())
    }
}

/// The schema of a role.
fn role() -> Object {
    word("Role.", &Role::ALL.map(Role::as_str), "editor")
}

/// The schema of a state.
fn state() -> Object {
    let about = "`valid`: accepted. `revoked`: revoked alone or with its key. `expired`: expired without having been revoked.";
    word(about, &TokenState::ALL.map(TokenState::as_str), "valid")
}

fn word(description: &str, words: &[&str], example: &str) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .enum_values(Some(words.iter().copied()))
        .examples([json!(example)])
        .build()
}

fn example() -> Value {
    json!({
        "id": EXAMPLE_ID, "role": "editor", "subject": "ada", "chamber": null, "organisation": null, "state": "valid",
        "issued_at": "2026-05-01T07:30:00Z", "expires_at": "2026-07-30T07:30:00Z", "revoked_at": null,
        "last_used_at": "2026-05-02T07:30:00Z"
    })
}

const ROLE: Parameter<String> = Parameter {
    name: "role",
    description: "Role.",
    schema: || json!({ "type": "string", "enum": Role::ALL.map(Role::as_str), "examples": ["editor"] }),
    read: |word| one_of(word, &Role::ALL.map(Role::as_str)),
    shared: None,
};

const SUBJECT: Parameter<String> = Parameter {
    name: "subject",
    description: "Person or system that uses the token.",
    schema: || json!({ "type": "string", "minLength": 1, "maxLength": MAX_SUBJECT, "examples": ["ada"] }),
    read: |text| {
        if (1..=MAX_SUBJECT).contains(&text.chars().count()) {
            Ok(text.to_owned())
        } else {
            Err(format!("must have 1 to {MAX_SUBJECT} characters"))
        }
    },
    shared: None,
};

const STATE: Parameter<TokenState> = Parameter {
    name: "state",
    description: "State.",
    schema: || json!({ "type": "string", "enum": TokenState::ALL.map(TokenState::as_str), "examples": ["valid"] }),
    read: |word| {
        let words = TokenState::ALL.map(TokenState::as_str).join(", ");
        let state = TokenState::ALL.into_iter().find(|state| state.as_str() == word);
        state.ok_or_else(|| format!("must be one of {words}"))
    },
    shared: None,
};

/// Lists tokens, latest first.
///
/// # Errors
/// 401 or 403 for callers without access, 400 for invalid filters.
async fn list(
    administrator: Bearer<AdministerTokens>,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let cursors = Cursors::<Id>::of(&app, "tokens", &input);
    let filter = TokenFilter {
        roles: input.take_all(&ROLE),
        subjects: input.take_all(&SUBJECT),
        states: input.take_all(&STATE),
        before: cursors.take(&mut input),
    };
    let limit = limit(&mut input);
    let with_total = with_total(&mut input);
    let validated = input.finish()?;
    let address = app.url(request.path());
    let page = app
        .run(move |store| {
            let total = with_total.then(|| store.count_tokens(&filter)).transpose()?;
            let page = cursors.page(&address, store.tokens(&filter, limit)?, |last| last.id)?;
            Ok(Items { items: TokenItem::of(store, page.items)?, next: page.next, total })
        })
        .await?;
    paging::answer(validated, &administrator.caller(), &page)
}

fn describe_list() -> Operation {
    let list = counted("Token", "A page of tokens, latest first.", &example());
    Operation::new("tokens", "list_tokens", "List tokens")
        .description("Lists issued tokens, latest first, including revoked and expired ones. The tokens themselves are not stored. Filters are combined with AND, repeated values of one filter with OR.")
        .parameters([ROLE.repeated(), SUBJECT.repeated(), STATE.repeated()])
        .parameters(paging::parameters())
        .page::<TokenItem>("A page of tokens.", list, &example())
        .refusals(&[406])
        .revalidated()
}

/// The token id in the path. An invalid one is a 404.
fn id(request: &HttpRequest) -> Result<Id, Problem> {
    request.match_info().get("id").and_then(Id::parse).ok_or_else(Problem::not_found)
}

/// Returns a token, without the token itself.
///
/// # Errors
/// As [`list`]. 404 for an unknown token.
async fn read(
    administrator: Bearer<AdministerTokens>,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = id(&request)?;
    let found = app.run(move |store| TokenItem::of(store, store.token(id)?.into_iter().collect())).await?;
    let token = found.first().ok_or_else(Problem::not_found)?;
    respond::json(Input::of(&request).finish()?, &administrator.caller(), token)
}

fn describe_read() -> Operation {
    Operation::new("tokens", "read_token", "Get a token")
        .description("Returns a token's state and what it is bound to, without the token itself.")
        .json::<TokenItem>("The token.", &["ETag", "Cache-Control", "X-Request-Id"], &example())
        .refusals(&[404, 406])
        .revalidated()
}

/// Revokes a token. Revoking it again changes nothing.
///
/// # Errors
/// As [`read`].
async fn revoke(
    administrator: Bearer<AdministerTokens>,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = id(&request)?;
    let validated = Input::of(&request).finish_unnegotiated()?;
    let actor = administrator.identity.actor();
    app.run(move |store| store.revoke_token(&actor, id)?.ok_or_else(Problem::not_found)).await?;
    app.endings.revoked();
    Ok(respond::no_content(validated))
}

fn describe_revoke() -> Operation {
    let answer = json!({
        "description": "The token is revoked.",
        "headers": headers_of(&["X-Request-Id"])
    });
    Operation::new("tokens", "revoke_token", "Revoke a token")
        .description("Revokes a token, at once on this instance and within a second on all others. Streams, long polls, exports and sync runs with it end. Revoking it again changes nothing.")
        .answer("204", answer)
        .refusals(&[404])
}
