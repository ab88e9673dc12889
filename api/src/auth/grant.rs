//! What a new token is to be.

use super::{Role, claims::MAX_LIFE};
use chrono::{DateTime, SubsecRound as _, TimeDelta, Timelike as _, Utc};
use domain::{fault::Faults, id::Id, text::check_characters, time::rfc3339, vocabulary::ChamberCode};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Maximum length of a subject in characters.
pub const MAX_SUBJECT: usize = 200;

/// The content of a new token.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Subject: person or system that uses the token.
    pub subject: String,
    /// Role.
    pub role: Role,
    /// Lifetime.
    pub life: TimeDelta,
    /// The chamber to which the token is bound.
    pub chamber: Option<ChamberCode>,
    /// The initiative or network to which the token is bound.
    pub organisation: Option<Id>,
}

impl Grant {
    /// Reports all broken rules, with pointers to the fields of a request.
    pub fn check(&self, faults: &mut Faults) {
        let length = self.subject.chars().count();
        if self.subject.trim().is_empty() || length > MAX_SUBJECT {
            faults.broken("/subject", format!("must have 1 to {MAX_SUBJECT} characters"));
        } else if let Err(detail) = check_characters(&self.subject, false) {
            faults.broken("/subject", detail);
        }
        if self.life < TimeDelta::seconds(1) || self.life > MAX_LIFE {
            let days = MAX_LIFE.num_days();
            faults.broken("/expires", format!("lifetime must be between 1 second and {days} days"));
        }
        check_binding(self.role, Role::Chamber, self.chamber.is_some(), "/chamber", faults);
        check_binding(self.role, Role::Manager, self.organisation.is_some(), "/organisation", faults);
    }
}

/// Reports a binding that is missing for the role that requires it, or given for another role.
fn check_binding(role: Role, bound: Role, is_given: bool, pointer: &str, faults: &mut Faults) {
    if (role == bound) != is_given {
        let rule = if is_given { "is allowed only" } else { "is required" };
        faults.broken(pointer, format!("{rule} for the role {}", bound.as_str()));
    }
}

/// When a token expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Expiry {
    /// This long after it was issued.
    After(TimeDelta),
    /// At this moment, in whole seconds.
    At(DateTime<Utc>),
}

impl Expiry {
    /// The lifetime of a token that is issued now.
    pub fn life(self, now: DateTime<Utc>) -> TimeDelta {
        match self {
            Self::After(life) => life,
            Self::At(moment) => moment - now.trunc_subsecs(0),
        }
    }
}

impl FromStr for Expiry {
    type Err = &'static str;

    /// Parses a duration (`30s`, `15m`, `8h`, `90d`) or a moment (RFC 3339).
    fn from_str(text: &str) -> Result<Self, &'static str> {
        const FAULT: &str =
            "must be a duration such as 30s, 15m, 8h or 90d, or a time such as 2026-12-31T23:00:00Z";
        if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
            let is_leap = moment.nanosecond() >= 1_000_000_000;
            return if is_leap { Err(FAULT) } else { Ok(Self::At(moment.to_utc().trunc_subsecs(0))) };
        }
        let unit = text.chars().next_back().ok_or(FAULT)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return Err(FAULT),
        };
        let digits = &text[..text.len() - unit.len_utf8()];
        let number: i64 =
            digits.parse().ok().filter(|_| digits.bytes().all(|b| b.is_ascii_digit())).ok_or(FAULT)?;
        number.checked_mul(seconds).and_then(TimeDelta::try_seconds).map(Self::After).ok_or(FAULT)
    }
}

impl TryFrom<String> for Expiry {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        text.parse()
    }
}

impl From<Expiry> for String {
    fn from(expiry: Expiry) -> Self {
        match expiry {
            Expiry::After(life) => format!("{}s", life.num_seconds()),
            Expiry::At(moment) => rfc3339(moment),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_expiry_is_a_duration_or_a_moment() {
        let after = |seconds| Ok(Expiry::After(TimeDelta::seconds(seconds)));
        assert_eq!("30s".parse(), after(30));
        assert_eq!("15m".parse(), after(900));
        assert_eq!("8h".parse(), after(28_800));
        assert_eq!("400d".parse(), after(34_560_000));
        assert_eq!("0s".parse(), after(0));
        let at = Expiry::At("2026-12-31T22:00:00Z".parse().unwrap());
        assert_eq!("2026-12-31T23:00:00.9+01:00".parse(), Ok(at));
        let now = "2026-12-31T21:59:30.25Z".parse().unwrap();
        assert_eq!(at.life(now), TimeDelta::seconds(30));
        for wrong in [
            "",
            "s",
            "5",
            "-5s",
            "+5s",
            "5 s",
            "5S",
            "5w",
            "1e3s",
            "ä",
            "9223372036854775807d",
            "2026-12-31",
            "2026-12-31T23:59:60Z",
        ] {
            assert!(wrong.parse::<Expiry>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn an_expiry_is_read_as_it_is_written(text in "[0-9]{0,12}[smhdx+ ]?|[0-9]{4}-1[0-2]-0[1-9]T1[0-9]:00:[0-6][0-9](Z|[+-]0[0-9]:00)|\\PC{0,9}") {
            if let Ok(expiry) = text.parse::<Expiry>() {
                prop_assert_eq!(Expiry::try_from(String::from(expiry)), Ok(expiry));
            }
        }
    }
}
