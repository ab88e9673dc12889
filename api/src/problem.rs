//! Errors as RFC 9457 says: `application/problem+json`, with a type that this server explains.

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue},
    },
};
use domain::fault::{Fault, Faults, Severity};
use persistence::{
    error::{Error as DatabaseError, QueryError},
    writing::SaveError,
};
use serde::Serialize;
use serde_json::Value;
use std::{collections::HashMap, fmt};

/// A kind of problem: the last segment of its `type`, and what it means.
#[derive(Debug, PartialEq, Eq)]
pub struct ProblemType {
    /// The last segment of the type's URL.
    pub slug: &'static str,
    /// The status of answers that carry it.
    pub status: u16,
    /// A short text that is the same every time.
    pub title: &'static str,
    /// What it means and what to do about it.
    pub explanation: &'static str,
}

macro_rules! problem_types {
    ($($name:ident = $status:literal $slug:literal, $title:literal, $explanation:literal;)+) => {
        $(
            #[doc = $title]
            pub const $name: ProblemType =
                ProblemType { slug: $slug, status: $status, title: $title, explanation: $explanation };
        )+

        /// Every type of problem that the server answers.
        pub const EVERY_PROBLEM_TYPE: &[&ProblemType] = &[$(&$name),+];
    };
}

problem_types! {
    BAD_REQUEST = 400 "bad-request", "The request cannot be understood",
        "Its syntax, a parameter, a field or a type is wrong. `errors` lists every fault with a pointer (RFC 6901) into the body, or with the name of the parameter. Mend them all and send it again.";
    UNAUTHORIZED = 401 "unauthorized", "A valid token is needed",
        "The request needs a bearer token and has none, or has one that is malformed, has run out or was revoked. Tokens are issued by the operator.";
    FORBIDDEN = 403 "forbidden", "The token does not give this right",
        "The token is valid, but its role may not do this. Ask the operator for another role.";
    NOT_FOUND = 404 "not-found", "There is nothing here",
        "The address names no record that you may know of. Addresses begin at /api/v1.";
    METHOD_NOT_ALLOWED = 405 "method-not-allowed", "The address does not know this method",
        "The header Allow lists the methods that it knows.";
    NOT_ACCEPTABLE = 406 "not-acceptable", "None of the accepted formats is available",
        "The header Accept names no format that this address can give. Ask for application/json, or use the parameter format.";
    REQUEST_TIMEOUT = 408 "request-timeout", "The request took too long to arrive",
        "Send it again; headers are waited for 10 seconds.";
    CONFLICT = 409 "conflict", "The request collides with what is there",
        "Another record has this slug or external id, or another request is at the same work. `errors` says where.";
    SYNC_IN_PROGRESS = 409 "sync-in-progress", "Another run of this chamber is under way",
        "A chamber has one run at a time. `run_url` and the header Location say where the other one is; wait until it has ended, and send yours then.";
    DELETION_GUARD = 409 "deletion-guard", "The run would delete too much",
        "The body was received and its lines were taken, but more members would have been deleted for not being named than `max_deletion_percent` allows. None was. If that is meant, send it again with a higher percentage; `run` is the whole run.";
    BROKEN_BODY = 400 "broken-body", "The body of the run was not received as a whole",
        "The connection or its framing broke off, or the compressed stream is damaged, ends too early, or (zstd) needs a window of more than 8 MiB. What was valid before the break was taken, and nothing was deleted for not being named. Send it again; `run` is the whole run.";
    GONE = 410 "gone", "The record was withdrawn",
        "It was public once and no longer is.";
    PRECONDITION_FAILED = 412 "precondition-failed", "The record is not as the request expects it",
        "The version in If-Match is not the present one: read the record again, apply your change to it, and send it with the new ETag. Or If-None-Match was sent, and the record is there.";
    PAYLOAD_TOO_LARGE = 413 "payload-too-large", "The body is too large",
        "The landing document at /api/v1 says how large a body may be.";
    URI_TOO_LONG = 414 "uri-too-long", "The address is too long",
        "The landing document at /api/v1 says how long an address may be. Split the query.";
    UNSUPPORTED_MEDIA_TYPE = 415 "unsupported-media-type", "The body has a format that is not read here",
        "Send application/json in UTF-8; for PATCH send application/merge-patch+json (RFC 7396), for a run of the sync application/x-ndjson. Bodies may be compressed with gzip, br or zstd, that of a run with gzip or zstd.";
    INVALID = 422 "invalid", "The content breaks rules",
        "It was understood, but a value is missing, unknown, too long, or contradicts another. `errors` lists every fault with a pointer (RFC 6901) into the body.";
    PRECONDITION_REQUIRED = 428 "precondition-required", "The request must say which version it changes",
        "Send the record's ETag in If-Match, so that nobody's change is lost; `*` means: whatever it is now.";
    HEADERS_TOO_LARGE = 431 "headers-too-large", "The headers are too large",
        "The landing document at /api/v1 says how large headers may be.";
    INTERNAL = 500 "internal", "The server made a mistake",
        "It is logged under the id in the header X-Request-Id. Nothing was written.";
    UNAVAILABLE = 503 "unavailable", "The database cannot be reached",
        "Try again after the time in the header Retry-After.";
}

/// One fault of a request, as it is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Detail {
    /// JSON Pointer into the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Name of the parameter or header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// What is wrong, and what would be right.
    pub detail: String,
}

/// Why a request was not answered as it wished.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What kind of problem.
    pub kind: &'static ProblemType,
    /// What is the matter in this case, and what to do.
    pub detail: String,
    /// All faults.
    pub errors: Vec<Detail>,
    /// A member that only this type of problem has (RFC 9457 section 3.2), and its value.
    pub extension: Option<Box<(&'static str, Value)>>,
    /// Headers that the answer carries.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// What happened inside: for the log, never for the caller.
    pub cause: Option<String>,
}

impl Problem {
    /// A problem of some kind.
    pub fn new(kind: &'static ProblemType, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            errors: Vec::new(),
            extension: None,
            headers: Vec::new(),
            cause: None,
        }
    }

    /// The same problem, with a header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The same problem, with a member that only its type has.
    #[must_use]
    pub fn with_extension(mut self, name: &'static str, value: Value) -> Self {
        self.extension = Some(Box::new((name, value)));
        self
    }

    /// Nothing is here, as far as the caller may know.
    pub fn not_found() -> Self {
        Self::new(&NOT_FOUND, "The address names no record that you may know of.")
    }

    /// The body of a write is wrong: 400 when a part of it cannot be understood, else 422.
    pub fn of_body(faults: Faults) -> Self {
        let kind = match faults.severity() {
            Some(Severity::Malformed) => &BAD_REQUEST,
            _ => &INVALID,
        };
        Self::of_faults(kind, faults, |Fault { pointer, detail, .. }| Detail {
            pointer: Some(pointer),
            parameter: None,
            detail,
        })
    }

    /// The parameters of a request are wrong.
    pub fn of_parameters(faults: Faults) -> Self {
        Self::of_faults(&BAD_REQUEST, faults, |Fault { pointer, detail, .. }| Detail {
            pointer: None,
            parameter: Some(pointer),
            detail,
        })
    }

    /// A write collides with what is there.
    pub fn of_conflict(faults: Faults) -> Self {
        Self { kind: &CONFLICT, ..Self::of_body(faults) }
    }

    fn of_faults(kind: &'static ProblemType, faults: Faults, detail: impl Fn(Fault) -> Detail) -> Self {
        let errors: Vec<Detail> = faults.into_list().into_iter().map(detail).collect();
        let summary = match errors.as_slice() {
            [one] => {
                let place = one.pointer.as_ref().or(one.parameter.as_ref()).map_or("", String::as_str);
                let place = if place.is_empty() { "The body" } else { place };
                format!("{place}: {}.", one.detail)
            }
            many => format!("There are {} faults; `errors` lists them.", many.len()),
        };
        Self { errors, ..Self::new(kind, summary) }
    }

    /// The server made a mistake: the cause goes into the log, and not to the caller.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::new(
            &INTERNAL,
            "The server made a mistake. It is logged under the id in the header X-Request-Id.",
        )
        .caused_by(cause)
    }

    /// The same problem, with what happened inside, for the log.
    #[must_use]
    pub fn caused_by(mut self, cause: impl fmt::Display) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    /// The body of the answer.
    pub fn body(&self, public_url: &str, instance: &str) -> String {
        #[derive(Serialize)]
        struct Body<'a> {
            r#type: String,
            title: &'a str,
            status: u16,
            detail: &'a str,
            instance: &'a str,
            #[serde(skip_serializing_if = "<[Detail]>::is_empty")]
            errors: &'a [Detail],
            #[serde(flatten)]
            extension: HashMap<&'static str, &'a Value>,
        }
        let body = Body {
            r#type: format!("{public_url}/problems/{}", self.kind.slug),
            title: self.kind.title,
            status: self.kind.status,
            detail: &self.detail,
            instance,
            errors: &self.errors,
            extension: self.extension.iter().map(|extension| (extension.0, &extension.1)).collect(),
        };
        serde_json::to_string(&body).unwrap_or_default()
    }

    /// The closest problem for a status that a library answered by itself.
    pub fn of_status(status: StatusCode) -> Self {
        let kind = EVERY_PROBLEM_TYPE.iter().find(|kind| kind.status == status.as_u16());
        let fallback = if status.is_server_error() { &INTERNAL } else { &BAD_REQUEST };
        let kind = kind.copied().unwrap_or(fallback);
        Self::new(kind, format!("{}.", kind.title))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.title, self.detail)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.kind.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The problem travels as an extension; [`crate::envelope`] knows the request and writes the body.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.status_code());
        response.extensions_mut().insert(self.clone());
        response
    }
}

impl From<DatabaseError> for Problem {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Unreachable(cause) => {
                Self::new(&UNAVAILABLE, "The database cannot be reached at the moment. Nothing was written.")
                    .with_header(actix_web::http::header::RETRY_AFTER, HeaderValue::from_static("5"))
                    .caused_by(cause)
            }
            DatabaseError::Collision(cause) => Self::new(
                &CONFLICT,
                "Another write got there first. Read again what this one is about, and send it once more.",
            )
            .caused_by(cause),
            other => Self::internal(other),
        }
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::Faults(faults) => Self::of_parameters(faults),
            QueryError::Database(error) => error.into(),
        }
    }
}

impl From<SaveError> for Problem {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Conflict(faults) => Self::of_conflict(faults),
            SaveError::Database(error) => error.into(),
        }
    }
}
