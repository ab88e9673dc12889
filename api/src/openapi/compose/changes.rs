//! The change feed.

use super::{
    answers::{headers_of, one},
    parameters::{self, CURSOR, parameter},
    schemas::{Schemas, answered, moment, name_of, named, number, page, schema_of_id, slug_or_null},
};
use crate::handlers::changes::{EVENT_STREAM, MAX_WAIT};
use crate::openapi::Operation;
use domain::{
    content::Content,
    kind::{KindVisitor, every_kind},
};
use serde_json::{Value, json};

/// Adds what the feed answers.
fn add_changes(schemas: &mut Schemas) {
    let mut variants = Variants { schemas, names: Vec::new() };
    every_kind(&mut variants);
    let names = variants.names;
    schemas.add("Change", change(&names));
    schemas.add("ChangeAction", action());
    schemas.add("ChangeList", feed());
}

const DESCRIPTION: &str = "\
Every change that the public could see, oldest first, each exactly once, in the order in which they were committed: \
whoever has seen one has seen all before it, however many write at once. What becomes public, or changes while it is, \
is `upserted`; what no longer is public is `removed`. Changes of derived values (`member_count`, names in references) \
make no entry; a write that changes nothing does not either. Everyone sees the same feed, with or without a token. \
`seq` and `cursor` number all writes, also those of records that are not public: they have gaps, and tell that \
something was written, never what.

**Pages.** `cursor` is where a page ends, also an empty one; the next request takes it as `since`. It never runs out, \
and belongs to one database: another server answers it with 400, and so does one that was set back behind it. With \
`wait`, an empty page is held back until something changes or the time is over.

**Stream.** With `Accept: text/event-stream` (server-sent events, HTML Living Standard, section 9.2) the answer stays \
open. It begins now, or behind `since` or `Last-Event-ID`; `Last-Event-ID` takes precedence. Each event has a \
cursor as its `id` and a `Change` as its `data`; comments in between, at least every 15 seconds, keep the connection alive. `EventSource` takes the \
stream up again by itself where it broke off. `limit` and `wait` mean nothing here.

**Mirror.** Export each collection once (`format=ndjson`) and keep the header `Change-Cursor` of the first; then follow \
the feed from there with `include=record`, writing each record by its `id` and dropping what is `removed` or has the \
record null. Changes that an export shows already come again, and do no harm.";

pub(crate) fn list() -> Operation {
    let since = parameters::query(
        "since",
        "Begins behind this: a `cursor` of the feed, the header `Change-Cursor` of an export, or the `seq` of a change; `now` is the end of the feed. Without it a page begins at the beginning, and a stream now.",
        json!({ "type": "string", "minLength": 1, "maxLength": 100, "examples": ["now", "0"] }),
    );
    let include = parameters::query(
        "include",
        "Adds each record as it is now, which may be later than the change.",
        json!({ "type": "string", "enum": ["record"] }),
    );
    let wait = parameters::query(
        "wait",
        "For how many seconds an empty page may wait for a change.",
        json!({ "type": "integer", "format": "int32", "minimum": 0, "maximum": MAX_WAIT, "default": 0, "examples": [30] }),
    );
    let last_event = json!({
        "name": "Last-Event-ID", "in": "header", "required": false,
        "description": "The `id` of the last event that was seen; `EventSource` sends it. Only for streams.",
        "schema": { "type": "string", "maxLength": crate::limits::MAX_HEADERS, "examples": ["0"] }
    });
    Operation::new("changes", "list_changes", "Follow changes")
        .description(DESCRIPTION)
        .parameters([since, parameter("Kinds"), include, wait, parameter("PageLimit"), last_event])
        .schemas(add_changes)
        .answer("200", answer())
        .refusals(&[406])
        .revalidated()
}

fn answer() -> Value {
    let entry = json!({
        "seq": 4712, "at": "2026-05-01T07:30:00Z", "kind": "initiative", "id": "019a2b3c-0000-7000-8000-000000000001",
        "slug": "microtec-suedwest", "action": "upserted", "version": 7
    });
    let next = CURSOR.replacen("4711", "4712", 1);
    let stream =
        format!("retry: 2000\nid: {CURSOR}\n: open\n\nid: {next}\ndata: {entry}\n\n: still here\n\n");
    json!({
        "description": "A page of changes, or a stream of them.",
        "headers": headers_of(&["ETag", "Cache-Control", "Link", "X-Request-Id"]),
        "content": {
            "application/json": { "schema": named("ChangeList") },
            EVENT_STREAM: {
                "schema": { "type": "string", "description": "Events; the `data` of each is a `Change` as JSON on one line." },
                "example": stream
            }
        }
    })
}

fn action() -> Value {
    json!({
        "type": "string", "enum": ["upserted", "removed"],
        "description": "Whether the public has it now, new or changed, or no longer has it."
    })
}

/// Adds what a change of each kind looks like.
struct Variants<'a> {
    schemas: &'a mut Schemas,
    names: Vec<(&'static str, String)>,
}

impl KindVisitor for Variants<'_> {
    fn visit<C: Content>(&mut self) {
        let name = name_of::<C>("Change");
        self.schemas.add(&name, change_of::<C>());
        self.names.push((C::KIND.as_str(), name));
    }
}

fn change_of<C: Content>() -> Value {
    let kind = C::KIND.as_str();
    let has_slug = C::KIND.slug_space().is_some();
    let mut change = answered(json!({
        "type": "object",
        "description": format!("A change of {}.", one::<C>()),
        "properties": {
            "seq": number("Its number: rises from change to change, with gaps.", 1, 4712),
            "at": moment("When it was written."),
            "kind": { "type": "string", "enum": [kind], "description": "The kind of the record." },
            "id": schema_of_id(),
            "slug": slug_or_null("The slug by which the public knows the record, or knew it last; null where the kind has none."),
            "action": named("ChangeAction"),
            "version": number("The version that the record had then.", 1, 7)
        }
    }));
    change["properties"]["record"] = json!({
        "oneOf": [named(&name_of::<C>("")), { "type": "null" }],
        "description": "The record as it is now; null when it is no longer public. Only with `include=record`."
    });
    change["examples"] = json!([{
        "seq": 4712, "at": "2026-05-01T07:30:00Z", "kind": kind, "id": "019a2b3c-0000-7000-8000-000000000001",
        "slug": has_slug.then_some("microtec-suedwest"), "action": "removed", "version": 7, "record": null
    }]);
    change
}

fn change(names: &[(&str, String)]) -> Value {
    let mapping: serde_json::Map<String, Value> =
        names.iter().map(|(kind, name)| ((*kind).to_owned(), named(name)["$ref"].clone())).collect();
    json!({
        "description": "One change; its `kind` says of which record.",
        "oneOf": names.iter().map(|(_, name)| named(name)).collect::<Vec<_>>(),
        "discriminator": { "propertyName": "kind", "mapping": mapping }
    })
}

fn feed() -> Value {
    let example = json!({
        "seq": 4711, "at": "2026-05-01T07:30:00Z", "kind": "initiative", "id": "019a2b3c-0000-7000-8000-000000000001",
        "slug": "microtec-suedwest", "action": "upserted", "version": 7
    });
    let mut feed = page("Change", "A page of the feed, oldest first.", &example);
    feed["required"] = json!(["items", "next", "cursor"]);
    feed["properties"]["next"]["description"] =
        json!("Address of the next page; null when that was all for now.");
    feed["properties"]["cursor"] = json!({
        "type": "string", "maxLength": 100, "examples": [CURSOR],
        "description": "Where the page ends: what `since` takes to go on from here, now or in a year."
    });
    feed["examples"] = json!([{ "items": [example], "next": null, "cursor": CURSOR }]);
    feed
}
