//! Text search over all public records.
//!
//! The databases return candidates, at most a thousand per partition and pass. `domain` ranks them, so both
//! databases give the same order.

use crate::{
    audience::Audience,
    batch::Batch,
    connection::{Conn, MultiBackend},
    dialect::Candidate,
    error::Error,
    rows::{Stored, StoredRow},
    schema::records,
    search::{
        partition::{Partition, Scope},
        query_expansion::{Expanded, candidates, corrected, expand, unexpanded},
    },
    types::DbId,
};
use diesel::prelude::*;
use domain::{
    content::Content,
    id::Id,
    kind::Kind,
    kinds::{KindFunction, with_kind},
    reference::ReferenceLabel,
    search::{Highlighter, Ranking, Reach, Score, SearchQuery, Tier},
    slug::Slug,
    terms::Facet,
};
use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet, hash_map::Entry},
};

/// The largest number of candidates per partition and pass, and of hits of a search.
pub const MOST_HITS: usize = 1_000;

/// A search: the query and its filters.
#[derive(Clone, Debug)]
pub struct Search {
    /// The query.
    pub question: SearchQuery,
    /// The kinds to search. Empty means all.
    pub kinds: Vec<Kind>,
    /// Required terms: one value of each facet.
    pub terms: Vec<(Facet, Vec<String>)>,
    /// The last hit of the previous page.
    pub after: Option<Place>,
}

/// The sort key of a hit: score, best first, then kind, name and id.
pub type Place = (Reverse<Score>, Kind, String, Id);

/// A record that matches a search.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The sort key.
    pub place: Place,
    /// Its name and slug.
    pub label: ReferenceLabel,
    /// The name as HTML, with matches marked.
    pub headline: String,
    /// An excerpt of its text as HTML, with matches marked.
    pub snippet: String,
}

/// A record that completes the text typed so far.
#[derive(Clone, Debug)]
pub struct Suggestion {
    /// The kind.
    pub kind: Kind,
    /// The id.
    pub id: Id,
    /// Its name and slug.
    pub label: ReferenceLabel,
    /// The name as HTML, with matches marked.
    pub headline: String,
}

/// Returns at most `limit` hits, best first.
pub(crate) fn search(conn: &mut Conn, search: &Search, limit: usize) -> Result<Batch<Hit>, Error> {
    let scope = Scope::new(Audience::Public, &search.kinds, &search.terms);
    let mut expanded = expand(conn, &search.question, &scope)?;
    let mut places = found(conn, search, &scope, &expanded, limit)?;
    if places.is_empty()
        && let Some(corrected) = corrected(conn, &search.question, &scope, Audience::Public)?
    {
        expanded = corrected;
        places = found(conn, search, &scope, &expanded, limit)?;
    }
    places.sort_unstable();
    places.truncate(MOST_HITS);
    places.retain(|place| is_behind(search, place));
    let Batch { items, more } = Batch::of(places, limit);
    Ok(Batch { items: show(conn, &expanded, items)?, more })
}

/// Whether a place follows the previous page.
fn is_behind(search: &Search, place: &Place) -> bool {
    search.after.as_ref().is_none_or(|after| place > after)
}

/// Returns the places of all matches, unsorted. Stops early when more than `limit` matches are in names, which rank
/// above all others.
fn found(
    conn: &mut Conn,
    search: &Search,
    scope: &Scope,
    expanded: &Expanded,
    limit: usize,
) -> Result<Vec<Place>, Error> {
    let ways = [
        (Reach::WholeNames, Tier::Names),
        (Reach::Names, Tier::Names),
        (Reach::WholeWords, Tier::WholeWords),
        (Reach::Anywhere, Tier::Parts),
    ];
    let mut found: HashMap<DbId, Place> = HashMap::new();
    let mut rankings = Rankings::by(expanded);
    let mut wanted = expanded.clone();
    for (reach, tier) in ways {
        for candidate in candidates(conn, scope, &wanted, reach, MOST_HITS)? {
            if let Entry::Vacant(entry) = found.entry(candidate.record) {
                entry.insert(rankings.place(candidate, tier)?);
            }
        }
        // Full partitions skip the later passes, which find worse matches.
        wanted.retain(|partition, _| {
            found.values().filter(|(_, kind, ..)| *kind == partition.kind).count() < MOST_HITS
        });
        let is_decided = |place: &&Place| place.0.0.is_in_names() && is_behind(search, place);
        let has_all_names = reach != Reach::WholeNames;
        if wanted.is_empty() || has_all_names && found.values().filter(is_decided).count() > limit {
            break;
        }
    }
    Ok(found.into_values().collect())
}

/// Returns at most `limit` records whose names match the text typed so far.
pub(crate) fn suggest(
    conn: &mut Conn,
    question: &SearchQuery,
    kinds: &[Kind],
    limit: usize,
) -> Result<Vec<Suggestion>, Error> {
    let scope = Scope::new(Audience::Public, kinds, &[]);
    let question = &question.clone().while_typing();
    let mut expanded = unexpanded(question, &scope);
    let mut places = named(conn, &scope, &expanded, Reach::NamePrefixes, limit)?;
    if places.is_empty() {
        expanded = match corrected(conn, question, &scope, Audience::Public)? {
            Some(corrected) => corrected,
            None => expand(conn, question, &scope)?,
        };
        places = named(conn, &scope, &expanded, Reach::Names, limit)?;
    }
    let places = balanced(places, limit);
    let ids: Vec<DbId> = places.iter().map(|(.., id)| (*id).into()).collect();
    let rows: Vec<(DbId, String, Option<String>)> = records::table
        .filter(records::id.eq_any(ids).and(records::visible))
        .select((records::id, records::name, records::slug))
        .load(conn)?;
    let mut rows: HashMap<Id, (String, Option<String>)> =
        rows.into_iter().map(|(id, name, slug)| (id.into(), (name, slug))).collect();
    let suggestions = places.into_iter().filter_map(|(_, kind, _, id)| {
        let (name, slug) = rows.remove(&id)?;
        let headline = asked(&expanded, kind).map(|question| Highlighter::new(question).whole(&name));
        let label = ReferenceLabel { kind, slug: slug.and_then(|slug| Slug::try_from(slug).ok()), name };
        Some(headline.map(|headline| Suggestion { kind, id, label, headline }))
    });
    suggestions.collect()
}

/// Picks the best `limit` places and sorts them. The best place of each kind comes first, and members only fill
/// remaining room, so no kind is crowded out by a larger one.
fn balanced(mut places: Vec<Place>, limit: usize) -> Vec<Place> {
    places.sort_unstable();
    let mut seen = HashSet::new();
    let mut ranked: Vec<(bool, bool, Place)> =
        places.into_iter().map(|place| (!seen.insert(place.1), place.1 == Kind::Member, place)).collect();
    ranked.sort_unstable();
    ranked.truncate(limit);
    let mut places: Vec<Place> = ranked.into_iter().map(|(.., place)| place).collect();
    places.sort_unstable();
    places
}

/// Returns the places of records whose names match, unsorted. Members are numerous and slow to find by one or two
/// letters, so they are searched only if the other kinds give fewer than `limit`.
fn named(
    conn: &mut Conn,
    scope: &Scope,
    expanded: &Expanded,
    reach: Reach,
    limit: usize,
) -> Result<Vec<Place>, Error> {
    /// The number of candidates to rank, shared equally between the kinds. Each kind gets at least `limit`.
    const CANDIDATES: usize = 240;
    let (members, others): (Expanded, Expanded) =
        expanded.clone().into_iter().partition(|(partition, _)| partition.kind == Kind::Member);
    let (mut places, mut rankings) = (Vec::new(), Rankings::by(expanded));
    for expanded in [others, members] {
        if places.len() < limit && !expanded.is_empty() {
            let most = limit.max(CANDIDATES / expanded.len());
            for candidate in candidates(conn, scope, &expanded, reach, most)? {
                places.push(rankings.place(candidate, Tier::Names)?);
            }
        }
    }
    Ok(places)
}

/// Returns the expanded query of the public records of a kind.
fn asked(expanded: &Expanded, kind: Kind) -> Result<&SearchQuery, Error> {
    let partition = Partition { kind, visible: true };
    expanded.get(&partition).ok_or_else(|| Error::Corrupt(format!("{kind:?} in the search index")))
}

/// The rankings of public records, by kind.
struct Rankings<'a>(HashMap<Kind, Ranking<'a>>);

impl<'a> Rankings<'a> {
    fn by(expanded: &'a Expanded) -> Self {
        let visible = expanded.iter().filter(|(partition, _)| partition.visible);
        Self(visible.map(|(partition, question)| (partition.kind, Ranking::by(question))).collect())
    }

    /// Computes the place of a candidate.
    fn place(&mut self, candidate: Candidate, tier: Tier) -> Result<Place, Error> {
        let Candidate { record, kind, sort_name, names } = candidate;
        let corrupt = || Error::Corrupt(format!("{kind} in the search index"));
        let kind = Kind::parse(&kind).ok_or_else(corrupt)?;
        let ranking = self.0.get_mut(&kind).ok_or_else(corrupt)?;
        Ok((Reverse(ranking.score(&names, tier, kind)), kind, sort_name, record.into()))
    }
}

/// Reads the records at some places and highlights them.
fn show(conn: &mut Conn, expanded: &Expanded, places: Vec<Place>) -> Result<Vec<Hit>, Error> {
    let ids: Vec<DbId> = places.iter().map(|(.., id)| (*id).into()).collect();
    let rows: Vec<(String, StoredRow)> = records::table
        .filter(records::id.eq_any(ids))
        .select((records::name, <StoredRow as Selectable<MultiBackend>>::construct_selection()))
        .load(conn)?;
    let mut rows: HashMap<Id, (String, StoredRow)> =
        rows.into_iter().map(|(name, row)| (row.id.into(), (name, row))).collect();
    let hits = places.into_iter().filter_map(|place| {
        let (name, row) = rows.remove(&place.3).filter(|(_, row)| row.visible)?;
        let kind = place.1;
        let show = |question| with_kind(kind, Show { question, place, name, row });
        Some(asked(expanded, kind).and_then(show))
    });
    hits.collect()
}

/// Builds a hit from a record of a kind.
struct Show<'a> {
    question: &'a SearchQuery,
    place: Place,
    name: String,
    row: StoredRow,
}

impl KindFunction for Show<'_> {
    type Output = Result<Hit, Error>;

    fn call<C: Content>(self) -> Self::Output {
        let Self { question, place, name, row } = self;
        let stored = Stored::<C>::read(row)?;
        let highlighter = Highlighter::new(question);
        Ok(Hit {
            headline: highlighter.whole(&name),
            snippet: highlighter.snippet(&stored.content),
            label: ReferenceLabel { kind: C::KIND, slug: stored.slug(), name },
            place,
        })
    }
}
