//! What a calendar shows of a record.

use crate::{
    moment::Zone,
    place::Location,
    reference::Reference,
    scalar::WebUrl,
    text::{LocalBrief, LocalName, LocalProse},
    time::Date,
    vocabulary::TechnologyFieldCode,
};
use chrono::{DateTime, Utc};

/// An entry of a calendar.
#[derive(Clone, Debug, PartialEq)]
pub struct CalendarEntry<'a> {
    /// Title.
    pub title: &'a LocalName,
    /// Summary in one or two sentences.
    pub summary: &'a LocalBrief,
    /// Full description.
    pub description: Option<&'a LocalProse>,
    /// Start.
    pub starts_at: DateTime<Utc>,
    /// End, exclusive.
    pub ends_at: DateTime<Utc>,
    /// Time zone of the place.
    pub time_zone: Zone,
    /// First and last day, if the entry lasts whole days.
    pub days: Option<(Date, Date)>,
    /// Venue, street, postal code with city, and country, as far as they are known.
    pub place: Vec<String>,
    /// Location on the map.
    pub location: Option<Location>,
    /// Technology fields.
    pub technology_fields: &'a [TechnologyFieldCode],
    /// Organisers.
    pub organisers: &'a [Reference],
    /// Registration page.
    pub registration_url: Option<&'a WebUrl>,
    /// Whether it was cancelled.
    pub is_cancelled: bool,
    /// Revision number (RFC 5545 section 3.8.7.4).
    pub sequence: u32,
}
