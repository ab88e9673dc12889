//! Query strings.

use crate::{
    limits::MAX_PARAMETERS,
    problem::{BAD_REQUEST, Problem},
};
use actix_web::HttpRequest;
use domain::{fault::Faults, query::Parameters};
use percent_encoding::percent_decode;

/// The parameters of a request.
///
/// # Errors
/// 400 when there are too many, or when one is not UTF-8.
pub fn read(request: &HttpRequest) -> Result<Parameters, Problem> {
    let query = request.query_string();
    let parts: Vec<&str> = query.split('&').filter(|part| !part.is_empty()).collect();
    if parts.len() > MAX_PARAMETERS {
        return Err(Problem::new(&BAD_REQUEST, format!("There are more than {MAX_PARAMETERS} parameters.")));
    }
    let mut faults = Faults::new();
    let mut pairs = Vec::with_capacity(parts.len());
    for part in parts {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        match (decode(name), decode(value)) {
            (Some(name), Some(value)) => pairs.push((name, value)),
            (Some(name), None) => faults.malformed(name, "is not UTF-8, or holds a NUL"),
            (None, _) => faults.malformed(name, "is not UTF-8, or holds a NUL"),
        }
    }
    faults.or(Parameters::new(pairs)).map_err(Problem::of_parameters)
}

/// Percent-decodes a part of a query string, where `+` is a blank.
fn decode(text: &str) -> Option<String> {
    let text = text.replace('+', " ");
    let decoded = percent_decode(text.as_bytes()).decode_utf8().ok()?;
    (!decoded.contains('\0')).then(|| decoded.into_owned())
}

/// Refuses every parameter: for addresses that have none.
///
/// # Errors
/// 400 that names them.
pub fn refuse(request: &HttpRequest) -> Result<(), Problem> {
    let mut faults = Faults::new();
    read(request)?.refuse_rest(&mut faults);
    faults.or(()).map_err(Problem::of_parameters)
}

/// Writes pairs as a query string.
pub fn write(pairs: &[(String, String)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs {
        query.append_pair(name, value);
    }
    query.finish()
}
