//! Operations that are no kind's own: vocabularies, and the service itself.

use super::{
    Document,
    components::{self, parameter},
    operations::{answers, anyone, json_answer, with_not_modified},
    schemas::named,
};
use domain::vocabulary::Entry;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// The parameter that names an entry of a vocabulary.
pub(super) fn code(example: &str) -> Value {
    json!({
        "name": "code", "in": "path", "required": true, "description": "Code or slug of the entry, in the spellings that writes take.",
        "schema": components::code_or_slug(example)
    })
}

/// Adds the operations of a vocabulary.
pub(super) fn add_vocabulary<E: Entry>(document: &mut Document) {
    let path = format!("/api/v1/{}", E::PATH);
    let id = E::PATH.replace('-', "_");
    let name = <E as ToSchema>::name();
    document.paths.insert(
        path.clone(),
        json!({ "get": {
            "operationId": format!("list_{id}"),
            "tags": ["vocabularies"],
            "summary": format!("List {}", E::PATH.replace('-', " ")),
            "description": format!("{} Comes whole; `next` is always null.", E::ABOUT),
            "security": anyone(),
            "parameters": [parameter("IfNoneMatch")],
            "responses": with_not_modified(answers("200", json_answer("The vocabulary.", named(&format!("{name}List")), &HEADERS), &[406]))
        }}),
    );
    let example = E::all().first().map(Entry::code).unwrap_or_default();
    document.paths.insert(
        format!("{path}/{{code}}"),
        json!({
            "parameters": [code(example)],
            "get": {
                "operationId": format!("read_{}", E::TITLE.to_lowercase().replace(' ', "_")),
                "tags": ["vocabularies"],
                "summary": format!("Read one entry: {}", E::TITLE.to_lowercase()),
                "description": E::ABOUT,
                "security": anyone(),
                "parameters": [parameter("IfNoneMatch")],
                "responses": with_not_modified(answers("200", json_answer("The entry.", named(&name), &HEADERS), &[404, 406]))
            }
        }),
    );
}

/// Headers of what can be kept.
const HEADERS: [&str; 3] = ["ETag", "Cache-Control", "X-Request-Id"];

/// Adds the operations that are no kind's own.
pub(super) fn add(document: &mut Document) {
    let operation = |id: &str, summary: &str, description: &str, schema: Value, refusals: &[u16]| {
        json!({ "get": {
            "operationId": id,
            "tags": ["service"],
            "summary": summary,
            "description": description,
            "security": anyone(),
            "parameters": [parameter("IfNoneMatch")],
            "responses": with_not_modified(answers("200", json_answer(summary, schema, &HEADERS), refusals))
        }})
    };
    let landing = operation(
        "landing",
        "The landing document",
        "What this is, whose it is, where everything is, and how large requests may be.",
        named("Landing"),
        &[406],
    );
    document.paths.insert("/api/v1".to_owned(), landing);
    let openapi = operation(
        "openapi",
        "This description",
        "The OpenAPI document.",
        json!({ "type": "object", "description": "An OpenAPI 3.1 document." }),
        &[406],
    );
    document.paths.insert("/openapi.json".to_owned(), openapi);
    let problem = operation(
        "problem_type",
        "What a type of problem means",
        "The `type` of every problem leads here.",
        named("ProblemType"),
        &[404, 406],
    );
    let named_type = json!({
        "name": "type", "in": "path", "required": true, "description": "The type's last segment.",
        "schema": components::code_or_slug("not-found")
    });
    let problem = json!({ "parameters": [named_type], "get": problem["get"] });
    document.paths.insert("/problems/{type}".to_owned(), problem);
    for (path, id, summary) in [
        ("/health/live", "live", "Whether the server is alive"),
        ("/health/ready", "ready", "Whether the server can work"),
    ] {
        let answer = json_answer(summary, named("Health"), &["Cache-Control", "X-Request-Id"]);
        let health = json!({ "get": {
            "operationId": id,
            "tags": ["service"],
            "summary": summary,
            "description": "For operators and their load balancers. Needs no token, and looks at none.",
            "security": [],
            "responses": answers("200", answer, &[])
        }});
        document.paths.insert(path.to_owned(), health);
    }
}
