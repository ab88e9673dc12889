//! Filters: the same words for every collection.

use super::{Parameters, Scope};
use crate::{
    cells::Cover,
    event::{EventFormat, Scope as EventScope},
    fault::Faults,
    id::Id,
    kind::Kind,
    measure::MeasureKind,
    member::{MemberKind, SizeClass},
    moment::Moment,
    organisation::Visibility,
    place::{BoundingBox, Circle},
    record::Status,
    search::Question,
    slug::Key,
    terms::Facet,
    time::{Edge, HOME, PartialDate, PeriodEnd as _, YEARS, end_of_day, start_of_day, within},
    vocabulary::{Chamber, Entry, Industry, Label, PlanningRegion, Region, TechnologyField},
};
use chrono::{DateTime, Utc};
use std::ops::RangeInclusive;

/// Which records are meant. Everything combines with AND, the values of one facet with OR.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Whose text matches.
    pub question: Option<Question>,
    /// These records only; empty: any.
    pub ids: Vec<Id>,
    /// Changed at this moment or later.
    pub updated_since: Option<DateTime<Utc>>,
    /// In one of these states; empty: any that the caller may see.
    pub statuses: Vec<Status>,
    /// With one of these values, facet by facet.
    pub terms: Vec<(Facet, Vec<String>)>,
    /// With a reference to one of these records, facet by facet; not yet looked up.
    pub references: Vec<(Facet, Vec<Key>)>,
    /// Within this rectangle.
    pub bbox: Option<BoundingBox>,
    /// Within this circle.
    pub near: Option<Circle>,
    /// Lasting at this moment or later.
    pub from: Option<DateTime<Utc>>,
    /// Lasting at this moment or earlier.
    pub to: Option<DateTime<Utc>>,
}

impl Filter {
    /// Whether it means every record.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether terms and places are all that it asks for.
    pub fn is_of_terms_and_places(&self) -> bool {
        let Self { terms, references, bbox, near, .. } = self.clone();
        *self == Self { terms, references, bbox, near, ..Self::default() }
    }

    /// The cells that cover each area that it asks for; `None` where one is too large for that.
    pub fn covers(&self) -> Option<Vec<Cover>> {
        let bbox = self.bbox.map(BoundingBox::cover);
        let near = self.near.map(Circle::cover);
        bbox.into_iter().chain(near).collect()
    }

    /// Takes values of some facets out of the parameters, as the records of a kind have them.
    pub fn take_terms(
        kind: Kind,
        facets: &[Facet],
        parameters: &mut Parameters,
        faults: &mut Faults,
    ) -> Vec<(Facet, Vec<String>)> {
        let mut terms = Vec::new();
        for &facet in facets {
            let values = parameters.many(facet.as_str(), faults, |value| check_value(kind, facet, value));
            terms.extend((!values.is_empty()).then_some((facet, values)));
        }
        terms
    }

    /// Takes the filter out of the parameters, and notes everything that is wrong with it.
    pub fn take(scope: &Scope, parameters: &mut Parameters, faults: &mut Faults) -> Self {
        let mut filter = Self {
            question: parameters.one("q", faults, Question::read),
            ids: parameters.many("ids", faults, |text| {
                Id::parse(text).ok_or_else(|| {
                    "must be an id (a UUID with hyphens); repeat the parameter for more".to_owned()
                })
            }),
            updated_since: parameters
                .one("updated_since", faults, |text| moment_within(text, Edge::Start, &YEARS)),
            statuses: parameters.many("status", faults, |word| {
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
            filter.bbox = parameters.one("bbox", faults, BoundingBox::parse);
            filter.near = near(parameters, faults);
        }
        if scope.dated.is_some() {
            filter.from = from(parameters, faults);
            filter.to = to(parameters, faults);
            if filter.from.zip(filter.to).is_some_and(|(from, to)| from > to) {
                faults.malformed("to", "must not lie before 'from'");
            }
        }
        filter
    }
}

/// The circle of `near` and `radius_km`, which need each other.
fn near(parameters: &mut Parameters, faults: &mut Faults) -> Option<Circle> {
    let (near_sent, radius_sent) = (parameters.has("near"), parameters.has("radius_km"));
    let centre = parameters.one("near", faults, Circle::parse_centre);
    let radius_km = parameters.one("radius_km", faults, Circle::parse_radius);
    if near_sent && !radius_sent {
        faults.malformed("radius_km", "is needed with 'near'");
    } else if radius_sent && !near_sent {
        faults.malformed("near", "is needed with 'radius_km'");
    }
    Some(Circle { centre: centre?, radius_km: radius_km? })
}

/// From when on; a bare date from its beginning.
pub(super) fn from(parameters: &mut Parameters, faults: &mut Faults) -> Option<DateTime<Utc>> {
    parameters.one("from", faults, |text| moment_within(text, Edge::Start, &YEARS))
}

/// Until when; a bare date to its end, and the last day of all without one.
pub(super) fn to(parameters: &mut Parameters, faults: &mut Faults) -> Option<DateTime<Utc>> {
    let end = parameters.one("to", faults, |text| match Moment::is_open(text) {
        true => Ok(None),
        false => moment_within(text, Edge::End, &YEARS).map(Some),
    });
    end.flatten()
}

/// A moment, or a day, month or year in the home zone, in one of these years.
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
    // A '+' that was not percent-encoded arrives as a blank.
    let Some(Moment::Utc(moment)) = Moment::of_any_year(&text.replace(' ', "+")) else {
        return Err(
            "must be a date or a moment of RFC 3339 with its offset, as 2026-05-01 or 2026-05-01T09:30:00Z"
                .to_owned(),
        );
    };
    within(moment.date_naive(), years)?;
    Ok(moment)
}

/// The words that a facet knows, where they are few; empty where they are a vocabulary.
pub fn values_of(kind: Kind, facet: Facet) -> &'static [&'static str] {
    match (facet, kind) {
        (Facet::Visibility, _) => Visibility::WORDS,
        (Facet::Scope, _) => EventScope::WORDS,
        (Facet::EventFormat, _) => EventFormat::WORDS,
        (Facet::SizeClass, _) => SizeClass::WORDS,
        (Facet::Kind, Kind::Measure) => MeasureKind::WORDS,
        (Facet::Kind, Kind::Member) => MemberKind::WORDS,
        _ => &[],
    }
}

/// What a word of a facet is called in German; `None` where the facet's values are a vocabulary or records.
pub fn name_of(kind: Kind, facet: Facet, word: &str) -> Option<&'static str> {
    let names = match (facet, kind) {
        (Facet::Visibility, _) => Visibility::NAMES,
        (Facet::Scope, _) => EventScope::NAMES,
        (Facet::EventFormat, _) => EventFormat::NAMES,
        (Facet::SizeClass, _) => SizeClass::NAMES,
        (Facet::Kind, Kind::Measure) => MeasureKind::NAMES,
        (Facet::Kind, Kind::Member) => MemberKind::NAMES,
        _ => &[],
    };
    names.iter().find(|(known, _)| *known == word).map(|(_, name)| *name)
}

/// A value of a facet as terms have it, however it is spelled; refuses one that the facet does not know.
fn check_value(kind: Kind, facet: Facet, value: &str) -> Result<String, String> {
    match facet {
        Facet::Region => code_of::<Region>(value),
        Facet::PlanningRegion => code_of::<PlanningRegion>(value),
        Facet::TechnologyField => code_of::<TechnologyField>(value),
        Facet::Industry => code_of::<Industry>(value),
        Facet::Label | Facet::LabelValid => code_of::<Label>(value),
        Facet::Chamber => code_of::<Chamber>(value),
        _ => {
            let words = values_of(kind, facet);
            match words.contains(&value) {
                true => Ok(value.to_owned()),
                false => Err(format!("must be one of {}", words.join(", "))),
            }
        }
    }
}

/// The code of the entry of a vocabulary that a text names.
fn code_of<E: Entry>(text: &str) -> Result<String, String> {
    E::find(text).map(|entry| entry.code().to_owned()).ok_or_else(|| {
        let shown: String = text.chars().take(60).collect();
        format!("'{shown}' is not known; see /api/v1/{}", E::PATH)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_a_facet_has_a_german_name() {
        let facets = Kind::ALL.into_iter().flat_map(|kind| Facet::ALL.map(|facet| (kind, facet)));
        for (kind, facet) in facets {
            for word in values_of(kind, facet) {
                let name = name_of(kind, facet, word);
                assert!(name.is_some_and(|name| name.starts_with(char::is_uppercase)), "{kind} {word}");
            }
        }
    }
}
