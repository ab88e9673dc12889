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
    openapi::compose::{insight as describe, parameters, service::code},
    problem::Problem,
    request::{body::JSON, format::Offer, input::Input},
    respond,
    table::{Address, Table},
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use chrono::{DateTime, Utc};
use domain::{
    event::Event,
    fault::Faults,
    initiative::Initiative,
    kind::Kind,
    query::{Filter, Parameters, Scope},
    record::{Record, Status},
    reference::Reference,
    terms::Facet,
    vocabulary::{EntryName, Region, RegionCode},
};
use persistence::query::{
    facets::FacetCount,
    insight::{Atlas, CONNECTED, KindNumbers, Part},
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The operations of this module.
pub(crate) fn mount(table: &mut impl Table) {
    table.tag(
        "insight",
        "The landscape as a whole: numbers, a region's page, connections, and the criteria of admission.",
    );
    table.get("/api/v1/stats", stats, describe::stats);
    table.address("/api/v1/regions/{code}/atlas", |address| {
        address.parameters(|| [code::<Region>()]).get(atlas, describe::atlas)
    });
    table.get("/api/v1/graph", graph, describe::graph);
    table.address("/api/v1/initiatives/{key}/admission", |address| {
        address.parameters(|| [parameters::key::<Initiative>()]).get(admission, describe::admission)
    });
}

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

/// Takes a part of the landscape from the parameters: each kind with the filters of its lists. A kind that does not know one of those that were sent is left out.
fn part(input: &mut Input<'_>, known: &[Kind]) -> Part {
    let wanted = kinds(input, known);
    let (sent, faults) = input.parts();
    let mut part = Part::default();
    let mut unknown: Option<BTreeSet<String>> = None;
    for &kind in known {
        let mut rest = sent.clone();
        let mut found = Faults::new();
        let filter = Filter::take(&Scope::of_kind(kind), &mut rest, &mut found);
        if filter.statuses.iter().any(|status| *status != Status::Published) {
            found.malformed("status", "must be published: this is about what is public");
        }
        // What is wrong for several kinds is told once.
        for fault in found.into_list() {
            if !faults.iter().any(|known| *known == fault) {
                faults.malformed(fault.pointer, fault.detail);
            }
        }
        let left: BTreeSet<String> = rest.names().map(str::to_owned).collect();
        let is_wanted = left.is_empty() && (wanted.is_empty() || wanted.contains(&kind));
        if is_wanted { &mut part.kinds } else { &mut part.others }.push((kind, filter));
        unknown = Some(unknown.map_or(left.clone(), |unknown| &unknown & &left));
    }
    let unknown = unknown.unwrap_or_default();
    let names: Vec<&str> = sent.names().filter(|name| !unknown.contains(*name)).collect();
    *sent = Parameters::new(sent.without(&names));
    part
}

/// In one spelling.
fn cache_key(what: &str, part: &Part) -> String {
    format!("{what} {:?}", part.kinds)
}

/// Numbers of the landscape.
///
/// # Errors
/// 400 for filters that make no sense.
pub async fn stats(caller: Caller, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let part = part(&mut input, &Kind::ALL);
    cache::answer(input.finish()?, &app, &request, &caller, cache_key("stats", &part), move |store| {
        let numbers = store.numbers(&part)?;
        Finished::json(&Stats { kinds: numbers.into_iter().map(KindStats::from).collect() })
    })
    .await
}

/// An organisation, and how many members it has in a region.
#[derive(Debug, Serialize)]
struct AtWork {
    #[serde(flatten)]
    reference: Reference,
    member_count: i64,
}

impl From<(Reference, i64)> for AtWork {
    fn from((reference, member_count): (Reference, i64)) -> Self {
        Self { reference, member_count }
    }
}

#[derive(Debug, Serialize)]
struct AtlasPage {
    region: &'static Region,
    clusters: Vec<Reference>,
    initiatives: Vec<AtWork>,
    networks: Vec<AtWork>,
    members: KindStats,
    events: Vec<Record<Event>>,
}

/// What there is in a region.
///
/// # Errors
/// 404 for a region that there is not.
pub async fn atlas(caller: Caller, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let code = request.match_info().get("code").and_then(RegionCode::parse).ok_or_else(Problem::not_found)?;
    let validated = Input::of(&request).finish()?;
    let key = format!("atlas {}", code.entry().code);
    cache::answer(validated, &app, &request, &caller, key, move |store| {
        let Atlas { clusters, initiatives, networks, members, events } = store.atlas(&code)?;
        // An event that is over makes room for another.
        let until: Option<DateTime<Utc>> = events.iter().map(|event| event.content.ends_at.utc()).min();
        let region = code.entry();
        let at_work = |list: Vec<(Reference, i64)>| list.into_iter().map(AtWork::from).collect();
        let (initiatives, networks) = (at_work(initiatives), at_work(networks));
        let page = AtlasPage { region, clusters, initiatives, networks, members: members.into(), events };
        Ok(Finished { until, ..Finished::json(&page)? })
    })
    .await
}

/// A format in which the graph can be had.
#[derive(Clone, Copy, Debug)]
enum GraphFormat {
    Json,
    GraphMl,
}

impl GraphFormat {
    const OFFERS: [Offer<Self>; 2] = [
        Offer { format: Self::Json, word: "json", media_type: JSON },
        Offer { format: Self::GraphMl, word: "graphml", media_type: graphml::MEDIA_TYPE },
    ];
}

/// Who is connected with whom.
///
/// # Errors
/// As [`stats`], and 406 for formats that there are not.
pub async fn graph(caller: Caller, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let format = input.choose_format(&GraphFormat::OFFERS)?;
    input.check()?;
    let part = part(&mut input, &CONNECTED);
    let key = cache_key(&format!("graph {format:?}"), &part);
    cache::answer(input.finish()?, &app, &request, &caller, key, move |store| {
        let graph = store.graph(&part)?;
        match format {
            GraphFormat::Json => Finished::json(&graph),
            GraphFormat::GraphMl => Ok(Finished::new(graphml::MEDIA_TYPE, graphml::write(&graph)?)),
        }
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
    respond::json(Input::of(&request).finish()?, &request, &caller, &admission)
}
