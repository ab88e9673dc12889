//! Labels that an organisation was awarded.

use crate::{
    fault::Faults,
    reference::Days,
    time::{Date, PartialDate},
    vocabulary::LabelCode,
};
use chrono::Months;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A label that was awarded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelAward {
    /// Which label.
    #[schema(inline)]
    pub label: LabelCode,
    /// When it was awarded.
    #[schema(inline)]
    pub awarded_on: Option<PartialDate>,
    /// The last day on which it is valid. Null: as long as such labels are valid, counted from the award. In writes
    /// 9999-12-31 means the same as null.
    #[serde(default, deserialize_with = "crate::time::open_end")]
    #[schema(inline)]
    pub valid_until: Option<Date>,
}

impl LabelAward {
    /// The days on which it is valid; `None` when that is not known.
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

    /// Notes what contradicts itself; `pointer` is where the award stands.
    pub(super) fn check(&self, faults: &mut Faults, pointer: &str) {
        if let (Some(awarded), Some(Date(last))) = (self.awarded_on, self.valid_until)
            && last < awarded.earliest()
        {
            faults.broken_with(
                &format!("{pointer}/awarded_on"),
                format!("{pointer}/valid_until"),
                "the label's validity ends before it was awarded",
            );
        }
    }
}
