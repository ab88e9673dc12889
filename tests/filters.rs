//! Filters: the same words everywhere, each finding what it says and nothing else.

use crate::harness::{Records as _, TestApp, collection, minimal, nobodys_id, on_both, with};
use chrono::TimeDelta;
use domain::kind::Kind;
use serde_json::{Value, json};

on_both! {
    a_region_finds_what_lies_below_it_and_never_above
    an_industry_finds_what_lies_below_it
    a_box_finds_the_places_in_it
    a_circle_finds_the_places_in_it
    a_period_finds_what_overlaps_it
    a_bare_date_is_the_whole_day_in_berlin
    a_label_is_found_for_ever_and_a_valid_one_while_it_is_valid
    only_current_affiliations_find_a_member
    counts_of_members_are_those_of_public_current_ones
    the_spellings_of_an_umlaut_find_the_same
    ids_and_times_of_change_are_filters
    values_of_one_filter_are_alternatives_and_filters_combine
    references_are_filters_by_slug_and_id
    every_bad_value_is_named
    a_cursor_belongs_to_its_filter_and_order
    rubbish_is_no_cursor
    pages_are_stable_while_records_come_and_go
    names_sort_as_in_a_dictionary
    facets_count_within_the_filter_and_include_ancestors
}

/// Creates a published record with some fields of its own.
fn create(app: &TestApp, kind: Kind, name: &str, fields: Value) -> Value {
    app.admin().create(kind, &with(&minimal(kind, name), &fields))
}

/// The names of what a query finds, in order.
#[track_caller]
fn found(app: &TestApp, query: &str) -> Vec<String> {
    let answer = app.anonymous().get(&format!("/api/v1/{query}")).expect(200);
    let name = |item: &Value| {
        let name = item.get("name").or(item.get("title")).unwrap();
        name["de"].as_str().or(name.as_str()).unwrap().to_owned()
    };
    answer.items().iter().map(name).collect()
}

/// The names of the faults of a query that is refused.
#[track_caller]
fn refused(app: &TestApp, query: &str) -> Vec<String> {
    app.anonymous().get(&format!("/api/v1/{query}")).expect(400).faults()
}

fn a_region_finds_what_lies_below_it_and_never_above(app: TestApp) {
    create(&app, Kind::Cluster, "Stadt", json!({ "regions": ["DE111"] }));
    create(&app, Kind::Cluster, "Bezirk", json!({ "regions": ["DE11"] }));
    create(&app, Kind::Cluster, "Land", json!({ "regions": ["DE1"] }));
    create(&app, Kind::Cluster, "Freiburg", json!({ "regions": ["DE131"] }));
    assert_eq!(found(&app, "clusters?region=DE111"), ["Stadt"]);
    assert_eq!(found(&app, "clusters?region=DE11"), ["Bezirk", "Stadt"]);
    assert_eq!(found(&app, "clusters?region=DE1"), ["Bezirk", "Freiburg", "Land", "Stadt"]);
    assert_eq!(found(&app, "clusters?region=DE13"), ["Freiburg"]);
    assert_eq!(found(&app, "clusters?region=DE112"), [""; 0]);
    assert_eq!(found(&app, "clusters?planning_region=stuttgart"), ["Stadt"]);
    assert_eq!(
        found(&app, "clusters?planning_region=stuttgart&planning_region=suedlicher-oberrhein"),
        ["Freiburg", "Stadt"]
    );
}

fn an_industry_finds_what_lies_below_it(app: TestApp) {
    create(&app, Kind::Member, "Elektronik", json!({ "industries": ["26"] }));
    create(&app, Kind::Member, "Industrie", json!({ "industries": ["C"] }));
    create(&app, Kind::Member, "Beratung", json!({ "industries": ["70", "26"] }));
    create(&app, Kind::Member, "Ohne", json!({}));
    assert_eq!(found(&app, "members?industry=26"), ["Beratung", "Elektronik"]);
    assert_eq!(found(&app, "members?industry=C"), ["Beratung", "Elektronik", "Industrie"]);
    assert_eq!(found(&app, "members?industry=M"), ["Beratung"]);
    assert_eq!(found(&app, "members?industry=27"), [""; 0]);
}

/// Members in Stuttgart, Ulm and Freiburg, and one without a place.
fn create_places(app: &TestApp) {
    let places = [
        ("Stuttgart", "DE111", 48.7758, 9.1829),
        ("Ulm", "DE144", 48.4011, 9.9876),
        ("Freiburg", "DE131", 47.999, 7.8421),
    ];
    for (name, region, lat, lon) in places {
        create(app, Kind::Member, name, json!({ "region": region, "location": { "lat": lat, "lon": lon } }));
    }
    create(app, Kind::Member, "Nirgends", json!({}));
}

fn a_box_finds_the_places_in_it(app: TestApp) {
    create_places(&app);
    assert_eq!(found(&app, "members?bbox=9.0,48.5,9.5,49.0"), ["Stuttgart"]);
    assert_eq!(
        found(&app, "members?bbox=9.1829,48.7758,9.1829,48.7758"),
        ["Stuttgart"],
        "edges belong to it"
    );
    assert_eq!(found(&app, "members?bbox=-180,-90,180,90"), ["Freiburg", "Stuttgart", "Ulm"]);
    assert_eq!(found(&app, "members?bbox=9.5,40,9,50"), ["Freiburg", "Ulm"], "around the world");
    assert_eq!(found(&app, "members?bbox=170,-10,-170,10"), [""; 0]);
}

fn a_circle_finds_the_places_in_it(app: TestApp) {
    create_places(&app);
    assert_eq!(found(&app, "members?near=48.7758,9.1829&radius_km=72"), ["Stuttgart"]);
    assert_eq!(found(&app, "members?near=48.7758,9.1829&radius_km=73"), ["Stuttgart", "Ulm"]);
    assert_eq!(found(&app, "members?near=48.7758,9.1829&radius_km=0.01"), ["Stuttgart"]);
    assert_eq!(found(&app, "members?near=48.7758,9.1829&radius_km=20000"), ["Freiburg", "Stuttgart", "Ulm"]);
    assert_eq!(found(&app, "members?radius_km=73&near=48.7758,9.1829&bbox=9.5,48,10,49"), ["Ulm"]);
}

fn a_period_finds_what_overlaps_it(app: TestApp) {
    create(&app, Kind::Measure, "Jahr", json!({ "starts_on": "2024-01-01", "ends_on": "2024-12-31" }));
    create(&app, Kind::Measure, "Bis", json!({ "ends_on": "2023-12-31" }));
    create(&app, Kind::Measure, "Ab", json!({ "starts_on": "2025-06-01" }));
    create(&app, Kind::Measure, "Immer", json!({}));
    let cases: [(&str, &[&str]); 8] = [
        ("from=2024-12-31", &["Ab", "Immer", "Jahr"]),
        ("from=2025-01-01", &["Ab", "Immer"]),
        ("from=2023-12-31", &["Ab", "Bis", "Immer", "Jahr"]),
        ("to=2023-12-31", &["Bis", "Immer"]),
        ("to=2024-01-01", &["Bis", "Immer", "Jahr"]),
        ("from=2024-01-01&to=2024-01-01", &["Immer", "Jahr"]),
        ("from=2025-01-01&to=2025-05-31", &["Immer"]),
        ("from=2000-01-01&to=2100-01-01", &["Ab", "Bis", "Immer", "Jahr"]),
    ];
    for (filter, expected) in cases {
        assert_eq!(found(&app, &format!("measures?{filter}")), expected, "{filter}");
    }
    assert_eq!(refused(&app, "measures?from=2025-01-02&to=2025-01-01"), ["to"]);
}

fn a_bare_date_is_the_whole_day_in_berlin(app: TestApp) {
    let event = |name: &str, fields: Value| create(&app, Kind::Event, name, fields);
    event("Nachts", json!({ "starts_at": "2026-06-30T22:30:00Z", "ends_at": "2026-06-30T23:00:00Z" }));
    event("Ganztags", json!({ "starts_at": "2026-07-02", "ends_at": "2026-07-03", "all_day": true }));
    assert_eq!(found(&app, "events?from=2026-07-01"), ["Nachts", "Ganztags"]);
    assert_eq!(found(&app, "events?to=2026-06-30"), [""; 0]);
    assert_eq!(found(&app, "events?to=2026-07-01"), ["Nachts"]);
    assert_eq!(found(&app, "events?from=2026-07-02&to=2026-07-02"), ["Ganztags"]);
    assert_eq!(found(&app, "events?from=2026-07-03"), [""; 0], "the end of a whole day is exclusive");
    assert_eq!(found(&app, "events?to=2026-06-30T22:30:00Z"), ["Nachts"], "both ends are inclusive");
    assert_eq!(found(&app, "events?to=2026-06-30T22:29:59Z"), [""; 0]);
    assert_eq!(found(&app, "events?from=2026-07-01T01:00:00%2B02:00&to=2026-07-01"), ["Nachts"]);
    assert_eq!(found(&app, "events?from=2026-07-01T01:00:01%2B02:00&to=2026-07-01"), [""; 0]);
}

fn a_label_is_found_for_ever_and_a_valid_one_while_it_is_valid(app: TestApp) {
    let award = |name: &str, label: Value| create(&app, Kind::Initiative, name, json!({ "labels": [label] }));
    award("Gold", json!({ "label": "esca-gold", "awarded_on": "2023-06-01", "valid_until": "2026-05-31" }));
    award(
        "Künftig",
        json!({ "label": "esca-gold", "awarded_on": "2026-06-01", "valid_until": "2029-05-31" }),
    );
    award("Spitze", json!({ "label": "spitzencluster", "awarded_on": "2008" }));
    award("Landes", json!({ "label": "cluster-exzellenz-bw", "awarded_on": "2025-03-01" }));
    award("Unbekannt", json!({ "label": "cluster-exzellenz-bw" }));
    assert_eq!(found(&app, "initiatives?label=esca-gold"), ["Gold", "Künftig"]);
    assert_eq!(found(&app, "initiatives?label_valid=esca-gold"), ["Gold"]);
    assert_eq!(found(&app, "initiatives?label_valid=spitzencluster"), ["Spitze"]);
    assert_eq!(found(&app, "initiatives?label=cluster-exzellenz-bw"), ["Landes", "Unbekannt"]);
    assert_eq!(
        found(&app, "initiatives?label_valid=cluster-exzellenz-bw"),
        ["Landes"],
        "two years by itself"
    );
    app.clock.set("2026-05-31T21:59:59Z");
    assert_eq!(
        found(&app, "initiatives?label_valid=esca-gold"),
        ["Gold"],
        "to the end of its last day in Berlin"
    );
    app.clock.set("2026-05-31T22:00:00Z");
    assert_eq!(found(&app, "initiatives?label_valid=esca-gold"), ["Künftig"]);
    app.clock.set("2027-04-01T00:00:00Z");
    assert_eq!(found(&app, "initiatives?label_valid=cluster-exzellenz-bw"), [""; 0]);
    assert_eq!(found(&app, "initiatives?label=esca-gold"), ["Gold", "Künftig"]);
}

fn only_current_affiliations_find_a_member(app: TestApp) {
    create(&app, Kind::Initiative, "Verein", json!({}));
    create(&app, Kind::Network, "Netz", json!({}));
    let member = |name: &str, affiliation: Value| {
        create(&app, Kind::Member, name, json!({ "affiliations": [affiliation] }));
    };
    member("Immer", json!({ "organisation": "verein" }));
    member("Bis Mai", json!({ "organisation": "verein", "since": "2020-01-01", "until": "2026-05-31" }));
    member("Ab Juni", json!({ "organisation": "verein", "since": "2026-06-01" }));
    member("Im Netz", json!({ "organisation": "netz" }));
    assert_eq!(found(&app, "members?initiative=verein"), ["Bis Mai", "Immer"]);
    assert_eq!(found(&app, "members?network=netz"), ["Im Netz"]);
    assert_eq!(found(&app, "members?initiative=verein&network=netz"), [""; 0]);
    assert_eq!(refused(&app, "members?initiative=netz"), ["initiative"], "a network is no initiative");
    app.clock.set("2026-05-31T22:00:00Z");
    assert_eq!(found(&app, "members?initiative=verein"), ["Ab Juni", "Immer"]);
}

fn counts_of_members_are_those_of_public_current_ones(app: TestApp) {
    create(&app, Kind::Initiative, "Verein", json!({}));
    let until_may = json!([{ "organisation": "verein", "until": "2026-05-31" }]);
    create(&app, Kind::Member, "A", json!({ "affiliations": [{ "organisation": "verein" }] }));
    create(&app, Kind::Member, "B", json!({ "affiliations": until_may }));
    create(&app, Kind::Member, "C", json!({ "affiliations": until_may, "public": false }));
    create(&app, Kind::Member, "D", json!({ "affiliations": until_may, "status": "draft" }));
    let counts = || {
        let read =
            |client: crate::harness::Client<'_>| client.get("/api/v1/initiatives/verein").expect(200).json();
        [read(app.anonymous()), read(app.editor())].map(|verein| verein["member_count"].clone())
    };
    assert_eq!(counts(), [2, 2]);
    app.clock.set("2026-06-01T00:00:00Z");
    assert_eq!(counts(), [1, 1]);
}

fn the_spellings_of_an_umlaut_find_the_same(app: TestApp) {
    for name in ["Müller Optik", "Mueller Elektronik", "Straßenbau Muller", "Quelle 50%"] {
        create(&app, Kind::Member, name, json!({}));
    }
    let all = ["Mueller Elektronik", "Müller Optik", "Straßenbau Muller"];
    for spelling in ["Müller", "Mueller", "muller", "M%C3%9CLLER", "mu%CC%88ller", "ulle"] {
        assert_eq!(found(&app, &format!("members?q={}", spelling.replace('ü', "%C3%BC"))), all, "{spelling}");
    }
    assert_eq!(found(&app, "members?q=optik+mueller"), ["Müller Optik"], "every word, in any order");
    assert_eq!(found(&app, "members?q=strassenbau"), ["Straßenbau Muller"]);
    assert_eq!(found(&app, "members?q=quelle"), ["Quelle 50%"]);
    assert_eq!(found(&app, "members?q=50%25"), ["Quelle 50%"]);
    for nothing in ["", "%25", "_", "+", "%2A", "*"] {
        assert_eq!(refused(&app, &format!("members?q={nothing}")), ["q"]);
    }
    assert_eq!(refused(&app, &format!("members?q={}", "x".repeat(501))), ["q"]);
}

fn ids_and_times_of_change_are_filters(app: TestApp) {
    let first = create(&app, Kind::Measure, "Erste", json!({}));
    app.clock.advance(TimeDelta::days(1));
    let second = create(&app, Kind::Measure, "Zweite", json!({}));
    let [first, second] = [first, second].map(|record| record["id"].as_str().unwrap().to_owned());
    assert_eq!(found(&app, &format!("measures?ids={second}&ids={first}")), ["Erste", "Zweite"]);
    assert_eq!(found(&app, &format!("measures?ids={second}&ids={}", nobodys_id())), ["Zweite"]);
    assert_eq!(refused(&app, &format!("measures?ids={first},{second}")), ["ids"]);
    assert_eq!(found(&app, "measures?updated_since=2026-05-12T10:00:00Z"), ["Erste", "Zweite"]);
    assert_eq!(found(&app, "measures?updated_since=2026-05-12T10:00:00.000001Z"), ["Zweite"]);
    assert_eq!(found(&app, "measures?updated_since=2026-05-13"), ["Zweite"]);
    assert_eq!(found(&app, "measures?updated_since=2026-05-14"), [""; 0]);
}

fn values_of_one_filter_are_alternatives_and_filters_combine(app: TestApp) {
    create(&app, Kind::Cluster, "A", json!({ "regions": ["DE111"], "technology_fields": ["photonik"] }));
    create(
        &app,
        Kind::Cluster,
        "B",
        json!({ "regions": ["DE131"], "technology_fields": ["photonik", "ikt"] }),
    );
    create(
        &app,
        Kind::Cluster,
        "C",
        json!({ "regions": ["DE131"], "technology_fields": ["leichtbau"], "visibility": "national" }),
    );
    assert_eq!(found(&app, "clusters?region=DE111&region=DE131"), ["A", "B", "C"]);
    assert_eq!(found(&app, "clusters?region=DE131&technology_field=photonik"), ["B"]);
    assert_eq!(found(&app, "clusters?technology_field=ikt&technology_field=leichtbau"), ["B", "C"]);
    assert_eq!(
        found(
            &app,
            "clusters?technology_field=photonik&technology_field=leichtbau&region=DE131&visibility=national"
        ),
        ["C"]
    );
    assert_eq!(found(&app, "clusters?visibility=regional&visibility=international&q=b"), ["B"]);
}

fn references_are_filters_by_slug_and_id(app: TestApp) {
    let cluster = create(&app, Kind::Cluster, "Cluster", json!({}));
    create(&app, Kind::Cluster, "Geheim", json!({ "status": "draft" }));
    create(&app, Kind::Initiative, "Verein", json!({ "clusters": ["cluster"] }));
    create(&app, Kind::Event, "Treffen", json!({ "organisers": ["verein"] }));
    create(&app, Kind::Measure, "Hilfe", json!({ "beneficiaries": ["verein"] }));
    assert_eq!(found(&app, "initiatives?cluster=cluster"), ["Verein"]);
    assert_eq!(found(&app, &format!("initiatives?cluster={}", cluster["id"].as_str().unwrap())), ["Verein"]);
    assert_eq!(found(&app, "events?organiser=verein"), ["Treffen"]);
    assert_eq!(found(&app, "measures?initiative=verein"), ["Hilfe"]);
    for hidden in ["geheim", "gibt-es-nicht", "Kein Slug", &nobodys_id().to_string()] {
        assert_eq!(
            refused(&app, &format!("initiatives?cluster={}", hidden.replace(' ', "%20"))),
            ["cluster"]
        );
    }
    app.auditor().get("/api/v1/initiatives?cluster=geheim").expect(200);
    app.editor().change(Kind::Cluster, "cluster", &json!({ "slug": "neuer-name" }));
    assert_eq!(found(&app, "initiatives?cluster=cluster"), ["Verein"], "a former slug still names it");
}

fn every_bad_value_is_named(app: TestApp) {
    let cases: [(Kind, &str, &[&str]); 18] = [
        (Kind::Cluster, "region", &["", "DE2", "DE999", "8111", "DE111%00", "DE1'--"]),
        (Kind::Cluster, "planning_region", &["", "DE111", "Stuttgart"]),
        (Kind::Cluster, "technology_field", &["Photonik", "x"]),
        (Kind::Cluster, "industry", &["Z", "100", "34", "A26", "26.", "26.11111"]),
        (Kind::Cluster, "visibility", &["global", "Regional"]),
        (Kind::Network, "label", &["esca", "Gold"]),
        (Kind::Network, "label_valid", &["esca"]),
        (Kind::Event, "scope", &["world"]),
        (Kind::Event, "event_format", &["Online"]),
        (Kind::Measure, "kind", &["company"]),
        (Kind::Member, "kind", &["funding"]),
        (Kind::Member, "size_class", &["tiny"]),
        (Kind::Member, "chamber", &["ihk"]),
        (
            Kind::Cluster,
            "bbox",
            &[
                "",
                "1,2,3",
                "1,2,3,4,5",
                "a,b,c,d",
                "9,49,10,48",
                "-181,0,0,0",
                "0,0,0,91",
                "NaN,0,0,0",
                "inf,0,0,0",
            ],
        ),
        (
            Kind::Event,
            "from",
            &["", "heute", "2026-13-01", "2026-02-30", "2026-05-01T10:00", "0000-01-01", "99999-01-01"],
        ),
        (Kind::Event, "to", &["26", "2026-5", "2026-13", "01.05.2026"]),
        (Kind::Cluster, "updated_since", &["yesterday", "2026-5-1"]),
        (Kind::Cluster, "ids", &["1", "", "019a2b3c000070008000000000000001"]),
    ];
    for (kind, filter, values) in cases {
        for value in values {
            assert_eq!(
                refused(&app, &format!("{}?{filter}={value}", kind.plural())),
                [filter],
                "{filter}={value}"
            );
        }
    }
    let circles = [
        ("near=1,2", "radius_km"),
        ("radius_km=1", "near"),
        ("near=91,0&radius_km=1", "near"),
        ("near=0&radius_km=1", "near"),
        ("near=0,0&radius_km=0", "radius_km"),
        ("near=0,0&radius_km=-1", "radius_km"),
        ("near=0,0&radius_km=20001", "radius_km"),
        ("near=0,0&radius_km=NaN", "radius_km"),
    ];
    for (query, fault) in circles {
        assert_eq!(refused(&app, &format!("clusters?{query}")), [fault], "{query}");
    }
    assert_eq!(
        refused(&app, "clusters?region=DE2&region=DE3&industry=x&colour=1"),
        ["region", "region", "industry", "colour"]
    );
    assert_eq!(refused(&app, "measures?bbox=1,2,3,4"), ["bbox"], "measures have no place");
    assert_eq!(refused(&app, "clusters?from=2026-01-01"), ["from"], "clusters have no period");
}

fn a_cursor_belongs_to_its_filter_and_order(app: TestApp) {
    for kind in [Kind::Cluster, Kind::Network] {
        for name in ["A", "B", "C"] {
            create(&app, kind, name, json!({}));
        }
    }
    let page = app.anonymous().get("/api/v1/clusters?region=DE111&region=DE1&limit=1").expect(200).json();
    let next = page["next"].as_str().unwrap();
    let cursor = next.split("cursor=").nth(1).unwrap();
    assert_eq!(found(&app, &format!("clusters?region=DE111&region=DE1&cursor={cursor}")), ["B", "C"]);
    assert_eq!(
        found(&app, &format!("clusters?cursor={cursor}&limit=1&region=DE1&region=DE111")),
        ["B"],
        "in any order"
    );
    let foreign = [
        "clusters?",
        "clusters?region=DE111&",
        "clusters?region=DE111&region=DE1&q=a&",
        "clusters?region=DE111&region=DE1&sort=-name&",
        "clusters?region=DE111&region=DE1&sort=updated_at&",
        "networks?region=DE111&region=DE1&",
    ];
    for query in foreign {
        assert_eq!(refused(&app, &format!("{query}cursor={cursor}")), ["cursor"], "{query}");
    }
}

fn rubbish_is_no_cursor(app: TestApp) {
    for name in ["A", "B"] {
        create(&app, Kind::Cluster, name, json!({}));
    }
    let page = app.anonymous().get("/api/v1/clusters?limit=1").expect(200).json();
    let cursor = page["next"].as_str().unwrap().split("cursor=").nth(1).unwrap().to_owned();
    assert_eq!(found(&app, &format!("clusters?cursor={cursor}")), ["B"]);
    let reversed: String = cursor.chars().rev().collect();
    for bad in
        ["", "x", "%00", "AAAA", "null", "%F0%9F%92%A9", &cursor[..20], &reversed, &format!("{cursor}==")]
    {
        assert_eq!(refused(&app, &format!("clusters?cursor={bad}")), ["cursor"], "{bad}");
    }
}

fn pages_are_stable_while_records_come_and_go(app: TestApp) {
    for name in ["B", "D", "F", "H"] {
        create(&app, Kind::Cluster, name, json!({}));
    }
    let mut seen = Vec::new();
    let mut next = Some("/api/v1/clusters?limit=1".to_owned());
    while let Some(address) = next {
        let page = app.anonymous().get(&address).expect(200);
        seen.extend(page.items().iter().map(|item| item["name"]["de"].as_str().unwrap().to_owned()));
        next = page.json()["next"].as_str().map(str::to_owned);
        if seen.len() == 2 {
            create(&app, Kind::Cluster, "A", json!({}));
            create(&app, Kind::Cluster, "E", json!({}));
            for gone in ["d", "h"] {
                app.editor()
                    .delete(&format!("{}/{gone}", collection(Kind::Cluster)))
                    .if_match("*")
                    .expect(204);
            }
        }
    }
    assert_eq!(seen, ["B", "D", "E", "F"]);
}

fn names_sort_as_in_a_dictionary(app: TestApp) {
    let sorted = ["-Anker-", "Arzt", "Ärzte", "ärzte 2", "Ölbad", "Oma", "Straße", "Strasse", "Zeppelin"];
    for name in ["Zeppelin", "Ärzte", "Arzt", "Ölbad", "Oma", "-Anker-", "ärzte 2", "Straße", "Strasse"] {
        create(&app, Kind::Network, name, json!({}));
    }
    assert_eq!(found(&app, "networks"), sorted);
    let reversed: Vec<&str> = sorted.into_iter().rev().collect();
    assert_eq!(found(&app, "networks?sort=-name"), reversed);
}

fn facets_count_within_the_filter_and_include_ancestors(app: TestApp) {
    create(&app, Kind::Cluster, "A", json!({ "regions": ["DE111", "DE112"], "industries": ["26"] }));
    create(&app, Kind::Cluster, "B", json!({ "regions": ["DE111"], "visibility": "national" }));
    create(&app, Kind::Cluster, "C", json!({ "regions": ["DE131"] }));
    create(&app, Kind::Cluster, "D", json!({ "status": "draft" }));
    let facets = app.anonymous().get("/api/v1/clusters/facets?region=DE11").expect(200).json();
    let facets = serde_json::to_string(&facets).unwrap().replace("},{", "},\n{").replace("],", "],\n");
    insta::assert_snapshot!(facets, @r#"
    {"facets":{"industry":[{"value":"26","name":{"de":"Herstellung von Datenverarbeitungsgeräten, elektronischen und optischen Erzeugnissen","en":"Manufacture of computer, electronic and optical products"},"count":1},
    {"value":"C","name":{"de":"Verarbeitendes Gewerbe","en":"Manufacturing"},"count":1}],
    "planning_region":[{"value":"stuttgart","name":{"de":"Region Stuttgart","en":"Stuttgart region"},"count":2}],
    "region":[{"value":"DE1","name":{"de":"Baden-Württemberg","en":"Baden-Württemberg"},"count":2},
    {"value":"DE11","name":{"de":"Regierungsbezirk Stuttgart","en":"Government Region of Stuttgart"},"count":2},
    {"value":"DE111","name":{"de":"Stadtkreis Stuttgart","en":"City of Stuttgart"},"count":2},
    {"value":"DE112","name":{"de":"Landkreis Böblingen","en":"District of Böblingen"},"count":1}],
    "technology_field":[{"value":"photonik","name":{"de":"Photonik und optische Technologien","en":"Photonics and optical technologies"},"count":2}],
    "visibility":[{"value":"national","name":"National","count":1},
    {"value":"regional","name":"Regional","count":1}]}}
    "#);
}
