//! The filters that collections share, each declared once. Facets have their own declarations.

use super::{Filter, Query};
use crate::{content::Content as _, member::Member};

/// The declaration of a filter.
#[derive(Clone, Copy, Debug)]
pub struct FilterSpec {
    /// The name of the parameter.
    pub name: &'static str,
    /// Describes the filter, for the OpenAPI document.
    pub description: &'static str,
    /// Example values. Filters by numbers and orders have none.
    pub examples: &'static [&'static str],
}

/// Examples of moments.
const MOMENTS: &[&str] = &["2026-05-01", "2026-05-01T07:30:00Z"];

impl Filter {
    /// Full-text query.
    pub const QUESTION: FilterSpec = FilterSpec {
        name: "q",
        description: "Search text, matched as in `/api/v1/search`. Every word must match. Words match by their German and English stems and, from three letters, inside other words. `Müller`, `Mueller` and `muller` are equivalent. Typos are corrected in words that occur nowhere.",
        examples: &["Sensorik"],
    };
    /// Ids.
    pub const IDS: FilterSpec = FilterSpec {
        name: "ids",
        description: "Return only the records with these ids.",
        examples: &[Member::EXAMPLE_KEY],
    };
    /// The earliest change.
    pub const UPDATED_SINCE: FilterSpec = FilterSpec {
        name: "updated_since",
        description: "Return only records changed at or after this moment. A date, month or year stands for its beginning in Europe/Berlin.",
        examples: MOMENTS,
    };
    /// Statuses.
    pub const STATUS: FilterSpec = FilterSpec {
        name: "status",
        description: "Status. Values other than `published` require a token that may see drafts.",
        examples: &["published"],
    };
    /// A box on the map.
    pub const BBOX: FilterSpec = FilterSpec {
        name: "bbox",
        description: "Bounding box, as `west,south,east,north` in degrees.",
        examples: &["9.0,48.5,9.5,49.0"],
    };
    /// The centre of a circle on the map.
    pub const NEAR: FilterSpec = FilterSpec {
        name: "near",
        description: "Centre of a search radius, as `lat,lon` in degrees. Requires `radius_km`.",
        examples: &["48.78,9.18"],
    };
    /// The radius of this circle.
    pub const RADIUS_KM: FilterSpec =
        FilterSpec { name: "radius_km", description: "Radius around `near` in kilometres.", examples: &[] };
    /// The earliest end of a period.
    pub const FROM: FilterSpec = FilterSpec {
        name: "from",
        description: "Return only what takes place or is in effect at or after this moment. A date, month or year covers all of it in Europe/Berlin. Open ends match.",
        examples: MOMENTS,
    };
    /// The latest start of a period.
    pub const TO: FilterSpec = FilterSpec {
        name: "to",
        description: "Return only what takes place or is in effect at or before this moment. A date, month or year covers all of it in Europe/Berlin. Open ends match. 9999-12-31 means no limit.",
        examples: MOMENTS,
    };
}

impl Query {
    /// The moment at which to look at the public portal.
    pub const AS_OF: FilterSpec = FilterSpec {
        name: "as_of",
        description: "Show the public portal as of this moment. A date, month or year stands for its beginning in Europe/Berlin; `now` shows an editor what the public sees. The result is the same for every caller: what the public saw then, without records withdrawn since. A record that had been public before and was withdrawn at that moment returns 410. Must not be in the future.",
        examples: &["now"],
    };
    /// The sort order.
    pub const SORT: FilterSpec = FilterSpec {
        name: "sort",
        description: "Sort key. Prefix `-` for descending order. Names are sorted according to DIN 5007-1, ties by id.",
        examples: &[],
    };
}
