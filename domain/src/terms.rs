//! Terms: the categorical values by which records are found and counted.

mod facet;

pub use facet::{Facet, FacetSpec, Values, Words};

use crate::{
    cells::cells_of,
    place::Location,
    reference::Days,
    vocabulary::{IndustryCode, RegionCode, TechnologyFieldCode},
};

/// One value of a record in one facet, and the days on which it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The dimension.
    pub facet: Facet,
    /// A code, a slug or an id.
    pub value: String,
    /// The days on which it holds.
    pub days: Days,
}

/// The terms of a record.
#[derive(Clone, Debug, Default)]
pub struct Terms(Vec<Term>);

impl Terms {
    /// Adds a value that always holds.
    pub fn add(&mut self, facet: Facet, value: impl Into<String>) {
        self.add_for(facet, value, Days::default());
    }

    /// Adds a value that holds for some days.
    pub fn add_for(&mut self, facet: Facet, value: impl Into<String>, days: Days) {
        debug_assert!(facet.spec().may_have_days || days == Days::default(), "{facet:?}");
        self.0.push(Term { facet, value: value.into(), days });
    }

    /// Adds regions, with those above them and their planning regions.
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

    /// Adds industries, with the sections above them.
    pub fn industries(&mut self, industries: &[IndustryCode]) {
        for above in industries.iter().flat_map(|industry| industry.with_ancestors()) {
            self.add(Facet::Industry, &above.entry().code);
        }
    }

    /// Adds regions as those that a record names itself.
    pub fn coverage(&mut self, regions: &[RegionCode]) {
        for region in regions {
            self.add(Facet::Coverage, &region.entry().code);
        }
    }

    /// Adds the regions in which a record has its seat: those of the place, or, where it has none, those that it names.
    pub fn seat(&mut self, place: Option<Location>, named: &[RegionCode]) {
        let districts = place.map(|place| RegionCode::around(place, named)).unwrap_or_default();
        let seats = if districts.is_empty() { named } else { &districts };
        for above in seats.iter().flat_map(|region| region.with_ancestors()) {
            self.add(Facet::Seat, &above.entry().code);
        }
    }

    /// Adds the cells in which a place lies.
    pub fn place(&mut self, place: Option<Location>) {
        for cell in place.into_iter().flat_map(cells_of) {
            self.add(Facet::Cell, cell);
        }
    }

    /// Adds the year in which something began.
    pub fn year(&mut self, year: Option<i32>) {
        if let Some(year) = year {
            self.add(Facet::Year, format!("{year:04}"));
        }
    }

    /// Adds technology fields.
    pub fn technology_fields(&mut self, fields: &[TechnologyFieldCode]) {
        for field in fields {
            self.add(Facet::TechnologyField, &field.entry().slug);
        }
    }

    /// The terms, sorted, each value once for any day: spans of the same value that touch become one.
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
