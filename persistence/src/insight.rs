//! What the landscape as a whole shows: numbers, regions, connections, and what speaks for an initiative.

use crate::{
    audience::{Audience, View},
    connection::Conn,
    error::{Error, QueryError},
    facets::{self, FacetCount},
    filtering::filtered,
    labels::label,
    meaning::Meaning,
    reading::{self, List},
    rows::{Stored, StoredRow},
    schema::{links, postings, records, terms},
    types::{DbDay, DbId, DbMoment},
};
use chrono::Months;
use diesel::prelude::*;
use domain::{
    admission::{self, Facts},
    event::Event,
    graph::{Edge, Graph, Relation},
    id::Id,
    kind::Kind,
    member::MemberKind,
    query::{Filter, Page, Query, Scope, Sort, SortKey},
    record::Record,
    reference::{Reference, Role},
    terms::Facet,
    vocabulary::RegionCode,
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

/// The numbers of some kinds, narrowed by terms; kinds that do not know one of these facets are left out.
pub(crate) fn numbers(
    conn: &mut Conn,
    view: View,
    kinds: &[Kind],
    terms: &[(Facet, Vec<String>)],
) -> Result<Vec<KindNumbers>, QueryError> {
    let filter = Filter { terms: terms.to_vec(), ..Filter::default() };
    let mut numbers = Vec::new();
    for &kind in kinds {
        let scope = Scope::of_kind(kind);
        if terms.iter().all(|(facet, _)| scope.facets.contains(facet)) {
            let known = |facet: &Facet| *facet == Facet::Year || scope.facets.contains(facet);
            let breakdown: Vec<Facet> = BREAKDOWN.into_iter().filter(known).collect();
            numbers.push(KindNumbers {
                kind,
                count: count(conn, view, kind, &filter)?,
                facets: facets::count(conn, view, &scope, &breakdown, &filter)?,
            });
        }
    }
    Ok(numbers)
}

/// How many records of a kind a filter means.
fn count(conn: &mut Conn, view: View, kind: Kind, filter: &Filter) -> Result<i64, QueryError> {
    let meaning = Meaning::look_up(conn, view, kind, filter)?;
    Ok(reading::total(conn, &meaning)?)
}

/// What there is in a region.
#[derive(Debug)]
pub struct Atlas {
    /// The clusters that are at work there.
    pub clusters: Vec<Reference>,
    /// The initiatives that are at work there.
    pub initiatives: Vec<Reference>,
    /// The networks that are at work there.
    pub networks: Vec<Reference>,
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
    let members = numbers(conn, view, &[Kind::Member], &wanted)?;
    let query = Query {
        filter: Filter { terms: wanted, from: Some(view.now), ..Filter::default() },
        as_of: None,
        sort: Sort { key: SortKey::Start, descending: false },
        page: Page { after: None, limit: None, with_total: false },
        fingerprint: Default::default(),
    };
    let List { items: events, .. } = reading::page(conn, view, &query, EVENTS)?;
    Ok(Atlas {
        clusters: at_work(conn, view, Kind::Cluster, region)?,
        initiatives: at_work(conn, view, Kind::Initiative, region)?,
        networks: at_work(conn, view, Kind::Network, region)?,
        members: members
            .into_iter()
            .next()
            .ok_or_else(|| Error::Corrupt("members have no regions".to_owned()))?,
        events,
    })
}

/// The records of a kind that name a region, or one below or above it, as where they work; in the order of names.
fn at_work(conn: &mut Conn, view: View, kind: Kind, region: &RegionCode) -> Result<Vec<Reference>, Error> {
    let above: Vec<&str> =
        region.with_ancestors().skip(1).map(|region| region.entry().code.as_str()).collect();
    let here = terms::facet.eq(Facet::Region.as_str()).and(terms::value.eq(&region.entry().code));
    let around = terms::facet.eq(Facet::Coverage.as_str()).and(terms::value.eq_any(above));
    let named = postings::table
        .inner_join(terms::table)
        .filter(terms::kind.eq(kind.as_str()).and(here.or(around)))
        .select(postings::record);
    let rows: Vec<(DbId, Option<String>, String, bool)> = records::table
        .filter(records::id.eq_any(named))
        .order((records::sort_name, records::id))
        .select((records::id, records::slug, records::name, records::visible))
        .load(conn)?;
    let seen = rows.into_iter().filter(|(.., visible)| view.audience.may_see(*visible));
    Ok(seen
        .map(|(id, slug, name, _)| Reference::Resolved { id: id.into(), label: Some(label(slug, name)) })
        .collect())
}

/// The kinds between which there are connections.
pub const CONNECTED: [Kind; 3] = [Kind::Cluster, Kind::Initiative, Kind::Network];

/// Who is connected with whom, among the records that a filter means.
pub(crate) fn graph(
    conn: &mut Conn,
    view: View,
    kinds: &[Kind],
    terms: &[(Facet, Vec<String>)],
) -> Result<Graph, QueryError> {
    let filter = Filter { terms: terms.to_vec(), ..Filter::default() };
    let mut nodes = Vec::new();
    for &kind in kinds {
        if terms.iter().all(|(facet, _)| Scope::of_kind(kind).facets.contains(facet)) {
            let meaning = Meaning::look_up(conn, view, kind, &filter)?;
            let rows: Vec<(DbId, String)> =
                filtered(&meaning).select((records::id, records::name)).load(conn)?;
            nodes.extend(rows.into_iter().map(|(id, name)| (Id::from(id), kind, name)));
        }
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
    let today = DbDay(view.today());
    let facets = [Facet::Initiative, Facet::Network].map(Facet::as_str);
    let affiliations: Vec<(DbId, String)> = postings::table
        .inner_join(terms::table)
        .filter(terms::kind.eq(Kind::Member.as_str()).and(terms::facet.eq_any(facets)))
        .filter(postings::visible.eq(true))
        .filter(postings::since.le(today).and(postings::until.ge(today)))
        .select((postings::record, terms::value))
        .load(conn)?;
    let mut joined: HashMap<DbId, Vec<Id>> = HashMap::new();
    for (member, organisation) in affiliations {
        joined.entry(member).or_default().extend(Id::parse(&organisation));
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
    let organised = postings::table
        .inner_join(terms::table)
        .filter(terms::kind.eq(Kind::Event.as_str()).and(terms::facet.eq(Facet::Organiser.as_str())))
        .filter(terms::value.eq(&value).and(postings::visible.eq(true)))
        .select(postings::record);
    let rows: Vec<StoredRow> = records::table
        .filter(records::id.eq_any(organised))
        // A month more than counts; the criterion itself looks closely.
        .filter(records::starts_at.ge(DbMoment(begun_since)).and(records::starts_at.le(DbMoment(view.now))))
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
    let meaning = Meaning::look_up(conn, View { audience: Audience::Public, ..view }, Kind::Member, &filter)?;
    for (_, word, number) in facets::of_terms(conn, &meaning, &[Facet::Kind.as_str()])? {
        let kind: MemberKind = serde_json::from_value(word.into())?;
        facts.members_by_kind.insert(kind, number);
    }
    Ok(facts)
}
