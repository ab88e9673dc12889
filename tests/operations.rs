//! The list of operations: its columns, the code of each, what Union funds require, sums, and the list of a measure.

use crate::harness::{Client, Dice, Records as _, TestApp, minimal, on_both, with, without};
use chrono::TimeDelta;
use domain::{content::Content as _, kind::Kind, operation::Operation};
use serde_json::{Value, json};
use std::collections::BTreeMap;

on_both! {
    the_csv_has_every_column_of_the_article
    a_union_fund_requires_what_the_article_names
    national_money_has_no_fields_of_the_union
    a_natural_person_has_no_name_unless_it_is_published
    a_name_that_was_removed_is_at_no_earlier_moment
    a_code_belongs_to_one_operation_for_ever
    a_code_leads_to_its_operation
    the_next_update_is_four_months_after_the_last
    a_measure_lists_and_counts_its_operations
    facets_sum_the_total_cost_of_what_they_count
}

const LIST: &str = "/api/v1/operations";

fn create(app: &TestApp, fields: &Value) -> Value {
    app.admin().create(Kind::Operation, &with(&minimal(Kind::Operation, "Vorhaben"), fields))
}

/// A complete operation of the ERDF.
fn erdf(code: &str) -> Value {
    let mut record = without(&serde_json::to_value(Operation::example()).unwrap(), &["fishing_vessel"]);
    record["beneficiary"]["organisation"] = Value::Null;
    with(
        &record,
        &json!({
            "status": "published", "code": code, "measure": "ziel-measure", "fund": "erdf", "specific_objective": "RSO1.1",
        }),
    )
}

fn the_csv_has_every_column_of_the_article(app: TestApp) {
    create(&app, &json!({}));
    let text = app.anonymous().get(&format!("{LIST}.csv")).expect(200).text();
    let mut rows = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let columns: Vec<String> = rows.headers().unwrap().iter().map(str::to_owned).collect();
    for (letter, named) in [
        ("a", vec!["beneficiary.name", "contractors"]),
        ("b", vec!["beneficiary.name", "beneficiary.kind"]),
        ("c", vec!["fishing_vessel"]),
        ("d", vec!["name.de"]),
        ("e", vec!["purpose.de", "achievements.de"]),
        ("f", vec!["starts_on"]),
        ("g", vec!["ends_on"]),
        ("h", vec!["total_cost"]),
        ("i", vec!["fund"]),
        ("j", vec!["specific_objective"]),
        ("k", vec!["eu_cofinancing_rate"]),
        ("l", vec!["region", "address.city", "address.country", "location.lat", "location.lon"]),
        ("m", vec!["location_type", "beneficiary.address.city", "beneficiary.region"]),
        ("n", vec!["intervention_type"]),
        ("code", vec!["code", "measure", "next_update"]),
    ] {
        for column in named {
            assert!(columns.iter().any(|known| known == column), "({letter}) {column} of {columns:?}");
        }
    }
}

/// The pointers of the faults of a body.
#[track_caller]
fn faults(client: &Client<'_>, record: &Value) -> Vec<String> {
    let mut faults = client.post(LIST).json(record).expect(422).faults();
    faults.sort();
    faults
}

fn a_union_fund_requires_what_the_article_names(app: TestApp) {
    app.prepare(Kind::Operation);
    let admin = app.admin();
    for fund in ["erdf", "esf_plus", "cohesion_fund", "jtf", "emfaf", "amif", "isf", "bmvi"] {
        let bare = with(&minimal(Kind::Operation, "Vorhaben"), &json!({ "fund": fund }));
        let missing = [
            "/achievements",
            "/address/country",
            "/ends_on",
            "/eu_cofinancing_rate",
            "/intervention_type",
            "/location",
            "/specific_objective",
        ];
        assert_eq!(faults(&admin, &bare), missing, "{fund}");
    }
    admin.post(LIST).json(&erdf("E-1")).expect(201);
    let with_fields = |fields: Value| with(&erdf("E-2"), &fields);
    let abroad = json!({ "address": { "country": "FR" }, "region": null, "location": null });
    for (fields, pointers) in [
        (json!({ "measure": null }), vec!["/measure"]),
        (json!({ "specific_objective": "ESO4.1" }), vec!["/specific_objective"]),
        (json!({ "specific_objective": "2.1" }), vec!["/specific_objective"]),
        (json!({ "fund": "emfaf" }), vec!["/specific_objective"]),
        (json!({ "eu_cofinancing_rate": "0" }), vec!["/eu_cofinancing_rate"]),
        (json!({ "fishing_vessel": "DEU500350102" }), vec!["/fishing_vessel"]),
        (json!({ "ends_on": "2023-01-01" }), vec!["/ends_on"]),
        (json!({ "ends_on": "9999-12-31" }), vec!["/ends_on"]),
        (abroad.clone(), vec!["/location"]),
        (json!({ "location": { "lat": 49.5, "lon": 8.5 } }), vec!["/location"]),
        (json!({ "published_on": "2026-05-13" }), vec!["/published_on"]),
    ] {
        assert_eq!(faults(&admin, &with_fields(fields.clone())), pointers, "{fields}");
    }
    // Without a single location, that of the beneficiary counts.
    let elsewhere = with(&with_fields(abroad), &json!({ "location_type": "mobile" }));
    let anonymous = json!({ "kind": "legal_entity", "name": "Muster GmbH" });
    assert_eq!(
        faults(&admin, &with(&elsewhere, &json!({ "beneficiary": anonymous }))),
        ["/beneficiary/region"]
    );
    let seated = with(&anonymous, &json!({ "region": "DE131" }));
    admin.post(LIST).json(&with(&elsewhere, &json!({ "beneficiary": seated }))).expect(201);
    let found = app.anonymous().get(&format!("{LIST}?region=DE13")).expect(200);
    assert_eq!(found.each("code"), ["E-1", "E-2"]);
}

fn national_money_has_no_fields_of_the_union(app: TestApp) {
    app.prepare(Kind::Operation);
    for fund in ["state", "federal"] {
        let record = with(&erdf("E-1"), &json!({ "fund": fund }));
        let pointers = ["/eu_cofinancing_rate", "/intervention_type", "/specific_objective"];
        assert_eq!(faults(&app.admin(), &record), pointers);
    }
}

fn a_natural_person_has_no_name_unless_it_is_published(app: TestApp) {
    app.prepare(Kind::Operation);
    let admin = app.admin();
    let beneficiary = |fields: &Value| {
        let person = with(&json!({ "kind": "natural_person" }), fields);
        with(&minimal(Kind::Operation, "Vorhaben"), &json!({ "beneficiary": person }))
    };
    for (fields, pointer) in [
        (json!({ "name": "Erika Mustermann" }), "/beneficiary/name"),
        (json!({ "address": { "city": "Ulm" } }), "/beneficiary/address"),
        (json!({ "region": "DE131" }), "/beneficiary/region"),
    ] {
        assert_eq!(faults(&admin, &beneficiary(&fields)), [pointer]);
    }
    admin.post(LIST).json(&beneficiary(&json!({ "region": "DE13" }))).expect(201);
    let published =
        with(&beneficiary(&json!({ "name": "Erika Mustermann" })), &json!({ "published_on": "2026-05-01" }));
    let record = admin.post(LIST).json(&published).expect(201).json();
    assert_eq!(record["beneficiary"]["name"], "Erika Mustermann");
    let nameless =
        with(&minimal(Kind::Operation, "x"), &json!({ "beneficiary": { "kind": "legal_entity" } }));
    assert_eq!(faults(&admin, &nameless), ["/beneficiary/name"]);
}

fn a_name_that_was_removed_is_at_no_earlier_moment(app: TestApp) {
    let named = json!({
        "beneficiary": { "kind": "natural_person", "name": "Erika Mustermann" },
        "fund": "emfaf", "achievements": { "de": "Zehn." }, "specific_objective": "2.1", "eu_cofinancing_rate": "70", "region": "DE13", "ends_on": "2026",
        "intervention_type": "028", "address": { "country": "DE" }, "fishing_vessel": "DEU500350102",
        "published_on": "2026-05-01"
    });
    for removal in [
        json!({ "beneficiary": { "name": null }, "fishing_vessel": null }),
        json!({ "beneficiary": { "name": null }, "fishing_vessel": null, "published_on": null }),
        json!({ "published_on": "2020-01-01" }),
    ] {
        let record = create(&app, &named);
        let (id, then) = (record["id"].as_str().unwrap(), app.clock.now().to_rfc3339().replace('+', "%2B"));
        app.clock.advance(TimeDelta::hours(1));
        let address = format!("{LIST}/{id}");
        let tells = |client: &Client<'_>, address: &str| {
            let text = client.get(address).expect(200).text();
            text.contains("Mustermann") || text.contains("DEU500350102")
        };
        assert!(tells(&app.anonymous(), &address), "it is published");
        app.editor().change(Kind::Operation, id, &removal);
        app.clock.advance(TimeDelta::hours(1));
        for client in [app.anonymous(), app.editor(), app.auditor()] {
            for address in [
                address.clone(),
                format!("{address}?as_of={then}"),
                format!("{LIST}?as_of={then}"),
                format!("{LIST}.csv?as_of={then}"),
                format!("{LIST}.xlsx?as_of={then}"),
                format!("{address}.jsonld?as_of={then}"),
            ] {
                assert!(!tells(&client, &address), "{address}");
            }
        }
        for history in [format!("{address}/history"), format!("{address}/history/1")] {
            assert!(!tells(&app.auditor(), &history), "{history}");
        }
    }
}

fn a_code_belongs_to_one_operation_for_ever(app: TestApp) {
    let admin = app.admin();
    // Words that are no slugs are codes all the same.
    let codes = ["EFRE-1", "facets", "019a2b3c-0000-7000-8000-000000000001", "9"];
    for code in codes {
        create(&app, &json!({ "code": code, "status": "draft" }));
    }
    let body = |code: &str| with(&minimal(Kind::Operation, "Neu"), &json!({ "code": code }));
    for code in codes.iter().copied().chain(["efre-1", "EFRE 1", "Efre/1", "FACETS"]) {
        assert_eq!(admin.post(LIST).json(&body(code)).expect(409).faults(), ["/code"], "{code}");
    }
    let other = create(&app, &json!({ "code": "EFRE-2" }));
    let address = format!("{LIST}/{}", other["id"].as_str().unwrap());
    let take = |code: &str| admin.patch(&address).if_match("*").json(&json!({ "code": code }));
    assert_eq!(take("EFRE_1").expect(409).faults(), ["/code"]);
    take("EFRE-3").expect(200);
    assert_eq!(admin.post(LIST).json(&body("EFRE-2")).expect(409).faults(), ["/code"], "it was used");
    take("EFRE-2").expect(200);
    admin.delete(&address).if_match("*").expect(204);
    assert_eq!(admin.post(LIST).json(&body("EFRE-2")).expect(409).faults(), ["/code"], "it may come back");
    let line = json!({ "kind": "operation", "record": body("EFRE-3") });
    let refused = crate::transfer::import(&app.store, &format!("{line}\n")).unwrap_err();
    assert!(refused.to_string().contains("/code"), "{refused}");
}

fn a_code_leads_to_its_operation(app: TestApp) {
    create(&app, &json!({ "code": "EFRE 2024/0815", "name": { "de": "Prüfstand" }, "status": "draft" }));
    app.anonymous().get(&format!("{LIST}/efre-2024-0815")).expect(404);
    app.editor().change(Kind::Operation, "pruefstand", &json!({ "status": "published" }));
    let moved = app.anonymous().get(&format!("{LIST}/efre-2024-0815")).expect(308);
    assert!(moved.header("location").ends_with("/operations/pruefstand"));
    let slug = json!({ "slug": "efre-2024-0815" });
    app.editor().change(Kind::Operation, "pruefstand", &slug);
    app.anonymous().get(&format!("{LIST}/efre-2024-0815")).expect(200);
}

fn the_next_update_is_four_months_after_the_last(app: TestApp) {
    let next = |client: &Client<'_>, query: &str| {
        client.get(&format!("{LIST}{query}")).expect(200).each("next_update")
    };
    let draft = create(&app, &json!({ "status": "draft" }));
    assert_eq!(draft["next_update"], Value::Null);
    create(&app, &json!({ "name": { "de": "Eins" } }));
    assert_eq!(next(&app.anonymous(), ""), ["2026-09-12"]);
    app.clock.advance(TimeDelta::days(20)); // 1 June
    let second = create(&app, &json!({ "name": { "de": "Zwei" } }));
    assert_eq!(second["next_update"], "2026-10-01");
    assert_eq!(next(&app.anonymous(), ""), ["2026-10-01", "2026-10-01"]);
    app.clock.advance(TimeDelta::days(90)); // 30 August
    app.editor().change(Kind::Operation, draft["id"].as_str().unwrap(), &json!({ "name": { "de": "Drei" } }));
    assert_eq!(next(&app.editor(), ""), ["2026-10-01"; 3], "a draft is no update of the list");
    app.editor().change(Kind::Operation, "eins", &json!({ "total_cost": "1" }));
    assert_eq!(next(&app.anonymous(), ""), ["2026-12-30", "2026-12-30"]);
    assert_eq!(next(&app.anonymous(), "?as_of=2026-05-20"), ["2026-09-12"]);
    assert_eq!(next(&app.anonymous(), "?as_of=2026-06-02&q=Zwei"), ["2026-10-01"]);
}

fn a_measure_lists_and_counts_its_operations(app: TestApp) {
    let measure = |name: &str| app.admin().create(Kind::Measure, &minimal(Kind::Measure, name));
    let [first, _] = ["Erste", "Zweite"].map(measure);
    for (name, measure) in [("A", "erste"), ("B", "erste"), ("C", "zweite")] {
        create(&app, &json!({ "name": { "de": name }, "measure": measure, "region": "DE111" }));
    }
    create(&app, &json!({ "measure": "erste", "status": "draft" }));
    let public = app.anonymous();
    let names = |query: &str| -> Vec<Value> {
        let items = public.get(&format!("/api/v1/measures/{query}")).expect(200).items();
        items.iter().map(|item| item["name"]["de"].clone()).collect()
    };
    assert_eq!(names("erste/operations"), ["A", "B"]);
    assert_eq!(names(&format!("{}/operations", first["id"].as_str().unwrap())), ["A", "B"]);
    assert_eq!(names("zweite/operations?region=DE11"), ["C"]);
    assert_eq!(names("zweite/operations?region=DE12"), [Value::Null; 0]);
    assert_eq!(names("erste/operations?sort=-name&limit=1"), ["B"]);
    let csv = public.get("/api/v1/measures/erste/operations?format=csv").expect(200);
    assert!(csv.header("content-type").starts_with("text/csv"));
    assert_eq!(csv.text().lines().count(), 3);
    let page = public.get("/api/v1/measures/erste/operations?limit=1").expect(200).json();
    let next = page["next"].as_str().unwrap().split_once("/api").unwrap().1;
    assert_eq!(public.get(&format!("/api{next}")).expect(200).each("code").len(), 1);
    let of_another = next.replace("erste", "zweite");
    assert_eq!(public.get(&format!("/api{of_another}")).expect(400).faults(), ["cursor"]);
    let refused = public.get("/api/v1/measures/erste/operations?measure=zweite").expect(400);
    assert_eq!(refused.faults(), ["measure"]);
    assert_eq!(app.editor().get("/api/v1/measures/erste/operations").expect(200).items().len(), 3);

    let count = |key: &str| {
        public.get(&format!("/api/v1/measures/{key}")).expect(200).json()["operation_count"].clone()
    };
    assert_eq!([count("erste"), count("zweite")], [2, 1]);
    app.clock.advance(TimeDelta::days(2));
    app.editor().change(Kind::Operation, "c", &json!({ "measure": "erste" }));
    assert_eq!([count("erste"), count("zweite"), count("zweite?as_of=2026-05-13")], [3, 0, 1]);

    app.editor().change(Kind::Measure, "erste", &json!({ "slug": "neu" }));
    let moved = public.get("/api/v1/measures/erste/operations?limit=1").expect(308);
    assert!(moved.header("location").ends_with("/api/v1/measures/neu/operations?limit=1"));
    app.editor().delete("/api/v1/measures/neu").if_match("*").expect(204);
    public.get("/api/v1/measures/neu/operations").expect(410);
    public.get("/api/v1/measures/nichts/operations").expect(404);
    assert_eq!(public.get(&format!("{LIST}/a")).expect(200).json()["measure"], Value::Null);
}

/// The counts and sums of a facet, by value.
fn sums(answer: &Value, facet: &str) -> BTreeMap<String, (u64, u128)> {
    let cents = |text: &Value| text.as_str().unwrap().replace('.', "").parse().unwrap();
    let counts = answer["facets"][facet].as_array().unwrap().iter();
    counts
        .map(|count| {
            let value = count["value"].as_str().unwrap().to_owned();
            (value, (count["count"].as_u64().unwrap(), cents(&count["total_cost"])))
        })
        .collect()
}

/// The same, from the records of a list.
fn summed(items: &[Value], values: impl Fn(&Value) -> Vec<String>) -> BTreeMap<String, (u64, u128)> {
    let mut sums: BTreeMap<String, (u64, u128)> = BTreeMap::new();
    for item in items {
        let cents: u128 = item["total_cost"].as_str().unwrap().replace('.', "").parse().unwrap();
        for value in values(item) {
            let sum = sums.entry(value).or_default();
            *sum = (sum.0 + 1, sum.1 + cents);
        }
    }
    sums
}

fn facets_sum_the_total_cost_of_what_they_count(app: TestApp) {
    for name in ["Erste", "Zweite"] {
        app.admin().create(Kind::Measure, &minimal(Kind::Measure, name));
    }
    let mut dice = Dice::new(5);
    for number in 0..60 {
        let cost = match number % 3 {
            0 => "9999999999999.99".to_owned(),
            1 => format!("0.{:02}", dice.below(100)),
            _ => format!("{}.{}", dice.below(10_000_000), dice.below(10)),
        };
        create(
            &app,
            &json!({
                "name": { "de": format!("Vorhaben {number}") },
                "measure": dice.one_of(&["erste", "zweite"]),
                "region": dice.one_of(&["DE111", "DE112", "DE131", "DE14"]),
                "starts_on": format!("202{}-05", dice.below(4)),
                "total_cost": cost,
                "status": if dice.is_below(80) { "published" } else { "draft" },
            }),
        );
    }
    let before = app.clock.now();
    let remembered = app.anonymous().get(&format!("{LIST}/facets")).expect(200).json();
    app.clock.advance(TimeDelta::days(1));
    for number in (0..60).step_by(4) {
        app.editor().change(Kind::Operation, &format!("vorhaben-{number}"), &json!({ "total_cost": "0.07" }));
    }
    let regions = |item: &Value| -> Vec<String> {
        let code = item["region"].as_str().unwrap();
        (3..=code.len()).map(|length| code[..length].to_owned()).collect()
    };
    for client in [app.anonymous(), app.editor()] {
        for query in [
            "",
            "region=DE11",
            "measure=erste&year=2021",
            "q=Vorhaben&to=2022-12-31",
            "fund=state",
            "fund=erdf",
        ] {
            let items = client.get(&format!("{LIST}?limit=200&{query}")).expect(200).items();
            let facets = client.get(&format!("{LIST}/facets?{query}")).expect(200).json();
            assert_eq!(sums(&facets, "region"), summed(&items, regions), "{query}");
            let measure = |item: &Value| vec![item["measure"]["slug"].as_str().unwrap().to_owned()];
            assert_eq!(sums(&facets, "measure"), summed(&items, measure), "{query}");
            let year = |item: &Value| vec![item["starts_on"].as_str().unwrap()[..4].to_owned()];
            assert_eq!(sums(&facets, "year"), summed(&items, year), "{query}");
        }
    }
    let past =
        app.anonymous().get(&format!("{LIST}/facets?as_of={}", before.to_rfc3339().replace('+', "%2B")));
    assert_eq!(past.expect(200).json(), remembered);
    let others = app.anonymous().get("/api/v1/measures/facets").expect(200).json();
    assert!(others["facets"]["kind"][0].get("total_cost").is_none());
    assert_eq!(app.anonymous().get(&format!("{LIST}/facets?year=23")).expect(400).faults(), ["year"]);
}
