//! Which format a caller wants: by the parameter `format`, else by the header Accept (RFC 9110 section 12.5.1).

use crate::problem::{NOT_ACCEPTABLE, Problem};
use actix_web::{
    HttpMessage, HttpRequest,
    http::header::{Accept, Header},
};
use domain::{fault::Faults, query::Parameters};

/// A format in which a collection can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A page in an envelope.
    Json,
    /// One record a line.
    NdJson,
    /// RFC 7946.
    GeoJson,
    /// RFC 4180.
    Csv,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Json, Self::NdJson, Self::GeoJson, Self::Csv];

    /// The word for it in the parameter `format`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::NdJson => "ndjson",
            Self::GeoJson => "geojson",
            Self::Csv => "csv",
        }
    }

    /// Its media type, without parameters.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::NdJson => "application/x-ndjson",
            Self::GeoJson => "application/geo+json",
            Self::Csv => "text/csv",
        }
    }

    /// Its header Content-Type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            other => other.media_type(),
        }
    }
}

/// The format of a collection that a caller wants.
///
/// # Errors
/// 406 when Accept names none that there is.
pub fn wanted(
    request: &HttpRequest,
    parameters: &mut Parameters,
    faults: &mut Faults,
) -> Result<Format, Problem> {
    let offers = Format::ALL.map(|format| (format.as_str(), format.media_type()));
    let index = one_of(request, parameters, faults, &offers)?;
    Ok(Format::ALL.get(index).copied().unwrap_or(Format::Json))
}

/// Which of some formats a caller wants, each a word for the parameter `format` and a media type; the first when there
/// are faults, for which it will be refused.
///
/// # Errors
/// 406 when Accept names none that there is.
pub fn one_of(
    request: &HttpRequest,
    parameters: &mut Parameters,
    faults: &mut Faults,
    offers: &[(&str, &str)],
) -> Result<usize, Problem> {
    let named = parameters.one("format", faults, |word| {
        let all: Vec<&str> = offers.iter().map(|(word, _)| *word).collect();
        all.iter()
            .position(|known| *known == word)
            .ok_or_else(|| format!("must be one of {}", all.join(", ")))
    });
    match named {
        Some(index) => Ok(index),
        None if !faults.is_empty() => Ok(0),
        None => best(request, &offers.iter().map(|(_, media_type)| *media_type).collect::<Vec<_>>()),
    }
}

/// Which of the offered media types a caller likes best.
///
/// # Errors
/// 406 when it likes none.
pub fn best(request: &HttpRequest, offered: &[&str]) -> Result<usize, Problem> {
    accepted(request, offered).ok_or_else(|| not_acceptable(offered))
}

/// Refuses a caller that does not want JSON: for addresses that have nothing else.
///
/// # Errors
/// 406.
pub fn only(request: &HttpRequest, media_type: &'static str) -> Result<(), Problem> {
    best(request, &[media_type]).map(drop)
}

fn not_acceptable(offered: &[&str]) -> Problem {
    Problem::new(&NOT_ACCEPTABLE, format!("Available here: {}.", offered.join(", ")))
}

/// The best of the offered media types, the first of those that the caller likes equally.
///
/// Each offer gets the quality of the most specific range that matches it (RFC 9110 section 12.5.1).
fn accepted(request: &HttpRequest, offered: &[&str]) -> Option<usize> {
    if !request.headers().contains_key(actix_web::http::header::ACCEPT) {
        return Some(0);
    }
    let accept = Accept::parse(request).ok()?;
    let quality = |media_type: &str| {
        let kind = media_type.split('/').next().unwrap_or_default();
        accept
            .iter()
            .filter_map(|item| {
                let range = &item.item;
                let specificity = match (range.type_().as_str(), range.essence_str()) {
                    (_, essence) if essence.eq_ignore_ascii_case(media_type) => 2,
                    ("*", _) => 0,
                    (main, essence) if main == kind && essence.ends_with("/*") => 1,
                    _ => return None,
                };
                Some((specificity, item.quality))
            })
            .max_by_key(|(specificity, _)| *specificity)
            .map(|(_, quality)| quality)
            .filter(|quality| *quality > actix_web::http::header::Quality::ZERO)
    };
    let mut best = None;
    for (index, media_type) in offered.iter().enumerate() {
        if let Some(quality) = quality(media_type)
            && best.is_none_or(|(_, most)| quality > most)
        {
            best = Some((index, quality));
        }
    }
    best.map(|(index, _)| index)
}

/// The media type of a body, lower case and without parameters, when its charset is UTF-8.
pub fn body_type(request: &HttpRequest) -> Option<String> {
    let mime = request.mime_type().ok()??;
    let is_utf8 =
        mime.get_param("charset").is_none_or(|charset| charset.as_str().eq_ignore_ascii_case("utf-8"));
    is_utf8.then(|| mime.essence_str().to_ascii_lowercase())
}
