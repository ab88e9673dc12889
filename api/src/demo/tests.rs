use super::*;
use chrono::{TimeDelta, TimeZone};
use domain::{
    content::Content,
    event::Event,
    fault::Faults,
    kinds::{KindFunction, with_kind},
    record::Draft,
    reference::Role,
    slug::Key,
    time::Span,
    vocabulary::{Chamber, ChamberKind, Entry},
};
use std::collections::{HashMap, HashSet};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 5, 12, 10, 0, 0).unwrap()
}

/// Moments around clock changes, leap days and turns of the year.
fn moments() -> impl Iterator<Item = DateTime<Utc>> {
    (0..=43).map(|step| now() + TimeDelta::days(17 * step) + TimeDelta::hours(5 * step % 24))
}

fn kind_of(line: &Value) -> Kind {
    Kind::parse(line["kind"].as_str().unwrap()).unwrap()
}

fn records(lines: &[Value], kind: Kind) -> Vec<&Value> {
    lines.iter().filter(|line| kind_of(line) == kind).map(|line| &line["record"]).collect()
}

fn find<'a>(lines: &'a [Value], kind: Kind, slug: &str) -> &'a Value {
    records(lines, kind).into_iter().find(|record| record["slug"] == slug).unwrap()
}

fn affiliations(member: &Value) -> &[Value] {
    member["affiliations"].as_array().unwrap()
}

/// A parsed line.
struct Reading {
    faults: Faults,
    slug: Option<String>,
    references: Vec<(Role, String)>,
    span: Span,
}

struct Read<'a>(&'a Value);

impl KindFunction for Read<'_> {
    type Output = Reading;

    fn call<C: Content>(self) -> Reading {
        let mut faults = Faults::new();
        let mut record = self.0["record"].clone();
        // The import uses this field itself.
        record.as_object_mut().unwrap().shift_remove("id");
        let mut draft = Draft::<C>::read(record, None, &mut faults).unwrap();
        let mut references = Vec::new();
        draft.content.visit_links(&mut |link| {
            let Key::Slug(slug) = link.reference.key() else { panic!("a line knows slugs only") };
            references.push((link.role, slug.to_string()));
            true
        });
        let slug = draft.slug.map(|slug| slug.to_string());
        Reading { faults, slug, references, span: draft.content.span() }
    }
}

#[test]
fn every_line_is_right_whenever_it_is_imported() {
    for now in moments() {
        let mut seen: HashMap<(&str, String), Kind> = HashMap::new();
        for line in lines(now) {
            let kind = kind_of(&line);
            let reading = with_kind(kind, Read(&line));
            assert!(reading.faults.is_empty(), "{now} {}: {line}", reading.faults);
            assert_eq!(line["record"]["status"], "published");
            for (role, slug) in reading.references {
                let is_there = role.targets().iter().any(|target| {
                    target.slug_space().is_some_and(|space| seen.get(&(space, slug.clone())) == Some(target))
                });
                assert!(is_there, "{now} {slug} is not an earlier {role:?}: {line}");
            }
            if let (Some(space), Some(slug)) = (kind.slug_space(), reading.slug) {
                assert_eq!(seen.insert((space, slug), kind), None, "{now}: {line}");
            }
        }
    }
}

#[test]
fn the_same_moment_gives_the_same_landscape() {
    assert_eq!(lines(now()), lines(now()));
}

#[test]
fn importing_later_changes_no_record_that_stays() {
    let of = |now| -> HashMap<String, Value> {
        let is_kept =
            |line: &Value| kind_of(line) != Kind::Member && line["record"]["slug"] != Event::EXAMPLE_KEY;
        let keyed = lines(now).into_iter().filter(is_kept);
        keyed.map(|line| (format!("{} {}", line["kind"], line["record"]["slug"]), line)).collect()
    };
    let (first, later) = (of(now()), of(now() + TimeDelta::days(30)));
    let stayed: Vec<&String> = first.keys().filter(|key| later.contains_key(*key)).collect();
    assert!(stayed.len() > 250 && stayed.len() < first.len());
    assert!(stayed.iter().all(|key| first[*key] == later[*key]));
    let members =
        |now| lines(now).into_iter().filter(|line| kind_of(line) == Kind::Member).collect::<Vec<_>>();
    assert_eq!(members(now()), members(now() + TimeDelta::days(30)));
}

#[test]
fn the_records_of_examples_are_there() {
    struct Keys;
    impl KindFunction for Keys {
        type Output = &'static str;

        fn call<C: Content>(self) -> &'static str {
            C::EXAMPLE_KEY
        }
    }
    for now in moments() {
        let lines = lines(now);
        for kind in Kind::ALL {
            let field = if kind.slug_space().is_some() { "slug" } else { "id" };
            let named = records(&lines, kind).into_iter().filter(|it| it[field] == with_kind(kind, Keys));
            assert_eq!(named.count(), 1, "{now}: {kind}");
        }
    }
}

#[test]
fn the_real_part_is_what_the_files_hold() {
    let lines = lines(now());
    let counts = [Kind::Cluster, Kind::Initiative, Kind::Network, Kind::Measure]
        .map(|kind| records(&lines, kind).len());
    assert_eq!(counts, [15, 56, 33, 40]);
}

#[test]
fn an_organisation_goes_over_field_by_field() {
    assert_eq!(
        find(&lines(now()), Kind::Network, "afbw"),
        &json!({
            "slug": "afbw",
            "status": "published",
            "name": "Allianz Faserbasierte Werkstoffe Baden-Württemberg e.V.",
            "short_name": "AFBW",
            "summary": {
                "de": "Landesweites Netzwerk, das Firmen und Forschung rund um Fasern und textile Werkstoffe \
                       zusammenführt.",
                "en": "State-wide network linking companies and research around fibres and textile materials.",
            },
            "legal_form": "e.V.",
            "founded_on": "2009",
            "website": "https://www.afbw.eu",
            "contact": {
                "organisation": "Allianz Faserbasierte Werkstoffe Baden-Württemberg e.V.",
                "postal_code": "70191",
                "city": "Stuttgart",
                "country": "DE",
            },
            "location": { "lat": 48.7758, "lon": 9.1829 },
            "regions": ["DE1"],
            "technology_fields": ["textil-faser", "leichtbau", "werkstoffe-oberflaechen"],
            "industries": ["13", "14", "22", "24", "25", "23"],
            "visibility": "national",
            "labels": [
                { "label": "cluster-exzellenz-bw", "awarded_on": "2013", "valid_until": "2015-12-31" },
                { "label": "cluster-exzellenz-bw", "awarded_on": "2017", "valid_until": "2019-12-31" },
            ],
            "activity": "active",
            "ended_on": null,
            "successor": null,
            "reported_members": null,
        })
    );
}

#[test]
fn what_is_derived_from_the_files_is_right() {
    let lines = lines(now());
    let find = |kind, slug| find(&lines, kind, slug);
    let merged = find(Kind::Initiative, "packaging-excellence-center");
    assert_eq!(merged["activity"], "merged");
    assert_eq!(merged["ended_on"], "2020");
    assert_eq!(merged["successor"], "packaging-valley");
    let medical = find(Kind::Initiative, "medical-mountains");
    assert_eq!(medical["clusters"], json!(["cluster-medizintechnik-tuttlingen"]));
    let competition = find(Kind::Measure, "clusterwettbewerb-2008");
    assert_eq!(competition["budget"], "4000000.00");
    assert_eq!(competition["ends_on"], "2008");
    for measure in records(&lines, Kind::Measure) {
        let responsible = measure["responsible"].as_str().unwrap();
        assert!(!responsible.contains("ministry"), "{responsible} needs its German name");
    }
}

#[test]
fn every_chamber_has_members_and_no_two_are_the_same() {
    let lines = lines(now());
    let members = records(&lines, Kind::Member);
    assert!((400..=430).contains(&members.len()), "{}", members.len());
    for chamber in Chamber::all().iter().filter(|chamber| chamber.kind != ChamberKind::Umbrella) {
        let own = members.iter().filter(|member| member["chamber"] == chamber.slug.as_str());
        assert!((18..=20).contains(&own.clone().count()), "{}", chamber.slug);
        assert!(own.clone().all(|it| chamber.districts.iter().any(|code| it["region"] == code.as_str())));
    }
    assert_eq!(members.iter().filter(|member| member["chamber"].is_null()).count(), 20);
    let names: HashSet<&str> = members.iter().filter_map(|member| member["name"].as_str()).collect();
    let ids: HashSet<(&str, &str)> = members
        .iter()
        .filter_map(|member| Some((member["chamber"].as_str()?, member["external_id"].as_str()?)))
        .collect();
    assert_eq!((names.len(), ids.len()), (members.len(), members.len() - 20));
    let public = members.iter().filter(|member| member["public"] == true).count() * 100 / members.len();
    assert!((80..=90).contains(&public), "{public} % are public");
}

#[test]
fn what_is_invented_says_so() {
    let lines = lines(now());
    for member in records(&lines, Kind::Member) {
        assert!(member["name"].as_str().unwrap().ends_with(" (Demo)"));
        assert!(member["website"].as_str().is_none_or(|url| url.ends_with(".example")), "{member}");
    }
    for operation in records(&lines, Kind::Operation) {
        assert!(operation["name"]["de"].as_str().unwrap().starts_with("Demo: Beispielvorhaben "));
        assert!(operation["name"]["en"].as_str().unwrap().starts_with("Demo: example operation "));
        assert!(operation["purpose"]["de"].as_str().unwrap().contains("frei erfunden"));
        assert!(operation["code"].as_str().unwrap().starts_with("DEMO-"));
        let beneficiary = &operation["beneficiary"];
        let is_person = beneficiary["kind"] == "natural_person";
        assert_eq!(beneficiary["name"].as_str().is_some_and(|name| name.ends_with(" (Demo)")), !is_person);
    }
    for event in records(&lines, Kind::Event) {
        assert!(event["title"]["de"].as_str().unwrap().starts_with("Demo: "));
        assert!(event["title"]["en"].as_str().unwrap().starts_with("Demo: "));
        assert!(event["summary"]["de"].as_str().unwrap().contains("frei erfunden"));
        assert!(event["summary"]["en"].as_str().unwrap().contains("invented"));
    }
}

#[test]
fn the_public_sees_members_of_every_active_initiative_and_many_of_some() {
    let lines = lines(now());
    let mut current: HashMap<&str, usize> = HashMap::new();
    let members = records(&lines, Kind::Member).into_iter();
    for affiliation in members.filter(|it| it["public"] == true).flat_map(affiliations) {
        let day = |field: &str| affiliation[field].as_str();
        assert!(day("since").unwrap() < "2024" && day("until").is_none_or(|until| until < "2024"));
        if day("until").is_none() {
            *current.entry(affiliation["organisation"].as_str().unwrap()).or_default() += 1;
        }
    }
    let landscape = Landscape::read();
    let counts: Vec<usize> = landscape
        .active(Kind::Initiative)
        .iter()
        .map(|it| current.get(it.slug.as_str()).copied().unwrap_or_default())
        .collect();
    assert!(counts.iter().all(|count| *count >= 2), "{counts:?}");
    assert!(counts.iter().filter(|count| **count >= 12).count() >= 5, "{counts:?}");
}

#[test]
fn events_lie_on_both_sides_of_every_moment() {
    for now in moments() {
        let lines = lines(now);
        let events = records(&lines, Kind::Event);
        assert!((135..=165).contains(&events.len()), "{now}: {}", events.len());
        let starts: Vec<DateTime<Utc>> = lines
            .iter()
            .filter(|line| kind_of(line) == Kind::Event)
            .filter_map(|line| with_kind(Kind::Event, Read(line)).span.start)
            .collect();
        let past = starts.iter().filter(|start| **start < now).count();
        assert!(past > 80 && starts.len() - past > 35, "{now}: {past} of {}", starts.len());
        assert!(starts.iter().all(|start| (*start - now).num_days().abs() < 18 * 31));
        let count = |field: &str, value: Value| events.iter().filter(|event| event[field] == value).count();
        assert!((2..=15).contains(&count("cancelled", json!(true))), "{now}");
        assert!(count("all_day", json!(true)) >= 8, "{now}");
        assert!(count("measure", Value::Null) < events.len() - 8, "{now}");
        for format in ["onsite", "online", "hybrid"] {
            assert!(count("format", json!(format)) >= 15, "{now} {format}");
        }
    }
}
