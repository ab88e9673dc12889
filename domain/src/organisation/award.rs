//! Labels awarded to an organisation.

use crate::{
    fault::Faults,
    reference::Days,
    time::{Date, PartialDate},
    vocabulary::LabelCode,
};
use chrono::Months;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A label awarded to an organisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelAward {
    /// The label.
    #[schema(inline)]
    pub label: LabelCode,
    /// Date of the award. If only the month or year is known, that month or year.
    #[schema(inline)]
    pub awarded_on: Option<PartialDate>,
    /// Last day of validity. If null, the label's usual validity applies, counted from the award. Writes may also
    /// send `9999-12-31`, which is stored as null.
    #[serde(default, deserialize_with = "crate::time::open_end")]
    #[schema(inline)]
    pub valid_until: Option<Date>,
}

impl LabelAward {
    /// The days on which the label is valid, or `None` if they are unknown.
    pub fn days(&self) -> Option<Days> {
        let since = self.awarded_on.map(PartialDate::earliest);
        let until = match (self.valid_until, self.label.entry().validity_years) {
            (Some(Date(last)), _) => Some(last),
            (None, None) => None,
            (None, Some(years)) => {
                Some(self.awarded_on?.latest().checked_add_months(Months::new(12 * years))?)
            }
        };
        Some(Days { since, until })
    }

    /// Records a fault if validity ends before the award. `pointer` is the JSON Pointer to the award.
    pub(super) fn check(&self, faults: &mut Faults, pointer: &str) {
        if let (Some(awarded), Some(Date(last))) = (self.awarded_on, self.valid_until)
            && last < awarded.earliest()
        {
            faults.broken_with(
                &format!("{pointer}/awarded_on"),
                format!("{pointer}/valid_until"),
                "must not be before awarded_on",
            );
        }
    }
}
