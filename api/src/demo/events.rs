//! Invented events around the time of the import, organised by real initiatives and networks.
//!
//! The events of a week depend on that week only. Importing the demo again some weeks later adds the new weeks and
//! leaves the others unchanged. The next event always has the same slug, for examples.

use super::{
    invented::{Chance, INVENTED_DE, INVENTED_EN},
    landscape::{Landscape, Organisation},
    line,
};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc, Weekday};
use domain::{
    content::Content as _, event::Event, fold, kind::Kind, time::today, vocabulary::TechnologyFieldCode,
    words::Visibility,
};
use serde_json::{Value, json};

/// Number of weeks with events before and after now.
const BACK: Months = Months::new(18);
const AHEAD: Months = Months::new(9);

/// A type of event, in German and English.
type Form = (&'static str, &'static str);

/// Types that take some hours.
const HOURS: [Form; 8] = [
    ("Forum", "forum"),
    ("Workshop", "workshop"),
    ("Fachtag", "expert day"),
    ("Netzwerktreffen", "network meeting"),
    ("Arbeitskreis", "working group"),
    ("Betriebsbesuch", "company visit"),
    ("Kooperationsbörse", "matchmaking event"),
    ("Jahrestagung", "annual conference"),
];
/// Online types that take some hours.
const ONLINE: [Form; 3] =
    [("Online-Seminar", "webinar"), ("Online-Sprechstunde", "online clinic"), ("Webtalk", "web talk")];
/// Types that take whole days.
const WHOLE_DAYS: [Form; 4] = [
    ("Kongress", "congress"),
    ("Sommerschule", "summer school"),
    ("Messe", "trade fair"),
    ("Hackathon", "hackathon"),
];

/// The import lines of all events.
pub(super) fn lines(landscape: &Landscape, now: DateTime<Utc>) -> Vec<Value> {
    let day = today(now);
    let (Some(first), Some(last)) = (day.checked_sub_months(BACK), day.checked_add_months(AHEAD)) else {
        return Vec::new();
    };
    let hosts = [landscape.active(Kind::Initiative), landscape.active(Kind::Network)].concat();
    let calendar = Calendar { landscape, hosts };
    let weeks = first.week(Weekday::Mon).first_day().iter_weeks().take_while(|monday| *monday <= last);
    let days: Vec<NaiveDate> =
        weeks.flat_map(days_of_week).filter(|day| (first..=last).contains(day)).collect();
    let next = days.iter().copied().find(|it| *it > day);
    let mut lines = Vec::new();
    for day in days {
        let Some(mut event) = calendar.event(day) else { continue };
        if next == Some(day) {
            event["slug"] = Event::EXAMPLE_KEY.into();
        }
        lines.push(line(Kind::Event, event));
    }
    lines
}

/// The days of a week on which events start: one or two different days, none around Christmas.
fn days_of_week(monday: NaiveDate) -> Vec<NaiveDate> {
    let mut chance = Chance::of(&monday.to_string());
    let is_quiet = monday.month() == 12 && monday.day() >= 20 || monday.month() == 1 && monday.day() <= 3;
    let is_season = matches!(monday.month(), 3..=6 | 9..=11);
    let has_second = is_season && monday.iso_week().week().is_multiple_of(2);
    let count = if is_quiet { 0 } else { 1 + usize::from(has_second) };
    let offsets = [chance.between(0, 1), chance.between(2, 3)];
    offsets
        .into_iter()
        .take(count)
        .filter_map(|offset| monday.checked_add_days(Days::new(offset.unsigned_abs().into())))
        .collect()
}

/// Organisations that can hold events.
struct Calendar<'a> {
    landscape: &'a Landscape,
    /// Active initiatives and networks.
    hosts: Vec<&'a Organisation>,
}

/// Format and times of an event.
struct Manner {
    form: Form,
    /// Format: `onsite`, `online` or `hybrid`.
    format: &'static str,
    starts_at: String,
    ends_at: String,
    all_day: bool,
}

impl Calendar<'_> {
    fn event(&self, day: NaiveDate) -> Option<Value> {
        let mut chance = Chance::of(&format!("event/{day}"));
        let host = *chance.pick(&self.hosts)?;
        let field = *chance.pick(&host.fields)?;
        let manner = manner(day, &mut chance)?;
        let (form, english_form) = manner.form;
        let slug = format!("demo-{}-{}-{day}", fold::for_slug(form), field.slug);
        let registration = chance.percent(70).then(|| registration(day, &slug, &mut chance));
        let (registration_url, registration_deadline) = registration.flatten().unzip();
        let is_there = manner.format != "online";
        let scope = scope(host.visibility, &mut chance);
        Some(json!({
            "slug": slug,
            "status": "published",
            "title": {
                "de": format!("Demo: {form} {}", field.name.de.as_str()),
                "en": format!("Demo: {} {english_form}", english_name(field)),
            },
            "summary": summary(host, manner.form),
            "starts_at": manner.starts_at,
            "ends_at": manner.ends_at,
            "time_zone": "Europe/Berlin",
            "all_day": manner.all_day,
            "format": manner.format,
            "venue": is_there.then(|| venue(host, &mut chance)),
            "region": is_there.then_some(host.region),
            "scope": scope,
            "organisers": self.organisers(host, field, &mut chance),
            "measure": self.measure(day, &mut chance),
            "technology_fields": host.fields,
            "languages": languages(scope, &mut chance),
            "registration_url": registration_url,
            "registration_deadline": registration_deadline,
            "cancelled": chance.percent(5),
        }))
    }

    /// The host, and sometimes another organisation in the same field.
    fn organisers<'a>(
        &'a self,
        host: &'a Organisation,
        field: TechnologyFieldCode,
        chance: &mut Chance,
    ) -> Vec<&'a str> {
        let is_other = |it: &&&Organisation| it.slug != host.slug && it.fields.contains(&field);
        let others: Vec<&Organisation> = self.hosts.iter().filter(is_other).copied().collect();
        let second = if chance.percent(30) { chance.pick(&others) } else { None };
        std::iter::once(host).chain(second.copied()).map(|it| it.slug.as_str()).collect()
    }

    /// Sometimes a measure with events that runs on that day.
    fn measure(&self, day: NaiveDate, chance: &mut Chance) -> Option<&str> {
        let measures = self.landscape.measures.iter().filter(|it| it.kind == "event" && it.runs_on(day));
        let running: Vec<&str> = measures.map(|it| it.slug.as_str()).collect();
        if chance.percent(15) { chance.pick(&running).copied() } else { None }
    }
}

/// Format and times of an event that starts on this day. Times are local times in `time_zone`.
fn manner(day: NaiveDate, chance: &mut Chance) -> Option<Manner> {
    if chance.percent(12) {
        // Ends before Saturday.
        let left = 5u32.saturating_sub(day.weekday().num_days_from_monday());
        let length = chance.between(1, 3).unsigned_abs().min(left);
        let after = day.checked_add_days(Days::new(length.into()))?;
        return Some(Manner {
            form: *chance.pick(&WHOLE_DAYS)?,
            format: chance.word(&["onsite", "onsite", "hybrid"]),
            // A date alone means its midnight, regardless of clock changes.
            starts_at: day.to_string(),
            ends_at: after.to_string(),
            all_day: true,
        });
    }
    let format = chance.word(&["onsite", "onsite", "onsite", "hybrid", "online"]);
    let (forms, longest) = if format == "online" { (&ONLINE[..], 2) } else { (&HOURS[..], 7) };
    let (hour, minute) = (chance.between(9, 16), chance.word(&["00", "30"]));
    let end = (hour + chance.between(2, longest)).min(20);
    Some(Manner {
        form: *chance.pick(forms)?,
        format,
        starts_at: format!("{day}T{hour:02}:{minute}:00"),
        ends_at: format!("{day}T{end:02}:{minute}:00"),
        all_day: false,
    })
}

fn summary(host: &Organisation, (form, english_form): Form) -> Value {
    let city = &host.city;
    json!({
        "de": format!("{INVENTED_DE} {form} mit Vorträgen und Gesprächen; erdacht für eine Organisation mit Sitz in {city}."),
        "en": format!("{INVENTED_EN} Format: {english_form}, with talks; made up for an organisation based in {city}."),
    })
}

fn venue(host: &Organisation, chance: &mut Chance) -> Value {
    json!({
        "name": format!("{} {} (Demo)", chance.word(&["Beispielhaus", "Musterhalle", "Demo-Forum"]), host.city),
        "street": format!("Demoweg {}", chance.between(1, 99)),
        "city": host.city,
        "country": "DE",
        "location": host.location(),
    })
}

/// Registration URL and deadline, one to three weeks before.
fn registration(day: NaiveDate, slug: &str, chance: &mut Chance) -> Option<(String, String)> {
    let last = day.checked_sub_days(Days::new(chance.between(7, 21).unsigned_abs().into()))?;
    Some((format!("https://demo-anmeldung.example/{slug}"), format!("{last}T23:59:59")))
}

/// The scope. Organisations with a wider reputation sometimes hold events of a wider scope.
fn scope(visibility: Visibility, chance: &mut Chance) -> &'static str {
    match visibility {
        Visibility::Regional => chance.word(&["regional", "regional", "statewide"]),
        Visibility::National => chance.word(&["regional", "statewide", "national"]),
        Visibility::International => chance.word(&["statewide", "national", "international"]),
    }
}

fn languages(scope: &str, chance: &mut Chance) -> &'static [&'static str] {
    match scope {
        "international" if chance.percent(60) => &["en"],
        "international" | "national" => &["de", "en"],
        _ => &["de"],
    }
}

fn english_name(field: TechnologyFieldCode) -> String {
    let name = field.name.en.as_ref().map_or_else(|| field.name.de.as_str(), |name| name.as_str());
    name.to_owned()
}
