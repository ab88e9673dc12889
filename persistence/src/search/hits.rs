//! Text search over everything public.
//!
//! The databases give candidates, the first thousand of each sort; how good they are is reckoned in `domain`, so that
//! both rank alike.

use crate::{
    audience::Audience,
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

/// How many candidates of each sort are ranked, and how many hits a search has at the most.
pub const MOST_HITS: usize = 1_000;

/// What is searched for, and where.
#[derive(Clone, Debug)]
pub struct Search {
    /// What is asked.
    pub question: SearchQuery,
    /// Among these kinds; empty: all.
    pub kinds: Vec<Kind>,
    /// With one of these values, facet by facet.
    pub terms: Vec<(Facet, Vec<String>)>,
    /// Behind this hit of the page before.
    pub after: Option<Place>,
}

/// Where a hit stands in the order: best first, then by kind, name and id.
pub type Place = (Reverse<Score>, Kind, String, Id);

/// A record that was found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Where it stands.
    pub place: Place,
    /// What it is.
    pub label: ReferenceLabel,
    /// Its name as HTML, with what was found marked.
    pub headline: String,
    /// A stretch of its text as HTML, with what was found marked.
    pub snippet: String,
}

/// A record that may be meant by what was typed so far.
#[derive(Clone, Debug)]
pub struct Suggestion {
    /// Which kind it is.
    pub kind: Kind,
    /// Its identity.
    pub id: Id,
    /// What it is.
    pub label: ReferenceLabel,
    /// Its name as HTML, with what was found marked.
    pub headline: String,
}

/// One page of hits, at most `limit`; whether more follow.
pub(crate) fn search(conn: &mut Conn, search: &Search, limit: usize) -> Result<(Vec<Hit>, bool), Error> {
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
    let more = places.len() > limit;
    places.truncate(limit);
    Ok((show(conn, &expanded, places)?, more))
}

/// Whether a place is behind the page before.
fn is_behind(search: &Search, place: &Place) -> bool {
    search.after.as_ref().is_none_or(|after| place > after)
}

/// The places of everything that a question finds, in no order; where more than `limit` are so good that no others come
/// before them, of those only.
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
        // Those that are full need no less good matches.
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

/// Records whose names begin as what was typed so far, at most `limit`.
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
        let label = ReferenceLabel { slug: slug.and_then(|slug| Slug::try_from(slug).ok()), name };
        Some(headline.map(|headline| Suggestion { kind, id, label, headline }))
    });
    suggestions.collect()
}

/// The best of some places, at most `limit`, best first: of each kind the best one, and members only where the others
/// leave room. So no kind is crowded out by another that has many records.
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

/// The places of records that a question finds by their names, in no order; members, who are many and slow to find by a
/// letter or two, only where the others are too few.
fn named(
    conn: &mut Conn,
    scope: &Scope,
    expanded: &Expanded,
    reach: Reach,
    limit: usize,
) -> Result<Vec<Place>, Error> {
    /// So many are ranked, of each kind as many, and at least as many as are wanted.
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

/// What a question means among the records of a kind that the public sees.
fn asked(expanded: &Expanded, kind: Kind) -> Result<&SearchQuery, Error> {
    let partition = Partition { kind, visible: true };
    expanded.get(&partition).ok_or_else(|| Error::Corrupt(format!("{kind:?} in the search index")))
}

/// The ranking of the records of each kind that the public sees.
struct Rankings<'a>(HashMap<Kind, Ranking<'a>>);

impl<'a> Rankings<'a> {
    fn by(expanded: &'a Expanded) -> Self {
        let visible = expanded.iter().filter(|(partition, _)| partition.visible);
        Self(visible.map(|(partition, question)| (partition.kind, Ranking::by(question))).collect())
    }

    /// Where a candidate stands.
    fn place(&mut self, candidate: Candidate, tier: Tier) -> Result<Place, Error> {
        let Candidate { record, kind, sort_name, names } = candidate;
        let corrupt = || Error::Corrupt(format!("{kind} in the search index"));
        let kind = Kind::parse(&kind).ok_or_else(corrupt)?;
        let ranking = self.0.get_mut(&kind).ok_or_else(corrupt)?;
        Ok((Reverse(ranking.score(&names, tier, kind)), kind, sort_name, record.into()))
    }
}

/// The hits at some places.
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

/// Makes a hit of a record, once its kind is known.
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
            label: ReferenceLabel { slug: stored.slug(), name },
            place,
        })
    }
}
