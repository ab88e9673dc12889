//! Looking back: the versions of records, and the audit.

use super::{
    Document,
    components::{self, parameter},
    operations::{READ_HEADERS, answers, changed, json_answer, one, token, with_not_modified, with_redirect},
    schemas::{add_answer, answered, counted, moment, name_of, named, number, schema_of_id, slug_or_null},
};
use crate::handlers::history::{MAX_ACTOR, ROLES};
use domain::{content::Content, difference::Difference, member::Member};
use persistence::write::action::Action;
use serde_json::{Value, json};

const PAGE_HEADERS: [&str; 4] = ["ETag", "Cache-Control", "Link", "X-Request-Id"];

/// Adds the operations on the versions of a kind.
pub(super) fn add_kind<C: Content>(document: &mut Document) {
    let path = format!("/api/v1/{}/{{key}}", C::KIND.plural());
    let key = [components::key::<C>()];
    let both = [components::key::<C>(), parameter("Version")];
    document.paths.insert(format!("{path}/history"), json!({ "parameters": key, "get": list::<C>() }));
    document
        .paths
        .insert(format!("{path}/history/{{version}}"), json!({ "parameters": both, "get": read::<C>() }));
    document
        .paths
        .insert(format!("{path}/revert/{{version}}"), json!({ "parameters": both, "post": revert::<C>() }));
}

/// Adds the audit, and the schemas of all that looks back.
pub(super) fn add(document: &mut Document) {
    document.tags.push(json!({
        "name": "history",
        "description": "Looking back, for those with a right to it: the versions of records, and who did what. For the portal as it stood at a moment there is `as_of` on every record and collection."
    }));
    document.paths.insert("/api/v1/audit".to_owned(), json!({ "get": audit() }));
    let difference = json!({ "pointer": "/summary/en", "from": null, "to": "Network of photonics" });
    add_answer::<Difference>(document, &difference);
    document.add_schema("Action", action());
    document.add_schema("Version", version(&difference));
    let versions = counted("Version", "A page of versions, latest first.", &version_example(&difference));
    document.add_schema("VersionList", versions);
    document.add_schema("AuditEntry", entry());
    document.add_schema(
        "AuditEntryList",
        counted("AuditEntry", "A page of the audit, latest first.", &entry_example()),
    );
}

fn list<C: Content>() -> Value {
    let answer = json_answer("A page of versions.", named("VersionList"), &PAGE_HEADERS);
    json!({
        "operationId": format!("list_{}_versions", C::KIND),
        "tags": ["history"],
        "summary": format!("List the versions of {}", one::<C>()),
        "description": "Who changed what and when, latest first. Each version has the fields in which it differs from the one before, with what they were and became; the first differs from nothing, and for a record that came by a file it is the one that came. References stand there as ids. Needs the role `editor`, `auditor` or `admin`.",
        "security": token(),
        "parameters": [parameter("PageLimit"), parameter("Cursor"), parameter("WithTotal"), parameter("IfNoneMatch")],
        "responses": with_redirect(with_not_modified(answers("200", answer, &[403, 404, 406, 410])))
    })
}

fn read<C: Content>() -> Value {
    let answer = json_answer("The record as it was.", named(&name_of::<C>("")), &READ_HEADERS);
    json!({
        "operationId": format!("read_{}_version", C::KIND),
        "tags": ["history"],
        "summary": format!("Read {} as it was in a version", one::<C>()),
        "description": "The content, slug and status of that version; `updated_at` is when it was written. References have the names of today, and derived values are those of today. Unknown versions return 404. Needs the role `editor`, `auditor` or `admin`.",
        "security": token(),
        "parameters": [parameter("IfNoneMatch")],
        "responses": with_redirect(with_not_modified(answers("200", answer, &[403, 404, 406, 410])))
    })
}

fn revert<C: Content>() -> Value {
    json!({
        "operationId": format!("revert_{}", C::KIND),
        "tags": ["history"],
        "summary": format!("Set {} back to a version", one::<C>()),
        "description": "Gives the record the content of an earlier version again, as a new version; slug and status stay as they are. Content that violates current rules is a 422. What changes nothing makes no version. `If-Match` is honoured, not required. Needs the role `editor` or `admin`.",
        "security": token(),
        "parameters": [parameter("IfMatchOptional")],
        "responses": changed::<C>(&[403, 404, 406, 409, 410, 412, 422])
    })
}

fn audit() -> Value {
    let text = |example: &str| json!({ "type": "string", "minLength": 1, "maxLength": MAX_ACTOR, "examples": [example] });
    let id = json!({ "type": "string", "format": "uuid", "examples": [Member::EXAMPLE_KEY] });
    let parameters = [
        components::repeated("actor", "Only by this subject of a token, or command.", text("ada")),
        components::repeated("role", "Only in this role.", role()),
        components::repeated("action", "Only this.", named("Action")),
        parameter("Kinds"),
        components::repeated("id", "Only on this record.", id.clone()),
        components::repeated("token", "Only by this token.", id),
        components::moment("from", "Only at this moment or later; a bare date begins in Europe/Berlin."),
        components::moment("to", "Only at this moment or earlier; a bare date ends in Europe/Berlin."),
        parameter("PageLimit"),
        parameter("Cursor"),
        parameter("WithTotal"),
        parameter("IfNoneMatch"),
    ];
    let answer = json_answer("A page of the audit.", named("AuditEntryList"), &PAGE_HEADERS);
    json!({
        "operationId": "list_audit",
        "tags": ["history"],
        "summary": "List who did what",
        "description": "Every change of every record, public or not, latest first: who made it, in which role, by which token. Entries are only ever added. Filters combine with AND; a repeated one is OR. Needs the role `auditor` or `admin`.",
        "security": token(),
        "parameters": parameters,
        "responses": with_not_modified(answers("200", answer, &[403, 406]))
    })
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
