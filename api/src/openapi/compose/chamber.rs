//! What a chamber holds: its members, one by one and as a list. Runs: [`super::sync`].

use super::{
    answers::{READ_HEADERS, headers_of, json_answer},
    examples, filters,
    parameters::{self, parameter},
    schemas::named,
    tidy::schema_of,
};
use crate::openapi::Operation;
use domain::{member::Member, query::Scope, scalar::ExternalId};
use serde_json::{Value, json};

/// Which chamber.
pub(crate) fn chamber() -> Value {
    json!({
        "name": "chamber", "in": "path", "required": true,
        "description": "Slug of the chamber, as in `/api/v1/chambers`; an umbrella organisation has no members here.",
        "schema": parameters::code_or_slug("ihk-suedlicher-oberrhein")
    })
}

pub(crate) fn external_id() -> Value {
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
pub(crate) fn members_example() -> String {
    let mut whole = examples::input::<Member>();
    whole["external_id"] = json!("S-4711");
    let few = json!({ "external_id": "S-4712", "name": "Gebrüder Böß & Söhne KG", "kind": "company", "region": "DE133" });
    let gone = json!({ "external_id": "S-4713", "deleted": true });
    format!("{whole}\n{few}\n{gone}\n")
}

pub(crate) fn list() -> Operation {
    let status = parameters::repeated(
        "status",
        "Only members in this state; without it all but the deleted ones, which are `archived`.",
        json!({ "type": "string", "enum": ["draft", "published", "archived"] }),
    );
    // What the public saw is in no list of a chamber.
    let shared = ["AsOf", "Status"].map(parameter);
    let mut parameters: Vec<Value> =
        filters::of::<Member>().into_iter().filter(|filter| !shared.contains(filter)).collect();
    let scope = Scope::of::<Member>();
    parameters.extend([status, parameters::sort(&scope.sort_keys(), scope.name_field)]);
    parameters.extend(["PageLimit", "Cursor", "WithTotal"].map(parameter));
    let headers = ["ETag", "Last-Modified", "Cache-Control", "Link", "X-Request-Id"];
    let answer = json_answer("A page of members.", named("MemberList"), &headers);
    Operation::new("chambers", "list_chamber_members", "List what the portal holds of a chamber")
        .description("The members that the chamber sent, public or not. Filters combine with AND; a repeated one is OR.")
        .parameters(parameters)
        .answer("200", answer)
        .refusals(&[404, 406])
        .revalidated()
}

pub(crate) fn read() -> Operation {
    let answer = json_answer("The member.", named("Member"), &READ_HEADERS);
    Operation::new("chambers", "read_chamber_member", "Read a member by the chamber's own id")
        .description("Public or not. One that was deleted is a 410, one that never was or was erased a 404.")
        .answer("200", answer)
        .refusals(&[404, 406, 410])
        .revalidated()
}

pub(crate) fn replace() -> Operation {
    let if_none_match = json!({
        "name": "If-None-Match", "in": "header", "required": false,
        "description": "`*`: only when the member is not there, as one that was deleted is not; 412 when it is.",
        "schema": { "type": "string", "maxLength": crate::limits::MAX_HEADERS, "examples": ["\"7-1f6c8a5e0b2d4c3a9e81\""] }
    });
    let created = [["Location"].as_slice(), &READ_HEADERS].concat();
    Operation::new("chambers", "replace_chamber_member", "Write a member by the chamber's own id")
        .description("Writes the whole record, whether it is there or not; what is left out is empty then. One that was deleted comes back with its old id. `chamber` and `external_id` may be left out, or are those of the address; `status` is `published` unless it says `draft`. Affiliations to what the chamber cannot see, since it is not published, stay as they are. What changes nothing makes no version.")
        .parameters([parameter("IfMatchOptional"), if_none_match])
        .body("application/json", "MemberInput")
        .answer("200", json_answer("The member as it is now.", named("Member"), &READ_HEADERS))
        .answer("201", json_answer("The member, which is new or was brought back.", named("Member"), &created))
        .refusals(&[404, 406, 409, 412, 413, 415, 422])
}

pub(crate) fn delete() -> Operation {
    let erase = parameters::query(
        "erase",
        "Whether it is erased for good, with its history and its name everywhere (GDPR, Article 17), rather than archived.",
        json!({ "type": "boolean", "default": false }),
    );
    let answer = json!({
        "description": "It is deleted, or erased.",
        "headers": headers_of(&["X-Request-Id"])
    });
    Operation::new("chambers", "delete_chamber_member", "Delete or erase a member by the chamber's own id")
        .description("Withdraws the member: the public finds 410 then, and sending it again brings it back. A second time does no harm. With `erase=true` it is gone for good, also one that was deleted already: feed, history and audit keep its id, when it was, and that it was removed. From the answer on nothing shows it; files of the database, and dumps, hold it for a minute longer at the most. A second time is a 404.")
        .parameters([erase, parameter("IfMatchOptional")])
        .answer("204", answer)
        .refusals(&[404, 406, 412])
}
