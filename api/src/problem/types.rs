//! The types of problem, each with the page that explains it.

/// A kind of problem: the last segment of its `type`, and what it means.
#[derive(Debug, PartialEq, Eq)]
pub struct ProblemType {
    /// The last segment of the type's URL.
    pub slug: &'static str,
    /// The status of answers that carry it.
    pub status: u16,
    /// The reason phrase of the status: what is special stands in `detail` and in the explanation.
    pub title: &'static str,
    /// What it means and what to do about it.
    pub explanation: &'static str,
}

/// The reason phrase of a status: HTTP's own words (RFC 9110 section 15, RFC 6585), as IANA registers them.
const fn reason_phrase(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        507 => "Insufficient Storage",
        _ => "Internal Server Error",
    }
}

macro_rules! problem_types {
    ($($name:ident = $status:literal $slug:literal, $explanation:literal;)+) => {
        $(
            #[doc = $explanation]
            pub const $name: ProblemType = ProblemType {
                slug: $slug,
                status: $status,
                title: reason_phrase($status),
                explanation: $explanation,
            };
        )+

        /// Every type of problem that the server answers.
        pub const EVERY_PROBLEM_TYPE: &[&ProblemType] = &[$(&$name),+];
    };
}

problem_types! {
    BAD_REQUEST = 400 "bad-request",
        "The request has invalid syntax, an unknown parameter or field, or a value of the wrong type. `errors` lists all faults, each with a JSON Pointer (RFC 6901) into the body or the name of the parameter. Fix all errors and retry.";
    UNAUTHORIZED = 401 "unauthorized",
        "The request needs a valid bearer token. It has none, or the token is malformed, expired or revoked. Tokens are issued by the operator.";
    FORBIDDEN = 403 "forbidden",
        "The token is valid, but its role does not permit this. Ask the operator for another role.";
    NOT_FOUND = 404 "not-found",
        "There is no such address, or no such record, or the caller may not know of it. `detail` names the nearest address where there is one. Addresses begin at /api/v1, without a slash at the end.";
    METHOD_NOT_ALLOWED = 405 "method-not-allowed",
        "The address exists, but not for this method. The header Allow lists the allowed methods.";
    NOT_ACCEPTABLE = 406 "not-acceptable",
        "The header Accept names no format that this address offers. Request application/json, or use the parameter `format`.";
    REQUEST_TIMEOUT = 408 "request-timeout",
        "The request did not arrive in time. Headers must arrive within 10 seconds. Send it again.";
    CONFLICT = 409 "conflict",
        "The request conflicts with an existing record: another record has this slug or external id, or another request is changing it at the same time. `errors` says where.";
    SYNC_IN_PROGRESS = 409 "sync-in-progress",
        "Another sync run of this chamber is in progress; a chamber has one run at a time. `run_url` and the header Location give its address. Wait until it has ended, then send yours.";
    DELETION_GUARD = 409 "deletion-guard",
        "The run was stopped because it would delete too many members. The body was received and its lines were applied, but more members would have been deleted for not being named than `max_deletion_percent` allows. None was deleted. If that is intended, send it again with a higher percentage; `run` is the whole run.";
    BROKEN_BODY = 400 "broken-body",
        "The body of the run was not received as a whole. The connection or its framing broke off, or the compressed stream is damaged, truncated, or (zstd) needs a window of more than 8 MiB. Lines before the break were applied, and nothing was deleted for not being named. Send it again; `run` is the whole run.";
    GONE = 410 "gone",
        "The record was public once and has been withdrawn.";
    PRECONDITION_FAILED = 412 "precondition-failed",
        "The record is not in the state that the request expects. If-Match names another version than the current one: read the record again, apply your change to it, and send it with the new ETag. Or If-None-Match was sent, and the record exists.";
    PAYLOAD_TOO_LARGE = 413 "payload-too-large",
        "The body is too large. The landing document at /api/v1 gives the limit.";
    URI_TOO_LONG = 414 "uri-too-long",
        "The address is too long. The landing document at /api/v1 gives the limit. Split the query.";
    UNSUPPORTED_MEDIA_TYPE = 415 "unsupported-media-type",
        "The body has an unsupported format. Send application/json in UTF-8; for PATCH application/merge-patch+json (RFC 7396), for a sync run application/x-ndjson. Bodies may be compressed with gzip, br or zstd, that of a sync run with gzip or zstd.";
    INVALID = 422 "invalid",
        "Validation failed: a value is missing, unknown, too long, or contradicts another. `errors` lists all faults, each with a JSON Pointer (RFC 6901) into the body. Fix all errors and retry.";
    PRECONDITION_REQUIRED = 428 "precondition-required",
        "The request must name the version that it changes, so that no other change is lost. Send the record's ETag in If-Match, or `*` for whatever it is now.";
    HEADERS_TOO_LARGE = 431 "headers-too-large",
        "The headers are too large. The landing document at /api/v1 gives the limit.";
    INTERNAL = 500 "internal",
        "Internal server error. It is logged under the id in the header X-Request-Id. Nothing was written.";
    UNAVAILABLE = 503 "unavailable",
        "The server is temporarily unable to answer: the database cannot be reached, or too many exports are in progress. Try again after the time in the header Retry-After.";
    INSUFFICIENT_STORAGE = 507 "insufficient-storage",
        "The disk of the database is full. Nothing of this request was written; of a sync run, the batches before it were. Reading goes on. Tell the operator, and send it again when there is room.";
}

#[cfg(test)]
mod tests {
    use super::EVERY_PROBLEM_TYPE;
    use actix_web::http::StatusCode;
    use std::collections::BTreeSet;

    #[test]
    fn titles_are_the_reason_phrases_of_http() {
        for kind in EVERY_PROBLEM_TYPE {
            let known = StatusCode::from_u16(kind.status).unwrap().canonical_reason().unwrap();
            // The library still has the phrases of RFC 7231.
            let expected = match known {
                "Payload Too Large" => "Content Too Large",
                "Unprocessable Entity" => "Unprocessable Content",
                other => other,
            };
            assert_eq!(kind.title, expected, "{}", kind.slug);
        }
        let slugs: BTreeSet<&str> = EVERY_PROBLEM_TYPE.iter().map(|kind| kind.slug).collect();
        assert_eq!(slugs.len(), EVERY_PROBLEM_TYPE.len());
    }
}
