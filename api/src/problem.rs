//! Errors as RFC 9457 says: `application/problem+json`, with a type that this server explains.

mod types;

pub use types::*;

use crate::limits::MAX_URI;
use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue},
    },
};
use domain::{
    fault::{Fault, Faults, Severity},
    text::quoted,
};
use persistence::{
    error::{Error as DatabaseError, QueryError},
    write::transaction::SaveError,
};
use serde::Serialize;
use serde_json::Value;
use std::{collections::HashMap, fmt};

/// So many characters of a detail are told: a pointer, what is wrong there, and a few words.
const MOST_CHARACTERS: usize = 2 * Faults::MOST_CHARACTERS + 100;

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

/// Problem details (RFC 9457): why a request failed.
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
        Self::new(&NOT_FOUND, "Not found.")
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
            many => format!("The request has {} errors, listed in `errors`.", many.len()),
        };
        Self { errors, ..Self::new(kind, summary) }
    }

    /// Internal server error: the cause goes into the log, and not to the caller.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::new(&INTERNAL, "Internal server error. It is logged under the id in the header X-Request-Id.")
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
            detail: &quoted(&self.detail, MOST_CHARACTERS),
            instance: &quoted(instance, MAX_URI),
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
        Self::new(kind, kind.explanation)
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
        let soon = |detail: &str| {
            Self::new(&UNAVAILABLE, detail)
                .with_header(actix_web::http::header::RETRY_AFTER, HeaderValue::from_static("5"))
        };
        let unavailable = |detail: &str, cause: String| soon(detail).caused_by(cause);
        match error {
            DatabaseError::Unreachable(cause) => {
                unavailable("The database cannot be reached at the moment. Nothing was written.", cause)
            }
            // The log of the rebuild says enough of it.
            DatabaseError::Rebuilding => {
                soon("The server is being updated: its index is rebuilt. Nothing was written. Retry later.")
            }
            DatabaseError::Unconfirmed(cause) => unavailable(
                "The connection to the database broke at the last moment. What was to be written may be written: read before you send it again.",
                cause,
            ),
            DatabaseError::Full(cause) => Self::new(
                &INSUFFICIENT_STORAGE,
                "The disk of the database is full, so this was not written. Tell the operator, and send it again when \
                 there is room.",
            )
            .caused_by(cause),
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
