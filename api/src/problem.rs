//! Problem details (RFC 9457): every error is `application/problem+json`, with a type that the server explains.

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
use persistence::store::READ_TIME;
use persistence::{
    error::{Error as DatabaseError, QueryError},
    write::transaction::SaveError,
};
use serde::Serialize;
use serde_json::Value;
use std::{collections::HashMap, fmt};

/// Maximum length of a detail in characters: a pointer, a fault, and a few words.
const MOST_CHARACTERS: usize = 2 * Faults::MOST_CHARACTERS + 100;

/// An error in a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Detail {
    /// JSON Pointer (RFC 6901) to the invalid value in the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Name of the invalid parameter or header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// What is wrong, and what is expected.
    pub detail: String,
}

/// Problem details (RFC 9457).
#[derive(Clone, Debug)]
pub struct Problem {
    /// Type of the problem.
    pub kind: &'static ProblemType,
    /// What happened in this case, and what to do.
    pub detail: String,
    /// All errors of the request.
    pub errors: Vec<Detail>,
    /// Extension member of this problem type (RFC 9457 section 3.2): name and value.
    pub extension: Option<Box<(&'static str, Value)>>,
    /// Headers of the response.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Internal cause. Logged, never sent to the caller.
    pub cause: Option<String>,
}

impl Problem {
    /// Creates a problem.
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

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Sets the extension member.
    #[must_use]
    pub fn with_extension(mut self, name: &'static str, value: Value) -> Self {
        self.extension = Some(Box::new((name, value)));
        self
    }

    /// Not found, or not visible to the caller.
    pub fn not_found() -> Self {
        Self::new(&NOT_FOUND, "Not found.")
    }

    /// Errors in the body of a write: 400 if any of it cannot be parsed, otherwise 422.
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

    /// Errors in parameters or headers: 400.
    pub fn of_parameters(faults: Faults) -> Self {
        Self::of_faults(&BAD_REQUEST, faults, |Fault { pointer, detail, .. }| Detail {
            pointer: None,
            parameter: Some(pointer),
            detail,
        })
    }

    /// A write conflicts with an existing record: 409.
    pub fn of_conflict(faults: Faults) -> Self {
        Self { kind: &CONFLICT, ..Self::of_body(faults) }
    }

    /// The caller has no right to some values in the body: 403.
    pub fn of_refusal(faults: Faults) -> Self {
        Self { kind: &FORBIDDEN, ..Self::of_body(faults) }
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

    /// Internal server error: 500. The cause is logged and not sent to the caller.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::new(&INTERNAL, "Internal server error, logged under the id in the header X-Request-Id.")
            .caused_by(cause)
    }

    /// A read took too long, and was stopped: 503.
    pub fn too_slow() -> Self {
        let seconds = READ_TIME.as_secs();
        Self::new(
            &UNAVAILABLE,
            format!("The request took longer than {seconds} seconds and was stopped. Narrow it, or retry when there is less load."),
        )
        .with_header(actix_web::http::header::RETRY_AFTER, HeaderValue::from_static("30"))
    }

    /// Sets the internal cause, for the log.
    #[must_use]
    pub fn caused_by(mut self, cause: impl fmt::Display) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    /// The body of the response.
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

    /// The closest problem for a status that a library returned without one.
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

    /// Attaches the problem as an extension. [`crate::envelope`] writes the body, because it knows the request.
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
                unavailable("The database is temporarily unreachable. Nothing was written.", cause)
            }
            // No cause: the rebuild logs its own progress.
            DatabaseError::Rebuilding => {
                soon("The server is rebuilding its index after an update. Nothing was written. Retry later.")
            }
            DatabaseError::Unconfirmed(cause) => unavailable(
                "The connection to the database broke during the commit. The write may or may not have succeeded: read the record before you retry.",
                cause,
            ),
            DatabaseError::TooSlow(cause) => Self::too_slow().caused_by(cause),
            DatabaseError::Full(cause) => Self::new(
                &INSUFFICIENT_STORAGE,
                "The database is out of disk space. Nothing was written. Tell the operator, and retry when there is space.",
            )
            .caused_by(cause),
            DatabaseError::Collision(cause) => Self::new(
                &CONFLICT,
                "Conflict with a concurrent write. Read the current state, and retry.",
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
