//! Views of the landscape as a whole: statistics, atlas, graph, and facts for admission.

use crate::{
    audience::{Audience, View},
    connection::Conn,
    error::{Error, QueryError},
    index::{self, Set, TermGroup, sets},
    query::{
        conditions::filtered,
        facets::{self, FacetCount},
        labels::label,
        page::{self, List, matching},
        resolved::ResolvedFilter,
    },
    rows::{Stored, StoredRow},
    schema::{links, records, terms},
    types::{DbId, DbMoment},
};
use chrono::Months;
use diesel::prelude::*;
use domain::{
    admission::{self, Facts},
    event::Event,
    fold,
    graph::{Edge, Graph, Relation},
    id::Id,
    kind::Kind,
    query::{Filter, Page, Query, Scope, Sort, SortKey},
    record::Record,
    reference::{Reference, ReferenceLabel, Role},
    terms::Facet,
    vocabulary::RegionCode,
    words::MemberKind,
};
use std::collections::{BTreeMap, HashMap};

/// The statistics of one kind.
#[derive(Clone, Debug)]
pub struct KindNumbers {
    /// The kind.
    pub kind: Kind,
    /// The number of records.
    pub count: i64,
    /// The number of records per value.
    pub facets: BTreeMap<Facet, Vec<FacetCount>>,
}

/// The facets in the statistics of a kind that has them.
const BREAKDOWN: [Facet; 8] = [
    Facet::Region,
    Facet::PlanningRegion,
    Facet::TechnologyField,
    Facet::Industry,
    Facet::Label,
    Facet::Kind,
    Facet::SizeClass,
    Facet::Year,
];

/// A part of the landscape: its kinds, and a filter for each.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// The kinds that support all filters of the request.
    pub kinds: Vec<(Kind, Filter)>,
    /// The filters that other kinds support. Their references are checked, and not used otherwise.
    pub others: Vec<(Kind, Filter)>,
}

impl Part {
    /// Rejects references that name nothing, even if no kind is left that they would filter.
    fn check(&self, conn: &mut Conn, view: View) -> Result<(), QueryError> {
        for (kind, filter) in &self.others {
            let references = Filter { references: filter.references.clone(), ..Filter::default() };
            ResolvedFilter::resolve(conn, view, *kind, &references)?;
        }
        Ok(())
    }
}

/// Returns the statistics of a part of the landscape.
pub(crate) fn numbers(conn: &mut Conn, view: View, part: &Part) -> Result<Vec<KindNumbers>, QueryError> {
    part.check(conn, view)?;
    let mut numbers = Vec::new();
    for (kind, filter) in &part.kinds {
        let resolved = ResolvedFilter::resolve(conn, view, *kind, filter)?;
        numbers.push(numbers_of(conn, &resolved)?);
    }
    Ok(numbers)
}

/// Returns the statistics of the records that match a filter.
fn numbers_of(conn: &mut Conn, resolved: &ResolvedFilter<'_>) -> Result<KindNumbers, Error> {
    let kind = resolved.kind;
    let scope = Scope::of_kind(kind);
    let known = |facet: &Facet| *facet == Facet::Year || scope.facets.contains(facet);
    let breakdown: Vec<Facet> = BREAKDOWN.into_iter().filter(known).collect();
    let facets = facets::count_resolved(conn, resolved, &breakdown)?;
    Ok(KindNumbers { kind, count: page::total(conn, resolved)?, facets })
}

/// What exists in a region.
#[derive(Debug)]
pub struct Atlas {
    /// The clusters that are active there.
    pub clusters: Vec<Reference>,
    /// The initiatives that are active there, each with its number of members there.
    pub initiatives: Vec<(Reference, i64)>,
    /// The networks that are active there, each with its number of members there.
    pub networks: Vec<(Reference, i64)>,
    /// The statistics of its members.
    pub members: KindNumbers,
    /// The next events there, including those under way.
    pub events: Vec<Record<Event>>,
}

/// The largest number of events in an atlas.
const EVENTS: usize = 20;

/// Returns what exists in a region.
pub(crate) fn atlas(conn: &mut Conn, view: View, region: &RegionCode) -> Result<Atlas, QueryError> {
    let wanted = vec![(Facet::Region, vec![region.entry().code.clone()])];
    let filter = Filter { terms: wanted.clone(), ..Filter::default() };
    let members = ResolvedFilter::resolve(conn, view, Kind::Member, &filter)?;
    Ok(Atlas {
        clusters: clusters(conn, view, region)?,
        initiatives: at_work(conn, view, Kind::Initiative, region, &members)?,
        networks: at_work(conn, view, Kind::Network, region, &members)?,
        members: numbers_of(conn, &members)?,
        events: ahead(conn, view, wanted)?,
    })
}

/// Returns the next events that have these terms and are not cancelled, including those under way.
fn ahead(
    conn: &mut Conn,
    view: View,
    terms: Vec<(Facet, Vec<String>)>,
) -> Result<Vec<Record<Event>>, QueryError> {
    let mut query = Query {
        filter: Filter { terms, from: Some(view.now), ..Filter::default() },
        as_of: None,
        sort: Sort { key: SortKey::Start, descending: false },
        page: Page { after: None, limit: None, with_total: false },
        fingerprint: Default::default(),
    };
    let mut events: Vec<Record<Event>> = Vec::new();
    loop {
        let List { items, next, .. } = page::page::<Event>(conn, view, &query, EVENTS)?;
        events.extend(items.into_iter().filter(|event| !event.content.cancelled));
        events.truncate(EVENTS);
        if events.len() == EVENTS || next.is_none() {
            return Ok(events);
        }
        query.page.after = next;
    }
}

/// Returns the clusters that name a region, one of its ancestors or one of its descendants, by name.
fn clusters(conn: &mut Conn, view: View, region: &RegionCode) -> Result<Vec<Reference>, Error> {
    let code = |region: &RegionCode| region.entry().code.clone();
    let above = region.with_ancestors().skip(1).map(|region| code(&region)).collect();
    let wanted = [(Facet::Region, vec![code(region)]), (Facet::Coverage, above)];
    let named = index::look_up(conn, Kind::Cluster, &wanted)?;
    let named = index::of_terms(conn, view, &named)?.into_values().fold(Set::new(), |all, set| all | set);
    let reference = |(id, label)| Reference::Resolved { id, label: Some(label) };
    Ok(public(conn, &named)?.into_iter().map(reference).collect())
}

/// Returns the organisations of a kind that have their seat or current public members in a region, by name. Each
/// comes with its number of members there.
fn at_work(
    conn: &mut Conn,
    view: View,
    kind: Kind,
    region: &RegionCode,
    members: &ResolvedFilter<'_>,
) -> Result<Vec<(Reference, i64)>, QueryError> {
    let code = region.entry().code.clone();
    let seated = index::look_up(conn, kind, &[(Facet::Seat, vec![code])])?;
    let seated = index::having(conn, view, &seated)?;
    let Some(facet) = Facet::of_reference(Role::Affiliation, kind) else { return Ok(Vec::new()) };
    let mut found: HashMap<Id, (ReferenceLabel, i64)> = HashMap::new();
    for counted in facets::counted(conn, members, &[facet])? {
        if let (Some(id), Some(label)) = (Id::parse(&counted.value), counted.label) {
            found.insert(id, (label, counted.count));
        }
    }
    for (id, label) in public(conn, &seated)? {
        found.entry(id).or_insert((label, 0));
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by_cached_key(|(id, (label, _))| (fold::for_sort(&label.name), *id));
    let counted = |(id, (label, count))| (Reference::Resolved { id, label: Some(label) }, count);
    Ok(found.into_iter().map(counted).collect())
}

/// Returns the public records of a set, by name.
fn public(conn: &mut Conn, set: &Set) -> Result<Vec<(Id, ReferenceLabel)>, Error> {
    let rows: Vec<(DbId, String, Option<String>, String)> = records::table
        .filter(records::number.eq_any(sets::numbers(set)).and(records::visible.eq(true)))
        .order((records::sort_name, records::id))
        .select((records::id, records::kind, records::slug, records::name))
        .load(conn)?;
    rows.into_iter().map(|(id, kind, slug, name)| Ok((id.into(), label(&kind, slug, name)?))).collect()
}

/// The kinds that are nodes of the graph.
pub const CONNECTED: [Kind; 3] = [Kind::Cluster, Kind::Initiative, Kind::Network];

/// Returns the graph of the records that match a filter.
pub(crate) fn graph(conn: &mut Conn, view: View, part: &Part) -> Result<Graph, QueryError> {
    part.check(conn, view)?;
    let mut nodes = Vec::new();
    for (kind, filter) in &part.kinds {
        let resolved = ResolvedFilter::resolve(conn, view, *kind, filter)?;
        let set = matching(conn, &resolved)?;
        let rows: Vec<(i32, DbId, String)> =
            filtered(&resolved).select((records::number, records::id, records::name)).load(conn)?;
        let is_meant = |number: i32| set.as_ref().is_none_or(|set| set.contains(sets::element(number)));
        let meant = rows.into_iter().filter(|(number, ..)| is_meant(*number));
        nodes.extend(meant.map(|(_, id, name)| (Id::from(id), *kind, name)));
    }
    let mut edges = shared_members(conn, view)?;
    let relations = [
        (Role::Cluster, Relation::Cluster),
        (Role::Participant, Relation::Participant),
        (Role::Successor, Relation::Successor),
    ];
    for (role, relation) in relations {
        let pairs: Vec<(DbId, DbId)> = links::table
            .filter(links::role.eq(role.as_str()))
            .select((links::from_record, links::to_record))
            .load(conn)?;
        edges.extend(pairs.into_iter().map(|(from, to)| {
            // The network lists its participants, but the edge points from the initiative to the network.
            let (source, target) = if role == Role::Participant { (to, from) } else { (from, to) };
            Edge { source: source.into(), target: target.into(), weight: 1, relation }
        }));
    }
    Ok(Graph::new(nodes, edges))
}

/// Returns how many public members each pair of organisations shares today.
fn shared_members(conn: &mut Conn, view: View) -> Result<Vec<Edge>, Error> {
    let facets = [Facet::Initiative, Facet::Network].map(Facet::as_str);
    let organisations: Vec<(i32, String)> = terms::table
        .filter(terms::kind.eq(Kind::Member.as_str()).and(terms::facet.eq_any(facets)))
        .select((terms::number, terms::value))
        .load(conn)?;
    let terms = organisations.iter().map(|(term, _)| *term).collect();
    let organisations: HashMap<i32, String> = organisations.into_iter().collect();
    let mut joined: HashMap<i32, Vec<Id>> = HashMap::new();
    for (term, members) in index::of_terms(conn, view, &[TermGroup { facet: Facet::Initiative, terms }])? {
        let organisation = organisations.get(&term).and_then(|value| Id::parse(value));
        for member in sets::numbers(&members) {
            joined.entry(member).or_default().extend(organisation);
        }
    }
    let mut shared: HashMap<(Id, Id), i64> = HashMap::new();
    for organisations in joined.values_mut() {
        organisations.sort_unstable();
        for (index, &one) in organisations.iter().enumerate() {
            for &other in &organisations[index + 1..] {
                *shared.entry((one, other)).or_default() += 1;
            }
        }
    }
    let edge =
        |((source, target), weight)| Edge { source, target, weight, relation: Relation::SharedMembers };
    Ok(shared.into_iter().map(edge).collect())
}

/// Returns the stored facts on which the admission of an initiative depends.
pub(crate) fn facts(conn: &mut Conn, view: View, initiative: Id) -> Result<Facts, QueryError> {
    let value = initiative.to_string();
    let begun_since = view.now.checked_sub_months(Months::new(13)).unwrap_or(view.now);
    let organised = index::look_up(conn, Kind::Event, &[(Facet::Organiser, vec![value.clone()])])?;
    let public = View { audience: Audience::Public, ..view };
    let organised = index::having(conn, public, &organised)?;
    let rows: Vec<StoredRow> = records::table
        .filter(records::number.eq_any(sets::numbers(&organised)).and(records::visible.eq(true)))
        // One month more than counts. `admission::counts` checks the exact day.
        .filter(records::starts_at.assume_not_null().between(DbMoment(begun_since), DbMoment(view.now)))
        .select(<StoredRow as Selectable<crate::connection::MultiBackend>>::construct_selection())
        .load(conn)?;
    let mut facts = Facts::default();
    for row in rows {
        let event = Stored::<Event>::read(row)?;
        if admission::counts(&event.content, view.now) {
            facts.events.insert(event.id());
        }
    }
    let filter = Filter { terms: vec![(Facet::Initiative, vec![value])], ..Filter::default() };
    let resolved = ResolvedFilter::resolve(conn, public, Kind::Member, &filter)?;
    for counted in facets::counted(conn, &resolved, &[Facet::Kind])? {
        let kind: MemberKind = serde_json::from_value(counted.value.into())?;
        facts.members_by_kind.insert(kind, counted.count);
    }
    Ok(facts)
}
