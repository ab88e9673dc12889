//! The claims of tokens.

use super::Role;
use chrono::{DateTime, TimeDelta, Utc};
use domain::id::Id;
use persistence::tokens::IssuedToken;
use serde::{Deserialize, Serialize};

/// The audience of tokens.
pub(super) const AUDIENCE: &str = "clusterportal";
/// The maximum lifetime of a token.
pub const MAX_LIFE: TimeDelta = TimeDelta::days(400);
/// How far the clock of another instance may be ahead.
const CLOCK_SKEW: i64 = 60;

/// The claims of a token (RFC 7519 section 4). Times are in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer: the public URL, or that of the identity provider.
    pub iss: String,
    /// Audience: `clusterportal`.
    pub aud: String,
    /// Subject: person or system that uses the token.
    pub sub: String,
    /// Id of the token.
    pub jti: Id,
    /// Time of issue.
    pub iat: i64,
    /// Time before which the token is not valid. This server sets none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// Expiry.
    pub exp: i64,
    /// Role.
    pub role: Role,
    /// The chamber to which the token is bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chamber: Option<String>,
    /// The initiative or network to which the token is bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<Id>,
}

impl Claims {
    /// The claims of a token that is about to be issued.
    pub(super) fn of(issuer: &str, role: Role, token: &IssuedToken) -> Self {
        Self {
            iss: issuer.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: token.subject.clone(),
            jti: token.id,
            iat: token.issued_at.timestamp(),
            nbf: None,
            exp: token.expires_at.timestamp(),
            role,
            chamber: token.chamber.clone(),
            organisation: token.organisation,
        }
    }

    /// Checks the times.
    ///
    /// # Errors
    /// The reason, as a clause for the bearer.
    pub(super) fn check(&self, now: DateTime<Utc>) -> Result<(), &'static str> {
        let now = now.timestamp();
        if self.exp <= now {
            Err("it has expired")
        } else if self.nbf.is_some_and(|nbf| nbf > now) {
            Err("it is not valid yet")
        } else if self.exp.saturating_sub(self.iat) > MAX_LIFE.num_seconds() || self.iat > now + CLOCK_SKEW {
            Err("its time of issue or expiry is invalid")
        } else {
            Ok(())
        }
    }

    /// Whether the claims are those of the token that was issued.
    pub(super) fn agree_with(&self, token: &IssuedToken) -> bool {
        let issued = Self { nbf: self.nbf, ..Self::of(&self.iss, self.role, token) };
        *self == issued && self.role.as_str() == token.role
    }
}
