//! The formats of records, and what each is offered for.

use super::spreadsheet::MAX_ROWS;
use crate::{auth::Caller, request::negotiation::Offer};
use chrono::{DateTime, TimeDelta, Utc};
use domain::kind::Kind;
use persistence::audience::Audience;

/// How long a feed tells that a record was withdrawn.
const REMEMBERED: TimeDelta = TimeDelta::days(90);

/// A format of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A page in an envelope, or one record.
    Json,
    /// One record per line.
    NdJson,
    /// RFC 7946.
    GeoJson,
    /// RFC 4180.
    Csv,
    /// Office Open XML.
    Spreadsheet,
    /// iCalendar, RFC 5545.
    Calendar,
    /// JSON-LD 1.1.
    JsonLd,
}

/// What a format is.
struct Spec {
    /// The value of the parameter `format`, and the extension of the address.
    extension: &'static str,
    /// Media type without parameters.
    media_type: &'static str,
    /// Value of the header Content-Type.
    content_type: &'static str,
    /// Its code in the authority table `file-type` of the European Union, or that of the nearest format there.
    file_type: &'static str,
    /// Its name in texts.
    name: &'static str,
    /// Describes its content, for the OpenAPI document.
    about: &'static str,
    /// The kinds that it can show.
    kinds: &'static [Kind],
    /// Whether collections are offered in it.
    is_of_collections: bool,
    /// Whether single records are offered in it.
    is_of_records: bool,
    /// Whether people read it, in a language.
    has_language: bool,
    /// Whether it has dialects.
    has_dialect: bool,
    /// The largest number of records.
    max_records: Option<usize>,
    /// Whether programs subscribe to it.
    is_feed: bool,
}

impl Spec {
    /// The defaults: a format of collections of any kind.
    const ANY: Self = Self {
        extension: "",
        media_type: "",
        content_type: "",
        file_type: "",
        name: "",
        about: "",
        kinds: &Kind::ALL,
        is_of_collections: true,
        is_of_records: false,
        has_language: false,
        has_dialect: false,
        max_records: None,
        is_feed: false,
    };
}

impl Format {
    /// Every format, in order of preference.
    pub const ALL: [Self; 7] =
        [Self::Json, Self::NdJson, Self::GeoJson, Self::Csv, Self::Spreadsheet, Self::Calendar, Self::JsonLd];

    const fn spec(self) -> Spec {
        match self {
            Self::Json => Spec {
                extension: "json",
                media_type: "application/json",
                content_type: "application/json",
                file_type: "JSON",
                name: "JSON",
                about: "A page of records.",
                is_of_records: true,
                ..Spec::ANY
            },
            Self::NdJson => Spec {
                extension: "ndjson",
                media_type: "application/x-ndjson",
                content_type: "application/x-ndjson",
                file_type: "JSON",
                name: "NDJSON",
                about: "One JSON record per line.",
                ..Spec::ANY
            },
            Self::GeoJson => Spec {
                extension: "geojson",
                media_type: "application/geo+json",
                content_type: "application/geo+json",
                file_type: "GEOJSON",
                name: "GeoJSON",
                about: "A FeatureCollection (RFC 7946). Records without a location have a null geometry.",
                ..Spec::ANY
            },
            Self::Csv => Spec {
                extension: "csv",
                media_type: "text/csv",
                content_type: "text/csv; charset=utf-8; header=present",
                file_type: "CSV",
                name: "CSV",
                about: "A header row, then one row per record (RFC 4180), in UTF-8 with a byte-order mark. Text that a spreadsheet would read as a formula is prefixed with `'`.",
                has_dialect: true,
                ..Spec::ANY
            },
            Self::Spreadsheet => Spec {
                extension: "xlsx",
                media_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                content_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                file_type: "XLSX",
                name: "XLSX",
                about: "A spreadsheet with a frozen header row and typed cells: dates, moments in UTC, numbers and amounts of money. Codes with leading zeros are text. At most 100,000 records: more are a 400, unless `limit` says how many to take.",
                has_language: true,
                max_records: Some(MAX_ROWS),
                ..Spec::ANY
            },
            Self::Calendar => Spec {
                extension: "ics",
                media_type: "text/calendar",
                content_type: "text/calendar; charset=utf-8",
                file_type: "ICS",
                name: "iCalendar",
                about: "A calendar (RFC 5545, RFC 7986), to which calendar programs subscribe; `organiser` selects the events of one organisation. `UID` is the id of the event, `SEQUENCE` its `sequence`. Times are local times of the venue. An event that was withdrawn in the last 90 days remains as `CANCELLED`, with its time and nothing else.",
                kinds: &[Kind::Event],
                is_of_records: true,
                has_language: true,
                is_feed: true,
                ..Spec::ANY
            },
            Self::JsonLd => Spec {
                extension: "jsonld",
                media_type: "application/ld+json",
                content_type: "application/ld+json",
                file_type: "JSON_LD",
                name: "JSON-LD",
                about: "Linked data in the terms of schema.org. Members without a value are omitted.",
                is_of_collections: false,
                is_of_records: true,
                ..Spec::ANY
            },
        }
    }

    /// Whether the format can show a kind.
    fn shows(self, kind: Kind) -> bool {
        self.spec().kinds.contains(&kind)
    }

    /// The formats in which a collection is listed or exported.
    pub fn of_collection(kind: Kind) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |format| format.shows(kind) && format.spec().is_of_collections)
    }

    /// The formats in which a collection is exported. Each has an address, such as `/api/v1/events.csv`.
    pub fn exports(kind: Kind) -> impl Iterator<Item = Self> {
        Self::of_collection(kind).filter(|format| *format != Self::Json)
    }

    /// The formats in which one record is shown. Each but JSON has an address, such as `/api/v1/events/{key}.ics`.
    pub fn of_record(kind: Kind) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |format| format.shows(kind) && format.spec().is_of_records)
    }

    /// Whether people read it, in a language.
    pub const fn has_language(self) -> bool {
        self.spec().has_language
    }

    /// Whether it has dialects.
    pub const fn has_dialect(self) -> bool {
        self.spec().has_dialect
    }

    /// The largest number of records that an export in this format can have.
    pub const fn max_records(self) -> Option<usize> {
        self.spec().max_records
    }

    /// Whose view of the records it shows. Subscribers of a feed pass it on, so it shows what is public, whoever asks.
    pub(crate) fn audience(self, caller: &Caller) -> Audience {
        if self.spec().is_feed { Audience::Public } else { caller.audience() }
    }

    /// The moment since which a feed tells what was withdrawn, because subscribers may hold it. `None` if the format is
    /// not a feed, or shows the past.
    pub(crate) fn tells_withdrawals_since(
        self,
        now: DateTime<Utc>,
        as_of: Option<DateTime<Utc>>,
    ) -> Option<DateTime<Utc>> {
        (self.spec().is_feed && as_of.is_none()).then(|| now - REMEMBERED)
    }

    /// The format as an offer to choose from.
    pub fn offer(self) -> Offer<Self> {
        Offer { format: self, word: self.extension(), media_type: self.media_type() }
    }

    /// The value of the parameter `format`, and the extension of the address.
    pub const fn extension(self) -> &'static str {
        self.spec().extension
    }

    /// Media type without parameters.
    pub const fn media_type(self) -> &'static str {
        self.spec().media_type
    }

    /// Value of the header Content-Type.
    pub const fn content_type(self) -> &'static str {
        self.spec().content_type
    }

    /// Its code in the authority table `file-type` of the European Union, or that of the nearest format there.
    pub const fn file_type(self) -> &'static str {
        self.spec().file_type
    }

    /// Its name in texts.
    pub const fn name(self) -> &'static str {
        self.spec().name
    }

    /// Describes its content, for the OpenAPI document.
    pub const fn about(self) -> &'static str {
        self.spec().about
    }
}
