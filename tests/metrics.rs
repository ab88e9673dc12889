//! Metrics for Prometheus: every route, nothing that grows without bound, and nothing about records.

use crate::harness::{DESCRIPTION, Landscape, Records as _, TestApp, Turmoil, collection, minimal, on_both};
use domain::kind::Kind;
use std::collections::{BTreeMap, BTreeSet};

on_both! {
    every_route_is_counted_by_its_pattern
    what_comes_from_the_cache_is_counted_for_its_route
    names_and_labels_do_not_grow_with_what_is_asked
}

/// The samples: name with labels, and value.
fn samples(app: &TestApp) -> BTreeMap<String, f64> {
    let answer = app.anonymous().get("/metrics").expect(200);
    assert!(answer.header("content-type").starts_with("application/openmetrics-text; version=1.0.0"));
    let text = answer.text();
    assert!(text.ends_with("# EOF\n"));
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    samples
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name.to_owned(), value.parse().unwrap())
        })
        .collect()
}

/// How many requests of a method and route were answered with a status.
fn answered(samples: &BTreeMap<String, f64>, method: &str, route: &str, status: u16) -> f64 {
    let name = format!(
        "clusterportal_http_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}}"
    );
    samples.get(&name).copied().unwrap_or_default()
}

fn every_route_is_counted_by_its_pattern(app: TestApp) {
    let landscape = Landscape::new(&app, "published");
    let before = samples(&app);
    let reads = || DESCRIPTION.operations().iter().filter(|operation| operation.method == "get");
    let mut expected: Vec<(&str, u16)> = Vec::new();
    for operation in reads() {
        let status = app.anonymous().get(&landscape.address(operation)).send().status;
        expected.push((&operation.template, status));
    }
    let after = samples(&app);
    for (template, status) in expected {
        let more = answered(&after, "GET", template, status) - answered(&before, "GET", template, status);
        assert!(more >= 1.0, "{template} {status}: {after:#?}");
    }
    for name in ["process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds"] {
        assert!(after[name] > 0.0, "{name}");
    }
}

fn what_comes_from_the_cache_is_counted_for_its_route(app: TestApp) {
    let record = app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "Eins"));
    let address = format!("{}/{}", collection(Kind::Cluster), record["id"].as_str().unwrap());
    let before = samples(&app);
    for _ in 0..50 {
        app.anonymous().get(&address).expect(200);
    }
    let after = samples(&app);
    let route = format!("{}/{{key}}", collection(Kind::Cluster));
    let more = answered(&after, "GET", &route, 200) - answered(&before, "GET", &route, 200);
    assert!((more - 50.0).abs() < 0.5, "{more}");
    let looked_up = |samples: &BTreeMap<String, f64>| -> f64 {
        let lookups =
            samples.iter().filter(|(name, _)| name.starts_with("clusterportal_cache_lookups_total"));
        lookups.map(|(_, number)| number).sum()
    };
    assert!(looked_up(&after) - looked_up(&before) >= 50.0);
    assert!(after["clusterportal_cache_lookups_total{result=\"hit\"}"] >= 1.0, "{after:#?}");
}

fn names_and_labels_do_not_grow_with_what_is_asked(app: TestApp) {
    let names = || samples(&app).into_keys().collect::<BTreeSet<_>>();
    let ask = |word: &str| {
        let client = app.anonymous();
        for address in [
            format!("/{word}"),
            format!("/api/v1/{word}/{word}"),
            format!("{}/{word}", collection(Kind::Member)),
            format!("{}?q={word}", collection(Kind::Member)),
            format!("{}?{word}=1", collection(Kind::Member)),
        ] {
            client.get(&address).send();
        }
    };
    ask("eins");
    let mut turmoil = Turmoil::new(app.editor(), 3);
    turmoil.stir();
    let first = names();
    for word in ["zwei", "drei", "vier"] {
        ask(word);
    }
    turmoil.publish_all();
    let new: Vec<String> = names().difference(&first).cloned().collect();
    assert!(
        new.iter().all(|name| !["zwei", "drei", "vier"].iter().any(|word| name.contains(word))),
        "{new:?}"
    );
    assert!(new.len() < 60, "{new:#?}");
}
