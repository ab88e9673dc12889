//! The landscape as a whole: numbers, regions, connections, admission.

use super::{
    record::{Place, key, moved},
    search::kinds,
};
use crate::{
    app::App,
    auth::Caller,
    cache::{self, Finished},
    formats::graphml,
    problem::Problem,
    request::{body::JSON, format, parameters},
    respond,
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use chrono::{DateTime, Utc};
use domain::{
    event::Event,
    fault::Faults,
    kind::Kind,
    query::Filter,
    record::Record,
    reference::Reference,
    terms::Facet,
    vocabulary::{EntryName, Region, RegionCode},
};
use persistence::{
    facets::FacetCount,
    insight::{Atlas, CONNECTED, KindNumbers},
};
use serde::Serialize;
use std::collections::BTreeMap;

/// How many records have a value.
#[derive(Debug, Serialize)]
pub(super) struct Count {
    value: String,
    name: EntryName,
    count: i64,
}

impl From<FacetCount> for Count {
    fn from(FacetCount { value, name, count }: FacetCount) -> Self {
        Self { value, name, count }
    }
}

#[derive(Debug, Serialize)]
struct Stats {
    kinds: Vec<KindStats>,
}

#[derive(Debug, Serialize)]
struct KindStats {
    kind: Kind,
    count: i64,
    facets: BTreeMap<&'static str, Vec<Count>>,
    years: Vec<Year>,
}

#[derive(Debug, Serialize)]
struct Year {
    year: i32,
    count: i64,
}

impl From<KindNumbers> for KindStats {
    fn from(numbers: KindNumbers) -> Self {
        let KindNumbers { kind, count, mut facets } = numbers;
        let year = |found: FacetCount| Some(Year { year: found.value.parse().ok()?, count: found.count });
        let mut years: Vec<Year> =
            facets.remove(&Facet::Year).into_iter().flatten().filter_map(year).collect();
        years.sort_by_key(|year| year.year);
        let facets = facets
            .into_iter()
            .map(|(facet, counts)| (facet.as_str(), counts.into_iter().map(Count::from).collect()))
            .collect();
        Self { kind, count, facets, years }
    }
}

/// By what numbers and connections can be narrowed.
pub(crate) const FILTERS: [Facet; 7] = [
    Facet::Region,
    Facet::PlanningRegion,
    Facet::TechnologyField,
    Facet::Industry,
    Facet::Visibility,
    Facet::Label,
    Facet::LabelValid,
];

/// By what numbers alone can be narrowed besides: what only kinds have that are no nodes.
pub(crate) const FILTERS_OF_NUMBERS: [Facet; 4] =
    [Facet::Scope, Facet::EventFormat, Facet::SizeClass, Facet::Chamber];

/// What of the landscape is meant.
struct Part {
    kinds: Vec<Kind>,
    terms: Vec<(Facet, Vec<String>)>,
}

impl Part {
    /// Takes it from the parameters, of which nothing may be left.
    fn take(
        request: &HttpRequest,
        known: &[Kind],
        facets: &[Facet],
        without: &[&str],
    ) -> Result<Self, Problem> {
        let mut faults = Faults::new();
        let sent = parameters::read(request)?;
        let mut rest = domain::query::Parameters::new(sent.without(without));
        let wanted = kinds(&mut rest, &mut faults, known);
        let terms = Filter::take_terms(Kind::Initiative, facets, &mut rest, &mut faults);
        rest.refuse_rest(&mut faults);
        let kinds = known.iter().copied().filter(|kind| wanted.is_empty() || wanted.contains(kind)).collect();
        faults.or(Self { kinds, terms }).map_err(Problem::of_parameters)
    }

    /// In one spelling.
    fn key(&self, what: &str) -> String {
        format!("{what} {:?} {:?}", self.kinds, self.terms)
    }
}

/// Numbers of the landscape.
///
/// # Errors
/// 400 for filters that make no sense.
pub async fn stats(caller: Caller, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    format::only(&request, JSON)?;
    let part = Part::take(&request, &Kind::ALL, &[FILTERS.as_slice(), &FILTERS_OF_NUMBERS].concat(), &[])?;
    cache::answer(&app, &request, &caller, part.key("stats"), move |store| {
        let numbers = store.numbers(&part.kinds, &part.terms)?;
        Finished::json(&Stats { kinds: numbers.into_iter().map(KindStats::from).collect() })
    })
    .await
}

#[derive(Debug, Serialize)]
struct AtlasPage {
    region: &'static Region,
    clusters: Vec<Reference>,
    initiatives: Vec<Reference>,
    networks: Vec<Reference>,
    members: KindStats,
    events: Vec<Record<Event>>,
}

/// What there is in a region.
///
/// # Errors
/// 404 for a region that there is not.
pub async fn atlas(caller: Caller, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let code = request.match_info().get("code").and_then(RegionCode::parse).ok_or_else(Problem::not_found)?;
    format::only(&request, JSON)?;
    parameters::refuse(&request)?;
    let key = format!("atlas {}", code.entry().code);
    cache::answer(&app, &request, &caller, key, move |store| {
        let Atlas { clusters, initiatives, networks, members, events } = store.atlas(&code)?;
        // An event that is over makes room for another.
        let until: Option<DateTime<Utc>> = events.iter().map(|event| event.content.ends_at.utc()).min();
        let region = code.entry();
        let page = AtlasPage { region, clusters, initiatives, networks, members: members.into(), events };
        Ok(Finished { until, ..Finished::json(&page)? })
    })
    .await
}

/// Who is connected with whom.
///
/// # Errors
/// As [`stats`], and 406 for formats that there are not.
pub async fn graph(caller: Caller, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    const FORMATS: [(&str, &str); 2] = [("json", JSON), ("graphml", graphml::MEDIA_TYPE)];
    let mut sent = parameters::read(&request)?;
    let mut faults = Faults::new();
    let format = format::one_of(&request, &mut sent, &mut faults, &FORMATS)?;
    faults.or(()).map_err(Problem::of_parameters)?;
    let part = Part::take(&request, &CONNECTED, &FILTERS, &["format"])?;
    let key = part.key(&format!("graph {format}"));
    cache::answer(&app, &request, &caller, key, move |store| {
        let graph = store.graph(&part.kinds, &part.terms)?;
        if format == 0 {
            return Finished::json(&graph);
        }
        let body = graphml::write(&graph)?;
        Ok(Finished { content_type: graphml::MEDIA_TYPE, body, until: None })
    })
    .await
}

/// The criteria of admission, checked for an initiative.
///
/// # Errors
/// 404 when there is none that the caller may know of, 410 when it was public and no longer is.
pub async fn admission(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let key = key(&request)?;
    let audience = caller.audience();
    let found = app.run(move |store| Ok(store.admission(audience, &key)?)).await?;
    let admission = match Place::of(found)? {
        Place::Here(admission) => admission,
        Place::Moved(slug) => return Ok(moved(&app, &request, &slug)),
    };
    format::only(&request, JSON)?;
    parameters::refuse(&request)?;
    respond::json(&request, &caller, &admission)
}
