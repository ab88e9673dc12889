//! Conditional requests (RFC 9110 section 13) and idempotency keys.

use super::{headers::IDEMPOTENCY_KEY, list};
use crate::problem::{BAD_REQUEST, PRECONDITION_FAILED, PRECONDITION_REQUIRED, Problem};
use actix_web::{
    HttpRequest,
    http::header::{HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH},
};

/// The entity tag of a record: its version, and a digest of the response, which may change without a new version.
pub fn record_tag(version: i64, body: &[u8]) -> String {
    format!("{version}-{}", digest(body))
}

/// The entity tag of anything else.
pub fn digest(body: &[u8]) -> String {
    blake3::hash(body).to_hex()[..20].to_owned()
}

/// The opaque parts of the entity tags in a header. `*` is kept.
fn tags(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    // Compressing proxies weaken tags. The opaque part still identifies the version.
    let opaque = |tag: &String| tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"').to_owned();
    list::elements(headers, name).iter().map(opaque).collect()
}

/// Suffixes of entity tags, one per content encoding, because each encoding is a separate representation.
const ENCODINGS: [&str; 4] = ["-br", "-gzip", "-zstd", "-deflate"];

/// Returns the tag in `If-None-Match` that matches `tag`, as the caller sent it.
pub fn held(request: &HttpRequest, tag: &str) -> Option<String> {
    tags(request.headers(), &IF_NONE_MATCH).into_iter().find_map(|held| {
        let bare = ENCODINGS.iter().find_map(|encoding| held.strip_suffix(encoding)).unwrap_or(&held);
        if held == "*" { Some(tag.to_owned()) } else { (bare == tag).then_some(held) }
    })
}

/// The version that a write expects (`If-Match`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// Not sent.
    Missing,
    /// Any version (`*`).
    Any,
    /// One of these versions.
    Versions(Vec<String>),
}

impl Expectation {
    /// Parses `If-Match`.
    pub fn read(request: &HttpRequest) -> Self {
        let tags = tags(request.headers(), &IF_MATCH);
        if tags.is_empty() {
            return Self::Missing;
        }
        if tags.iter().any(|tag| tag == "*") {
            return Self::Any;
        }
        Self::Versions(tags.iter().map(|tag| tag.split('-').next().unwrap_or(tag).to_owned()).collect())
    }

    /// Rejects a write that expects another version.
    ///
    /// # Errors
    /// 428 if no version was sent, 412 if it does not match.
    pub fn check(&self, version: i64) -> Result<(), Problem> {
        match self {
            Self::Missing => Err(Problem::new(
                &PRECONDITION_REQUIRED,
                "Send the record's ETag in the header If-Match, or '*' for any version.",
            )),
            Self::Any => Ok(()),
            Self::Versions(versions) if versions.contains(&version.to_string()) => Ok(()),
            Self::Versions(_) => Err(Problem::new(
                &PRECONDITION_FAILED,
                format!(
                    "The current version is {version}. Read the record again, and apply your change to it."
                ),
            )),
        }
    }
}

/// The versions that a write excludes (`If-None-Match`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exclusion(Vec<String>);

impl Exclusion {
    /// Parses `If-None-Match`.
    pub fn read(request: &HttpRequest) -> Self {
        let tags = tags(request.headers(), &IF_NONE_MATCH);
        Self(tags.iter().map(|tag| tag.split('-').next().unwrap_or(tag).to_owned()).collect())
    }

    /// Rejects a write if the current version is excluded. `*` excludes all (RFC 9110 section 13.1.2).
    ///
    /// # Errors
    /// 412.
    pub fn check(&self, present: Option<i64>) -> Result<(), Problem> {
        match present {
            Some(version) if self.0.iter().any(|tag| tag == "*" || *tag == version.to_string()) => {
                Err(Problem::new(
                    &PRECONDITION_FAILED,
                    format!("The record exists (version {version}), and If-None-Match excludes that."),
                ))
            }
            _ => Ok(()),
        }
    }
}

/// Parses `Idempotency-Key`, bare or quoted.
///
/// # Errors
/// 400 if it is empty, too long, or not printable ASCII.
pub fn idempotency_key(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let Some(header) = request.headers().get(IDEMPOTENCY_KEY.name) else { return Ok(None) };
    let key = header.to_str().unwrap_or_default().trim();
    let key = key.strip_prefix('"').and_then(|key| key.strip_suffix('"')).unwrap_or(key);
    if (1..=255).contains(&key.len()) && key.bytes().all(|b| (b' '..=b'~').contains(&b)) {
        Ok(Some(key.to_owned()))
    } else {
        Err(Problem::new(&BAD_REQUEST, "Idempotency-Key must have 1 to 255 printable ASCII characters."))
    }
}
