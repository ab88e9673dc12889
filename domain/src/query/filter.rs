//! Filters, which work alike for every collection.

use super::{Parameters, Scope};
use crate::{
    cells::Cover,
    fault::Faults,
    id::Id,
    kind::Kind,
    moment::Moment,
    place::{BoundingBox, Circle},
    record::Status,
    search::SearchQuery,
    slug::Key,
    terms::Facet,
    time::{Edge, HOME, PartialDate, PeriodEnd as _, YEARS, end_of_day, start_of_day, within},
};
use chrono::{DateTime, Utc};
use std::ops::RangeInclusive;

/// A filter. All conditions must hold. Several values of one facet are alternatives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Full-text query.
    pub question: Option<SearchQuery>,
    /// Ids. Empty for any.
    pub ids: Vec<Id>,
    /// Changed at or after this moment.
    pub updated_since: Option<DateTime<Utc>>,
    /// Statuses. Empty for all that the caller may see.
    pub statuses: Vec<Status>,
    /// Values by facet.
    pub terms: Vec<(Facet, Vec<String>)>,
    /// Referenced records by facet, not yet looked up.
    pub references: Vec<(Facet, Vec<Key>)>,
    /// Inside this box.
    pub bbox: Option<BoundingBox>,
    /// Inside this circle.
    pub near: Option<Circle>,
    /// Period ends at or after this moment.
    pub from: Option<DateTime<Utc>>,
    /// Period starts at or before this moment.
    pub to: Option<DateTime<Utc>>,
}

impl Filter {
    /// A filter that selects one record.
    pub fn of_id(id: Id) -> Self {
        Self { ids: vec![id], ..Self::default() }
    }

    /// Whether the filter selects all records.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the filter consists of terms, references, areas and text only.
    pub fn is_of_sets(&self) -> bool {
        let Self { terms, references, question, bbox, near, .. } = self.clone();
        *self == Self { terms, references, question, bbox, near, ..Self::default() }
    }

    /// The grid cells that cover each area of the filter. `None` if an area is too large.
    pub fn covers(&self) -> Option<Vec<Cover>> {
        let bbox = self.bbox.map(BoundingBox::cover);
        let near = self.near.map(Circle::cover);
        bbox.into_iter().chain(near).collect()
    }

    /// Takes the values of `facets` from the parameters, in the form that terms use.
    pub fn take_terms(
        kind: Kind,
        facets: &[Facet],
        parameters: &mut Parameters,
        faults: &mut Faults,
    ) -> Vec<(Facet, Vec<String>)> {
        let mut terms = Vec::new();
        for &facet in facets {
            let values = parameters.many(facet.as_str(), faults, |value| facet.check(kind, value));
            terms.extend((!values.is_empty()).then_some((facet, values)));
        }
        terms
    }

    /// Takes the filter from the parameters, and records a fault for each invalid one.
    pub fn take(scope: &Scope, parameters: &mut Parameters, faults: &mut Faults) -> Self {
        let mut filter = Self {
            question: parameters.one(Self::QUESTION.name, faults, SearchQuery::read),
            ids: parameters.many(Self::IDS.name, faults, |text| {
                Id::parse(text).ok_or_else(|| {
                    "must be an id (a UUID with hyphens); repeat the parameter for several".to_owned()
                })
            }),
            updated_since: parameters
                .one(Self::UPDATED_SINCE.name, faults, |text| moment_within(text, Edge::Start, &YEARS)),
            statuses: parameters.many(Self::STATUS.name, faults, |word| {
                Status::parse(word).ok_or_else(|| "must be one of draft, published, archived".to_owned())
            }),
            ..Self::default()
        };
        let (values, references): (Vec<Facet>, Vec<Facet>) =
            scope.facets.iter().partition(|facet| facet.targets().is_empty());
        filter.terms = Self::take_terms(scope.kind, &values, parameters, faults);
        for facet in references {
            let keys = parameters.many(facet.as_str(), faults, |key| {
                Key::parse(key).ok_or_else(|| "must be the slug or id of a record".to_owned())
            });
            filter.references.extend((!keys.is_empty()).then_some((facet, keys)));
        }
        if scope.located {
            filter.bbox = parameters.one(Self::BBOX.name, faults, BoundingBox::parse);
            filter.near = near(parameters, faults);
        }
        if scope.dated.is_some() {
            filter.from = from(parameters, faults);
            filter.to = to(parameters, faults);
            if filter.from.zip(filter.to).is_some_and(|(from, to)| from > to) {
                faults.malformed(Self::TO.name, "must not be before 'from'");
            }
        }
        filter
    }
}

/// Takes `near` and `radius_km`. Each requires the other.
fn near(parameters: &mut Parameters, faults: &mut Faults) -> Option<Circle> {
    let (near, radius) = (Filter::NEAR.name, Filter::RADIUS_KM.name);
    let (near_sent, radius_sent) = (parameters.has(near), parameters.has(radius));
    let centre = parameters.one(near, faults, Circle::parse_centre);
    let radius_km = parameters.one(radius, faults, Circle::parse_radius);
    if near_sent && !radius_sent {
        faults.malformed(radius, "is required with 'near'");
    } else if radius_sent && !near_sent {
        faults.malformed(near, "is required with 'radius_km'");
    }
    Some(Circle { centre: centre?, radius_km: radius_km? })
}

/// Takes `from`. A date means its first instant.
pub(super) fn from(parameters: &mut Parameters, faults: &mut Faults) -> Option<DateTime<Utc>> {
    parameters.one(Filter::FROM.name, faults, |text| moment_within(text, Edge::Start, &YEARS))
}

/// Takes `to`. A date means its last instant, and `9999-12-31` means no limit.
pub(super) fn to(parameters: &mut Parameters, faults: &mut Faults) -> Option<DateTime<Utc>> {
    let end = parameters.one(Filter::TO.name, faults, |text| match Moment::is_open(text) {
        true => Ok(None),
        false => moment_within(text, Edge::End, &YEARS).map(Some),
    });
    end.flatten()
}

/// Parses a moment, or a date, month or year in the home time zone. Rejects other years than `years`.
pub(super) fn moment_within(
    text: &str,
    edge: Edge,
    years: &RangeInclusive<i32>,
) -> Result<DateTime<Utc>, String> {
    if let Some(date) = PartialDate::of_any_year(text) {
        within(date.earliest(), years)?;
        return Ok(match edge {
            Edge::Start => start_of_day(date.earliest(), HOME),
            Edge::End => end_of_day(date.latest(), HOME),
        });
    }
    // A `+` that was not percent-encoded arrives as a space.
    let Some(Moment::Utc(moment)) = Moment::of_any_year(&text.replace(' ', "+")) else {
        return Err(
            "must be a date or an RFC 3339 timestamp with offset, as in 2026-05-01 or 2026-05-01T09:30:00Z"
                .to_owned(),
        );
    };
    within(moment.date_naive(), years)?;
    Ok(moment)
}
