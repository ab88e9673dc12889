//! iCalendar (RFC 5545), with the calendar properties of RFC 7986.
//!
//! Times are local times of the venue, with a `TZID` that a `VTIMEZONE` defines, because calendar programs show the
//! zone to people. Two kinds of time are written in UTC: local times that a clock change repeats, and years that the
//! definitions do not cover.

use super::{Context, Writer};
use crate::{problem::Problem, respond::path_of};
use calcard::{
    common::{IanaType, PartialDateTime},
    icalendar::{
        ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarDuration, ICalendarEntry,
        ICalendarParameter, ICalendarProperty, ICalendarStatus, ICalendarTransparency, ICalendarValue,
        ICalendarValueType, Uri,
    },
};
use chrono::{DateTime, Days, Offset, SubsecRound, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use domain::{
    calendar::CalendarEntry,
    content::{AsText, Content},
    record::Record,
    reference::Reference,
    search::Language,
    text::Local,
    time::HOME,
};
use std::{collections::HashSet, fmt::Write as _};

/// Identifies the software that wrote the calendar (RFC 5545 section 3.7.3).
const PRODUCT: &str = "-//Clusterportal//Clusterportal API//DE";
/// How often programs should ask for changes, in hours (RFC 7986 section 5.7).
const REFRESH_HOURS: u32 = 1;
/// The moments that the definitions of time zones cover: 2010 to 2037. Most zones have kept their rules since. Programs
/// often misread rules that ended.
const COVERED: std::ops::Range<i64> = 1_262_304_000..2_145_916_800;

/// Writes events.
pub(super) struct Calendar {
    context: Context,
    language: Language,
    /// The time zones that were defined so far.
    defined: HashSet<Tz>,
}

impl Calendar {
    pub(super) fn new(context: Context) -> Self {
        let language = context.language.unwrap_or(Language::De);
        Self { context, language, defined: HashSet::new() }
    }

    /// Writes a record, and before it the time zone that it needs.
    fn record<C: Content>(&mut self, out: &mut String, record: &Record<C>) -> Result<(), Problem> {
        let entry = entry_of(record)?;
        let mut event = self.event(out, record, &entry)?;
        let language = self.language;
        let mut add = |property, value: ICalendarValue| event.add_property(property, value);
        add(ICalendarProperty::Created, time(record.created_at).into());
        add(ICalendarProperty::Description, description(&entry, language).into());
        if !entry.place.is_empty() {
            add(ICalendarProperty::Location, entry.place.join(", ").into());
        }
        if let Some(url) = entry.registration_url {
            add(ICalendarProperty::Url, uri(url.as_str()));
        } else {
            add(ICalendarProperty::Url, uri(&format!("{}{}", self.context.base, path_of(record))));
        }
        if let Some(place) = entry.location {
            let place = vec![ICalendarValue::Float(place.lat), ICalendarValue::Float(place.lon)];
            event.entries.push(ICalendarEntry::new(ICalendarProperty::Geo).with_values(place));
        }
        let fields = entry.technology_fields.iter();
        let fields =
            fields.map(|field| ICalendarValue::from(in_language(&field.entry().name, language).0.to_owned()));
        let fields: Vec<_> = fields.collect();
        if !fields.is_empty() {
            event.entries.push(ICalendarEntry::new(ICalendarProperty::Categories).with_values(fields));
        }
        let status = if entry.is_cancelled { ICalendarStatus::Cancelled } else { ICalendarStatus::Confirmed };
        event.add_property(ICalendarProperty::Status, ICalendarValue::Status(status));
        let (title, language) = in_language(entry.title, language);
        let title = ICalendarEntry::new(ICalendarProperty::Summary).with_value(title.to_owned());
        event.entries.push(title.with_param(ICalendarParameter::language(language.as_str().to_owned())));
        write(out, vec![event])
    }

    /// Writes a record that is no longer public: only when it would have been.
    fn withdrawn<C: Content>(&mut self, out: &mut String, record: &Record<C>) -> Result<(), Problem> {
        let entry = entry_of(record)?;
        let mut event = self.event(out, record, &entry)?;
        event.add_property(ICalendarProperty::Status, ICalendarValue::Status(ICalendarStatus::Cancelled));
        let title = match self.language {
            Language::De => "Zurückgezogen",
            Language::En => "Withdrawn",
        };
        event.add_property(ICalendarProperty::Summary, title.to_owned());
        write(out, vec![event])
    }

    /// An event with its identity and its times. Defines its time zone first if that is necessary.
    fn event<C: Content>(
        &mut self,
        out: &mut String,
        record: &Record<C>,
        entry: &CalendarEntry<'_>,
    ) -> Result<ICalendarComponent, Problem> {
        let mut event = ICalendarComponent::new(ICalendarComponentType::VEvent);
        event.add_uid(&record.id.to_string());
        event.add_dtstamp(time(record.updated_at));
        event.add_property(ICalendarProperty::LastModified, time(record.updated_at));
        event.add_sequence(entry.sequence.into());
        let transparent = ICalendarValue::Transparency(ICalendarTransparency::Transparent);
        event.add_property(ICalendarProperty::Transp, transparent);
        if let Some((first, last)) = entry.days {
            // The end is exclusive (RFC 5545 section 3.6.1).
            let end = last.0.checked_add_days(Days::new(1)).unwrap_or(last.0);
            for (property, day) in [(ICalendarProperty::Dtstart, first.0), (ICalendarProperty::Dtend, end)] {
                let day = day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
                let date =
                    ICalendarEntry::new(property).with_value(PartialDateTime::from_date_timestamp(day));
                let is_date =
                    ICalendarParameter::value(IanaType::<_, String>::Iana(ICalendarValueType::Date));
                event.entries.push(date.with_param(is_date));
            }
        } else {
            // iCalendar knows whole seconds only. The end must come after the start.
            let second = |moment: DateTime<Utc>| moment.trunc_subsecs(0);
            let (start, end) = (second(entry.starts_at), second(entry.ends_at));
            let end = if end < entry.ends_at { end + TimeDelta::seconds(1) } else { end };
            for (property, moment) in [(ICalendarProperty::Dtstart, start), (ICalendarProperty::Dtend, end)] {
                event.entries.push(self.local(out, property, moment, entry.time_zone.0)?);
            }
        }
        Ok(event)
    }

    /// A time of an event, in its time zone where iCalendar can express it.
    fn local(
        &mut self,
        out: &mut String,
        property: ICalendarProperty,
        moment: DateTime<Utc>,
        zone: Tz,
    ) -> Result<ICalendarEntry, Problem> {
        let local = moment.with_timezone(&zone).naive_local();
        // Of two equal local times, the first is meant (RFC 5545 section 3.3.5). Not every program knows that.
        let is_unique = zone.from_local_datetime(&local).single().is_some();
        let is_defined = is_unique && COVERED.contains(&moment.timestamp()) && self.define(out, zone)?;
        let entry = ICalendarEntry::new(property);
        Ok(if is_defined {
            let local = PartialDateTime::from_naive_timestamp(local.and_utc().timestamp());
            entry.with_value(local).with_param(ICalendarParameter::tzid(zone.name().to_owned()))
        } else {
            entry.with_value(time(moment))
        })
    }

    /// Writes the definition of a time zone before its first use. Returns whether it has one.
    fn define(&mut self, out: &mut String, zone: Tz) -> Result<bool, Problem> {
        // UTC has a form of its own.
        let offset = zone.offset_from_utc_datetime(&DateTime::UNIX_EPOCH.naive_utc());
        if zone.name().contains("UTC") && offset.fix().local_minus_utc() == 0 {
            return Ok(false);
        }
        if self.defined.insert(zone) {
            let root = ICalendarComponent::new(ICalendarComponentType::VCalendar);
            let mut calendar = ICalendar { components: vec![root] };
            let Some(index) = calendar.add_timezone(zone.name(), COVERED.start, COVERED.end) else {
                return Err(Problem::internal(format!("no definition of {zone}")));
            };
            // The components of the zone follow it; their indexes move when it becomes the root.
            let mut components = calendar.components.split_off(index as usize);
            for child in components.iter_mut().flat_map(|component| &mut component.component_ids) {
                *child -= index;
            }
            write(out, components)?;
        }
        Ok(true)
    }
}

impl<C: Content> Writer<C> for Calendar {
    fn begin(&mut self) -> Result<Vec<u8>, Problem> {
        let mut out = String::from("BEGIN:VCALENDAR\r\n");
        let mut properties = vec![
            (ICalendarProperty::Version, ICalendarValue::from("2.0".to_owned())),
            (ICalendarProperty::Prodid, PRODUCT.to_owned().into()),
            (ICalendarProperty::Calscale, "GREGORIAN".to_owned().into()),
        ];
        if let Some(feed) = &self.context.feed {
            let what = match self.language {
                Language::De => "Veranstaltungen im Clusterportal",
                Language::En => "Events of the Clusterportal",
            };
            let name = [what].into_iter().chain(feed.filters.iter().map(String::as_str));
            let name = name.collect::<Vec<_>>().join(" · ");
            let interval = ICalendarDuration { hours: REFRESH_HOURS, ..ICalendarDuration::default() };
            properties.extend([
                (ICalendarProperty::Name, name.clone().into()),
                // Programs that predate RFC 7986 read these.
                (ICalendarProperty::Other("X-WR-CALNAME".to_owned()), name.into()),
                (ICalendarProperty::Other("X-PUBLISHED-TTL".to_owned()), interval.clone().into()),
                (ICalendarProperty::RefreshInterval, interval.into()),
                (ICalendarProperty::Source, uri(&feed.url)),
            ]);
        }
        for (property, value) in properties {
            let typed = match property {
                ICalendarProperty::RefreshInterval => Some(ICalendarValueType::Duration),
                ICalendarProperty::Source => Some(ICalendarValueType::Uri),
                _ => None,
            };
            let typed = typed.map(|typed| ICalendarParameter::value(IanaType::<_, String>::Iana(typed)));
            ICalendarEntry::new(property)
                .with_value(value)
                .with_param_opt(typed)
                .write_to(&mut out)
                .map_err(Problem::internal)?;
        }
        if self.context.feed.is_some() {
            // A calendar has at least one component (RFC 5545 section 3.6), and a feed may have no events.
            self.define(&mut out, HOME)?;
        }
        Ok(out.into_bytes())
    }

    fn records(&mut self, records: &[Record<C>]) -> Result<Vec<u8>, Problem> {
        let mut out = String::new();
        for record in records {
            self.record(&mut out, record)?;
        }
        Ok(out.into_bytes())
    }

    fn withdrawn(&mut self, records: &[Record<C>]) -> Result<Vec<u8>, Problem> {
        let mut out = String::new();
        for record in records {
            Self::withdrawn(self, &mut out, record)?;
        }
        Ok(out.into_bytes())
    }

    fn end(&mut self) -> Result<Vec<u8>, Problem> {
        Ok(b"END:VCALENDAR\r\n".to_vec())
    }
}

fn entry_of<C: Content>(record: &Record<C>) -> Result<CalendarEntry<'_>, Problem> {
    let entry = record.content.calendar_entry();
    entry.ok_or_else(|| Problem::internal(format!("{} is not an entry of a calendar", C::KIND)))
}

/// Writes a component with those inside it. The first is the outermost.
fn write(out: &mut String, components: Vec<ICalendarComponent>) -> Result<(), Problem> {
    ICalendar { components }.write_to(out).map_err(Problem::internal)
}

/// A moment in UTC.
fn time(moment: DateTime<Utc>) -> PartialDateTime {
    PartialDateTime::from_utc_timestamp(moment.timestamp())
}

/// A URL. Values of this type are not escaped (RFC 5545 section 3.3.13), but the library escapes commas and semicolons.
/// Percent-encoded, they mean the same.
fn uri(url: &str) -> ICalendarValue {
    ICalendarValue::Uri(Uri::Location(url.replace(',', "%2C").replace(';', "%3B")))
}

/// A text in a language if it exists in it, otherwise in German.
fn in_language<T: AsText>(text: &Local<T>, language: Language) -> (&str, Language) {
    match &text.en {
        Some(english) if language == Language::En => (english.text(), Language::En),
        _ => (text.de.text(), Language::De),
    }
}

/// Summary, description and organisers of an event.
fn description(entry: &CalendarEntry<'_>, language: Language) -> String {
    let mut text = in_language(entry.summary, language).0.to_owned();
    if let Some(description) = entry.description {
        let _ = write!(text, "\n\n{}", in_language(description, language).0);
    }
    let organisers = entry.organisers.iter().filter_map(|organiser| match organiser {
        Reference::Resolved { label: Some(label), .. } => Some(label.name.as_str()),
        _ => None,
    });
    let organisers = organisers.collect::<Vec<_>>().join(", ");
    if !organisers.is_empty() {
        let word = match language {
            Language::De => "Veranstalter",
            Language::En => "Organisers",
        };
        let _ = write!(text, "\n\n{word}: {organisers}");
    }
    text
}
