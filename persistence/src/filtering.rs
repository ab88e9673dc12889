//! What a filter means, and the statements that mean it.

use crate::{
    audience::{Audience, View},
    connection::{Conn, MultiBackend},
    deriving::{self, EVERY_RECORD},
    dialect::{self, Among},
    error::{Error, QueryError},
    labels::{Targets, dangling},
    preparing::Prepared,
    schema::{records, revisions, terms},
    searching,
    types::{DbId, DbMoment},
};
use chrono::NaiveDate;
use diesel::{
    dsl::{exists, not, sql},
    prelude::*,
    sql_types::{Bool, Double, Text},
};
use domain::{
    fault::Faults,
    kind::Kind,
    place::Location,
    query::Filter,
    search::{Question, Reach, WantedToken},
    slug::Key,
    terms::Facet,
};

/// A filter of which every word has been looked up.
pub(crate) struct Meaning<'a> {
    pub(crate) audience: Audience,
    pub(crate) kind: Kind,
    pub(crate) today: NaiveDate,
    pub(crate) filter: &'a Filter,
    /// The condition on the text, when there is one.
    text: Option<TextCondition>,
    /// Facet by facet, the values of which one must be there; the rarest first.
    pub(crate) terms: Vec<Wanted>,
    /// How many records of the kind the audience sees.
    pub(crate) total: i64,
    /// Only records that have not changed since this number.
    pub(crate) unchanged_since: Option<i64>,
}

/// The values of a facet of which a record must have one.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) facet: Facet,
    pub(crate) values: Vec<String>,
    /// How many records have them, each counted once for each.
    pub(crate) count: i64,
}

impl Wanted {
    /// Whether all records have it: of a single value each is counted once.
    pub(crate) fn is_common(&self, total: i64) -> bool {
        self.values.len() == 1 && self.count == total
    }
}

impl<'a> Meaning<'a> {
    /// Looks up the records and words that a filter names; a few statements, and none when it names none.
    ///
    /// # Errors
    /// [`QueryError::Faults`] for a reference that does not exist or may not be seen.
    pub(crate) fn look_up(
        conn: &mut Conn,
        view: View,
        kind: Kind,
        filter: &'a Filter,
    ) -> Result<Self, QueryError> {
        let View { audience, past, .. } = view;
        let mut faults = Faults::new();
        if filter.statuses.iter().any(|&status| !audience.may_ask_for(status)) {
            faults.malformed("status", "needs a token that may see drafts");
        }
        let mut terms = filter.terms.clone();
        terms.extend(references(conn, audience, filter, &mut faults)?);
        faults.or(()).map_err(QueryError::Faults)?;
        let today = view.today();
        let (terms, total) = count(conn, audience, kind, terms, today)?;
        let text = match &filter.question {
            Some(question) => {
                let scope = searching::scope(audience, &[kind], &[]);
                let question = match past {
                    None => searching::resolve(conn, question.clone(), &scope)?,
                    Some(number) => searching::resolve_past(conn, question.clone(), kind, number)?,
                };
                Some(TextCondition::new(conn, question, scope))
            }
            None => None,
        };
        Ok(Self { audience, kind, today, filter, text, terms, total, unchanged_since: past })
    }

    /// The term along which a page by name is walked: the rarest of which there is one value. `None` where the filter
    /// asks for more than terms, or the audience for more than what is public.
    pub(crate) fn driver(&self) -> Option<usize> {
        let is_of_terms =
            self.audience == Audience::Public && self.filter.is_of_terms() && self.unchanged_since.is_none();
        is_of_terms.then(|| self.terms.iter().position(|wanted| wanted.values.len() == 1)).flatten()
    }
}

/// What the references of a filter name, as terms.
fn references(
    conn: &mut Conn,
    audience: Audience,
    filter: &Filter,
    faults: &mut Faults,
) -> Result<Vec<(Facet, Vec<String>)>, Error> {
    let keys: Vec<(Key, &'static [Kind])> = filter
        .references
        .iter()
        .flat_map(|(facet, keys)| keys.iter().map(|key| (key.clone(), facet.targets())))
        .collect();
    let mut targets = Targets::default();
    targets.look_up(conn, &keys)?;
    let mut terms = Vec::new();
    for (facet, keys) in &filter.references {
        let mut values = Vec::new();
        for key in keys {
            match targets.find(key, facet.targets()).filter(|found| audience.may_see(found.visible)) {
                Some(found) => values.push(found.id.to_string()),
                None => {
                    faults.malformed(facet.as_str(), format!("'{key}' {}", dangling(facet.targets())));
                }
            }
        }
        terms.push((*facet, values));
    }
    Ok(terms)
}

/// How many records have the terms, the rarest first, and how many there are.
fn count(
    conn: &mut Conn,
    audience: Audience,
    kind: Kind,
    terms: Vec<(Facet, Vec<String>)>,
    today: NaiveDate,
) -> Result<(Vec<Wanted>, i64), Error> {
    if terms.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let (every_facet, every_value) = EVERY_RECORD;
    let facets: Vec<&str> = terms.iter().map(|(facet, _)| facet.as_str()).chain([every_facet]).collect();
    let values: Vec<String> =
        terms.iter().flat_map(|(_, values)| values.clone()).chain([every_value.to_owned()]).collect();
    let counts = deriving::counts(conn, kind.as_str(), audience.visible(), &facets, Some(&values), today)?;
    let number = |facet: &str, value: &str| {
        counts.iter().find(|(found, has, _)| found == facet && has == value).map_or(0, |(.., number)| *number)
    };
    let mut wanted: Vec<Wanted> = terms
        .into_iter()
        .map(|(facet, values)| {
            let count = values.iter().map(|value| number(facet.as_str(), value)).sum();
            Wanted { facet, values, count }
        })
        .collect();
    wanted.sort_by_key(|wanted| wanted.count);
    Ok((wanted, number(every_facet, every_value)))
}

/// That a record is among those whose text matches.
struct TextCondition {
    question: Question,
    before: &'static str,
    expression: String,
    after: &'static str,
}

impl TextCondition {
    fn new(conn: &Conn, question: Question, mut groups: Vec<Vec<WantedToken>>) -> Self {
        groups.extend(question.tokens(Reach::Anywhere));
        let (before, after) = dialect::text_condition(conn);
        Self { question, before, expression: dialect::expression(conn, &groups), after }
    }
}

/// Whether a question finds a public record of a kind that has not changed since a revision.
pub(crate) fn is_unchanged_anywhere(
    conn: &mut Conn,
    question: &Question,
    kind: Kind,
    number: i64,
) -> Result<bool, Error> {
    let scope = searching::scope(Audience::Public, &[kind], &[]);
    let meaning = Meaning {
        audience: Audience::Public,
        kind,
        today: NaiveDate::default(),
        filter: &Filter::default(),
        text: Some(TextCondition::new(conn, question.clone(), scope)),
        terms: Vec::new(),
        total: 0,
        unchanged_since: Some(number),
    };
    let found: Option<DbId> = filtered(&meaning).select(records::id).first(conn).optional()?;
    Ok(found.is_some())
}

/// The terms that a walk along one of them gives, in the order of names: the others are probed for each.
pub(crate) fn walked<'a>(meaning: &'a Meaning<'_>, driver: usize) -> terms::BoxedQuery<'a, MultiBackend> {
    let mut query = terms::table.filter(terms::kind.eq(meaning.kind.as_str())).into_boxed();
    query = query.filter(terms::visible.eq(true));
    query = query.filter(terms::since.le(meaning.today).and(terms::until.ge(meaning.today)));
    for (index, Wanted { facet, values, .. }) in meaning.terms.iter().enumerate() {
        if index == driver {
            query = query.filter(terms::facet.eq(facet.as_str()));
            // One value, so that the walk is in order.
            if let Some(value) = values.first() {
                query = query.filter(terms::value.eq(value));
            }
        } else {
            let probe = diesel::alias!(terms as probe);
            let other = probe
                .filter(probe.field(terms::kind).eq(meaning.kind.as_str()))
                .filter(probe.field(terms::facet).eq(facet.as_str()))
                .filter(probe.field(terms::value).eq_any(values))
                .filter(probe.field(terms::visible).eq(true))
                .filter(probe.field(terms::sort_name).eq(terms::sort_name))
                .filter(probe.field(terms::record).eq(terms::record))
                .filter(probe.field(terms::since).le(meaning.today))
                .filter(probe.field(terms::until).ge(meaning.today))
                // Keeps planners from turning the probes into a join of everything with everything.
                .offset(0);
            query = query.filter(exists(other));
        }
    }
    query
}

/// The statement that means these records.
pub(crate) fn filtered<'a>(meaning: &'a Meaning<'_>) -> records::BoxedQuery<'a, MultiBackend> {
    let Meaning { audience, kind, today, filter, text, terms: facets, .. } = meaning;
    let mut query = records::table.filter(records::kind.eq(kind.as_str())).into_boxed();
    if *audience == Audience::Public {
        query = query.filter(records::visible.eq(true));
    }
    if !filter.statuses.is_empty() {
        query = query.filter(records::status.eq_any(filter.statuses.iter().map(|status| status.as_str())));
    }
    if !filter.ids.is_empty() {
        query = query.filter(records::id.eq_any(filter.ids.iter().map(|id| DbId::from(*id))));
    }
    if let Some(TextCondition { before, expression, after, .. }) = text {
        query = query.filter(sql::<Bool>(before).bind::<Text, _>(expression).sql(after));
    }
    if let Some(number) = meaning.unchanged_since {
        let later = revisions::table.filter(revisions::record.eq(records::id).and(revisions::seq.gt(number)));
        query = query.filter(not(exists(later)));
    }
    if let Some(moment) = filter.updated_since {
        query = query.filter(records::updated_at.ge(DbMoment(moment)));
    }
    if let Some(moment) = filter.from {
        query = query.filter(records::ends_at.ge(DbMoment(moment)));
    }
    if let Some(moment) = filter.to {
        query = query.filter(records::starts_at.le(DbMoment(moment)));
    }
    if let Some(area) = filter.bbox {
        query = query.filter(records::lat.ge(area.south).and(records::lat.le(area.north)));
        query = if area.west <= area.east {
            query.filter(records::lon.ge(area.west).and(records::lon.le(area.east)))
        } else {
            query.filter(records::lon.ge(area.west).or(records::lon.le(area.east)))
        };
    }
    if let Some(circle) = filter.near {
        let [x, y, z] = circle.centre.unit_vector();
        query = query.filter(
            sql::<Bool>("records.x * ")
                .bind::<Double, _>(x)
                .sql(" + records.y * ")
                .bind::<Double, _>(y)
                .sql(" + records.z * ")
                .bind::<Double, _>(z)
                .sql(" >= ")
                .bind::<Double, _>(circle.least_product()),
        );
    }
    for (index, Wanted { facet, values, count }) in facets.iter().enumerate() {
        if index == 0 && *count <= FEW {
            // So few that they are better looked at one by one than looked for.
            let term = terms::table
                .filter(terms::kind.eq(kind.as_str()).and(terms::facet.eq(facet.as_str())))
                .filter(terms::value.eq_any(values))
                .filter(terms::since.le(*today).and(terms::until.ge(*today)))
                .select(terms::record)
                .into_boxed();
            query = query.filter(Among::new(records::id, term));
            continue;
        }
        // The whole key of the term but its value, so that each probe is one step down its index.
        let term = terms::table
            .filter(terms::kind.eq(kind.as_str()).and(terms::facet.eq(facet.as_str())))
            .filter(terms::value.eq_any(values))
            .filter(terms::visible.eq(records::visible))
            .filter(terms::sort_name.eq(records::sort_name).and(terms::record.eq(records::id)))
            .filter(terms::since.le(*today).and(terms::until.ge(*today)))
            .offset(0);
        query = query.filter(exists(term));
    }
    query
}

/// So many records with a term are few.
const FEW: i64 = 2_000;

/// Whether a state of a record is among those that [`filtered`] means: the same conditions on rows that are in no
/// table, since they are past.
pub(crate) fn matches(meaning: &Meaning<'_>, prepared: &Prepared) -> bool {
    let Meaning { audience, today, filter, text, terms: wanted, .. } = meaning;
    let Prepared { record, terms, document, .. } = prepared;
    let place = record.lat.zip(record.lon).map(|(lat, lon)| Location { lat, lon });
    let has_term = |wanted: &Wanted| {
        terms.iter().any(|term| {
            term.facet == wanted.facet.as_str()
                && wanted.values.contains(&term.value)
                && term.since <= *today
                && term.until >= *today
        })
    };
    audience.may_see(record.visible)
        && (filter.statuses.is_empty()
            || filter.statuses.iter().any(|status| status.as_str() == record.status))
        && (filter.ids.is_empty() || filter.ids.contains(&record.id.into()))
        && text.as_ref().is_none_or(|text| text.question.matches(document))
        && filter.updated_since.is_none_or(|moment| record.updated_at.0 >= moment)
        && filter.from.is_none_or(|moment| record.ends_at.0 >= moment)
        && filter.to.is_none_or(|moment| record.starts_at.0 <= moment)
        && filter.bbox.is_none_or(|area| place.is_some_and(|place| area.contains(place)))
        && filter.near.is_none_or(|circle| place.is_some_and(|place| circle.contains(place)))
        && wanted.iter().all(has_term)
}
