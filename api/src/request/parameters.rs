//! Parsing and writing query strings.

use crate::{
    limits::MAX_PARAMETERS,
    problem::{BAD_REQUEST, Problem},
};
use actix_web::HttpRequest;
use domain::{fault::Faults, query::Parameters};
use percent_encoding::percent_decode;

/// Parses the parameters of a request.
///
/// # Errors
/// 400 if there are too many, or if one is not percent-encoded UTF-8.
pub fn read(request: &HttpRequest) -> Result<Parameters, Problem> {
    let query = request.query_string();
    let parts: Vec<&str> = query.split('&').filter(|part| !part.is_empty()).collect();
    if parts.len() > MAX_PARAMETERS {
        return Err(Problem::new(
            &BAD_REQUEST,
            format!("Too many parameters: at most {MAX_PARAMETERS} are allowed."),
        ));
    }
    let mut faults = Faults::new();
    let mut pairs = Vec::with_capacity(parts.len());
    for part in parts {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        match (decode(name), decode(value)) {
            (Ok(name), Ok(value)) => pairs.push((name, value)),
            (Ok(name), Err(fault)) => faults.malformed(name, fault),
            (Err(fault), _) => faults.malformed(name, fault),
        }
    }
    faults.or(Parameters::new(pairs)).map_err(Problem::of_parameters)
}

/// Percent-decodes a part of a query string, where `+` is a space.
fn decode(text: &str) -> Result<String, &'static str> {
    // The library would keep a `%` that starts no triplet (RFC 3986 section 2.1).
    let is_triplet =
        |behind: &str| behind.as_bytes().get(..2).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
    if !text.split('%').skip(1).all(is_triplet) {
        return Err("has a '%' that is not followed by two hexadecimal digits; write '%' itself as %25");
    }
    let text = text.replace('+', " ");
    let decoded = percent_decode(text.as_bytes()).decode_utf8().ok().filter(|text| !text.contains('\0'));
    Ok(decoded.ok_or("is not percent-encoded UTF-8 (ü is %C3%BC), or contains NUL")?.into_owned())
}

/// Rejects all parameters, for addresses that have none.
///
/// # Errors
/// 400 with the names of the parameters.
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
