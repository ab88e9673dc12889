//! Which format a caller wants: by the parameter `format`, else by the header Accept (RFC 9110 section 12.5.1).

use super::list;
use crate::problem::{NOT_ACCEPTABLE, Problem};
use actix_web::{
    HttpRequest,
    http::header::{ACCEPT, CONTENT_TYPE},
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
    /// Those that give everything at once, each at an address of its own: `/api/v1/{collection}.csv`.
    pub const EXPORTS: [Self; 3] = [Self::NdJson, Self::GeoJson, Self::Csv];

    /// What a collection offers.
    pub const OFFERS: [Offer<Self>; 4] =
        [Self::Json.offer(), Self::NdJson.offer(), Self::GeoJson.offer(), Self::Csv.offer()];

    const fn offer(self) -> Offer<Self> {
        Offer { format: self, word: self.as_str(), media_type: self.media_type() }
    }

    /// The word for it in the parameter `format`, and the extension of its address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::NdJson => "ndjson",
            Self::GeoJson => "geojson",
            Self::Csv => "csv",
        }
    }

    /// Its media type, without parameters.
    pub const fn media_type(self) -> &'static str {
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

/// A format that an address answers.
#[derive(Clone, Copy, Debug)]
pub struct Offer<T> {
    /// Which.
    pub format: T,
    /// The word for it in the parameter `format`.
    pub word: &'static str,
    /// Its media type.
    pub media_type: &'static str,
}

/// Which of some formats a caller wants; the first when there are faults, for which it will be refused.
///
/// # Errors
/// 406 when Accept names none that there is.
pub fn one_of<T: Copy>(
    request: &HttpRequest,
    parameters: &mut Parameters,
    faults: &mut Faults,
    offers: &[Offer<T>],
) -> Result<T, Problem> {
    let named = parameters.one("format", faults, |word| {
        offers.iter().find(|offer| offer.word == word).ok_or_else(|| {
            let all: Vec<&str> = offers.iter().map(|offer| offer.word).collect();
            format!("must be one of {}", all.join(", "))
        })
    });
    let offer = match named {
        Some(offer) => Some(offer),
        None if !faults.is_empty() => offers.first(),
        None => {
            let media_types: Vec<&str> = offers.iter().map(|offer| offer.media_type).collect();
            offers.get(best(request, &media_types)?)
        }
    };
    offer.map(|offer| offer.format).ok_or_else(|| Problem::internal("no format is offered"))
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
/// Each offer gets the quality of the most specific range that matches it (RFC 9110 section 12.5.1). Elements that are
/// no ranges are left out; a list without any accepts everything.
fn accepted(request: &HttpRequest, offered: &[&str]) -> Option<usize> {
    let mut ranges = list::choices(request.headers(), &ACCEPT);
    ranges.retain(|(range, _)| {
        range == "*" || range.split_once('/').is_some_and(|(kind, name)| !kind.is_empty() && !name.is_empty())
    });
    if ranges.is_empty() {
        return Some(0);
    }
    let weight = |media_type: &str| {
        let matching =
            ranges.iter().filter_map(|(range, weight)| Some((specificity(range, media_type)?, *weight)));
        matching.max_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))).map_or(0.0, |(_, weight)| weight)
    };
    let mut best = None;
    for (index, media_type) in offered.iter().enumerate() {
        let weight = weight(media_type);
        if weight > best.map_or(0.0, |(_, most)| most) {
            best = Some((index, weight));
        }
    }
    best.map(|(index, _)| index)
}

/// How closely a range of Accept names a media type; `None` when it does not.
fn specificity(range: &str, media_type: &str) -> Option<u8> {
    match range {
        "*" | "*/*" => Some(0),
        _ if range == media_type => Some(2),
        _ => {
            let kind = range.strip_suffix("/*")?;
            media_type.split_once('/').is_some_and(|(main, _)| main == kind).then_some(1)
        }
    }
}

/// The media type of a body, lower case and without parameters, when its charset is UTF-8.
pub fn body_type(request: &HttpRequest) -> Option<String> {
    let header = String::from_utf8_lossy(request.headers().get(CONTENT_TYPE)?.as_bytes());
    let mut parts = list::split(&header, ';').into_iter();
    let media_type = parts.next()?.to_ascii_lowercase();
    let charset = parts.map(list::parameter).find(|(name, _)| name == "charset");
    let is_utf8 = charset.is_none_or(|(_, charset)| {
        ["utf-8", "utf8", "us-ascii"].iter().any(|known| charset.eq_ignore_ascii_case(known))
    });
    is_utf8.then_some(media_type)
}
