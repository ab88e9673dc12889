//! Terms: the categorical values by which records are found and counted.

use crate::{
    cells::cells_of,
    kind::Kind,
    place::Location,
    reference::{Days, Role},
    vocabulary::{IndustryCode, RegionCode, TechnologyFieldCode},
};

/// A dimension along which records are filtered and counted. Its name is that of the filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Facet {
    /// Where: a NUTS code and those above it.
    Region,
    /// Where: a planning region.
    PlanningRegion,
    /// In which technology field.
    TechnologyField,
    /// In which industry: a division and its section.
    Industry,
    /// How far it is seen.
    Visibility,
    /// Which label it was ever awarded.
    Label,
    /// Which label it holds today.
    LabelValid,
    /// In which cluster an initiative works.
    Cluster,
    /// Which initiative takes part, benefits, or has the member.
    Initiative,
    /// Which network benefits, or has the member.
    Network,
    /// Who organises an event.
    Organiser,
    /// How far an event reaches.
    Scope,
    /// Whether one is there in person.
    EventFormat,
    /// Which kind of measure or member.
    Kind,
    /// How large a member is.
    SizeClass,
    /// Which chamber maintains a member.
    Chamber,
    /// Which regions a record names itself, without those above; it is counted, and no filter.
    Coverage,
    /// Where it has its seat, with the regions above; it is counted, and no filter.
    Seat,
    /// In which year it began; it is counted, and no filter.
    Year,
    /// In which cells of a grid its place lies; it is found by them, and they are no filter.
    Cell,
    /// What every record has once, so that all of a kind are counted; it has no value.
    Record,
}

impl Facet {
    /// Every facet.
    pub const ALL: [Self; 21] = [
        Self::Region,
        Self::PlanningRegion,
        Self::TechnologyField,
        Self::Industry,
        Self::Visibility,
        Self::Label,
        Self::LabelValid,
        Self::Cluster,
        Self::Initiative,
        Self::Network,
        Self::Organiser,
        Self::Scope,
        Self::EventFormat,
        Self::Kind,
        Self::SizeClass,
        Self::Chamber,
        Self::Coverage,
        Self::Seat,
        Self::Year,
        Self::Cell,
        Self::Record,
    ];

    /// Its name: of the filter, in the database, in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Region => "region",
            Self::PlanningRegion => "planning_region",
            Self::TechnologyField => "technology_field",
            Self::Industry => "industry",
            Self::Visibility => "visibility",
            Self::Label => "label",
            Self::LabelValid => "label_valid",
            Self::Cluster => "cluster",
            Self::Initiative => "initiative",
            Self::Network => "network",
            Self::Organiser => "organiser",
            Self::Scope => "scope",
            Self::EventFormat => "event_format",
            Self::Kind => "kind",
            Self::SizeClass => "size_class",
            Self::Chamber => "chamber",
            Self::Coverage => "coverage",
            Self::Seat => "seat",
            Self::Year => "year",
            Self::Cell => "cell",
            Self::Record => "record",
        }
    }

    /// The facet with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|facet| facet.as_str() == name)
    }

    /// The kinds of record that its values name; empty when they are codes of a vocabulary.
    pub fn targets(self) -> &'static [Kind] {
        match self {
            Self::Cluster => &[Kind::Cluster],
            Self::Initiative => &[Kind::Initiative],
            Self::Network => &[Kind::Network],
            Self::Organiser => Role::Organiser.targets(),
            _ => &[],
        }
    }

    /// Whether a record may have its values from or until a day.
    pub fn may_have_days(self) -> bool {
        matches!(self, Self::Initiative | Self::Network | Self::LabelValid)
    }

    /// The facet under which a reference is found.
    pub fn of_reference(role: Role, target: Kind) -> Option<Self> {
        match (role, target) {
            (Role::Cluster, _) => Some(Self::Cluster),
            (Role::Organiser, _) => Some(Self::Organiser),
            (Role::Participant | Role::Beneficiary | Role::Affiliation, Kind::Initiative) => {
                Some(Self::Initiative)
            }
            (Role::Participant | Role::Beneficiary | Role::Affiliation, Kind::Network) => Some(Self::Network),
            _ => None,
        }
    }
}

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
        debug_assert!(facet.may_have_days() || days == Days::default(), "{facet:?}");
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
