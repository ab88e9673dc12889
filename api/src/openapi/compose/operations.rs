//! Operations: the twin of the table of routes.

use super::{
    Document,
    components::{self, headers_of, parameter, problems},
    exports, filters, history,
    schemas::{name_of, named},
};
use domain::{content::Content, query::Scope};
use serde_json::{Map, Value, json};

/// The refusals of every request.
const ALWAYS: [u16; 6] = [400, 401, 414, 431, 500, 503];

/// The answers of an operation: one that went well, and the refusals.
pub(super) fn answers(status: &str, answer: Value, refusals: &[u16]) -> Value {
    let mut all: Vec<u16> = ALWAYS.iter().chain(refusals).copied().collect();
    all.sort_unstable();
    let mut answers = Map::new();
    answers.insert(status.to_owned(), answer);
    answers.extend(problems(&all));
    Value::Object(answers)
}

pub(super) fn json_answer(description: &str, schema: Value, headers: &[&str]) -> Value {
    json!({
        "description": description,
        "headers": headers_of(headers),
        "content": { "application/json": { "schema": schema } }
    })
}

pub(super) const READ_HEADERS: [&str; 4] = ["ETag", "Last-Modified", "Cache-Control", "X-Request-Id"];

/// Reading is for everyone; a token shows more.
pub(super) fn anyone() -> Value {
    json!([{}, { "token": [] }])
}

/// What only those may do who have a token with a right to it.
pub(super) fn token() -> Value {
    json!([{ "token": [] }])
}

/// Adds 304 to the answers of an operation that reads.
pub(super) fn with_not_modified(mut answers: Value) -> Value {
    answers["304"] = json!({ "description": "Not modified.", "headers": headers_of(&["ETag", "Last-Modified", "Cache-Control", "X-Request-Id"]) });
    answers
}

/// Adds 308 to the answers of an operation on one record.
pub(super) fn with_redirect(mut answers: Value) -> Value {
    answers["308"] = json!({
        "description": "The record has another slug now; send the same request there.",
        "headers": headers_of(&["Location", "Cache-Control", "X-Request-Id"])
    });
    answers
}

/// A noun with its article, for summaries.
pub(super) fn one<C: Content>() -> String {
    let word = C::KIND.as_str();
    let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {word}")
}

/// Adds the operations of a kind.
pub(super) fn add_kind<C: Content>(document: &mut Document) {
    let path = format!("/api/v1/{}", C::KIND.plural());
    document.paths.insert(path.clone(), json!({ "get": list::<C>(), "post": create::<C>() }));
    exports::add_kind::<C>(document);
    document.paths.insert(format!("{path}/facets"), json!({ "get": facets::<C>() }));
    document.paths.insert(
        format!("{path}/{{key}}"),
        json!({
            "parameters": [components::key::<C>()],
            "get": read::<C>(),
            "put": replace::<C>(),
            "patch": patch::<C>(),
            "delete": archive::<C>()
        }),
    );
    document.paths.insert(
        format!("{path}/{{key}}/restore"),
        json!({ "parameters": [components::key::<C>()], "post": restore::<C>() }),
    );
    history::add_kind::<C>(document);
}

/// The parameter that sorts the records of a kind.
pub(super) fn sort<C: Content>() -> Value {
    let scope = Scope::of::<C>();
    let default =
        if scope.sorted_by_date { scope.dated.unwrap_or(scope.name_field) } else { scope.name_field };
    components::sort(&scope.sort_keys(), default)
}

fn list<C: Content>() -> Value {
    let plural = C::KIND.plural();
    let mut parameters = filters::of::<C>();
    parameters.push(sort::<C>());
    parameters.extend(["PageLimit", "Cursor", "WithTotal", "IfNoneMatch"].map(parameter));
    let headers = ["ETag", "Last-Modified", "Cache-Control", "Link", "X-Request-Id"];
    let answer = json_answer("A page of the list.", named(&name_of::<C>("List")), &headers);
    json!({
        "operationId": format!("list_{plural}"),
        "tags": [plural],
        "summary": format!("List {plural}"),
        "description": format!("{} Filters combine with AND; a repeated one is OR. Exports have addresses of their own (`/api/v1/{plural}.csv`, `.ndjson`, `.geojson`); `format=csv`, `ndjson` or `geojson` (`json` is the default), or their media types in `Accept`, answer the same here.", C::ABOUT),
        "security": anyone(),
        "parameters": parameters,
        "responses": with_not_modified(answers("200", answer, &[406]))
    })
}

fn facets<C: Content>() -> Value {
    let plural = C::KIND.plural();
    let mut parameters = filters::of::<C>();
    parameters.push(parameter("IfNoneMatch"));
    json!({
        "operationId": format!("count_{plural}"),
        "tags": [plural],
        "summary": format!("Count {plural} by facet"),
        "description": "Counts what the filter finds by every facet of the collection, those above in a hierarchy included.",
        "security": anyone(),
        "parameters": parameters,
        "responses": with_not_modified(answers("200", json_answer("The counts.", named("FacetCounts"), &["ETag", "Cache-Control", "X-Request-Id"]), &[406]))
    })
}

fn create<C: Content>() -> Value {
    let answer = json_answer(
        "The record as it was created.",
        named(&name_of::<C>("")),
        &["Location", "ETag", "Cache-Control", "Idempotent-Replayed", "X-Request-Id"],
    );
    json!({
        "operationId": format!("create_{}", C::KIND),
        "tags": [C::KIND.plural()],
        "summary": format!("Create {}", one::<C>()),
        "description": "Creates a draft unless `status` says otherwise; `slug` is made from the name unless it is given. Needs the role `editor` or `admin`.",
        "security": token(),
        "parameters": [parameter("IdempotencyKey")],
        "requestBody": body("application/json", &name_of::<C>("Input")),
        "responses": answers("201", answer, &[403, 406, 409, 413, 415, 422])
    })
}

pub(super) fn body(media_type: &str, schema: &str) -> Value {
    json!({ "required": true, "content": { media_type: { "schema": named(schema) } } })
}

fn read<C: Content>() -> Value {
    json!({
        "operationId": format!("read_{}", C::KIND),
        "tags": [C::KIND.plural()],
        "summary": format!("Read {}", one::<C>()),
        "description": "References to records that the caller may not see are left out. With `as_of`: the record as the public saw it then, a 404 when it did not.",
        "security": anyone(),
        "parameters": [parameter("AsOf"), parameter("IfNoneMatch")],
        "responses": with_redirect(with_not_modified(answers(
            "200",
            json_answer("The record.", named(&name_of::<C>("")), &READ_HEADERS),
            &[404, 406, 410]
        )))
    })
}

/// The answers of an operation that changes a record.
pub(super) fn changed<C: Content>(refusals: &[u16]) -> Value {
    let answer = json_answer("The record as it is now.", named(&name_of::<C>("")), &READ_HEADERS);
    with_redirect(answers("200", answer, refusals))
}

fn replace<C: Content>() -> Value {
    json!({
        "operationId": format!("replace_{}", C::KIND),
        "tags": [C::KIND.plural()],
        "summary": format!("Replace {}", one::<C>()),
        "description": "Replaces all fields; what is left out is empty then. `slug` and `status` stay as they are unless given. What changes nothing makes no version.",
        "security": token(),
        "parameters": [parameter("IfMatch")],
        "requestBody": body("application/json", &name_of::<C>("Input")),
        "responses": changed::<C>(&[403, 404, 406, 409, 410, 412, 413, 415, 422, 428])
    })
}

fn patch<C: Content>() -> Value {
    json!({
        "operationId": format!("patch_{}", C::KIND),
        "tags": [C::KIND.plural()],
        "summary": format!("Change {}", one::<C>()),
        "description": "Changes the fields that are given; null removes one (RFC 7396). Lists are replaced as a whole.",
        "security": token(),
        "parameters": [parameter("IfMatch")],
        "requestBody": body("application/merge-patch+json", &name_of::<C>("Patch")),
        "responses": changed::<C>(&[403, 404, 406, 409, 410, 412, 413, 415, 422, 428])
    })
}

fn archive<C: Content>() -> Value {
    let answer = json!({ "description": "It is archived.", "headers": headers_of(&["X-Request-Id"]) });
    json!({
        "operationId": format!("archive_{}", C::KIND),
        "tags": [C::KIND.plural()],
        "summary": format!("Archive {}", one::<C>()),
        "description": "Withdraws the record: the public finds 410 then, and `restore` brings it back.",
        "security": token(),
        "parameters": [parameter("IfMatch")],
        "responses": with_redirect(answers("204", answer, &[403, 404, 406, 410, 412, 428]))
    })
}

fn restore<C: Content>() -> Value {
    json!({
        "operationId": format!("restore_{}", C::KIND),
        "tags": [C::KIND.plural()],
        "summary": format!("Restore {}", one::<C>()),
        "description": "Brings an archived record back to the state that it had before. One that is not archived stays as it is.",
        "security": token(),
        "responses": changed::<C>(&[403, 404, 406, 410])
    })
}
