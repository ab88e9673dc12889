//! Components that operations share: parameters, headers and error responses.

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
use domain::query::{Filter, Query};
use serde_json::{Map, Value, json};

/// The headers that tell how much of a rate limit is left.
pub(crate) const RATE_LIMIT: [&str; 2] = ["RateLimit-Policy", "RateLimit"];

/// References to the shared error responses, by status.
pub(crate) fn problems(statuses: &[u16]) -> Map<String, Value> {
    let mut answers = Map::new();
    for kind in EVERY_PROBLEM_TYPE.iter().filter(|kind| statuses.contains(&kind.status)) {
        // The first problem type of a status is the general one. Operations that return the others describe them.
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

/// The shared error responses, one per problem type.
pub(crate) fn responses() -> Value {
    let mut answers = Map::new();
    for kind in EVERY_PROBLEM_TYPE {
        let headers = match kind.status {
            401 => headers_of(&["Cache-Control", "X-Request-Id", "WWW-Authenticate"]),
            405 => headers_of(&["Cache-Control", "X-Request-Id", "Allow"]),
            415 => headers_of(&["Cache-Control", "X-Request-Id", "Accept-Patch", "Accept-Encoding"]),
            429 | 503 => headers_of(&["Cache-Control", "X-Request-Id", "Retry-After"]),
            _ => headers_of(&["Cache-Control", "X-Request-Id"]),
        };
        let headers =
            [headers, headers_of(&RATE_LIMIT)].map(|some| some.as_object().cloned().unwrap_or_default());
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
                "headers": headers.into_iter().flatten().collect::<Map<_, _>>(),
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

/// The shared response headers.
pub(crate) fn headers() -> Value {
    let header = |description: &str, schema: Value| json!({ "description": description, "schema": schema });
    let text = |example: &str| json!({ "type": "string", "maxLength": MAX_HEADERS, "examples": [example] });
    json!({
        "ETag": header(
            "Entity tag. The tag of a record starts with its version. Send it in `If-Match` or `If-None-Match`.",
            text("\"7-1f6c8a5e0b2d4c3a9e81\"")
        ),
        "Last-Modified": header("Time of the last change.", text("Fri, 01 May 2026 07:30:00 GMT")),
        "Cache-Control": header("How long the response may be cached.", text("public, max-age=0, must-revalidate")),
        "Content-Security-Policy": header(
            "What a page may load: nothing. Only on pages.",
            text("default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'")
        ),
        "Link": header("Related addresses (RFC 8288): `next`, the next page of a list; `alternate`, the same in another format.", text("<https://api.example.org/api/v1/initiatives?cursor=c2VlIG5leHQ>; rel=\"next\"")),
        "Idempotent-Replayed": header(
            "Set if an earlier request with the same `Idempotency-Key` created the record. Absent otherwise.",
            json!({ "type": "string", "enum": ["true"] })
        ),
        "Location": header("URL of the record.", json!({ "type": "string", "format": "uri", "examples": ["https://api.example.org/api/v1/initiatives/microtec-suedwest"] })),
        "Change-Cursor": header(
            "Cursor of the change feed for the state that the export shows. Pass it as `since`. It counts all writes, including those to records that are not public, so it advances even if nothing public changes.",
            text(CURSOR)
        ),
        "Content-Disposition": header("Suggested file name.", text("inline; filename=\"initiatives.csv\"")),
        "X-Request-Id": header("Id of the request in the server log: the one that the request sent, or a new one.", text("019a2b3c-0000-7000-8000-000000000001")),
        "WWW-Authenticate": header("How to authenticate (RFC 6750).", text("Bearer realm=\"clusterportal\"")),
        "Accept-Patch": header("Media types accepted by PATCH (RFC 5789).", text("application/merge-patch+json")),
        "Accept-Encoding": header("Content encodings accepted in the request body (RFC 9110 section 12.5.3).", text("gzip, zstd, identity")),
        "Allow": header("Allowed methods.", text("GET, HEAD, OPTIONS")),
        "RateLimit-Policy": header(
            "The quota that the request counts for (draft-ietf-httpapi-ratelimit-headers): its name, `address` or `token`, the number of requests `q`, and the window `w` in seconds. Absent if the server has no limit.",
            text("\"address\";q=1200;w=60")
        ),
        "RateLimit": header(
            "What is left of this quota: `r` requests at once, and the whole quota again in `t` seconds. Absent if the server has no limit.",
            text("\"address\";r=1199;t=1")
        ),
        "Retry-After": header("Seconds to wait before retrying.", json!({ "type": "integer", "format": "int32", "examples": [5] }))
    })
}

/// The parameter for past states.
fn as_of() -> Value {
    let mut parameter = moment(Query::AS_OF);
    let pattern = format!("^now$|{PERIOD}");
    parameter["schema"]["pattern"] = pattern.into();
    parameter
}

/// The shared parameters.
pub(crate) fn parameters() -> Value {
    json!({
        "Version": {
            "name": "version", "in": "path", "required": true,
            "description": "Version number of the record.",
            "schema": { "type": "integer", "format": "int64", "minimum": 1, "examples": [1] }
        },
        "Q": text(Filter::QUESTION),
        "AsOf": as_of(),
        "Kinds": search::KINDS.repeated_definition(),
        "PageLimit": paging::LIMIT.definition(),
        "Ids": repeated(Filter::IDS.name, Filter::IDS.description, json!({ "type": "string", "format": "uuid", "examples": Filter::IDS.examples })),
        "UpdatedSince": moment(Filter::UPDATED_SINCE),
        "Status": repeated(Filter::STATUS.name, Filter::STATUS.description, json!({ "type": "string", "enum": ["draft", "published", "archived"], "examples": Filter::STATUS.examples })),
        "Bbox": query(Filter::BBOX.name, Filter::BBOX.description, json!({ "type": "string", "maxLength": 200, "examples": Filter::BBOX.examples })),
        "Near": query(Filter::NEAR.name, Filter::NEAR.description, json!({ "type": "string", "maxLength": 100, "examples": Filter::NEAR.examples })),
        "RadiusKm": query(Filter::RADIUS_KM.name, Filter::RADIUS_KM.description, json!({ "type": "number", "format": "double", "exclusiveMinimum": 0, "maximum": 20000, "examples": [25] })),
        "From": moment(Filter::FROM),
        "To": moment(Filter::TO),
        "Cursor": paging::CURSOR.definition(),
        "WithTotal": paging::WITH_TOTAL.definition(),
        "IfMatch": headers::IF_MATCH.definition(),
        "IfMatchOptional": headers::IF_MATCH_OPTIONAL.definition(),
        "IfNoneMatch": headers::IF_NONE_MATCH.definition(),
        "IdempotencyKey": headers::IDEMPOTENCY_KEY.definition()
    })
}
