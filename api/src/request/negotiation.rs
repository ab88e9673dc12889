//! Content negotiation: by the parameter `format` (`f` in OGC API), otherwise by the header Accept (RFC 9110 section 12.5.1).

use super::list;
use crate::problem::{NOT_ACCEPTABLE, Problem};
use actix_web::{
    HttpRequest,
    http::header::{ACCEPT, CONTENT_TYPE},
};
use domain::{fault::Faults, query::Parameters};

/// A format that an address offers.
#[derive(Clone, Copy, Debug)]
pub struct Offer<T> {
    /// Format.
    pub format: T,
    /// Value of the parameter.
    pub word: &'static str,
    /// Media type.
    pub media_type: &'static str,
}

/// Selects a format, by the parameter `name` or by Accept. If there are faults, returns the first, because the request
/// will be rejected anyway.
///
/// # Errors
/// 406 if Accept allows none of them.
pub fn one_of<T: Copy>(
    request: &HttpRequest,
    name: &str,
    parameters: &mut Parameters,
    faults: &mut Faults,
    offers: &[Offer<T>],
) -> Result<T, Problem> {
    let named = parameters.one(name, faults, |word| {
        offers.iter().find(|offer| offer.word == word).ok_or_else(|| {
            let mut all: Vec<&str> = Vec::new();
            for offer in offers {
                // A format may have several media types.
                if !all.contains(&offer.word) {
                    all.push(offer.word);
                }
            }
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

/// Selects the best of the offered media types.
///
/// # Errors
/// 406 if none is acceptable.
pub fn best(request: &HttpRequest, offered: &[&str]) -> Result<usize, Problem> {
    accepted(request, offered).ok_or_else(|| not_acceptable(offered))
}

/// Rejects a request that does not accept the only media type of an address.
///
/// # Errors
/// 406.
pub fn only(request: &HttpRequest, media_type: &'static str) -> Result<(), Problem> {
    best(request, &[media_type]).map(drop)
}

fn not_acceptable(offered: &[&str]) -> Problem {
    Problem::new(&NOT_ACCEPTABLE, format!("Available media types: {}.", offered.join(", ")))
}

/// The index of the best offered media type. Among equals, the first one wins.
///
/// Each offer gets the weight of the most specific range that matches it (RFC 9110 section 12.5.1). Invalid ranges are
/// ignored. A list without a valid range accepts everything.
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

/// How specifically a range matches a media type, or `None` if it does not match.
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

/// The media type of the request body in lower case, without parameters. `None` if its charset is not UTF-8.
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
