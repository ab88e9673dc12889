//! Numbers of requests.

use serde::{Deserialize, Serialize};

/// The most that a setting accepts. More would replenish faster than a clock ticks.
const MOST: u32 = 100_000_000;

/// A number of requests a minute. Zero means no limit. Written as a number or, in environment variables, as its digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "u32")]
pub struct Quota(pub u32);

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(u32),
    Digits(String),
}

impl TryFrom<Written> for Quota {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let number = match written {
            Written::Number(number) => Some(number),
            Written::Digits(digits) => digits.trim().parse().ok(),
        };
        number.filter(|number| *number <= MOST).map(Self).ok_or_else(|| format!("must be at most {MOST}"))
    }
}

impl From<Quota> for u32 {
    fn from(quota: Quota) -> Self {
        quota.0
    }
}
