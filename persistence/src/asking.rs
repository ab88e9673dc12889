//! Everything that can be asked of the [`Store`].

use crate::{
    audience::{Audience, View},
    changes::{self, Changes},
    completing,
    connection::Conn,
    dialect,
    error::{Error, QueryError},
    facets::{self, FacetCount},
    history::{self, AuditFilter, Deed, Version},
    insight::{self, Atlas, KindNumbers},
    past,
    reading::{self, Found, List},
    searching::{self, Hit, Search},
    store::{Store, in_transaction},
    sync,
};
use chrono::{DateTime, Utc};
use domain::{
    admission::{self, Admission},
    content::Content,
    graph::Graph,
    id::Id,
    initiative::Initiative,
    kind::{Kind, with_kind},
    member::Member,
    query::{Filter, Query, Scope},
    record::Record,
    scalar::ExternalId,
    search::Question,
    slug::Key,
    sync::{Rejection, Run},
    terms::Facet,
    vocabulary::{ChamberCode, RegionCode},
};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

impl Store {
    /// One record, as it is or as the public saw it at a moment.
    ///
    /// # Errors
    /// [`QueryError::Faults`] for a moment that has not come yet.
    pub fn find<C: Content>(
        &self,
        audience: Audience,
        key: &Key,
        as_of: Option<DateTime<Utc>>,
    ) -> Result<Found<Record<C>>, QueryError> {
        self.look(audience, as_of, |conn, view| {
            let mut found = reading::find::<C>(conn, view.audience, key)?;
            if let Some(number) = view.past {
                // Under which slug it stood then is of no interest: each that it ever had leads to it.
                if let Found::Moved(slug) = found {
                    found = reading::find::<C>(conn, view.audience, &Key::Slug(slug))?;
                }
                found = found.then(|stored| past::find::<C>(conn, number, stored.row.id))?;
            }
            Ok(found.then(|stored| {
                Ok::<_, Error>(completing::complete(conn, view, vec![stored])?.into_iter().next())
            })?)
        })
    }

    /// One page of a list, at most `limit` records.
    ///
    /// # Errors
    /// [`QueryError::Faults`] for filters that name what does not exist.
    pub fn list<C: Content>(
        &self,
        audience: Audience,
        query: &Query,
        limit: usize,
    ) -> Result<List<C>, QueryError> {
        self.look(audience, query.as_of, |conn, view| reading::page(conn, view, query, limit))
    }

    /// Counts the records that a filter means, by every facet of their kind.
    ///
    /// # Errors
    /// As [`Store::list`].
    pub fn facets(
        &self,
        audience: Audience,
        scope: &Scope,
        filter: &Filter,
        as_of: Option<DateTime<Utc>>,
    ) -> Result<BTreeMap<Facet, Vec<FacetCount>>, QueryError> {
        self.look(audience, as_of, |conn, view| facets::count(conn, view, scope, scope.facets, filter))
    }

    /// Some records by id, as JSON, as far as the public sees them.
    ///
    /// # Errors
    /// When the database fails.
    pub fn public_records(&self, kind: Kind, ids: &[Id]) -> Result<HashMap<Id, Value>, QueryError> {
        self.look(Audience::Public, None, |conn, view| {
            Ok(with_kind(kind, reading::AsJson { conn, view, ids })?)
        })
    }

    /// Hits of a search, the best first, at most `limit`; whether more follow.
    ///
    /// # Errors
    /// When the database fails.
    pub fn search(
        &self,
        audience: Audience,
        search: &Search,
        limit: usize,
    ) -> Result<(Vec<Hit>, bool), Error> {
        searching::search(&mut *self.connections.reader()?, audience, search, limit)
    }

    /// Records whose names begin as what was typed so far, the best first, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub fn suggest(
        &self,
        audience: Audience,
        question: &Question,
        kinds: &[Kind],
        limit: usize,
    ) -> Result<Vec<Hit>, Error> {
        searching::suggest(&mut *self.connections.reader()?, audience, question, kinds, limit)
    }

    /// The public changes behind a position, at most `limit`, of some kinds or of all.
    ///
    /// # Errors
    /// When the database fails.
    pub fn changes(&self, position: i64, kinds: &[Kind], limit: usize) -> Result<Changes, Error> {
        changes::since(&mut *self.connections.reader()?, position, kinds, limit)
    }

    /// The number of the last change; 0 when there was none.
    ///
    /// # Errors
    /// When the database fails.
    pub fn last_change(&self) -> Result<i64, Error> {
        changes::last(&mut *self.connections.reader()?)
    }

    /// The number of the last change, now or at a moment; 0 when there was none.
    ///
    /// # Errors
    /// [`QueryError::Faults`] for a moment that has not come yet.
    pub fn position(&self, as_of: Option<DateTime<Utc>>) -> Result<i64, QueryError> {
        let conn = &mut *self.connections.reader()?;
        match as_of {
            Some(as_of) => past::number_at(conn, as_of, self.now()),
            None => Ok(changes::last(conn)?),
        }
    }

    /// A position in the feed as it is given out: the number, and of which database it is.
    pub fn cursor(&self, position: i64) -> String {
        format!("{position}-{}", self.identity)
    }

    /// Reads a cursor, or the bare number of a change.
    ///
    /// # Errors
    /// A sentence for the caller when it is neither, or was given out by another database.
    pub fn position_of(&self, cursor: &str) -> Result<i64, String> {
        let (number, identity) = match cursor.split_once('-') {
            Some((number, identity)) => (number, Some(identity)),
            None => (cursor, None),
        };
        let position = number.parse().ok().filter(|number| *number >= 0);
        if position.is_some() && identity.is_some_and(|identity| *identity != *self.identity) {
            return Err("is a cursor of another server: begin again, without it".to_owned());
        }
        position.ok_or_else(|| "must be a cursor of the feed, or the number ('seq') of a change".to_owned())
    }

    /// The versions of a record before one of them, latest first, at most `limit`; whether more follow.
    ///
    /// # Errors
    /// When the database fails.
    pub fn versions<C: Content>(
        &self,
        audience: Audience,
        key: &Key,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Found<(Vec<Version>, bool)>, Error> {
        let conn = &mut *self.connections.reader()?;
        match (reading::find::<C>(conn, audience, key)?, key) {
            // What was erased has versions without content.
            (Found::Nowhere, Key::Id(id)) if history::is_known(conn, C::KIND, *id)? => {
                Ok(Found::Here(history::versions(conn, *id, before, limit)?))
            }
            (found, _) => found.then(|stored| history::versions(conn, stored.id(), before, limit).map(Some)),
        }
    }

    /// A record as it was in one of its versions.
    ///
    /// # Errors
    /// When the database fails.
    pub fn version<C: Content>(
        &self,
        audience: Audience,
        key: &Key,
        version: i64,
    ) -> Result<Found<Record<C>>, Error> {
        let conn = &mut *self.connections.reader()?;
        let view = View { audience, now: self.now(), past: None };
        reading::find::<C>(conn, audience, key)?.then(|stored| {
            let stored = history::version::<C>(conn, stored.id(), version)?;
            Ok(completing::complete(conn, view, stored.into_iter().collect())?.into_iter().next())
        })
    }

    /// Who did what, latest first, at most `limit`; whether more follow.
    ///
    /// # Errors
    /// When the database fails.
    pub fn audit(&self, filter: &AuditFilter, limit: usize) -> Result<(Vec<Deed>, bool), Error> {
        history::audit(&mut *self.connections.reader()?, filter, limit)
    }

    /// The numbers of some kinds, narrowed by terms; kinds that do not know one of these facets are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub fn numbers(
        &self,
        audience: Audience,
        kinds: &[Kind],
        terms: &[(Facet, Vec<String>)],
    ) -> Result<Vec<KindNumbers>, QueryError> {
        self.look(audience, None, |conn, view| insight::numbers(conn, view, kinds, terms))
    }

    /// What there is in a region.
    ///
    /// # Errors
    /// When the database fails.
    pub fn atlas(&self, audience: Audience, region: &RegionCode) -> Result<Atlas, QueryError> {
        self.look(audience, None, |conn, view| insight::atlas(conn, view, region))
    }

    /// Who is connected with whom, among the records of some kinds that have these terms.
    ///
    /// # Errors
    /// When the database fails.
    pub fn graph(
        &self,
        audience: Audience,
        kinds: &[Kind],
        terms: &[(Facet, Vec<String>)],
    ) -> Result<Graph, QueryError> {
        self.look(audience, None, |conn, view| insight::graph(conn, view, kinds, terms))
    }

    /// The criteria of admission, checked for an initiative.
    ///
    /// # Errors
    /// When the database fails.
    pub fn admission(&self, audience: Audience, key: &Key) -> Result<Found<Admission>, QueryError> {
        self.look(audience, None, |conn, view| {
            let found = reading::find::<Initiative>(conn, audience, key)?;
            found.then(|stored| {
                let facts = insight::facts(conn, view, stored.id())?;
                Ok(Some(admission::check(&stored.content, &facts)))
            })
        })
    }

    /// The member that a chamber calls so, deleted or not.
    ///
    /// # Errors
    /// When the database fails.
    pub fn member(
        &self,
        chamber: ChamberCode,
        external_id: &ExternalId,
    ) -> Result<Option<Record<Member>>, QueryError> {
        self.look(Audience::Chamber(chamber), None, |conn, view| {
            let stored = reading::member(conn, chamber, external_id)?;
            Ok(completing::complete(conn, view, stored.into_iter().collect())?.into_iter().next())
        })
    }

    /// One run of a chamber.
    ///
    /// # Errors
    /// When the database fails.
    pub fn run(&self, chamber: ChamberCode, id: Id) -> Result<Option<Run>, Error> {
        sync::find(&mut *self.connections.reader()?, chamber, id)
    }

    /// The runs of a chamber before one of them, latest first, at most `limit`, without their rejections; whether more
    /// follow.
    ///
    /// # Errors
    /// When the database fails.
    pub fn runs(
        &self,
        chamber: ChamberCode,
        before: Option<Id>,
        limit: usize,
    ) -> Result<(Vec<Run>, bool), Error> {
        sync::list(&mut *self.connections.reader()?, chamber, before, limit)
    }

    /// The rejections of a run behind a line, at most `limit`; whether more follow.
    ///
    /// # Errors
    /// When the database fails.
    pub fn rejections(&self, run: Id, after: u64, limit: usize) -> Result<(Vec<Rejection>, bool), Error> {
        sync::rejections(&mut *self.connections.reader()?, run, after, limit)
    }

    /// Looks at the landscape as it is, or as the public saw it at a moment: then in one transaction, so that no
    /// record changes between two looks.
    fn look<T>(
        &self,
        audience: Audience,
        as_of: Option<DateTime<Utc>>,
        look: impl FnOnce(&mut Conn, View) -> Result<T, QueryError>,
    ) -> Result<T, QueryError> {
        let conn = &mut *self.connections.reader()?;
        let now = self.now();
        let Some(as_of) = as_of else {
            return look(conn, View { audience, now, past: None });
        };
        in_transaction(conn, dialect::begin_read, |conn| {
            let past = Some(past::number_at(conn, as_of, now)?);
            look(conn, View { audience: Audience::Public, now: as_of, past })
        })
    }
}
