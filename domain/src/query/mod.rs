//! Queries: filter, sort order and page.
//!
//! Lists, exports, facet counts and feeds are all described by one [`Query`]. No format has its own.

mod cursor;
mod declared;
mod features;
mod filter;
mod parameters;

pub use cursor::{Cursor, Position};
pub use declared::FilterSpec;
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

/// What a collection can be filtered and sorted by.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// The kind of record.
    pub kind: Kind,
    /// Facets to filter by.
    pub facets: &'static [Facet],
    /// Whether records have a location.
    pub located: bool,
    /// The field that starts the period of a record, if there is one.
    pub dated: Option<&'static str>,
    /// Whether that field is the default sort key.
    pub sorted_by_date: bool,
    /// The field with the name or title.
    pub name_field: &'static str,
    /// Whether facet counts include the sum of an amount.
    pub summed: bool,
}

impl Scope {
    /// The scope of a kind.
    pub const fn of<C: Content>() -> Self {
        Self {
            kind: C::KIND,
            facets: C::FACETS,
            located: C::LOCATED,
            dated: C::DATED,
            sorted_by_date: C::SORTED_BY_DATE,
            name_field: C::NAME_FIELD,
            summed: C::SUMMED,
        }
    }

    /// The scope of a kind that is known only at run time.
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

    /// The accepted values of `sort`, without the `-` for descending order.
    pub fn sort_keys(&self) -> Vec<&'static str> {
        [Some(self.name_field), Some("updated_at"), self.dated].into_iter().flatten().collect()
    }

    fn default_sort(&self) -> Sort {
        Sort { key: if self.sorted_by_date { SortKey::Start } else { SortKey::Name }, descending: false }
    }
}

/// A sort key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKey {
    /// Name, in DIN 5007-1 order.
    Name,
    /// Time of the last change.
    UpdatedAt,
    /// Start of the period. Records without one come first.
    Start,
}

/// A sort order. Ties are broken by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// The sort key.
    pub key: SortKey,
    /// Whether the order is descending.
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
                return Err(format!("must be one of {}, optionally preceded by '-'", keys.join(", ")));
            }
        };
        Ok(Self { key, descending })
    }
}

/// The requested page.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The cursor to continue after. `None` for the first page.
    pub after: Option<Cursor>,
    /// Maximum number of records. `None` for the default of a list, or for no limit in an export.
    pub limit: Option<usize>,
    /// Whether to return the total number of records.
    pub with_total: bool,
}

impl Page {
    /// The highest limit of a list.
    pub const MAX_LIMIT: usize = 200;
    /// The highest limit of an export. Exports stream, so this is effectively unlimited.
    pub const MAX_EXPORT_LIMIT: usize = 1_000_000_000;
    /// The default limit of a list.
    pub const DEFAULT_LIMIT: usize = 20;
}

/// A query for records of a collection.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Selects the records.
    pub filter: Filter,
    /// The moment at which to look at the public portal. `None` for the current state.
    pub as_of: Option<DateTime<Utc>>,
    /// The sort order.
    pub sort: Sort,
    /// The page.
    pub page: Page,
    /// Binds cursors to the filter and sort order that they were created for.
    pub fingerprint: [u8; 8],
}

impl Query {
    /// Parameters that select a page. They do not change the meaning of a cursor.
    pub const PAGING: [&'static str; 3] = [Cursor::PARAMETER, "limit", "with_total"];

    /// All records, the last changed first.
    pub fn latest() -> Self {
        Self {
            filter: Filter::default(),
            as_of: None,
            sort: Sort { key: SortKey::UpdatedAt, descending: true },
            page: Page { after: None, limit: None, with_total: false },
            fingerprint: [0; 8],
        }
    }

    /// Parses a query from parameters, and records a fault for each invalid one.
    ///
    /// `max_limit` is the highest accepted `limit`. `now` is the meaning of `as_of=now`.
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
        let sort = parameters
            .one(Self::SORT.name, faults, |word| Sort::parse(word, scope))
            .unwrap_or(scope.default_sort());
        let after = Cursor::take(&mut parameters, fingerprint, sort, faults);
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

/// Parses `from` and `to`. For a date, `from` means its first instant and `to` its last.
pub fn take_period(
    parameters: &mut Parameters,
    faults: &mut Faults,
) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
    (filter::from(parameters, faults), filter::to(parameters, faults))
}

/// Parses `as_of`, where `now` means the current time. Future moments are rejected when the moment is looked up.
pub fn take_as_of(
    parameters: &mut Parameters,
    now: DateTime<Utc>,
    faults: &mut Faults,
) -> Option<DateTime<Utc>> {
    let years = *YEARS.start()..=9999;
    parameters.one(Query::AS_OF.name, faults, |text| match text {
        "now" => Ok(now),
        _ => moment_within(text, Edge::Start, &years),
    })
}
