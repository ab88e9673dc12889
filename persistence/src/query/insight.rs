//! What the landscape as a whole shows: numbers, regions, connections, and what speaks for an initiative.

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

/// The numbers of one kind.
#[derive(Clone, Debug)]
pub struct KindNumbers {
    /// Which kind.
    pub kind: Kind,
    /// How many records.
    pub count: i64,
    /// How many of them have which value.
    pub facets: BTreeMap<Facet, Vec<FacetCount>>,
}

/// By what the numbers are broken down, where a kind has it.
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

/// Of which kinds a part of the landscape consists, and which records of each it means.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// The kinds that know all that is asked for.
    pub kinds: Vec<(Kind, Filter)>,
    /// What of it other kinds know: it is checked, and nothing else.
    pub others: Vec<(Kind, Filter)>,
}

impl Part {
    /// Refuses references to what does not exist, also where no kind is left that they narrow.
    fn check(&self, conn: &mut Conn, view: View) -> Result<(), QueryError> {
        for (kind, filter) in &self.others {
            let references = Filter { references: filter.references.clone(), ..Filter::default() };
            ResolvedFilter::resolve(conn, view, *kind, &references)?;
        }
        Ok(())
    }
}

/// The numbers of a part of the landscape.
pub(crate) fn numbers(conn: &mut Conn, view: View, part: &Part) -> Result<Vec<KindNumbers>, QueryError> {
    part.check(conn, view)?;
    let mut numbers = Vec::new();
    for (kind, filter) in &part.kinds {
        let resolved = ResolvedFilter::resolve(conn, view, *kind, filter)?;
        numbers.push(numbers_of(conn, &resolved)?);
    }
    Ok(numbers)
}

/// The numbers of the records that a filter means.
fn numbers_of(conn: &mut Conn, resolved: &ResolvedFilter<'_>) -> Result<KindNumbers, Error> {
    let kind = resolved.kind;
    let scope = Scope::of_kind(kind);
    let known = |facet: &Facet| *facet == Facet::Year || scope.facets.contains(facet);
    let breakdown: Vec<Facet> = BREAKDOWN.into_iter().filter(known).collect();
    let facets = facets::count_resolved(conn, resolved, &breakdown)?;
    Ok(KindNumbers { kind, count: page::total(conn, resolved)?, facets })
}

/// What there is in a region.
#[derive(Debug)]
pub struct Atlas {
    /// The clusters that are at work there.
    pub clusters: Vec<Reference>,
    /// The initiatives that are at work there, and how many members they have there.
    pub initiatives: Vec<(Reference, i64)>,
    /// The networks that are at work there, and how many members they have there.
    pub networks: Vec<(Reference, i64)>,
    /// Its members.
    pub members: KindNumbers,
    /// The next events there, those under way among them.
    pub events: Vec<Record<Event>>,
}

/// How many events an atlas shows.
const EVENTS: usize = 20;

/// What there is in a region.
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

/// The next events with these terms that were not cancelled, those under way among them.
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

/// The clusters that name a region, or one below or above it; in the order of names.
fn clusters(conn: &mut Conn, view: View, region: &RegionCode) -> Result<Vec<Reference>, Error> {
    let code = |region: &RegionCode| region.entry().code.clone();
    let above = region.with_ancestors().skip(1).map(|region| code(&region)).collect();
    let wanted = [(Facet::Region, vec![code(region)]), (Facet::Coverage, above)];
    let named = index::look_up(conn, Kind::Cluster, &wanted)?;
    let named = index::of_terms(conn, view, &named)?.into_values().fold(Set::new(), |all, set| all | set);
    let reference = |(id, label)| Reference::Resolved { id, label: Some(label) };
    Ok(public(conn, &named)?.into_iter().map(reference).collect())
}

/// The organisations of a kind that have their seat in a region, or current public members there, and how many of
/// these; in the order of names.
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

/// The public ones among some records, in the order of names.
fn public(conn: &mut Conn, set: &Set) -> Result<Vec<(Id, ReferenceLabel)>, Error> {
    let rows: Vec<(DbId, Option<String>, String)> = records::table
        .filter(records::number.eq_any(sets::numbers(set)).and(records::visible.eq(true)))
        .order((records::sort_name, records::id))
        .select((records::id, records::slug, records::name))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, slug, name)| (id.into(), label(slug, name))).collect())
}

/// The kinds between which there are connections.
pub const CONNECTED: [Kind; 3] = [Kind::Cluster, Kind::Initiative, Kind::Network];

/// Who is connected with whom, among the records that a filter means.
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
            // The network names the initiatives that take part; the initiative is what takes part.
            let (source, target) = if role == Role::Participant { (to, from) } else { (from, to) };
            Edge { source: source.into(), target: target.into(), weight: 1, relation }
        }));
    }
    Ok(Graph::new(nodes, edges))
}

/// Which organisations share how many public members today.
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

/// What the landscape knows that speaks for the admission of an initiative.
pub(crate) fn facts(conn: &mut Conn, view: View, initiative: Id) -> Result<Facts, QueryError> {
    let value = initiative.to_string();
    let begun_since = view.now.checked_sub_months(Months::new(13)).unwrap_or(view.now);
    let organised = index::look_up(conn, Kind::Event, &[(Facet::Organiser, vec![value.clone()])])?;
    let public = View { audience: Audience::Public, ..view };
    let organised = index::having(conn, public, &organised)?;
    let rows: Vec<StoredRow> = records::table
        .filter(records::number.eq_any(sets::numbers(&organised)).and(records::visible.eq(true)))
        // A month more than counts; the criterion itself looks closely.
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
