//! The front door of this crate.

use crate::{
    audience::{Actor, Audience, View},
    changes::{self, Changes},
    connection::{Conn, Connections, Target},
    deriving, dialect,
    error::{Error, QueryError},
    facets::{self, FacetCount},
    history::{self, AuditFilter, Deed, Version},
    insight::{self, Atlas, KindNumbers},
    past,
    reading::{self, Found, List},
    schema::{records, revisions},
    searching::{self, Hit, Search},
    tokens::{self, IssuedToken, PublicKey},
    transfer::{self, ImportReport, Source, TransferError},
    writing::Transaction,
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::{
    admission::{self, Admission},
    content::Content,
    graph::Graph,
    id::{Clock, Id},
    initiative::Initiative,
    kind::{Kind, with_kind},
    query::{Filter, Query, Scope},
    record::Record,
    search::Question,
    slug::Key,
    terms::Facet,
    time::today,
    vocabulary::RegionCode,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashMap},
    io::Write,
    sync::Arc,
};

/// The landscape as it is stored. Cheap to clone; every call blocks.
#[derive(Clone, Debug)]
pub struct Store {
    connections: Connections,
    clock: Clock,
    identity: Arc<str>,
}

impl Store {
    /// Connects to a database and brings its schema up to date.
    ///
    /// # Errors
    /// [`Error::Unreachable`] within a few seconds when it cannot be reached.
    pub fn open(target: &Target, clock: Clock) -> Result<Self, Error> {
        let connections = Connections::new(target);
        target.connect().map_err(|cause| Error::Unreachable(cause.to_string()))?;
        let identity = {
            let conn = &mut *connections.writer()?;
            dialect::migrate(conn).map_err(Error::Migration)?;
            in_transaction(conn, dialect::begin_write, |conn| {
                dialect::lock_revisions(conn)?;
                deriving::refresh(conn, today(clock.now()))?;
                deriving::identity(conn)
            })?
        };
        Ok(Self { connections, clock, identity: identity.into() })
    }

    /// The moment that the store takes for now.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub fn check(&self) -> Result<(), Error> {
        let _: Option<bool> =
            records::table.select(records::visible).first(&mut *self.connections.reader()?).optional()?;
        Ok(())
    }

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
            let found = match (reading::find::<C>(conn, view.audience, key)?, view.past) {
                (found, None) => found,
                (Found::Here(stored), Some(number)) => past::find::<C>(conn, number, stored.row.id)?,
                // Under which slug it stood then is of no interest: each that it ever had leads to it.
                (Found::Moved(slug), Some(number)) => {
                    match reading::find::<C>(conn, view.audience, &Key::Slug(slug))? {
                        Found::Here(stored) => past::find::<C>(conn, number, stored.row.id)?,
                        other => other,
                    }
                }
                (found, Some(_)) => found,
            };
            Ok(match found {
                Found::Here(stored) => {
                    let records = reading::complete(conn, view, vec![stored])?;
                    records.into_iter().next().map_or(Found::Nowhere, Found::Here)
                }
                Found::Moved(slug) => Found::Moved(slug),
                Found::Gone => Found::Gone,
                Found::Nowhere => Found::Nowhere,
            })
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
        match reading::find::<C>(conn, audience, key)? {
            Found::Here(stored) => Ok(Found::Here(history::versions(conn, stored.id(), before, limit)?)),
            Found::Moved(slug) => Ok(Found::Moved(slug)),
            Found::Gone => Ok(Found::Gone),
            Found::Nowhere => Ok(Found::Nowhere),
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
        let stored = match reading::find::<C>(conn, audience, key)? {
            Found::Here(stored) => stored,
            Found::Moved(slug) => return Ok(Found::Moved(slug)),
            Found::Gone => return Ok(Found::Gone),
            Found::Nowhere => return Ok(Found::Nowhere),
        };
        let Some(stored) = history::version::<C>(conn, stored.id(), version)? else {
            return Ok(Found::Nowhere);
        };
        let view = View { audience, now: self.now(), past: None };
        let records = reading::complete(conn, view, vec![stored])?;
        Ok(records.into_iter().next().map_or(Found::Nowhere, Found::Here))
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
            Ok(match reading::find::<Initiative>(conn, audience, key)? {
                Found::Here(stored) => {
                    let facts = insight::facts(conn, view, stored.id())?;
                    Found::Here(admission::check(&stored.content, &facts))
                }
                Found::Moved(slug) => Found::Moved(slug),
                Found::Gone => Found::Gone,
                Found::Nowhere => Found::Nowhere,
            })
        })
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

    /// Does work in one transaction: all of it, or, when it fails, nothing.
    ///
    /// # Errors
    /// What the work fails with, or the database.
    pub fn write<T, E: From<Error>>(
        &self,
        actor: &Actor,
        audience: Audience,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let conn = &mut *self.connections.writer()?;
        in_transaction(conn, dialect::begin_write, |conn| {
            let mut transaction = Transaction::new(conn, &self.clock, actor, audience);
            let result = work(&mut transaction)?;
            transaction.finish()?;
            Ok(result)
        })
    }

    /// Writes all content as lines.
    ///
    /// # Errors
    /// When the database or the file fails.
    pub fn export(&self, out: &mut dyn Write) -> Result<(), TransferError> {
        let conn = &mut *self.connections.reader()?;
        // One transaction, so that the file shows one moment.
        in_transaction(conn, dialect::begin_read, |conn| transfer::export(conn, out))
    }

    /// Writes every line of the sources, in one transaction.
    ///
    /// # Errors
    /// The first wrong line; nothing is written then.
    pub fn import(&self, actor: &Actor, sources: &[Source<'_>]) -> Result<ImportReport, TransferError> {
        self.write(actor, Audience::Staff, |transaction| transfer::import(transaction, sources))
    }

    /// Imports into a database that holds nothing; `None` when it holds something.
    ///
    /// # Errors
    /// As [`Store::import`].
    pub fn import_if_empty(
        &self,
        actor: &Actor,
        sources: &[Source<'_>],
    ) -> Result<Option<ImportReport>, TransferError> {
        self.write(actor, Audience::Staff, |transaction| {
            // Of several instances that start at once, one goes first, and the others find something.
            dialect::lock_revisions(transaction.conn).map_err(Error::from)?;
            let written: i64 = revisions::table.count().get_result(transaction.conn).map_err(Error::from)?;
            if written > 0 {
                return Ok(None);
            }
            transfer::import(transaction, sources).map(Some)
        })
    }

    /// Remembers a token that is going to be handed out.
    ///
    /// # Errors
    /// When the database fails.
    pub fn add_token(&self, token: &IssuedToken) -> Result<(), Error> {
        tokens::insert(&mut *self.connections.writer()?, token)
    }

    /// All tokens that have not run out.
    ///
    /// # Errors
    /// When the database fails.
    pub fn tokens(&self) -> Result<Vec<IssuedToken>, Error> {
        tokens::list(&mut *self.connections.reader()?, self.now())
    }

    /// Whether a token was issued and not revoked.
    ///
    /// # Errors
    /// When the database fails.
    pub fn is_token_valid(&self, id: Id) -> Result<bool, Error> {
        tokens::is_valid(&mut *self.connections.reader()?, id)
    }

    /// Revokes a token; whether there was one to revoke.
    ///
    /// # Errors
    /// When the database fails.
    pub fn revoke_token(&self, id: Id) -> Result<bool, Error> {
        tokens::revoke(&mut *self.connections.writer()?, id, self.now())
    }

    /// Publishes a key by which tokens are verified.
    ///
    /// # Errors
    /// When the database fails.
    pub fn publish_key(&self, key: &PublicKey) -> Result<(), Error> {
        let conn = &mut *self.connections.writer()?;
        in_transaction(conn, dialect::begin_write, |conn| {
            dialect::lock_revisions(conn)?;
            tokens::publish_key(conn, key, self.clock.now())
        })
    }

    /// The keys by which tokens are verified.
    ///
    /// # Errors
    /// When the database fails.
    pub fn keys(&self) -> Result<Vec<PublicKey>, Error> {
        tokens::keys(&mut *self.connections.reader()?)
    }
}

/// Does work in a transaction, and ends that on every way out.
fn in_transaction<T, E: From<Error>>(
    conn: &mut Conn,
    begin: fn(&mut Conn) -> QueryResult<()>,
    work: impl FnOnce(&mut Conn) -> Result<T, E>,
) -> Result<T, E> {
    begin(conn).map_err(Error::from)?;
    match work(conn) {
        Ok(result) => {
            dialect::commit(conn).map_err(Error::from)?;
            Ok(result)
        }
        Err(error) => {
            if let Err(cause) = dialect::rollback(conn) {
                log::error!("a transaction could not be undone: {cause}");
            }
            Err(error)
        }
    }
}
