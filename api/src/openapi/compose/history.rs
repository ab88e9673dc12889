//! Looking back: the versions of records, and the audit.

use super::{
    answers::{READ_HEADERS, json_answer, one},
    operations::changed,
    parameters::{self, parameter},
    schemas::{
        Schemas, add_answer, answered, counted, moment, name_of, named, number, schema_of_id, slug_or_null,
    },
};
use crate::handlers::history::{MAX_ACTOR, ROLES};
use crate::openapi::Operation;
use domain::{content::Content, difference::Difference, member::Member};
use persistence::write::action::Action;
use serde_json::{Value, json};

const PAGE_HEADERS: [&str; 4] = ["ETag", "Cache-Control", "Link", "X-Request-Id"];

/// Adds what lists of versions answer.
fn add_versions(schemas: &mut Schemas) {
    let difference = json!({ "pointer": "/summary/en", "from": null, "to": "Network of photonics" });
    add_answer::<Difference>(schemas, &difference);
    schemas.add("Action", action());
    schemas.add("Version", version(&difference));
    let versions = counted("Version", "A page of versions, latest first.", &version_example(&difference));
    schemas.add("VersionList", versions);
}

/// Adds what the audit answers.
fn add_audit(schemas: &mut Schemas) {
    schemas.add("Action", action());
    schemas.add("AuditEntry", entry());
    schemas
        .add("AuditEntryList", counted("AuditEntry", "A page of the audit, latest first.", &entry_example()));
}

pub(crate) fn list<C: Content>() -> Operation {
    let answer = json_answer("A page of versions.", named("VersionList"), &PAGE_HEADERS);
    Operation::new("history", format!("list_{}_versions", C::KIND), format!("List the versions of {}", one::<C>()))
        .description("Who changed what and when, latest first. Each version has the fields in which it differs from the one before, with what they were and became; the first differs from nothing, and for a record that came by a file it is the one that came. References stand there as ids.")
        .parameters([parameter("PageLimit"), parameter("Cursor"), parameter("WithTotal")])
        .schemas(add_versions)
        .answer("200", answer)
        .refusals(&[404, 406, 410])
        .revalidated()
        .redirected()
}

pub(crate) fn read<C: Content>() -> Operation {
    let answer = json_answer("The record as it was.", named(&name_of::<C>("")), &READ_HEADERS);
    Operation::new("history", format!("read_{}_version", C::KIND), format!("Read {} as it was in a version", one::<C>()))
        .description("The content, slug and status of that version; `updated_at` is when it was written. References have the names of today, and derived values are those of today. Unknown versions return 404.")
        .answer("200", answer)
        .refusals(&[404, 406, 410])
        .revalidated()
        .redirected()
}

pub(crate) fn revert<C: Content>() -> Operation {
    Operation::new("history", format!("revert_{}", C::KIND), format!("Set {} back to a version", one::<C>()))
        .description("Gives the record the content of an earlier version again, as a new version; slug and status stay as they are. Content that violates current rules is a 422. What changes nothing makes no version. `If-Match` is honoured, not required.")
        .parameters([parameter("IfMatchOptional")])
        .answer("200", changed::<C>())
        .refusals(&[404, 406, 409, 410, 412, 422])
        .redirected()
}

pub(crate) fn audit() -> Operation {
    let text = |example: &str| json!({ "type": "string", "minLength": 1, "maxLength": MAX_ACTOR, "examples": [example] });
    let id = json!({ "type": "string", "format": "uuid", "examples": [Member::EXAMPLE_KEY] });
    let parameters = [
        parameters::repeated("actor", "Only by this subject of a token, or command.", text("ada")),
        parameters::repeated("role", "Only in this role.", role()),
        parameters::repeated("action", "Only this.", named("Action")),
        parameter("Kinds"),
        parameters::repeated("id", "Only on this record.", id.clone()),
        parameters::repeated("token", "Only by this token.", id),
        parameters::moment("from", "Only at this moment or later; a bare date begins in Europe/Berlin."),
        parameters::moment("to", "Only at this moment or earlier; a bare date ends in Europe/Berlin."),
        parameter("PageLimit"),
        parameter("Cursor"),
        parameter("WithTotal"),
    ];
    let answer = json_answer("A page of the audit.", named("AuditEntryList"), &PAGE_HEADERS);
    Operation::new("history", "list_audit", "List who did what")
        .description("Every change of every record, public or not, latest first: who made it, in which role, by which token. Entries are only ever added. Filters combine with AND; a repeated one is OR.")
        .parameters(parameters)
        .schemas(add_audit)
        .answer("200", answer)
        .refusals(&[406])
        .revalidated()
}

fn role() -> Value {
    json!({ "type": "string", "enum": ROLES, "examples": ["editor"] })
}

fn action() -> Value {
    json!({ "type": "string", "enum": Action::ALL.map(Action::as_str), "description": "What was done to the record." })
}

/// What versions and entries of the audit have in common: who did what; and what they have of their own.
fn audited(description: &str, own: Value, example: &Value) -> Value {
    let mut entry = json!({
        "type": "object",
        "description": description,
        "properties": {
            "version": number("The version of the record that came of it.", 1, 7),
            "at": moment("When it was written."),
            "action": named("Action"),
            "actor": { "type": "string", "description": "Who: the subject of a token, or the name of a command.", "maxLength": MAX_ACTOR, "examples": ["ada"] },
            "role": { "type": "string", "enum": ROLES, "description": "In which role; commands have `operator`.", "examples": ["editor"] },
            "status": { "$ref": named("Status")["$ref"], "description": "The status that the record had from then on." }
        },
        "examples": [example]
    });
    if let (Value::Object(properties), Value::Object(own)) = (&mut entry["properties"], own) {
        properties.extend(own);
    }
    answered(entry)
}

fn version(difference: &Value) -> Value {
    let own = json!({
        "changes": {
            "type": "array", "items": named("Difference"),
            "description": "The fields in which it differs from the version before."
        }
    });
    audited("A version of a record, and how it came about.", own, &version_example(difference))
}

fn version_example(difference: &Value) -> Value {
    json!({
        "version": 7, "at": "2026-05-01T07:30:00Z", "action": "update", "actor": "ada", "role": "editor",
        "status": "published", "changes": [difference]
    })
}

fn entry() -> Value {
    let own = json!({
        "seq": number("Its number: rises in the order of commits, with gaps.", 1, 4711),
        "token": {
            "type": ["string", "null"], "format": "uuid", "description": "By which token; null for commands.",
            "examples": ["019a2b3c-0000-7000-8000-0000000000aa"]
        },
        "kind": named("Kind"),
        "id": schema_of_id(),
        "slug": slug_or_null("The slug that the record had from then on; null where the kind has none.")
    });
    audited("Who did what to which record.", own, &entry_example())
}

fn entry_example() -> Value {
    json!({
        "seq": 4711, "at": "2026-05-01T07:30:00Z", "action": "update", "actor": "ada", "role": "editor",
        "token": "019a2b3c-0000-7000-8000-0000000000aa", "kind": "initiative",
        "id": "019a2b3c-0000-7000-8000-000000000001", "slug": "microtec-suedwest", "status": "published", "version": 7
    })
}
