//! Problem types and their explanations.

/// A problem type.
#[derive(Debug, PartialEq, Eq)]
pub struct ProblemType {
    /// Last segment of the `type` URL.
    pub slug: &'static str,
    /// HTTP status.
    pub status: u16,
    /// Reason phrase of the status. Specifics are in `detail` and in the explanation.
    pub title: &'static str,
    /// What happened, and what to do.
    pub explanation: &'static str,
}

/// The reason phrase of a status (RFC 9110 section 15, RFC 6585), as registered with IANA.
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

        /// All problem types that the server returns.
        pub const EVERY_PROBLEM_TYPE: &[&ProblemType] = &[$(&$name),+];
    };
}

problem_types! {
    BAD_REQUEST = 400 "bad-request",
        "The request has invalid syntax, an unknown parameter or field, or a value of the wrong type. `errors` lists all faults, each with a JSON Pointer (RFC 6901) into the body or the name of the parameter. Fix all errors and retry.";
    UNAUTHORIZED = 401 "unauthorized",
        "A valid bearer token is required. The request has none, or its token is malformed, expired or revoked. Tokens are issued by the operator, or by an identity provider that the operator trusts.";
    FORBIDDEN = 403 "forbidden",
        "The token is valid, but its role does not permit this. Ask the operator for another role.";
    NOT_FOUND = 404 "not-found",
        "The address or record does not exist, or the caller may not see it. For unknown addresses, `detail` names the nearest known one, if any. Addresses start with /api/v1 and have no trailing slash.";
    METHOD_NOT_ALLOWED = 405 "method-not-allowed",
        "The address exists, but not for this method. The header Allow lists the allowed methods.";
    NOT_ACCEPTABLE = 406 "not-acceptable",
        "None of the formats in the header Accept is available at this address. Request application/json, or use the parameter `format`.";
    REQUEST_TIMEOUT = 408 "request-timeout",
        "The request did not arrive in time. Headers must arrive within 10 seconds. After 10 seconds, a body must have arrived at 1,000 bytes per second on average. Retry the request.";
    CONFLICT = 409 "conflict",
        "The request conflicts with an existing record: another record has this slug or external id, or another request is changing it at the same time. `errors` lists the fields.";
    SYNC_IN_PROGRESS = 409 "sync-in-progress",
        "Another sync run of this chamber is in progress; a chamber has one run at a time. `run_url` and the header Location give its address. Wait for it to end, then retry.";
    DELETION_GUARD = 409 "deletion-guard",
        "The run was stopped because it would delete too many members. The body was received and its lines were applied, but more members are missing from it than `max_deletion_percent` allows to delete. None of these was deleted. If the deletions are intended, send the body again with a higher percentage. `run` contains the run.";
    BROKEN_BODY = 400 "broken-body",
        "The body of the run was not received completely. The connection or its framing broke off, or the compressed stream is damaged, truncated, or (zstd) needs a window of more than 8 MiB. Lines before the break were applied. Members that the body does not name were not deleted. Send the body again. `run` contains the run.";
    GONE = 410 "gone",
        "The record was public and has been withdrawn.";
    PRECONDITION_FAILED = 412 "precondition-failed",
        "The record is not in the state that the request expects. If-Match does not name the current version: read the record again, apply your change to it, and send it with the new ETag. Or If-None-Match was sent, and the record exists.";
    PAYLOAD_TOO_LARGE = 413 "payload-too-large",
        "The body is too large. See `limits` at /api/v1.";
    URI_TOO_LONG = 414 "uri-too-long",
        "The address is too long. See `limits` at /api/v1. Split the query.";
    UNSUPPORTED_MEDIA_TYPE = 415 "unsupported-media-type",
        "The body has an unsupported format. Send application/json in UTF-8; for PATCH application/merge-patch+json (RFC 7396), for a sync run application/x-ndjson. Bodies may be compressed with gzip, br or zstd, that of a sync run with gzip or zstd.";
    INVALID = 422 "invalid",
        "Validation failed: a value is missing, unknown, too long, or contradicts another. `errors` lists all faults, each with a JSON Pointer (RFC 6901) into the body. Fix all errors and retry.";
    PRECONDITION_REQUIRED = 428 "precondition-required",
        "The request must name the version that it changes, so that no other change is overwritten. Send the record's ETag in If-Match, or `*` for any version.";
    TOO_MANY_REQUESTS = 429 "too-many-requests",
        "Too many requests were sent within a minute, from this address or with this token. Retry after the number of seconds in the header Retry-After. The headers RateLimit-Policy and RateLimit of every response tell the quota and what is left of it.";
    HEADERS_TOO_LARGE = 431 "headers-too-large",
        "The headers are too large. See `limits` at /api/v1.";
    INTERNAL = 500 "internal",
        "Internal server error, logged under the id in the header X-Request-Id. Nothing was written.";
    UNAVAILABLE = 503 "unavailable",
        "The server is temporarily unable to answer: the database cannot be reached, too many exports and other expensive requests are in progress, the request took too long, or the keys of the identity provider that issued the token cannot be loaded. Retry after the number of seconds in the header Retry-After.";
    INSUFFICIENT_STORAGE = 507 "insufficient-storage",
        "The database is out of disk space. Nothing from this request was written; batches that a sync run had already committed remain. Reading still works. Tell the operator, and retry when there is space.";
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
