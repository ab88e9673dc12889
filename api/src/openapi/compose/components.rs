//! What operations share: parameters, headers, answers to requests that went wrong.

use super::{
    answers::headers_of,
    parameters::{CURSOR, PERIOD, moment, query, repeated, text},
};
use crate::{
    handlers::{paging, search},
    limits::MAX_HEADERS,
    problem::{EVERY_PROBLEM_TYPE, ProblemType},
    request::headers,
};
use domain::{content::Content, member::Member};
use serde_json::{Map, Value, json};

/// References to shared answers, by status.
pub(crate) fn problems(statuses: &[u16]) -> Map<String, Value> {
    let mut answers = Map::new();
    for kind in EVERY_PROBLEM_TYPE.iter().filter(|kind| statuses.contains(&kind.status)) {
        // The first of a status is what everyone may be told; the others belong to operations that say so themselves.
        answers
            .entry(kind.status.to_string())
            .or_insert_with(|| json!({ "$ref": format!("#/components/responses/{}", name_of(kind)) }));
    }
    answers
}

/// `not-found` → `NotFound`.
fn name_of(kind: &ProblemType) -> String {
    kind.slug
        .split('-')
        .map(|word| {
            word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect::<String>()
        })
        .collect()
}

/// The shared answers: one for each type of problem.
pub(crate) fn responses() -> Value {
    let mut answers = Map::new();
    for kind in EVERY_PROBLEM_TYPE {
        let headers = match kind.status {
            401 => headers_of(&["Cache-Control", "X-Request-Id", "WWW-Authenticate"]),
            405 => headers_of(&["Cache-Control", "X-Request-Id", "Allow"]),
            415 => headers_of(&["Cache-Control", "X-Request-Id", "Accept-Patch", "Accept-Encoding"]),
            503 => headers_of(&["Cache-Control", "X-Request-Id", "Retry-After"]),
            _ => headers_of(&["Cache-Control", "X-Request-Id"]),
        };
        let example = json!({
            "type": format!("{}/problems/{}", super::EXAMPLE_URL, kind.slug),
            "title": kind.title,
            "status": kind.status,
            "detail": kind.explanation,
            "instance": "/api/v1/initiatives"
        });
        answers.insert(
            name_of(kind),
            json!({
                "description": kind.explanation,
                "headers": headers,
                "content": {
                    "application/problem+json": {
                        "schema": { "$ref": "#/components/schemas/Problem" },
                        "example": example
                    }
                }
            }),
        );
    }
    Value::Object(answers)
}

/// The shared headers of answers.
pub(crate) fn headers() -> Value {
    let header = |description: &str, schema: Value| json!({ "description": description, "schema": schema });
    let text = |example: &str| json!({ "type": "string", "maxLength": MAX_HEADERS, "examples": [example] });
    json!({
        "ETag": header(
            "Entity tag. That of a record begins with its version; send it back in If-Match or If-None-Match.",
            text("\"7-1f6c8a5e0b2d4c3a9e81\"")
        ),
        "Last-Modified": header("When it last changed.", text("Fri, 01 May 2026 07:30:00 GMT")),
        "Cache-Control": header("How long it may be kept.", text("public, max-age=0, must-revalidate")),
        "Link": header("The next page (RFC 8288).", text("<https://api.example.org/api/v1/initiatives?cursor=c2VlIG5leHQ>; rel=\"next\"")),
        "Idempotent-Replayed": header(
            "That the record was made before, under the same Idempotency-Key. Only then.",
            json!({ "type": "string", "enum": ["true"] })
        ),
        "Location": header("Address of the record.", json!({ "type": "string", "format": "uri", "examples": ["https://api.example.org/api/v1/initiatives/microtec-suedwest"] })),
        "Change-Cursor": header(
            "Cursor of the feed of changes at the moment that an export shows: `since` takes it. It counts all writes, also those of records that are not public, so it moves while nothing public changes.",
            text(CURSOR)
        ),
        "Content-Disposition": header("Name for the file.", text("inline; filename=\"initiatives.csv\"")),
        "X-Request-Id": header("Ties the answer to the log; taken over from the request, or new.", text("019a2b3c-0000-7000-8000-000000000001")),
        "WWW-Authenticate": header("How to authenticate (RFC 6750).", text("Bearer realm=\"clusterportal\"")),
        "Accept-Patch": header("The media types that PATCH takes (RFC 5789).", text("application/merge-patch+json")),
        "Accept-Encoding": header("The encodings that the body may have (RFC 9110 section 12.5.3).", text("gzip, zstd, identity")),
        "Allow": header("The methods that the address knows.", text("GET, HEAD, OPTIONS")),
        "Retry-After": header("Seconds after which to try again.", json!({ "type": "integer", "format": "int32", "examples": [5] }))
    })
}

/// The moment of the past that is looked at.
fn as_of() -> Value {
    let mut parameter = moment(
        "as_of",
        "Shows the public portal as it stood at this moment; a bare date, month or year is its beginning in Europe/Berlin, and `now` shows an editor what the public sees. Whoever asks sees what the public saw then, without what has been withdrawn since. A record that the public had seen, but did not see then, is a 410. Must not lie in the future.",
    );
    let pattern = format!("^now$|{PERIOD}");
    parameter["schema"]["pattern"] = pattern.into();
    parameter["schema"]["examples"] = json!(["now"]);
    parameter
}

/// The shared parameters.
pub(crate) fn parameters() -> Value {
    json!({
        "Version": {
            "name": "version", "in": "path", "required": true,
            "description": "Number of a version of the record.",
            "schema": { "type": "integer", "format": "int64", "minimum": 1, "examples": [1] }
        },
        "Q": text("Text that occurs in the record, as `/api/v1/search` would find it: every word must match; words are found by their German and English stems, from three letters on also inside of others; `Müller`, `Mueller` and `muller` are one; typos are forgiven in a word that is found nowhere.", "Sensorik"),
        "AsOf": as_of(),
        "Kinds": search::KINDS.repeated_definition(),
        "PageLimit": paging::LIMIT.definition(),
        "Ids": repeated("ids", "Only these records.", json!({ "type": "string", "format": "uuid", "examples": [Member::EXAMPLE_KEY] })),
        "UpdatedSince": moment("updated_since", "Only what changed at this moment or later; a bare date, month or year begins in Europe/Berlin."),
        "Status": repeated("status", "Only records in this state. Other states than `published` need a token that may see drafts.", json!({ "type": "string", "enum": ["draft", "published", "archived"], "examples": ["published"] })),
        "Bbox": query("bbox", "Only what lies in this rectangle: west,south,east,north, in degrees.", json!({ "type": "string", "maxLength": 200, "examples": ["9.0,48.5,9.5,49.0"] })),
        "Near": query("near", "Only what lies around this point: lat,lon, in degrees. Needs `radius_km`.", json!({ "type": "string", "maxLength": 100, "examples": ["48.78,9.18"] })),
        "RadiusKm": query("radius_km", "Radius around `near`, in kilometres.", json!({ "type": "number", "format": "double", "exclusiveMinimum": 0, "maximum": 20000, "examples": [25] })),
        "From": moment("from", "Only what lasts at this moment or later; a bare date, month or year is the whole of it in Europe/Berlin, open ends match."),
        "To": moment("to", "Only what lasts at this moment or earlier; a bare date, month or year is the whole of it in Europe/Berlin, open ends match. 9999-12-31 is no limit."),
        "Cursor": paging::CURSOR.definition(),
        "WithTotal": paging::WITH_TOTAL.definition(),
        "IfMatch": headers::IF_MATCH.definition(),
        "IfMatchOptional": headers::IF_MATCH_OPTIONAL.definition(),
        "IfNoneMatch": headers::IF_NONE_MATCH.definition(),
        "IdempotencyKey": headers::IDEMPOTENCY_KEY.definition()
    })
}
