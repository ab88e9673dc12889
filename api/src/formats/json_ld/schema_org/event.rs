//! Events: `Event`.

use super::{
    Node, SchemaOrg,
    parts::{address, areas, plain, point, references, subjects, texts},
};
use chrono::SecondsFormat;
use domain::{
    event::{Event, Venue},
    moment::Moment,
    record::Record,
    words::EventFormat,
};
use serde_json::Value;

impl SchemaOrg for Event {
    fn describe(record: &Record<Self>, base: &str) -> Node {
        let event = &record.content;
        let status = if event.cancelled { "EventCancelled" } else { "EventScheduled" };
        let (start, end) = times(record);
        let languages = event.languages.iter().map(|language| plain(Some(language)));
        Node::new()
            .with("@type", "Event")
            .with("name", texts(&event.title))
            .with("description", event.description.as_ref().map_or_else(|| texts(&event.summary), texts))
            .with("startDate", start)
            .with("endDate", end)
            .with("eventStatus", format!("https://schema.org/{status}"))
            .with("eventAttendanceMode", format!("https://schema.org/{}", attendance(event.format)))
            .with("location", places(event, base))
            .with("organizer", references(&event.organisers, base))
            .with("about", subjects(&event.technology_fields, &[], base))
            .with("inLanguage", languages.collect::<Vec<_>>())
            .with("offers", registration(event))
    }
}

/// Start and end: dates if the event lasts whole days, otherwise local times with their offset.
fn times(record: &Record<Event>) -> (Value, Value) {
    let event = &record.content;
    match (event.all_day, record.derived.first_day, record.derived.last_day) {
        (true, Some(first), Some(last)) => (plain(Some(&first)), plain(Some(&last))),
        _ => (local(event, event.starts_at).into(), local(event, event.ends_at).into()),
    }
}

/// A moment as local time of the event, with its offset.
fn local(event: &Event, moment: Moment) -> String {
    moment.utc().with_timezone(&event.time_zone.0).to_rfc3339_opts(SecondsFormat::AutoSi, false)
}

fn attendance(format: EventFormat) -> &'static str {
    match format {
        EventFormat::Onsite => "OfflineEventAttendanceMode",
        EventFormat::Online => "OnlineEventAttendanceMode",
        EventFormat::Hybrid => "MixedEventAttendanceMode",
    }
}

/// The venue, or the region if only that is known, and the place on the Internet.
fn places(event: &Event, base: &str) -> Vec<Value> {
    let mut places = Vec::new();
    if event.format != EventFormat::Online {
        match &event.venue {
            Some(venue) => places.push(place(venue)),
            None => places.extend(event.region.iter().flat_map(|region| areas(&[*region], base))),
        }
    }
    if event.format != EventFormat::Onsite {
        let url = plain(event.registration_url.as_ref());
        places.push(Node::new().with("@type", "VirtualLocation").with("url", url).into());
    }
    places.retain(|place| !place.is_null());
    places
}

fn place(venue: &Venue) -> Value {
    let Venue { name, street, postal_code, city, country, location } = venue;
    let address = address(street.as_ref(), postal_code.as_ref(), city.as_ref(), country.as_ref());
    Node::new()
        .with("name", plain(name.as_ref()))
        .with("address", address)
        .with("geo", point(*location))
        .of_type("Place")
}

/// Registration: where, and until when.
fn registration(event: &Event) -> Value {
    let deadline = event.registration_deadline.map(|deadline| local(event, deadline));
    Node::new()
        .with("url", plain(event.registration_url.as_ref()))
        .with("validThrough", deadline)
        .of_type("Offer")
}
