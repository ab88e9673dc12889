//! Cursors of the lists that are no collection: opaque, and bound to what was asked.

use crate::harness::{CHAMBER, OTHER_CHAMBER, Records as _, TestApp, minimal, on_both, runs_of};
use api::request::seal::Seal;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::kind::Kind;
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both! {
    every_list_is_walked_to_its_end_once
    every_list_but_the_search_counts_what_is_on_all_pages
    a_cursor_belongs_to_one_list_and_one_filter
    rubbish_is_a_cursor_of_no_list
    a_cursor_that_this_server_did_not_make_is_refused
    a_cursor_of_a_history_belongs_to_the_record_and_not_to_its_slug
}

/// Two of everything that has pages, and the addresses of all lists; those of one pair are alike.
fn furnish(app: &TestApp) -> Vec<[String; 2]> {
    for name in ["Optik Eins", "Optik Zwei"] {
        app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, name));
    }
    for (slug, words) in [("optik-eins", ["a", "b", "c"]), ("optik-zwei", ["d", "e", "f"])] {
        for word in words {
            let patch = json!({ "website": format!("https://{word}.example") });
            app.editor().change(Kind::Cluster, slug, &patch);
        }
    }
    let mut runs = Vec::new();
    for chamber in [CHAMBER, OTHER_CHAMBER] {
        for _ in 0..3 {
            let start = app.chamber(chamber).post(&runs_of(chamber));
            let run = start.body("application/x-ndjson", "rubbish\nrubbish\nrubbish\n").expect(201);
            runs.push(run.json()["id"].as_str().unwrap().to_owned());
        }
    }
    let rejections = |run: &str| format!("{}/{run}/rejections?limit=1", runs_of(CHAMBER));
    vec![
        ["/api/v1/search?q=optik&limit=1".into(), "/api/v1/search?q=optik&kind=cluster&limit=1".into()],
        ["/api/v1/audit?limit=1".into(), "/api/v1/audit?kind=cluster&limit=1".into()],
        ["optik-eins", "optik-zwei"].map(|slug| format!("/api/v1/clusters/{slug}/history?limit=1")),
        [CHAMBER, OTHER_CHAMBER].map(|chamber| format!("{}?limit=1", runs_of(chamber))),
        [rejections(&runs[0]), rejections(&runs[1])],
    ]
}

fn next(app: &TestApp, address: &str) -> Option<String> {
    app.auditor().get(address).expect(200).json()["next"].as_str().map(str::to_owned)
}

fn cursor(app: &TestApp, address: &str) -> String {
    let next = next(app, address).unwrap();
    next.split("cursor=").nth(1).unwrap().split('&').next().unwrap().to_owned()
}

fn every_list_is_walked_to_its_end_once(app: TestApp) {
    for address in furnish(&app).into_iter().flatten() {
        let whole = app.auditor().get(&address.replace("limit=1", "limit=200")).expect(200).items();
        let (mut walked, mut at) = (Vec::new(), Some(address.clone()));
        while let Some(address) = at {
            walked.extend(app.auditor().get(&address).expect(200).items());
            at = next(&app, &address);
        }
        assert_eq!(walked, whole, "{address}");
        assert!(whole.len() >= 2, "{address}");
        let texts: BTreeSet<String> = whole.iter().map(Value::to_string).collect();
        assert_eq!(texts.len(), whole.len(), "{address}");
    }
}

fn every_list_but_the_search_counts_what_is_on_all_pages(app: TestApp) {
    for address in furnish(&app).into_iter().skip(1).flatten() {
        let whole = app.auditor().get(&address.replace("limit=1", "limit=200")).expect(200).items().len();
        let mut at = Some(format!("{address}&with_total=true"));
        while let Some(address) = at {
            assert_eq!(app.auditor().get(&address).expect(200).json()["total"], whole, "{address}");
            at = next(&app, &address);
        }
        for without in ["", "&with_total=false"] {
            let page = app.auditor().get(&format!("{address}{without}")).expect(200).json();
            assert_eq!(page.get("total"), None, "{address}");
        }
        let refused = app.auditor().get(&format!("{address}&with_total=1")).expect(400);
        assert_eq!(refused.faults(), ["with_total"]);
    }
    let search = app.auditor().get("/api/v1/search?q=optik&with_total=true").expect(400);
    assert_eq!(search.faults(), ["with_total"]);
    let total = |query: &str| {
        app.auditor().get(&format!("/api/v1/audit?with_total=true&{query}")).expect(200).json()["total"]
            .clone()
    };
    assert_eq!(total("action=create&kind=cluster"), 2);
    assert_eq!(total("action=create&actor=nobody"), 0);
}

fn a_cursor_belongs_to_one_list_and_one_filter(app: TestApp) {
    let addresses: Vec<String> = furnish(&app).into_iter().flatten().collect();
    for of in &addresses {
        let cursor = cursor(&app, of);
        assert!(cursor.parse::<u64>().is_err() && cursor.len() > 15, "{cursor}");
        for address in &addresses {
            let address_with = format!("{address}&cursor={cursor}");
            let answer = app.auditor().get(&address_with);
            if address == of {
                answer.expect(200);
            } else {
                let answer = answer.expect(400);
                assert_eq!(answer.faults(), ["cursor"], "{of} at {address}");
            }
        }
        // What says which part is wanted does not change what it means.
        app.auditor().get(&format!("{}&cursor={cursor}", of.replace("limit=1", "limit=7"))).expect(200);
    }
}

fn a_cursor_that_this_server_did_not_make_is_refused(app: TestApp) {
    let mut addresses: Vec<String> = furnish(&app).into_iter().map(|[address, _]| address).collect();
    addresses.extend(["/api/v1/clusters?limit=1".into(), "/api/v1/clusters?limit=1&sort=-updated_at".into()]);
    for address in addresses {
        let good = cursor(&app, &address);
        let opened = Seal::new(app.store.secret()).open(&good).unwrap().to_owned();
        let mut bad =
            vec![opened.clone(), format!("{opened}."), Seal::new("of another server").close(&opened)];
        // Each letter replaced by another one of its alphabet, and each beginning.
        for (index, letter) in good.char_indices() {
            let other = if letter == '0' { "1" } else { "0" };
            bad.push(format!("{}{other}{}", &good[..index], &good[index + 1..]));
            bad.push(good[..index].to_owned());
        }
        for bad in bad {
            let answer = app.auditor().get(&address).query("cursor", &bad).expect(400);
            assert_eq!(answer.faults(), ["cursor"], "{address} {bad}");
        }
        app.auditor().get(&address).query("cursor", &good).expect(200);
    }
}

fn rubbish_is_a_cursor_of_no_list(app: TestApp) {
    for [address, _] in furnish(&app) {
        let good = cursor(&app, &address);
        let seal = Seal::new(app.store.secret());
        let own = URL_SAFE_NO_PAD.decode(seal.open(&good).unwrap()).unwrap();
        let own: Value = serde_json::from_slice(&own).unwrap();
        let mut bad = vec![
            "".to_owned(),
            "1".to_owned(),
            "-1".to_owned(),
            "x".to_owned(),
            "null".to_owned(),
            good[1..].to_owned(),
            good.chars().rev().collect(),
            format!("{good}=="),
        ];
        for value in [json!(null), json!({}), json!("x"), json!(1e300), json!([1, 2, 3, 4, 5, 6])] {
            bad.push(URL_SAFE_NO_PAD.encode(value.to_string()));
            bad.push(URL_SAFE_NO_PAD.encode(json!([own[0], value]).to_string()));
            bad.push(URL_SAFE_NO_PAD.encode(json!([value, own[1]]).to_string()));
        }
        bad.extend(bad.clone().iter().map(|bad| seal.close(bad)));
        for bad in bad {
            let answer = app.auditor().get(&address).query("cursor", &bad).expect(400);
            assert_eq!(answer.faults(), ["cursor"], "{address} {bad}");
        }
        app.auditor().get(&address).query("cursor", &good).query("cursor", &good).expect(400);
    }
}

fn a_cursor_of_a_history_belongs_to_the_record_and_not_to_its_slug(app: TestApp) {
    furnish(&app);
    let address = next(&app, "/api/v1/clusters/optik-eins/history?limit=1").unwrap();
    let versions = app.auditor().get(&address).expect(200).items();
    app.editor().change(Kind::Cluster, "optik-eins", &json!({ "slug": "optik-neu" }));
    let moved = app.auditor().get(&address).expect(308).header("location");
    assert_eq!(app.auditor().get(&moved).expect(200).items(), versions, "a page that was begun goes on");
    assert!(moved.contains("/optik-neu/history?"), "{moved}");
}
