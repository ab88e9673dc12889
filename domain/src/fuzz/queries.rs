//! Query parameters.

use super::{any_text, for_any, nearly};
use crate::{
    fault::Faults,
    kind::Kind,
    place::{BoundingBox, Circle, Location},
    query::{Filter, Parameters, Query, Scope},
    search::{Reach, SearchQuery},
    terms::{Facet, Values},
    time::rfc3339,
};
use chrono::{DateTime, FixedOffset, Utc};
use proptest::{prelude::*, sample::select};

/// Values of parameters: nearly good ones, and others.
fn any_value() -> impl Strategy<Value = String> {
    let mut seeds: Vec<String> = Facet::ALL.iter().map(|facet| facet.spec().example.to_owned()).collect();
    let specs =
        [Filter::QUESTION, Filter::IDS, Filter::UPDATED_SINCE, Filter::STATUS, Filter::BBOX, Filter::NEAR];
    seeds.extend(specs.iter().flat_map(|spec| spec.examples).copied().map(str::to_owned));
    seeds.extend(
        ["true", "20", "now", "-updated_at", "2026", "2026-05-01/..", "9,48,0,10,49,1"].map(str::to_owned),
    );
    prop_oneof![nearly(seeds), any_text()]
}

/// Some parameters of a kind, each once.
fn any_parameters() -> impl Strategy<Value = (Kind, Vec<(String, String)>)> {
    select(Kind::ALL.to_vec()).prop_flat_map(|kind| {
        let mut names: Vec<&str> = Scope::of_kind(kind).facets.iter().map(|facet| facet.as_str()).collect();
        let specs = [
            Filter::QUESTION,
            Filter::IDS,
            Filter::UPDATED_SINCE,
            Filter::STATUS,
            Filter::BBOX,
            Filter::NEAR,
            Filter::RADIUS_KM,
            Filter::FROM,
            Filter::TO,
            Query::AS_OF,
            Query::SORT,
        ];
        names.extend(specs.map(|spec| spec.name));
        names.extend(["limit", "cursor", "with_total", "datetime", "unknown"]);
        let pairs = prop::collection::btree_map(select(names).prop_map(str::to_owned), any_value(), 0..4);
        (Just(kind), pairs.prop_map(|pairs| pairs.into_iter().collect()))
    })
}

type Read = fn(&Scope, Parameters, &mut Faults) -> Query;

const READERS: [Read; 2] = [
    |scope, parameters, faults| Query::read(scope, parameters, 200, DateTime::UNIX_EPOCH, faults),
    Query::read_features,
];

#[test]
fn a_refusal_names_a_parameter_and_their_order_does_not_matter() {
    for_any(any_parameters(), |(kind, pairs)| {
        let scope = Scope::of_kind(kind);
        for read in READERS {
            let read = |pairs: Vec<(String, String)>| {
                let mut faults = Faults::new();
                let query = read(&scope, Parameters::new(pairs), &mut faults);
                let mut named: Vec<String> = faults.iter().map(|fault| fault.pointer.clone()).collect();
                named.sort();
                (query, named)
            };
            let (query, named) = read(pairs.clone());
            for name in &named {
                let is_sent = pairs.iter().any(|(sent, _)| sent == name);
                let is_missing = ["near", "radius_km"].contains(&name.as_str());
                prop_assert!(is_sent || is_missing, "{name}");
            }
            prop_assert_eq!((query, named), read(pairs.iter().rev().cloned().collect()));
        }
        Ok(())
    });
}

#[test]
fn the_form_of_a_value_is_a_value() {
    let facets = Facet::ALL.into_iter().filter(|facet| !matches!(facet.spec().values, Values::Internal));
    let facets: Vec<Facet> = facets.filter(|facet| facet.targets().is_empty()).collect();
    for_any((select(facets), select(Kind::ALL.to_vec()), any_value()), |(facet, kind, value)| {
        for value in [value.as_str(), facet.spec().example, &facet.spec().example.to_lowercase()] {
            if let Ok(form) = facet.check(kind, value) {
                prop_assert_eq!(facet.check(kind, &form), Ok(form));
            }
        }
        Ok(())
    });
}

#[test]
fn places_come_back_as_they_were_written() {
    let degrees = || (-180.0..=180.0, -90.0..=90.0);
    for_any(
        (degrees(), degrees(), 0.001..20_000.0),
        |((west, a), (east, b), radius_km): ((f64, f64), (f64, f64), f64)| {
            let (south, north) = (a.min(b), a.max(b));
            let edges = BoundingBox { west, south, east, north };
            let text = format!("{west},{south}, {east} ,{north}");
            prop_assert_eq!(BoundingBox::parse(&text), Ok(edges));
            prop_assert_eq!(BoundingBox::parse_with_heights(&text), Ok(edges));
            let corner = Location { lat: north, lon: west };
            prop_assert!(edges.contains(corner));
            let centre = Location { lat: a, lon: west };
            prop_assert_eq!(Circle::parse_centre(&format!("{a},{west}")), Ok(centre));
            prop_assert_eq!(Circle::parse_radius(&radius_km.to_string()), Ok(radius_km));
            Ok(())
        },
    );
}

#[test]
fn a_moment_is_the_same_in_every_offset() {
    let seconds = -30_000_000_000_i64..32_000_000_000;
    for_any((seconds, 0..1_000_000_u32, -1439..1440), |(seconds, micros, minutes)| {
        let moment = DateTime::<Utc>::from_timestamp(seconds, micros * 1000).unwrap();
        let there = moment.with_timezone(&FixedOffset::east_opt(minutes * 60).unwrap());
        let since = |text: &str| {
            let mut faults = Faults::new();
            let parameters = Parameters::new(vec![(Filter::UPDATED_SINCE.name.to_owned(), text.to_owned())]);
            let query = READERS[0](&Scope::of_kind(Kind::Event), parameters, &mut faults);
            prop_assert!(faults.is_empty(), "{text}: {faults}");
            prop_assert_eq!(query.filter.updated_since, Some(moment), "{}", text);
            Ok(())
        };
        since(&rfc3339(moment))?;
        since(&there.to_rfc3339())?;
        // A plus sign that was not percent-encoded.
        since(&there.to_rfc3339().replace('+', " "))
    });
}

#[test]
fn a_limit_is_a_number_within_bounds() {
    for_any(prop_oneof![(0..400_u64), any::<u64>()], |number| {
        let mut faults = Faults::new();
        let parameters = Parameters::new(vec![("limit".to_owned(), number.to_string())]);
        let query = READERS[0](&Scope::of_kind(Kind::Event), parameters, &mut faults);
        prop_assert_eq!(faults.is_empty(), (1..=200).contains(&number));
        prop_assert!(query.page.limit.is_none_or(|limit| limit as u64 == number));
        Ok(())
    });
}

#[test]
fn a_search_has_words_only_and_few_of_them() {
    let typed = nearly(
        ["Netzwerk für C++ AND (Optik* OR \"e-mobil BW\")", "optik <2> zwei:*", "D-70191"]
            .map(str::to_owned)
            .to_vec(),
    );
    for_any(prop_oneof![typed, any_text()], |text| {
        let Ok(query) = SearchQuery::read(&text) else { return Ok(()) };
        prop_assert!((1..=SearchQuery::MAX_WORDS).contains(&query.words.len()));
        for query in [query.clone(), query.while_typing()] {
            for reach in
                [Reach::WholeNames, Reach::Names, Reach::NamePrefixes, Reach::WholeWords, Reach::Anywhere]
            {
                for token in query.tokens(reach).into_iter().flatten() {
                    let is_word = !token.text.is_empty() && token.text.chars().all(char::is_alphanumeric);
                    prop_assert!(is_word, "{token:?}");
                }
            }
        }
        Ok(())
    });
}
