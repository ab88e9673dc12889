//! Reads of the landscape.

use crate::{
    audience::{Audience, View},
    batch::Batch,
    connection::Conn,
    error::{Error, QueryError, ReadError},
    index::CacheAccess,
    past::{self, Past},
    query::{
        addresses::{self, Address},
        completing,
        extent::{self, Extent},
        facets::{self, FacetCount},
        insight::{self, Atlas, KindNumbers, Part},
        page::{self, List},
        record::{self, Found},
        resolved::ResolvedFilter,
    },
    search::hits::{self, Hit, Search, Suggestion},
    store::{Store, in_snapshot},
    sync,
};
use chrono::{DateTime, Utc};
use domain::{
    admission::{self, Admission},
    content::Content,
    graph::Graph,
    id::Id,
    initiative::Initiative,
    kind::Kind,
    kinds::with_kind,
    member::Member,
    query::{Filter, Query, Scope},
    record::Record,
    scalar::ExternalId,
    search::SearchQuery,
    slug::Key,
    sync::{Rejection, Run},
    terms::Facet,
    vocabulary::{ChamberCode, RegionCode},
};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

impl Store {
    /// Returns one record, as it is or as the public saw it at a moment.
    ///
    /// # Errors
    /// [`QueryError::Faults`] if the moment is in the future.
    pub fn find<C: Content>(
        &self,
        audience: Audience,
        key: &Key,
        as_of: Option<DateTime<Utc>>,
    ) -> Result<Found<Record<C>>, QueryError> {
        self.look(audience, as_of, |conn, view| {
            let mut found = record::find::<C>(conn, view.audience, key)?;
            if let Some(past) = view.past {
                // The slug of that moment does not matter: every slug that the record ever had leads to it.
                if let Found::Moved(slug) = found {
                    found = record::find::<C>(conn, view.audience, &Key::Slug(slug))?;
                }
                if let Found::Here(stored) = &found {
                    found = past::find::<C>(conn, past, stored.row.id)?;
                }
            }
            Ok(found.then(|stored| {
                Ok::<_, Error>(completing::complete(conn, view, vec![stored])?.into_iter().next())
            })?)
        })
    }

    /// Returns one page of a collection, at most `limit` records.
    ///
    /// # Errors
    /// [`QueryError::Faults`] if a filter names something that does not exist.
    pub fn list<C: Content>(
        &self,
        audience: Audience,
        query: &Query,
        limit: usize,
    ) -> Result<List<C>, QueryError> {
        self.look(audience, query.as_of, |conn, view| page::page(conn, view, query, limit))
    }

    /// Returns the records that were withdrawn since a moment, in the state that the public saw last, if that state
    /// matches a filter. Their `updated_at` is the moment of the withdrawal. At most 1,000, latest first.
    ///
    /// # Errors
    /// See [`Store::list`].
    pub fn withdrawn<C: Content>(
        &self,
        filter: &Filter,
        since: DateTime<Utc>,
    ) -> Result<Vec<Record<C>>, QueryError> {
        self.look(Audience::Public, None, |conn, view| {
            let resolved = ResolvedFilter::resolve(conn, view, C::KIND, filter)?;
            let stored = past::withdrawn::<C>(conn, &resolved, since.into())?;
            Ok(stored
                .into_iter()
                .map(|stored| stored.into_record(view.personal_data_day()))
                .collect::<Result<_, _>>()?)
        })
    }

    /// Counts the public records of a kind.
    ///
    /// # Errors
    /// If the database fails.
    pub fn count_public(&self, kind: Kind) -> Result<i64, Error> {
        self.on_any(|conn| addresses::count(conn, kind))
    }

    /// Returns the addresses of public records of a kind, least recently changed first.
    ///
    /// # Errors
    /// If the database fails.
    pub fn public_addresses(&self, kind: Kind, offset: i64, limit: i64) -> Result<Vec<Address>, Error> {
        self.on_any(|conn| addresses::of_kind(conn, kind, offset, limit))
    }

    /// Counts the records that match a filter, by every facet of their kind.
    ///
    /// # Errors
    /// See [`Store::list`].
    pub fn facets(
        &self,
        audience: Audience,
        scope: &Scope,
        filter: &Filter,
        as_of: Option<DateTime<Utc>>,
    ) -> Result<BTreeMap<Facet, Vec<FacetCount>>, QueryError> {
        self.look(audience, as_of, |conn, view| facets::count(conn, view, scope, scope.facets, filter))
    }

    /// Returns the extent of the public records of a kind that have a location. `None` if there are none.
    ///
    /// # Errors
    /// If the database fails.
    pub fn extent(&self, kind: Kind) -> Result<Option<Extent>, QueryError> {
        self.look(Audience::Public, None, |conn, view| extent::extent(conn, view, kind))
    }

    /// Returns records by id, as JSON. Records that are not public are omitted.
    ///
    /// # Errors
    /// If the database fails.
    pub fn public_records(&self, kind: Kind, ids: &[Id]) -> Result<HashMap<Id, Value>, QueryError> {
        self.look(Audience::Public, None, |conn, view| {
            Ok(with_kind(kind, record::AsJson { conn, view, ids })?)
        })
    }

    /// Searches all public records. Returns at most `limit` hits, best first.
    ///
    /// # Errors
    /// If the database fails.
    pub fn search(&self, search: &Search, limit: usize) -> Result<Batch<Hit>, Error> {
        self.read(|conn, _| hits::search(conn, search, limit))
    }

    /// Returns at most `limit` public records whose names match the text typed so far, best first.
    ///
    /// # Errors
    /// If the database fails.
    pub fn suggest(
        &self,
        question: &SearchQuery,
        kinds: &[Kind],
        limit: usize,
    ) -> Result<Vec<Suggestion>, Error> {
        self.read(|conn, _| hits::suggest(conn, question, kinds, limit))
    }

    /// Returns the public statistics of a part of the landscape.
    ///
    /// # Errors
    /// [`QueryError::Faults`] if a reference names something that does not exist.
    pub fn numbers(&self, part: &Part) -> Result<Vec<KindNumbers>, QueryError> {
        self.look(Audience::Public, None, |conn, view| insight::numbers(conn, view, part))
    }

    /// Returns what is public in a region.
    ///
    /// # Errors
    /// If the database fails.
    pub fn atlas(&self, region: &RegionCode) -> Result<Atlas, QueryError> {
        self.look(Audience::Public, None, |conn, view| insight::atlas(conn, view, region))
    }

    /// Returns the graph of connections between the public organisations of a part of the landscape.
    ///
    /// # Errors
    /// See [`Store::numbers`].
    pub fn graph(&self, part: &Part) -> Result<Graph, QueryError> {
        self.look(Audience::Public, None, |conn, view| insight::graph(conn, view, part))
    }

    /// Checks the admission criteria for an initiative.
    ///
    /// # Errors
    /// If the database fails.
    pub fn admission(&self, audience: Audience, key: &Key) -> Result<Found<Admission>, QueryError> {
        self.look(audience, None, |conn, view| {
            let found = record::find::<Initiative>(conn, audience, key)?;
            found.then(|stored| {
                let facts = insight::facts(conn, view, stored.id())?;
                Ok(Some(admission::check(&stored.content, &facts)))
            })
        })
    }

    /// Returns the member with an external id of a chamber, including deleted members.
    ///
    /// # Errors
    /// If the database fails.
    pub fn member(
        &self,
        chamber: ChamberCode,
        external_id: &ExternalId,
    ) -> Result<Option<Record<Member>>, QueryError> {
        self.look(Audience::Chamber(chamber), None, |conn, view| {
            let stored = record::member(conn, chamber, external_id)?;
            Ok(completing::complete(conn, view, stored.into_iter().collect())?.into_iter().next())
        })
    }

    /// Returns a run of a chamber, or the latest one if `id` is `None`.
    ///
    /// # Errors
    /// If the database fails.
    pub fn run(&self, chamber: ChamberCode, id: Option<Id>) -> Result<Option<Run>, Error> {
        sync::find(&mut *self.connections.reader()?, chamber, id)
    }

    /// Returns at most `limit` runs of a chamber, latest first and without their rejections, and whether more
    /// follow. `before` is exclusive.
    ///
    /// # Errors
    /// If the database fails.
    pub fn runs(&self, chamber: ChamberCode, before: Option<Id>, limit: usize) -> Result<Batch<Run>, Error> {
        sync::list(&mut *self.connections.reader()?, chamber, before, limit)
    }

    /// Returns at most `limit` rejections of a run after a line.
    ///
    /// # Errors
    /// If the database fails.
    pub fn rejections(&self, run: Id, after: u64, limit: usize) -> Result<Batch<Rejection>, Error> {
        sync::rejections(&mut *self.connections.reader()?, run, after, limit)
    }

    /// Runs a read on the current state, or on the public state at a moment. The latter runs in one transaction, so
    /// that no record changes between two statements.
    fn look<T>(
        &self,
        audience: Audience,
        as_of: Option<DateTime<Utc>>,
        look: impl Fn(&mut Conn, View<'_>) -> Result<T, QueryError>,
    ) -> Result<T, QueryError> {
        let now = self.now();
        let Some(as_of) = as_of else {
            return self.read(|conn, generation| {
                let cache = Some(CacheAccess { cache: &self.facet_cache, generation });
                look(conn, View { audience, now, past: None, cache })
            });
        };
        self.at_moment(as_of, |conn| {
            self.guarded(conn, |conn, _| {
                in_snapshot(conn, |conn| {
                    let number = past::number_at(conn, as_of, now)?;
                    let past = Some(Past { number, moment: as_of.into() });
                    look(conn, View { audience: Audience::Public, now: as_of, past, cache: None })
                })
            })
        })
    }

    /// Runs a read of the derived tables.
    fn read<T, E: ReadError>(&self, read: impl Fn(&mut Conn, Uuid) -> Result<T, E>) -> Result<T, E> {
        self.on_any(|conn| self.guarded(conn, &read))
    }

    /// Runs a read of the derived tables, and fails if they were rebuilt meanwhile.
    fn guarded<T, E: ReadError>(
        &self,
        conn: &mut Conn,
        read: impl FnOnce(&mut Conn, Uuid) -> Result<T, E>,
    ) -> Result<T, E> {
        let generation = self.index_gate.enter(conn)?;
        let found = read(conn, generation)?;
        self.index_gate.leave(conn, generation)?;
        Ok(found)
    }
}
