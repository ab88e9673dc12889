//! The sets of facets, cached until the next change.

use super::counting::ValueSet;
use crate::{
    audience::{Audience, View},
    changes,
    connection::Conn,
    error::Error,
};
use chrono::NaiveDate;
use domain::{kind::Kind, terms::Facet};
use std::{
    collections::HashMap,
    mem::Discriminant,
    sync::{Arc, Mutex, PoisonError},
};
use uuid::Uuid;

/// The state of the database that sets belong to: one rebuild, up to the next change, on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    generation: Uuid,
    last_change: i64,
    today: NaiveDate,
}

/// A facet for an audience. All chambers see the same sets and labels. Managers do not, so nothing is kept for them.
pub(super) type CacheKey = (Kind, Facet, Discriminant<Audience>);

/// A cache of the sets of facets. Sets change only together with the feed, in one transaction. Sets read after the
/// number of the last change was read are therefore correct for every reader who sees that number.
#[derive(Debug, Default)]
pub(crate) struct FacetCache(Mutex<Cached>);

#[derive(Debug, Default)]
struct Cached {
    moment: Moment,
    facets: HashMap<CacheKey, Arc<Vec<ValueSet>>>,
    size: usize,
}

/// The cache, and the generation of the derived tables that are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CacheAccess<'a> {
    pub(crate) cache: &'a FacetCache,
    pub(crate) generation: Uuid,
}

impl FacetCache {
    /// The capacity in bytes. The sets of 1,000,000 members take about half of it.
    const CAPACITY: usize = 64 << 20;

    pub(super) fn get(&self, moment: Moment, key: CacheKey) -> Option<Arc<Vec<ValueSet>>> {
        let cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sets = cached.facets.get(&key)?;
        (cached.moment == moment).then(|| sets.clone())
    }

    pub(super) fn insert(&self, moment: Moment, key: CacheKey, sets: &Arc<Vec<ValueSet>>) {
        let size: usize = sets.iter().map(ValueSet::size).sum();
        let mut cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cached.moment < moment {
            *cached = Cached { moment, ..Cached::default() };
        }
        if cached.moment == moment && cached.size + size <= Self::CAPACITY {
            cached.size += size;
            cached.facets.insert(key, sets.clone());
        }
    }
}

/// Returns the cache, with the moment for which it must hold.
pub(super) fn cache_at<'a>(
    conn: &mut Conn,
    view: View<'a>,
) -> Result<Option<(&'a FacetCache, Moment)>, Error> {
    let View { cache: Some(CacheAccess { cache, generation }), past: None, audience, .. } = view else {
        return Ok(None);
    };
    if let Audience::Manager(_) = audience {
        return Ok(None);
    }
    let last_change = changes::last(conn)?;
    Ok(Some((cache, Moment { generation, last_change, today: view.today() })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::discriminant;

    const KEY: CacheKey = (Kind::Member, Facet::Region, discriminant(&Audience::Public));

    fn at(last_change: i64) -> Moment {
        Moment { generation: Uuid::nil(), last_change, today: NaiveDate::MIN }
    }

    fn sets(value: &str) -> Arc<Vec<ValueSet>> {
        Arc::new(vec![ValueSet { value: value.to_owned(), ..ValueSet::default() }])
    }

    #[test]
    fn what_is_kept_is_of_one_moment_and_never_older() {
        let cache = FacetCache::default();
        let value = |moment| cache.get(moment, KEY).map(|sets| sets[0].value.clone());
        cache.insert(at(1), KEY, &sets("one"));
        assert_eq!(value(at(1)).as_deref(), Some("one"));
        assert_eq!(value(at(2)), None);
        cache.insert(at(2), KEY, &sets("two"));
        cache.insert(at(1), KEY, &sets("late"));
        assert_eq!((value(at(1)), value(at(2)).as_deref()), (None, Some("two")));
        let tomorrow = Moment { today: NaiveDate::MAX, ..at(2) };
        assert_eq!(value(tomorrow), None);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let cache = FacetCache::default();
        cache.insert(at(1), KEY, &sets(&"x".repeat(FacetCache::CAPACITY)));
        assert!(cache.get(at(1), KEY).is_none());
    }
}
