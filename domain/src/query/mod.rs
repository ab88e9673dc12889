//! What is asked of a collection: filter, order, page.
//!
//! Every list, export, facet count and feed is one [`Query`]; no format has a query of its own.

mod cursor;
mod filter;
mod parameters;

pub use cursor::{Cursor, Position};
pub use filter::Filter;
pub use parameters::Parameters;

use crate::{
    content::Content,
    fault::Faults,
    kind::Kind,
    kinds::{KindFunction, with_kind},
    terms::Facet,
    time::{Edge, YEARS},
};
use chrono::{DateTime, Utc};
use filter::moment_within;

/// What can be asked of a collection.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// Which kind it holds.
    pub kind: Kind,
    /// By which values it is filtered.
    pub facets: &'static [Facet],
    /// Whether its records have a place.
    pub located: bool,
    /// Which field begins the period of its records.
    pub dated: Option<&'static str>,
    /// Whether it is sorted by that field unless asked otherwise.
    pub sorted_by_date: bool,
    /// The field that holds the name or title.
    pub name_field: &'static str,
}

impl Scope {
    /// What can be asked of the records of a kind.
    pub const fn of<C: Content>() -> Self {
        Self {
            kind: C::KIND,
            facets: C::FACETS,
            located: C::LOCATED,
            dated: C::DATED,
            sorted_by_date: C::SORTED_BY_DATE,
            name_field: C::NAME_FIELD,
        }
    }

    /// What can be asked of the records of a kind that is only known at run time.
    pub fn of_kind(kind: Kind) -> Self {
        struct ScopeOf;
        impl KindFunction for ScopeOf {
            type Output = Scope;

            fn call<C: Content>(self) -> Scope {
                Scope::of::<C>()
            }
        }
        with_kind(kind, ScopeOf)
    }

    /// The words by which it can be sorted.
    pub fn sort_keys(&self) -> Vec<&'static str> {
        [Some(self.name_field), Some("updated_at"), self.dated].into_iter().flatten().collect()
    }

    fn default_sort(&self) -> Sort {
        Sort { key: if self.sorted_by_date { SortKey::Start } else { SortKey::Name }, descending: false }
    }
}

/// By what a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKey {
    /// By name, as DIN 5007-1 sorts.
    Name,
    /// By the last change.
    UpdatedAt,
    /// By the beginning of the period; those without one first.
    Start,
}

/// The order of a list; records alike are ordered by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub key: SortKey,
    /// Whether the greatest comes first.
    pub descending: bool,
}

impl Sort {
    fn parse(word: &str, scope: &Scope) -> Result<Self, String> {
        let (key, descending) = word.strip_prefix('-').map_or((word, false), |key| (key, true));
        let key = match key {
            key if key == scope.name_field => SortKey::Name,
            "updated_at" => SortKey::UpdatedAt,
            key if Some(key) == scope.dated => SortKey::Start,
            _ => {
                let keys = scope.sort_keys();
                return Err(format!(
                    "must be one of {}, or one of these with a '-' before it",
                    keys.join(", ")
                ));
            }
        };
        Ok(Self { key, descending })
    }
}

/// Which part of a list is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Behind which record it begins; `None`: at the beginning.
    pub after: Option<Cursor>,
    /// How many records it holds at the most; `None`: as many as there are (exports), or the default (lists).
    pub limit: Option<usize>,
    /// Whether the number of all records is wanted too.
    pub with_total: bool,
}

impl Page {
    /// How many records a list page may hold.
    pub const MAX_LIMIT: usize = 200;
    /// The highest limit of an export, which streams.
    pub const MAX_EXPORT_LIMIT: usize = 1_000_000_000;
    /// How many it holds unless asked otherwise.
    pub const DEFAULT_LIMIT: usize = 20;
}

/// What is asked of a collection.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Which records.
    pub filter: Filter,
    /// As the public saw them at this moment; `None`: as they are.
    pub as_of: Option<DateTime<Utc>>,
    /// In which order.
    pub sort: Sort,
    /// Which part of them.
    pub page: Page,
    /// Binds cursors to the filter and order that they came from.
    pub fingerprint: [u8; 8],
}

impl Query {
    /// The parameters that say which part is wanted, and do not change what a cursor means.
    pub const PAGING: [&'static str; 3] = ["cursor", "limit", "with_total"];

    /// Reads a query from parameters, and notes everything that is wrong with them.
    ///
    /// `max_limit` is the greatest `limit`; exports allow any. `now` is what `as_of=now` means.
    pub fn read(
        scope: &Scope,
        mut parameters: Parameters,
        max_limit: usize,
        now: DateTime<Utc>,
        faults: &mut Faults,
    ) -> Self {
        let fingerprint = parameters.fingerprint(scope.kind.as_str(), &Self::PAGING);
        let filter = Filter::take(scope, &mut parameters, faults);
        let as_of = take_as_of(&mut parameters, now, faults);
        let sort =
            parameters.one("sort", faults, |word| Sort::parse(word, scope)).unwrap_or(scope.default_sort());
        let after = parameters.one("cursor", faults, |text| Cursor::decode(text, fingerprint, sort));
        let limit = parameters.one("limit", faults, |text| match text.parse() {
            Ok(limit) if (1..=max_limit).contains(&limit) => Ok(limit),
            _ => Err(format!("must be a whole number from 1 to {max_limit}")),
        });
        let with_total = parameters
            .one("with_total", faults, |text| text.parse().map_err(|_| "must be true or false".to_owned()));
        parameters.refuse_rest(faults);
        Self {
            filter,
            as_of,
            sort,
            page: Page { after, limit, with_total: with_total.unwrap_or_default() },
            fingerprint,
        }
    }
}

/// The period of `from` and `to`: a bare date begins with the one, and ends with the other.
pub fn take_period(
    parameters: &mut Parameters,
    faults: &mut Faults,
) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
    (filter::from(parameters, faults), filter::to(parameters, faults))
}

/// The moment of the past that is asked for, or `now`. One that has not come yet, however far it lies ahead, is refused
/// where it is looked up.
pub fn take_as_of(
    parameters: &mut Parameters,
    now: DateTime<Utc>,
    faults: &mut Faults,
) -> Option<DateTime<Utc>> {
    let years = *YEARS.start()..=9999;
    parameters.one("as_of", faults, |text| match text {
        "now" => Ok(now),
        _ => moment_within(text, Edge::Start, &years),
    })
}
