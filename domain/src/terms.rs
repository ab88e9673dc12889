//! Terms: the categorical values by which records are filtered and counted.

mod facet;

pub use facet::{Facet, FacetSpec, Values, Words};

use crate::{
    cells::cells_of,
    place::Location,
    reference::Days,
    scalar::Euro,
    vocabulary::{IndustryCode, RegionCode, TechnologyFieldCode},
};

/// A value that a record has in a facet, and the days on which it has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The facet.
    pub facet: Facet,
    /// A code, slug or id.
    pub value: String,
    /// The days on which the value applies.
    pub days: Days,
}

/// The terms of a record.
#[derive(Clone, Debug, Default)]
pub struct Terms(Vec<Term>);

impl Terms {
    /// Adds a value that always applies.
    pub fn add(&mut self, facet: Facet, value: impl Into<String>) {
        self.add_for(facet, value, Days::default());
    }

    /// Adds a value that applies on certain days.
    pub fn add_for(&mut self, facet: Facet, value: impl Into<String>, days: Days) {
        debug_assert!(facet.spec().may_have_days || days == Days::default(), "{facet:?}");
        self.0.push(Term { facet, value: value.into(), days });
    }

    /// Adds regions, their ancestors and their planning regions.
    pub fn regions(&mut self, regions: &[RegionCode]) {
        for region in regions {
            for above in region.with_ancestors() {
                self.add(Facet::Region, &above.entry().code);
            }
            if let Some(planning_region) = &region.entry().planning_region {
                self.add(Facet::PlanningRegion, planning_region);
            }
        }
    }

    /// Adds industries and their sections.
    pub fn industries(&mut self, industries: &[IndustryCode]) {
        for above in industries.iter().flat_map(|industry| industry.with_ancestors()) {
            self.add(Facet::Industry, &above.entry().code);
        }
    }

    /// Adds the regions that the record names, without ancestors.
    pub fn coverage(&mut self, regions: &[RegionCode]) {
        for region in regions {
            self.add(Facet::Coverage, &region.entry().code);
        }
    }

    /// Adds the districts of the seat and their ancestors. Without a location, the regions that the record names
    /// are used.
    pub fn seat(&mut self, place: Option<Location>, named: &[RegionCode]) {
        let districts = place.map(|place| RegionCode::around(place, named)).unwrap_or_default();
        let seats = if districts.is_empty() { named } else { &districts };
        for above in seats.iter().flat_map(|region| region.with_ancestors()) {
            self.add(Facet::Seat, &above.entry().code);
        }
    }

    /// Adds the grid cells that contain a location, and that there is one.
    pub fn place(&mut self, place: Option<Location>) {
        if place.is_some() {
            self.add(Facet::Located, "");
        }
        for cell in place.into_iter().flat_map(cells_of) {
            self.add(Facet::Cell, cell);
        }
    }

    /// Adds the year of the start.
    pub fn year(&mut self, year: Option<i32>) {
        if let Some(year) = year {
            self.add(Facet::Year, format!("{year:04}"));
        }
    }

    /// Adds an amount, so that the amounts of a set of records can be summed: each bit that is set in the number of
    /// cents is a value (a bit-sliced index; O'Neil and Quass, "Improved Query Performance with Variant Indexes", 1997).
    pub fn amount(&mut self, amount: Euro) {
        for bit in (0..Euro::BITS).filter(|bit| amount.cents() >> bit & 1 == 1) {
            self.add(Facet::AmountBit, bit.to_string());
        }
    }

    /// Adds technology fields.
    pub fn technology_fields(&mut self, fields: &[TechnologyFieldCode]) {
        for field in fields {
            self.add(Facet::TechnologyField, &field.entry().slug);
        }
    }

    /// Returns the terms sorted and without duplicates. Overlapping periods of the same value are merged.
    ///
    /// ```text
    /// initiative a: 2010..2012, 2011..2013, 2020..2022, 2021..   →   2010..2013, 2020..
    /// ```
    pub fn into_sorted(self) -> Vec<Term> {
        let mut terms = self.0;
        terms.sort_by(|a, b| (a.facet, &a.value, a.days.since).cmp(&(b.facet, &b.value, b.days.since)));
        terms.dedup_by(|later, earlier| {
            let same = (later.facet, &later.value) == (earlier.facet, &earlier.value);
            let touches = match (earlier.days.until, later.days.since) {
                (None, _) | (_, None) => true,
                (Some(until), Some(since)) => since <= until,
            };
            if same && touches {
                let open = earlier.days.until.is_none() || later.days.until.is_none();
                earlier.days.until = if open { None } else { earlier.days.until.max(later.days.until) };
            }
            same && touches
        });
        terms
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    #[test]
    fn spans_of_one_value_that_touch_become_one() {
        let day = |year| NaiveDate::from_ymd_opt(year, 1, 1);
        let mut terms = Terms::default();
        for (since, until) in [(2020, Some(2022)), (2010, Some(2012)), (2021, None), (2011, Some(2013))] {
            terms.add_for(Facet::Initiative, "a", Days { since: day(since), until: until.and_then(day) });
        }
        terms.add(Facet::Network, "a");
        let spans: Vec<_> = terms.into_sorted().into_iter().map(|term| (term.facet, term.days)).collect();
        assert_eq!(
            spans,
            [
                (Facet::Initiative, Days { since: day(2010), until: day(2013) }),
                (Facet::Initiative, Days { since: day(2020), until: None }),
                (Facet::Network, Days::default()),
            ]
        );
    }
}
