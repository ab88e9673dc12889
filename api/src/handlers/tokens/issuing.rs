//! Issuing tokens.

use super::{TokenItem, example};
use crate::{
    app::App,
    auth::{AdministerTokens, Bearer, Expiry, Grant, IssueError, MAX_SUBJECT, Role},
    openapi::{Operation, Schemas, add_answer, answered, examples, json_answer, named, schema_of},
    problem::Problem,
    request::{
        body::{Body, JSON},
        headers::IDEMPOTENCY_KEY,
        input::{Input, Validated},
    },
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION},
    web::{Data, Payload},
};
use chrono::TimeDelta;
use domain::{fault::Faults, parse, reference::Reference, vocabulary::ChamberCode};
use persistence::store::Store;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Issues a token. It is shown in this response only, and never stored.
///
/// # Errors
/// 400 or 422 for an invalid body.
pub(super) async fn issue(
    administrator: Bearer<AdministerTokens>,
    app: Data<App>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let body = Body::receive(&request, payload, JSON).await;
    let mut input = Input::of(&request);
    if request.headers().contains_key(IDEMPOTENCY_KEY.name) {
        let detail = "is not supported here: a repeated response would require the server to store the token";
        input.malformed(IDEMPOTENCY_KEY.name, detail);
    }
    let ((), validated) = input.finish_with_body(body.check_supported())?;
    let actor = administrator.identity.actor();
    let issuer = app.clone();
    let (token, item) = app
        .run(move |store| {
            let mut faults = Faults::new();
            let json = body.json(&mut faults)?;
            let grant = TokenInput::read(json, store, faults)?;
            let (token, issued) = issuer.keyring.issue(store, &issuer.clock, &actor, &grant)?;
            Ok((token, TokenItem::of(store, vec![issued])?.remove(0)))
        })
        .await?;
    issued(validated, &app, token, item)
}

/// The response with a token.
fn issued(_: Validated, app: &App, token: String, item: TokenItem) -> Result<HttpResponse, Problem> {
    let location = app.url(&format!("/api/v1/tokens/{}", item.id));
    let mut answer = serde_json::to_value(item).map_err(Problem::internal)?;
    answer["token"] = token.into();
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, location))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .insert_header((CONTENT_TYPE, JSON))
        .body(answer.to_string()))
}

impl From<IssueError> for Problem {
    fn from(error: IssueError) -> Self {
        match error {
            IssueError::Grant(faults) => Self::of_body(faults),
            IssueError::Database(error) => error.into(),
            IssueError::Key(cause) => Self::internal(cause),
        }
    }
}

/// What a caller sends to issue a token.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenInput {
    role: Role,
    subject: String,
    expires: Expiry,
    chamber: Option<ChamberCode>,
    organisation: Option<Reference>,
}

impl TokenInput {
    fn example() -> Self {
        Self {
            role: Role::Editor,
            subject: "ada".to_owned(),
            expires: Expiry::After(TimeDelta::days(90)),
            chamber: ChamberCode::parse("ihk-ulm"),
            organisation: Some(Reference::to(examples::id(1))),
        }
    }

    /// Reads the body, and reports all faults, including rules that the grant breaks.
    fn read(json: Value, store: &Store, mut faults: Faults) -> Result<Grant, Problem> {
        let Some(Self { role, subject, expires, chamber, organisation }) =
            parse::object(json, Self::example, &mut faults)
        else {
            return Err(Problem::of_body(faults));
        };
        let organisation = match &organisation {
            Some(reference) => match store.organisation(&reference.key())? {
                Some(id) => Some(id),
                None => {
                    faults.broken("/organisation", "names no initiative or network that exists");
                    reference.id()
                }
            },
            None => None,
        };
        let grant = Grant { subject, role, life: expires.life(store.now()), chamber, organisation };
        grant.check(&mut faults);
        faults.or(grant).map_err(Problem::of_body)
    }
}

pub(super) fn describe() -> Operation {
    let mut issued = example();
    issued["last_used_at"] = Value::Null;
    issued["token"] = "eyJ0eXAiOiJKV1QiLCJhbGciOiJFZERTQSIsImtpZCI6Ii4uLiJ9.e30.c2ln".into();
    let schema = move |schemas: &mut Schemas| {
        add_answer::<TokenItem>(schemas, &example());
        let mut schema = answered(schema_of::<TokenItem>());
        schema["description"] = "A token that was issued, with the token itself.".into();
        schema["properties"]["token"] = json!({
            "type": "string", "maxLength": 4096,
            "description": "The token (RFC 7519), for `Authorization: Bearer TOKEN`. Shown only once.",
            "examples": [issued["token"]]
        });
        schema["examples"] = json!([issued]);
        schemas.add("IssuedToken", answered(schema));
        schemas.add("TokenInput", input());
    };
    let headers = ["Location", "Cache-Control", "X-Request-Id"];
    Operation::new("tokens", "issue_token", "Issue a token")
        .description("Issues a token. It is in this response only: the server stores what it is bound to, not the token. Therefore `Idempotency-Key` is rejected. If the response is lost, revoke the token that `GET /api/v1/tokens` shows, and issue another.")
        .body(JSON, "TokenInput")
        .schemas(schema)
        .answer("201", json_answer("The issued token.", named("IssuedToken"), &headers))
        .refusals(&[406, 413, 415, 422])
}

/// The schema of the body.
fn input() -> Value {
    json!({
        "type": "object", "description": "What a new token is to be.",
        "required": ["role", "subject", "expires"], "additionalProperties": false,
        "properties": {
            "role": {
                "type": "string", "enum": Role::ALL.map(Role::as_str),
                "description": "Role. `chamber` requires `chamber`, and `manager` requires `organisation`."
            },
            "subject": {
                "type": "string", "minLength": 1, "maxLength": MAX_SUBJECT,
                "description": "Person or system that uses the token. The audit shows it as the author of changes."
            },
            "expires": {
                "type": "string", "minLength": 2, "maxLength": 40,
                "description": "Lifetime (`30s`, `15m`, `8h`, `90d`) or time of expiry (RFC 3339), at most 400 days ahead."
            },
            "chamber": {
                "type": ["string", "null"], "minLength": 1, "maxLength": 100,
                "description": "Slug of the chamber whose members the token may maintain. Only with the role `chamber`."
            },
            "organisation": {
                "oneOf": [named("ReferenceInput"), { "type": "null" }],
                "description": "Initiative or network that the token may maintain: id or slug. Only with the role `manager`."
            }
        },
        "examples": [{ "role": "editor", "subject": "ada", "expires": "90d" }]
    })
}
