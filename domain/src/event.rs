//! Events.

use crate::{
    content::{Content, Derived, SearchText},
    fault::Faults,
    kind::Kind,
    moment::{Moment, Zone},
    place::Location,
    reference::{LinkVisitor, Reference, Role, visit_list, visit_one},
    rules::{Bounds, check_location, check_sizes, drop_repeated},
    scalar::{Country, Language, PostalCode, WebUrl},
    terms::{Facet, Terms},
    text::{LocalBrief, LocalName, LocalProse, Name},
    time::{Date, Edge, Span, start_of_day},
    vocabulary::{RegionCode, TechnologyFieldCode},
    words::{EventFormat, Scope},
};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where an event takes place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Venue {
    /// What the house is called.
    #[schema(inline)]
    pub name: Option<Name>,
    /// Street and number.
    #[schema(inline)]
    pub street: Option<Name>,
    /// Postal code.
    #[schema(inline)]
    pub postal_code: Option<PostalCode>,
    /// Town.
    #[schema(inline)]
    pub city: Option<Name>,
    /// Country.
    #[schema(inline)]
    pub country: Option<Country>,
    /// The place on the map.
    pub location: Option<Location>,
}

/// A dated happening, organised by an initiative, a network or a public body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Its title.
    pub title: LocalName,
    /// What it is, in a sentence or two.
    pub summary: LocalBrief,
    /// What it is, at length.
    pub description: Option<LocalProse>,
    /// When it begins. In writes also without an offset, and then read in `time_zone`; of a time that a clock change
    /// repeats, the first is meant, and one that it skips is refused. A date alone is the first instant of that day.
    pub starts_at: Moment,
    /// When it ends; for events of whole days the first instant of the day after the last one. In writes as `starts_at`.
    pub ends_at: Moment,
    /// The time zone of the place, IANA; Europe/Berlin when a new event leaves it out.
    #[serde(default)]
    #[schema(inline)]
    pub time_zone: Zone,
    /// Whether it lasts whole days: `starts_at` and `ends_at` are the first instants of days in `time_zone`; midnight,
    /// unless a clock change skips it.
    #[serde(default)]
    pub all_day: bool,
    /// Whether one is there in person.
    pub format: EventFormat,
    /// Where it takes place.
    pub venue: Option<Venue>,
    /// Region of the venue.
    #[schema(inline)]
    pub region: Option<RegionCode>,
    /// How far it reaches.
    pub scope: Scope,
    /// The initiatives, networks or public bodies that organise it.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub organisers: Vec<Reference>,
    /// The measure that it belongs to.
    pub measure: Option<Reference>,
    /// Technology fields.
    #[serde(default)]
    #[schema(inline, max_items = 40)]
    pub technology_fields: Vec<TechnologyFieldCode>,
    /// The languages that are spoken.
    #[serde(default)]
    #[schema(inline, max_items = 20)]
    pub languages: Vec<Language>,
    /// Where to register.
    #[schema(inline)]
    pub registration_url: Option<WebUrl>,
    /// Until when to register. In writes as `starts_at`, but a date alone lasts to the last second of that day in
    /// `time_zone`, and 9999-12-31 means that there is no deadline.
    #[serde(default, deserialize_with = "crate::time::open_end")]
    pub registration_deadline: Option<Moment>,
    /// Whether it was called off; it stays visible.
    #[serde(default)]
    pub cancelled: bool,
    /// Rises when time, place, title or `cancelled` change (RFC 5545 section 3.8.7.4).
    #[serde(default)]
    #[schema(minimum = 0, example = 0)]
    pub sequence: u32,
}

impl Event {
    /// What a calendar has to be told about when it changes.
    fn calendar_entry(&self) -> impl PartialEq {
        (
            (self.starts_at, self.ends_at, self.time_zone, self.all_day),
            (self.venue.clone(), self.format),
            self.title.clone(),
            self.cancelled,
        )
    }

    /// Notes the times of an event of whole days at which no day begins.
    fn check_whole_days(&self, faults: &mut Faults) {
        for (pointer, moment) in [("/starts_at", self.starts_at), ("/ends_at", self.ends_at)] {
            if moment.is_settled() && !self.begins_a_day(moment) {
                faults.broken_with(
                    "/time_zone",
                    pointer,
                    "must be a midnight in time_zone, since the event lasts whole days (all_day): send the date alone",
                );
            }
        }
    }

    /// What a calendar at its place shows at a moment.
    fn local_day(&self, moment: DateTime<Utc>) -> NaiveDate {
        moment.with_timezone(&self.time_zone.0).date_naive()
    }

    /// Whether a moment is the first instant of a day at its place.
    fn begins_a_day(&self, moment: Moment) -> bool {
        start_of_day(self.local_day(moment.utc()), self.time_zone.0) == moment.utc()
    }

    /// The last instant of it, to the microsecond, where it ends with a day; else its end.
    fn last_instant(&self) -> DateTime<Utc> {
        let rest = TimeDelta::microseconds(i64::from(self.begins_a_day(self.ends_at)));
        self.ends_at.utc() - rest
    }
}

impl Content for Event {
    const KIND: Kind = Kind::Event;
    const EXAMPLE_KEY: &'static str = "demo-naechste-veranstaltung";
    const ABOUT: &'static str =
        "Events, past and to come, organised by initiatives, networks or public bodies.";
    const FACETS: &'static [Facet] = &[
        Facet::Region,
        Facet::PlanningRegion,
        Facet::TechnologyField,
        Facet::Organiser,
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

    fn normalise(&mut self, faults: &mut Faults) {
        drop_repeated(&mut self.technology_fields, 40);
        drop_repeated(&mut self.languages, 20);
        let zone = self.time_zone.0;
        if self.all_day {
            // A midnight that clocks skip is still the day's beginning.
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
            let hint = if self.all_day { "; write the day after the last one (all_day)" } else { "" };
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
            Some(previous) if previous.calendar_entry() == self.calendar_entry() => previous.sequence,
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
        // Where clocks are set back over midnight, the day before comes again.
        Some((Date(first), Date(last.max(first))))
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
