//! What a chamber holds: its members, one by one and as a list. Runs: [`super::sync`].

use super::{
    Document,
    components::{self, parameter},
    examples, filters,
    operations::{READ_HEADERS, answers, body, json_answer, token, with_not_modified},
    schemas::named,
    tidy::schema_of,
};
use domain::{member::Member, query::Scope, scalar::ExternalId};
use serde_json::{Value, json};

const MEMBERS: &str = "/api/v1/chambers/{chamber}/members";

/// Adds the operations.
pub(super) fn add(document: &mut Document) {
    document.tags.push(json!({
        "name": "chambers",
        "description": "For chambers, which bring their members: thousands at a time by runs of the sync, or one by one. A chamber's token shows and changes the members of that chamber alone; the addresses of others are a 404. The chambers themselves: `/api/v1/chambers`."
    }));
    document.paths.insert(MEMBERS.to_owned(), json!({ "parameters": [chamber()], "get": list() }));
    let of_member = [chamber(), external_id()];
    document.paths.insert(
        format!("{MEMBERS}/{{external_id}}"),
        json!({ "parameters": of_member, "get": read(), "put": replace(), "delete": delete() }),
    );
}

/// Which chamber.
pub(super) fn chamber() -> Value {
    json!({
        "name": "chamber", "in": "path", "required": true,
        "description": "Slug of the chamber, as in `/api/v1/chambers`; an umbrella organisation has no members here.",
        "schema": components::code_or_slug("ihk-suedlicher-oberrhein")
    })
}

fn external_id() -> Value {
    let mut schema = schema_of::<ExternalId>();
    // Of the demo landscape.
    schema["examples"] = json!(["DEMO-0006"]);
    json!({
        "name": "external_id", "in": "path", "required": true,
        "description": "The chamber's own id of the member.",
        "schema": schema
    })
}

/// A body of a run: a member, one in few words, and a deletion.
pub(super) fn members_example() -> String {
    let mut whole = examples::input::<Member>();
    whole["external_id"] = json!("S-4711");
    let few = json!({ "external_id": "S-4712", "name": "Gebrüder Böß & Söhne KG", "kind": "company", "region": "DE133" });
    let gone = json!({ "external_id": "S-4713", "deleted": true });
    format!("{whole}\n{few}\n{gone}\n")
}

fn list() -> Value {
    let status = components::repeated(
        "status",
        "Only members in this state; without it all but the deleted ones, which are `archived`.",
        json!({ "type": "string", "enum": ["draft", "published", "archived"] }),
    );
    // What the public saw is in no list of a chamber.
    let shared = ["AsOf", "Status"].map(parameter);
    let mut parameters: Vec<Value> =
        filters::of::<Member>().into_iter().filter(|filter| !shared.contains(filter)).collect();
    let scope = Scope::of::<Member>();
    parameters.extend([status, components::sort(&scope.sort_keys(), scope.name_field)]);
    parameters.extend(["PageLimit", "Cursor", "WithTotal", "IfNoneMatch"].map(parameter));
    let headers = ["ETag", "Last-Modified", "Cache-Control", "Link", "X-Request-Id"];
    let answer = json_answer("A page of members.", named("MemberList"), &headers);
    json!({
        "operationId": "list_chamber_members",
        "tags": ["chambers"],
        "summary": "List what the portal holds of a chamber",
        "description": "The members that the chamber sent, public or not. Filters combine with AND; a repeated one is OR. Needs the role `chamber`, bound to this chamber, `editor`, `auditor` or `admin`.",
        "security": token(),
        "parameters": parameters,
        "responses": with_not_modified(answers("200", answer, &[403, 404, 406]))
    })
}

fn read() -> Value {
    let answer = json_answer("The member.", named("Member"), &READ_HEADERS);
    json!({
        "operationId": "read_chamber_member",
        "tags": ["chambers"],
        "summary": "Read a member by the chamber's own id",
        "description": "Public or not. One that was deleted is a 410, one that never was or was erased a 404. Needs the role `chamber`, bound to this chamber, `editor`, `auditor` or `admin`.",
        "security": token(),
        "parameters": [parameter("IfNoneMatch")],
        "responses": with_not_modified(answers("200", answer, &[403, 404, 406, 410]))
    })
}

fn replace() -> Value {
    let if_none_match = json!({
        "name": "If-None-Match", "in": "header", "required": false,
        "description": "`*`: only when the member is not there, as one that was deleted is not; 412 when it is.",
        "schema": { "type": "string", "maxLength": crate::limits::MAX_HEADERS, "examples": ["\"7-1f6c8a5e0b2d4c3a9e81\""] }
    });
    let created = [["Location"].as_slice(), &READ_HEADERS].concat();
    let mut responses = answers(
        "200",
        json_answer("The member as it is now.", named("Member"), &READ_HEADERS),
        &[403, 404, 406, 409, 412, 413, 415, 422],
    );
    responses["201"] =
        json_answer("The member, which is new or was brought back.", named("Member"), &created);
    json!({
        "operationId": "replace_chamber_member",
        "tags": ["chambers"],
        "summary": "Write a member by the chamber's own id",
        "description": "Writes the whole record, whether it is there or not; what is left out is empty then. One that was deleted comes back with its old id. `chamber` and `external_id` may be left out, or are those of the address; `status` is `published` unless it says `draft`. Affiliations to what the chamber cannot see, since it is not published, stay as they are. What changes nothing makes no version. Needs the role `chamber`, bound to this chamber, or `admin`.",
        "security": token(),
        "parameters": [parameter("IfMatchOptional"), if_none_match],
        "requestBody": body("application/json", "MemberInput"),
        "responses": responses
    })
}

fn delete() -> Value {
    let erase = components::query(
        "erase",
        "Whether it is erased for good, with its history and its name everywhere (GDPR, Article 17), rather than archived.",
        json!({ "type": "boolean", "default": false }),
    );
    let answer = json!({
        "description": "It is deleted, or erased.",
        "headers": components::headers_of(&["X-Request-Id"])
    });
    json!({
        "operationId": "delete_chamber_member",
        "tags": ["chambers"],
        "summary": "Delete or erase a member by the chamber's own id",
        "description": "Withdraws the member: the public finds 410 then, and sending it again brings it back. A second time does no harm. With `erase=true` it is gone for good, also one that was deleted already: feed, history and audit keep its id, when it was, and that it was removed. From the answer on nothing shows it; files of the database, and dumps, hold it for a minute longer at the most. A second time is a 404. Needs the role `chamber`, bound to this chamber, or `admin`.",
        "security": token(),
        "parameters": [erase, parameter("IfMatchOptional")],
        "responses": answers("204", answer, &[403, 404, 406, 412])
    })
}
