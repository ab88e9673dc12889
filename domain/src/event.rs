//! Events.

mod period;
mod venue;

pub use venue::Venue;

use crate::{
    calendar::CalendarEntry,
    content::{Content, Derived, SearchText},
    dataset::{Dataset, Frequency, Theme, text},
    fault::Faults,
    kind::Kind,
    moment::{Moment, Zone},
    place::Location,
    reference::{LinkVisitor, Reference, Role, visit_list, visit_one},
    rules::{Bounds, check_location, check_sizes, drop_repeated},
    scalar::{Language, WebUrl},
    terms::{Facet, Terms},
    text::{LocalBrief, LocalName, LocalProse},
    time::{Date, Edge, Span},
    vocabulary::{RegionCode, TechnologyFieldCode},
    words::{EventFormat, Scope},
};
use chrono::Datelike;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An event with a date, organised by initiatives, networks or public bodies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Title.
    pub title: LocalName,
    /// Summary in one or two sentences.
    pub summary: LocalBrief,
    /// Full description.
    pub description: Option<LocalProse>,
    /// Start. Writes may omit the offset; the time is then read in `time_zone`. If a clock change repeats that
    /// local time, the first occurrence is used. If it skips the time, the write fails with 422. A date alone means
    /// the first instant of that day.
    pub starts_at: Moment,
    /// End, exclusive. For all-day events, the first instant of the day after the last one. Accepts the same forms
    /// as `starts_at`.
    pub ends_at: Moment,
    /// IANA time zone of the venue. Defaults to `Europe/Berlin`.
    #[serde(default)]
    #[schema(inline)]
    pub time_zone: Zone,
    /// Whether the event lasts whole days. `starts_at` and `ends_at` must then be the first instants of days in
    /// `time_zone`: midnight, unless a clock change skips it.
    #[serde(default)]
    pub all_day: bool,
    /// Attendance: on site, online, or both.
    pub format: EventFormat,
    /// Venue.
    pub venue: Option<Venue>,
    /// Region of the venue.
    #[schema(inline)]
    pub region: Option<RegionCode>,
    /// Geographic reach.
    pub scope: Scope,
    /// Initiatives, networks or public bodies that organise the event.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub organisers: Vec<Reference>,
    /// Measure to which the event belongs.
    pub measure: Option<Reference>,
    /// Technology fields.
    #[serde(default)]
    #[schema(inline, max_items = 40)]
    pub technology_fields: Vec<TechnologyFieldCode>,
    /// Languages spoken at the event.
    #[serde(default)]
    #[schema(inline, max_items = 20)]
    pub languages: Vec<Language>,
    /// Registration page.
    #[schema(inline)]
    pub registration_url: Option<WebUrl>,
    /// Registration deadline. Accepts the same forms as `starts_at`, but a date alone means the last full second of
    /// that day in `time_zone`. Null if there is no deadline. Writes may also send `9999-12-31`, which is stored as
    /// null.
    #[serde(default, deserialize_with = "crate::time::open_end")]
    pub registration_deadline: Option<Moment>,
    /// Whether the event was cancelled. Cancelled events stay visible.
    #[serde(default)]
    pub cancelled: bool,
    /// Revision number for calendars (RFC 5545 section 3.8.7.4). Rises when the title, time, place, format or
    /// `cancelled` changes.
    #[serde(default)]
    #[schema(minimum = 0, example = 0)]
    pub sequence: u32,
}

impl Event {
    /// The fields whose change raises `sequence`.
    fn sequenced(&self) -> impl PartialEq {
        (
            (self.starts_at, self.ends_at, self.time_zone, self.all_day),
            (self.venue.clone(), self.format),
            self.title.clone(),
            self.cancelled,
        )
    }
}

impl Content for Event {
    const KIND: Kind = Kind::Event;
    const EXAMPLE_KEY: &'static str = "demo-naechste-veranstaltung";
    const ABOUT: &'static str =
        "Past and upcoming events, organised by initiatives, networks or public bodies.";
    const DATASET: Dataset = Dataset {
        title: text("Veranstaltungen der Clusterlandschaft", "Events of the cluster landscape"),
        description: text(
            "Veranstaltungen von Cluster-Initiativen, Netzwerken und öffentlichen Stellen, mit Zeit, Ort, \
             Veranstaltern, Themen und Anmeldung.",
            "Events of cluster initiatives, networks and public bodies, with time, place, organisers, fields and \
             registration.",
        ),
        themes: &[Theme::Economy, Theme::Technology],
        keywords: &[
            text("Veranstaltung", "event"),
            text("Kongress", "congress"),
            text("Weiterbildung", "training"),
            text("Cluster", "cluster"),
        ],
        frequency: Frequency::Continuous,
        legislation: &[],
    };
    const FACETS: &'static [Facet] = &[
        Facet::Region,
        Facet::PlanningRegion,
        Facet::TechnologyField,
        Facet::Organiser,
        Facet::Measure,
        Facet::Scope,
        Facet::EventFormat,
    ];
    const LOCATED: bool = true;
    const DATED: Option<&'static str> = Some("starts_at");
    const SORTED_BY_DATE: bool = true;
    const DERIVED: &'static [Derived] = &[Derived::FirstDay, Derived::LastDay];
    const SERVER_OWNED: &'static [&'static str] = &["sequence"];
    const NAME_FIELD: &'static str = "title";

    fn name(&self) -> &str {
        self.title.de.as_str()
    }

    fn text<'a>(&'a self, text: &mut SearchText<'a>) {
        text.title(&self.title);
        text.prose(&self.summary);
        ["Veranstaltung", "Event"].into_iter().for_each(|word| text.mention(word));
        self.description.iter().for_each(|description| text.prose(description));
        text.fields_and_regions(&self.technology_fields, self.region.as_slice());
        if let Some(venue) = &self.venue {
            venue.name.iter().for_each(|name| text.mention(name.as_str()));
            text.place(venue.postal_code.as_ref(), venue.city.as_ref());
        }
        text.websites(&self.registration_url);
    }

    fn terms(&self, terms: &mut Terms) {
        terms.regions(self.region.as_slice());
        terms.technology_fields(&self.technology_fields);
        terms.add(Facet::Scope, self.scope.as_str());
        terms.add(Facet::EventFormat, self.format.as_str());
        terms.year(Some(self.local_day(self.starts_at.utc()).year()));
    }

    fn visit_links(&mut self, visit: &mut LinkVisitor<'_>) {
        visit_list(&mut self.organisers, "/organisers", Role::Organiser, visit);
        visit_one(&mut self.measure, "/measure", Role::Measure, visit);
    }

    fn owners(&self) -> &[Reference] {
        &self.organisers
    }

    fn normalise(&mut self, faults: &mut Faults) {
        drop_repeated(&mut self.technology_fields, 40);
        drop_repeated(&mut self.languages, 20);
        let zone = self.time_zone.0;
        if self.all_day {
            // If a clock change skips midnight, the date alone gives the start of the day.
            self.starts_at = self.starts_at.midnight_as_day();
            self.ends_at = self.ends_at.midnight_as_day();
        }
        let mut settle = |moment: &mut Moment, edge, pointer: &str| match moment.settle(zone, edge) {
            Ok(settled) => *moment = settled,
            Err(fault) => faults.broken_with("/time_zone", pointer, fault),
        };
        settle(&mut self.starts_at, Edge::Start, "/starts_at");
        settle(&mut self.ends_at, Edge::Start, "/ends_at");
        if let Some(deadline) = &mut self.registration_deadline {
            settle(deadline, Edge::End, "/registration_deadline");
        }
    }

    fn check(&self, faults: &mut Faults) {
        check_sizes(
            faults,
            &[
                ("/organisers", self.organisers.len(), 0..=50),
                ("/technology_fields", self.technology_fields.len(), 0..=40),
                ("/languages", self.languages.len(), 0..=20),
            ],
        );
        let are_settled = self.starts_at.is_settled() && self.ends_at.is_settled();
        if are_settled && self.ends_at.utc() <= self.starts_at.utc() {
            let hint = if self.all_day { "; if all_day, ends_at is the day after the last one" } else { "" };
            faults.broken_with("/starts_at", "/ends_at", format!("the event must end after it starts{hint}"));
        }
        if self.all_day {
            self.check_whole_days(faults);
        }
        let country = self.venue.as_ref().and_then(|venue| venue.country.as_ref());
        let bounds = match Bounds::of(country) {
            Bounds::Neighbourhood if self.scope == Scope::International => Bounds::World,
            bounds => bounds,
        };
        check_location(faults, "/venue/location", self.location(), "/region", self.region.as_slice(), bounds);
    }

    fn inherit_from(&mut self, previous: Option<&Self>) {
        self.sequence = match previous {
            None => 0,
            Some(previous) if previous.sequenced() == self.sequenced() => previous.sequence,
            Some(previous) => previous.sequence + 1,
        };
    }

    fn location(&self) -> Option<Location> {
        self.venue.as_ref().and_then(|venue| venue.location)
    }

    fn span(&self) -> Span {
        Span { start: Some(self.starts_at.utc()), end: Some(self.last_instant()) }
    }

    fn days(&self) -> Option<(Date, Date)> {
        let first = self.local_day(self.starts_at.utc());
        let last = self.local_day(self.last_instant());
        // If clocks are set back over midnight, the previous day repeats, and `last` could lie before `first`.
        Some((Date(first), Date(last.max(first))))
    }

    fn calendar_entry(&self) -> Option<CalendarEntry<'_>> {
        Some(CalendarEntry {
            title: &self.title,
            summary: &self.summary,
            description: self.description.as_ref(),
            starts_at: self.starts_at.utc(),
            ends_at: self.ends_at.utc(),
            time_zone: self.time_zone,
            days: self.days().filter(|_| self.all_day),
            place: self.venue.as_ref().map(Venue::address).unwrap_or_default(),
            location: self.location(),
            technology_fields: &self.technology_fields,
            organisers: &self.organisers,
            registration_url: self.registration_url.as_ref(),
            is_cancelled: self.cancelled,
            sequence: self.sequence,
        })
    }

    fn example() -> Self {
        crate::parse::example(serde_json::json!({
            "title": { "de": "Forum Mikrosystemtechnik", "en": "Microsystems forum" },
            "summary": {
                "de": "Vorträge und Gespräche zu Sensoren in der Medizin.",
                "en": "Talks about sensors in medicine."
            },
            "description": { "de": "Mit Ausstellung.\nDer Eintritt ist frei.", "en": "With exhibition.\nFree admission." },
            "starts_at": "2026-10-01T07:30:00Z",
            "ends_at": "2026-10-01T15:00:00Z",
            "time_zone": "Europe/Berlin",
            "all_day": false,
            "format": "hybrid",
            "venue": {
                "name": "Konzerthaus Freiburg",
                "street": "Konrad-Adenauer-Platz 1",
                "postal_code": "79098",
                "city": "Freiburg im Breisgau",
                "country": "DE",
                "location": { "lat": 47.9959, "lon": 7.8423 }
            },
            "region": "DE131",
            "scope": "statewide",
            "organisers": ["019a2b3c-0000-7000-8000-000000000001"],
            "measure": "019a2b3c-0000-7000-8000-000000000004",
            "technology_fields": ["mikrosystemtechnik"],
            "languages": ["de"],
            "registration_url": "https://www.example.org/anmeldung",
            "registration_deadline": "2026-09-20T21:59:59Z",
            "cancelled": false,
            "sequence": 0
        }))
    }
}
