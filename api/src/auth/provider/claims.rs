//! What a verified token of the provider says about its bearer.

use crate::{
    auth::Role,
    config::{ClaimPointer, ProviderSettings},
};
use chrono::TimeDelta;
use clap::ValueEnum as _;
use domain::{
    slug::Key,
    text::{check_characters, normalise},
    vocabulary::ChamberCode,
};
use jsonwebtoken::Header;
use serde_json::Value;

/// The maximum length of a subject in characters (OpenID Connect Core 1.0 section 2).
pub(super) const MAX_SUBJECT: usize = 255;
/// How far the clocks of provider and server may differ.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);

/// The bearer of a token of the provider.
#[derive(Debug, PartialEq)]
pub(super) struct Bearer {
    pub(super) subject: String,
    /// The strongest role of this server that the provider names, or [`Role::Guest`].
    pub(super) role: Role,
    /// The chamber, exactly with the role `chamber`.
    pub(super) chamber: Option<ChamberCode>,
    /// The initiative or network, exactly with the role `manager`.
    pub(super) organisation: Option<Key>,
}

/// When a token was issued and when it expires, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) issued: i64,
    pub(super) expires: i64,
}

/// Rejects tokens that are not access tokens for any bearer.
///
/// Access tokens have the type `at+jwt` (RFC 9068 section 2.1), or, from providers that do not know it, `JWT` or none.
/// ID tokens have these types, too. They are known by the claims `typ` (of Keycloak), `at_hash` and `c_hash`. A token
/// with the claim `cnf` (RFC 7800) is bound to a key of its bearer, whose possession nobody proves here.
pub(super) fn check_type(header: &Header, claims: &Value) -> Result<(), &'static str> {
    let media_type = header.typ.as_deref().map(str::to_ascii_lowercase);
    // RFC 7515 section 4.1.9: `application/` may be left out.
    let media_type = media_type.as_deref().map(|it| it.strip_prefix("application/").unwrap_or(it));
    let is_of_keycloaks_others = claims.get("typ").is_some_and(|it| it != "Bearer");
    let is_id_token = ["at_hash", "c_hash"].iter().any(|name| claims.get(name).is_some());
    match media_type {
        _ if header.crit.is_some() => Err("it has critical extensions (crit), and this server knows none"),
        _ if claims.get("cnf").is_some() => Err("it is bound to a key of its bearer (cnf)"),
        Some("at+jwt") => Ok(()),
        None | Some("jwt") if !is_of_keycloaks_others && !is_id_token => Ok(()),
        _ => Err("it is not an access token"),
    }
}

impl Times {
    /// Reads and checks `exp`, `nbf` and `iat` (RFC 7519 section 4.1). The provider's clock may be fast by a minute, but
    /// nothing is valid after its expiry.
    pub(super) fn read(claims: &Value, now: i64, most: TimeDelta) -> Result<Self, String> {
        let fault = |name: &str| format!("the claim {name} is missing or not a time in seconds");
        let issued = seconds(claims, "iat").flatten().ok_or_else(|| fault("iat"))?;
        let expires = seconds(claims, "exp").flatten().ok_or_else(|| fault("exp"))?;
        let not_before = seconds(claims, "nbf").ok_or_else(|| fault("nbf"))?;
        let soon = now + LEEWAY.num_seconds();
        if expires <= now {
            Err("it has expired".to_owned())
        } else if not_before.is_some_and(|not_before| not_before > soon) || issued > soon {
            Err("it is not valid yet".to_owned())
        } else if expires.saturating_sub(issued) > most.num_seconds() {
            Err(format!("its lifetime is longer than {} days", most.num_days()))
        } else {
            Ok(Self { issued, expires })
        }
    }
}

/// A NumericDate (RFC 7519 section 2), which may have a fraction. `None` if it is malformed, `Some(None)` if it is
/// missing.
fn seconds(claims: &Value, name: &str) -> Option<Option<i64>> {
    match claims.get(name) {
        None => Some(None),
        Some(Value::Number(number)) => {
            let whole = number.as_f64().filter(|seconds| seconds.abs() < 1e15).map(|seconds| seconds as i64);
            number.as_i64().or(whole).map(Some)
        }
        Some(_) => None,
    }
}

impl Bearer {
    /// Reads who the bearer is, and what the provider lets them do.
    pub(super) fn read(claims: &Value, settings: &ProviderSettings) -> Result<Self, String> {
        let subject =
            claims.get("sub").and_then(Value::as_str).map(|subject| normalise(subject).into_owned());
        let subject = subject.filter(|it| is_subject(it)).ok_or_else(|| {
            format!("its subject must have 1 to {MAX_SUBJECT} characters, and no control characters")
        })?;
        let roles = texts(claims, &settings.oidc_role_claim);
        let named = |role: &Role| roles.iter().any(|name| name == role.as_str());
        // The variants are listed from the strongest to the weakest.
        let role = Role::value_variants().iter().copied().find(named).unwrap_or(Role::Guest);
        let chamber = match role {
            Role::Chamber => Some(only(claims, &settings.oidc_chamber_claim, "chamber", ChamberCode::parse)?),
            _ => None,
        };
        let organisation = match role {
            Role::Manager => {
                Some(only(claims, &settings.oidc_organisation_claim, "organisation", Key::parse)?)
            }
            _ => None,
        };
        Ok(Self { subject, role, chamber, organisation })
    }
}

fn is_subject(subject: &str) -> bool {
    (1..=MAX_SUBJECT).contains(&subject.chars().count()) && check_characters(subject, false).is_ok()
}

/// The text of a claim, or the texts if it is a list.
fn texts(claims: &Value, pointer: &ClaimPointer) -> Vec<String> {
    let values = match claims.pointer(pointer.as_str()) {
        Some(Value::Array(values)) => values.as_slice(),
        Some(value) => std::slice::from_ref(value),
        None => &[],
    };
    values.iter().filter_map(Value::as_str).map(|text| normalise(text).into_owned()).collect()
}

/// The one value of a claim to which a role is bound.
fn only<T>(
    claims: &Value,
    pointer: &ClaimPointer,
    what: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, String> {
    let fault =
        |detail| format!("its role needs one {what} in the claim {}, which {detail}", pointer.as_str());
    match texts(claims, pointer).as_slice() {
        [] => Err(fault("is missing")),
        [one] => parse(one).ok_or_else(|| fault("is not known")),
        _ => Err(fault("has several")),
    }
}
