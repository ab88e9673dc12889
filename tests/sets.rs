//! Filters are sets of records: pages, totals and facets of whatever is asked for, against looking at every record.

use crate::harness::{Dice, Records as _, Syncs as _, TestApp, minimal, on_both};
use domain::{kind::Kind, place::BoundingBox, place::Circle, place::Location};
use serde_json::{Value, json};
use std::collections::BTreeMap;

on_both! {
    what_a_filter_means_is_what_looking_at_every_record_finds
    what_lies_far_behind_in_the_order_is_found
}

const REGIONS: [&str; 5] = ["DE111", "DE112", "DE121", "DE131", "DE144"];
const SIZES: [&str; 4] = ["micro", "small", "medium", "large"];
const INDUSTRIES: [&str; 4] = ["26", "28", "62", "70"];

/// A member that chance draws; few are hidden, and some have no place.
fn member(dice: &mut Dice, number: usize) -> Value {
    let degrees = |dice: &mut Dice, least: f64| least + dice.below(2_000) as f64 / 1_000.0;
    let location = json!({ "lat": degrees(dice, 47.6), "lon": degrees(dice, 8.0) });
    let days = [json!({}), json!({ "since": "2020-01-01" }), json!({ "until": "2021-12-31" })];
    let mut affiliation = dice.one_of(&days).clone();
    affiliation["organisation"] = "i".into();
    json!({
        "external_id": format!("M-{number}"),
        "name": format!("{} {number}", dice.one_of(&["Optik", "Ärzte", "Zürn", "Kraft", "Müller"])),
        "kind": dice.one_of(&["company", "research_institute"]),
        "region": dice.one_of(&REGIONS),
        "size_class": dice.one_of(&SIZES),
        "industries": [dice.one_of(&INDUSTRIES)],
        "location": if dice.is_below(90) { location } else { Value::Null },
        "affiliations": if dice.is_below(50) { json!([affiliation]) } else { json!([]) },
        "public": dice.is_below(90),
    })
}

/// All public members in an order, as an export gives them.
fn export(app: &TestApp, sort: &str) -> Vec<Value> {
    let lines = app.anonymous().get(&format!("/api/v1/members.ndjson?sort={sort}")).expect(200).text();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// One condition: a parameter, and what it asks of a record.
type Condition = (String, Box<dyn Fn(&Value) -> bool>);

fn place(record: &Value) -> Option<Location> {
    serde_json::from_value(record["location"].clone()).ok()
}

/// Some conditions that chance draws.
fn conditions(dice: &mut Dice) -> Vec<Condition> {
    let mut drawn: Vec<Condition> = Vec::new();
    if dice.is_below(40) {
        let code = *dice.one_of(&["DE1", "DE11", "DE111", "DE131", "DE14", "DE145"]);
        let is_there = move |record: &Value| record["region"].as_str().unwrap().starts_with(code);
        drawn.push((format!("region={code}"), Box::new(is_there)));
    }
    if dice.is_below(25) {
        let sizes = [*dice.one_of(&SIZES), *dice.one_of(&SIZES)];
        let is_so = move |record: &Value| sizes.contains(&record["size_class"].as_str().unwrap());
        drawn.push((format!("size_class={}&size_class={}", sizes[0], sizes[1]), Box::new(is_so)));
    }
    if dice.is_below(15) {
        let industry = *dice.one_of(&INDUSTRIES);
        let has = move |record: &Value| record["industries"][0] == industry;
        drawn.push((format!("industry={industry}"), Box::new(has)));
    }
    if dice.is_below(15) {
        let is_current = |record: &Value| {
            record["affiliations"].as_array().is_some_and(|all| all.iter().any(|it| it["until"].is_null()))
        };
        drawn.push(("initiative=i".to_owned(), Box::new(is_current)));
    }
    if dice.is_below(30) {
        let (west, south) = (8.0 + dice.below(15) as f64 / 10.0, 47.6 + dice.below(15) as f64 / 10.0);
        let reach = *dice.one_of(&[0.02, 0.1, 0.5, 2.0, 60.0]);
        let area = BoundingBox { west, south, east: west + reach, north: (south + reach).min(90.0) };
        let text = format!("bbox={west},{south},{},{}", area.east, area.north);
        drawn.push((text, Box::new(move |record| place(record).is_some_and(|place| area.contains(place)))));
    }
    if dice.is_below(15) {
        let centre =
            Location { lat: 47.6 + dice.below(20) as f64 / 10.0, lon: 8.0 + dice.below(20) as f64 / 10.0 };
        let circle = Circle { centre, radius_km: *dice.one_of(&[3.0, 20.0, 90.0, 2_000.0]) };
        let text = format!("near={},{}&radius_km={}", centre.lat, centre.lon, circle.radius_km);
        drawn.push((text, Box::new(move |record| place(record).is_some_and(|place| circle.contains(place)))));
    }
    drawn
}

/// The ids of all pages, and the totals that they tell.
#[track_caller]
fn walk(app: &TestApp, address: &str) -> Vec<Value> {
    let (mut ids, mut at) = (Vec::new(), Some(format!("{address}&with_total=true")));
    let mut totals = Vec::new();
    while let Some(address) = at {
        let page = app.anonymous().get(&address).expect(200).json();
        ids.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()));
        totals.push(page["total"].as_u64().unwrap() as usize);
        at = page["next"].as_str().map(str::to_owned);
    }
    assert!(totals.iter().all(|total| *total == ids.len()), "{address}: {totals:?} and {}", ids.len());
    ids
}

fn what_a_filter_means_is_what_looking_at_every_record_finds(app: TestApp) {
    let mut dice = Dice::new(17);
    app.editor().create(Kind::Initiative, &minimal(Kind::Initiative, "I"));
    let members: Vec<Value> = (0..400).map(|number| member(&mut dice, number)).collect();
    app.admin().sync("mode=delta", &members);
    let orders = ["name", "-name", "updated_at", "-updated_at"];
    let exports: BTreeMap<&str, Vec<Value>> = orders.map(|sort| (sort, export(&app, sort))).into();
    let mut found = 0;
    for round in 0..80 {
        let drawn = conditions(&mut dice);
        let filter: Vec<&str> = drawn.iter().map(|(text, _)| text.as_str()).collect();
        let filter = filter.join("&");
        let (sort, limit) = (*dice.one_of(&orders), *dice.one_of(&[1, 7, 60]));
        if limit == 1 && drawn.len() < 2 {
            continue; // a page for each of many
        }
        let meant = exports[sort].iter().filter(|record| drawn.iter().all(|(_, holds)| holds(record)));
        let meant: Vec<&Value> = meant.collect();
        let ids: Vec<Value> = meant.iter().map(|record| record["id"].clone()).collect();
        let address = format!("/api/v1/members?{filter}&sort={sort}&limit={limit}");
        assert_eq!(walk(&app, &address), ids, "{address}, round {round}");
        found += ids.len();

        let facets = app.anonymous().get(&format!("/api/v1/members/facets?{filter}")).expect(200).json();
        let mut sizes: BTreeMap<&str, u64> = BTreeMap::new();
        meant
            .iter()
            .for_each(|record| *sizes.entry(record["size_class"].as_str().unwrap()).or_default() += 1);
        let counted = facets["facets"]["size_class"].as_array().unwrap().iter();
        let counted = counted.map(|it| (it["value"].as_str().unwrap(), it["count"].as_u64().unwrap()));
        assert_eq!(counted.collect::<BTreeMap<_, _>>(), sizes, "{filter}, round {round}");
    }
    assert!(found > 500, "{found}");
}

fn what_lies_far_behind_in_the_order_is_found(app: TestApp) {
    // Of a large set in front of which nothing of it stands, and whose walk is given up.
    let line = |number: usize| {
        let region = if number < 900 { "DE111" } else { "DE112" };
        json!({
            "external_id": format!("M-{number}"), "name": format!("Firma {number:04}"), "kind": "company",
            "region": region, "public": true,
        })
    };
    app.admin().sync("mode=delta", &(0..1_200).map(line).collect::<Vec<_>>());
    for (query, first) in [("region=DE112", 900), ("region=DE111&sort=-name", 899), ("region=DE11", 0)] {
        let page = app.anonymous().get(&format!("/api/v1/members?{query}&limit=3")).expect(200);
        let name = |item: &Value| item["name"].as_str().unwrap().to_owned();
        let step = |number: usize| if query.contains("-name") { first - number } else { first + number };
        let names: Vec<String> = (0..3).map(|number| format!("Firma {:04}", step(number))).collect();
        assert_eq!(page.items().iter().map(name).collect::<Vec<_>>(), names, "{query}");
    }
    let ids = walk(&app, "/api/v1/members?region=DE112&limit=100");
    assert_eq!(ids.len(), 300);
}
