//! Who is connected with whom.

use super::{create, get, names};
use crate::harness::{TestApp, on_both, with};
use chrono::TimeDelta;
use domain::kind::Kind;
use serde_json::{Value, json};
use std::collections::BTreeMap;

on_both! {
    the_graph_weighs_shared_public_current_members
    the_graph_follows_the_calendar
    the_graph_tells_how_central_each_node_is
    the_graph_is_narrowed_by_filters
    graphml_holds_the_same_graph
}

/// Who is connected with whom, by name: source, target, relation and weight.
fn edges(graph: &Value) -> Vec<String> {
    let nodes = graph["nodes"].as_array().unwrap();
    let name = |id: &Value| {
        let node = nodes.iter().find(|node| node["id"] == *id).unwrap();
        node["name"].as_str().unwrap().to_owned()
    };
    let edge = |edge: &Value| {
        let (mut source, mut target) = (name(&edge["source"]), name(&edge["target"]));
        if edge["relation"] == "shared_members" && target < source {
            (source, target) = (target, source);
        }
        format!("{source} {target} {} {}", edge["relation"].as_str().unwrap(), edge["weight"])
    };
    let mut edges: Vec<String> = graph["edges"].as_array().unwrap().iter().map(edge).collect();
    edges.sort();
    edges
}

/// Three organisations, a cluster, and members that they share.
fn create_landscape(app: &TestApp) {
    create(app, Kind::Cluster, "C", json!({ "regions": ["DE131"] }));
    create(app, Kind::Initiative, "I", json!({ "clusters": ["c"] }));
    create(app, Kind::Network, "N", json!({ "initiatives": ["i"] }));
    create(app, Kind::Initiative, "J", json!({ "successor": "n", "technology_fields": ["ikt"] }));
    create(app, Kind::Network, "Geheim", json!({ "status": "draft" }));
    let belongs = |to: &[&str]| -> Value {
        let affiliations = to.iter().map(|slug| json!({ "organisation": slug, "until": "2026-05-20" }));
        json!({ "affiliations": affiliations.collect::<Value>() })
    };
    create(app, Kind::Member, "Alle", belongs(&["i", "j", "n", "geheim"]));
    create(app, Kind::Member, "Zwei", belongs(&["i", "n"]));
    create(app, Kind::Member, "Einer", belongs(&["i"]));
    create(app, Kind::Member, "Privat", with(&belongs(&["i", "j", "n"]), &json!({ "public": false })));
    create(app, Kind::Member, "Entwurf", with(&belongs(&["i", "j"]), &json!({ "status": "draft" })));
    let former =
        json!({ "affiliations": [{ "organisation": "i", "until": "2026-05-11" }, { "organisation": "j" }] });
    create(app, Kind::Member, "Früher", former);
}

fn the_graph_weighs_shared_public_current_members(app: TestApp) {
    create_landscape(&app);
    let expected = [
        "I C cluster 1",
        "I J shared_members 1",
        "I N participant 1",
        "I N shared_members 2",
        "J N shared_members 1",
        "J N successor 1",
    ];
    let graph = get(&app, "graph").json();
    assert_eq!(edges(&graph), expected);
    assert_eq!(names(&graph["nodes"]), ["C", "I", "J", "N"]);
    let body = get(&app, "graph").text();
    assert!(!body.contains("Geheim") && !body.contains("Privat"), "{body}");
    assert_eq!(app.editor().get("/api/v1/graph").expect(200).json(), graph, "the same for all");
    app.editor().delete("/api/v1/networks/n").if_match("*").expect(204);
    assert_eq!(edges(&get(&app, "graph").json()), ["I C cluster 1", "I J shared_members 1"]);
}

fn the_graph_follows_the_calendar(app: TestApp) {
    create_landscape(&app);
    let shared = || {
        let edges = edges(&get(&app, "graph").json());
        edges.iter().filter(|edge| edge.contains("shared")).count()
    };
    let count = || get(&app, "initiatives/i").json()["member_count"].clone();
    assert_eq!((shared(), count()), (3, json!(3)));
    app.clock.set("2026-05-20T21:59:59Z");
    assert_eq!((shared(), count()), (3, json!(3)), "the last day in Berlin");
    app.clock.advance(TimeDelta::seconds(1));
    assert_eq!((shared(), count()), (0, json!(0)));
    let facets = get(&app, "members/facets").json();
    assert_eq!(facets["facets"]["initiative"], json!([{ "value": "j", "name": "J", "count": 1 }]));
}

fn the_graph_tells_how_central_each_node_is(app: TestApp) {
    for (name, fields) in
        [("A", json!({})), ("B", json!({ "successor": "a" })), ("C", json!({ "successor": "b" }))]
    {
        create(&app, Kind::Initiative, name, fields);
    }
    create(&app, Kind::Network, "Allein", json!({}));
    let graph = get(&app, "graph").json();
    let figures: Vec<Value> = graph["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| json!([node["kind"], node["name"], node["degree"], node["betweenness"]]))
        .collect();
    // Of the three pairs that B could lie between, it lies between one.
    assert_eq!(
        Value::from(figures),
        json!([
            ["initiative", "A", 1, 0.0],
            ["initiative", "B", 2, 0.333333],
            ["initiative", "C", 1, 0.0],
            ["network", "Allein", 0, 0.0],
        ])
    );
}

fn the_graph_is_narrowed_by_filters(app: TestApp) {
    create_landscape(&app);
    let nodes = |query: &str| names(&get(&app, &format!("graph?{query}")).json()["nodes"]);
    assert_eq!(nodes("kind=network"), ["N"]);
    assert_eq!(nodes("kind=network&kind=cluster"), ["C", "N"]);
    assert_eq!(nodes("region=DE131"), ["C"]);
    assert_eq!(nodes("technology_field=ikt"), ["J"]);
    assert_eq!(nodes("technology_field=ikt&region=DE131"), [""; 0]);
    let part = get(&app, "graph?kind=initiative").json();
    assert_eq!(edges(&part), ["I J shared_members 1"]);
    assert_eq!(part["nodes"][0]["degree"], 1, "within what is shown");
    for (query, fault) in [
        ("kind=member", "kind"),
        ("kind=x", "kind"),
        ("format=xx", "format"),
        ("format=csv", "format"),
        ("region=DE2", "region"),
        ("limit=1", "limit"),
    ] {
        assert_eq!(app.anonymous().get(&format!("/api/v1/graph?{query}")).expect(400).faults(), [fault]);
    }
    app.anonymous().get("/api/v1/graph").header("accept", "text/csv").expect(406);
}

fn graphml_holds_the_same_graph(app: TestApp) {
    create_landscape(&app);
    create(&app, Kind::Initiative, "Müller & \"Söhne\" > a < 'b'", json!({ "slug": "zeichen" }));
    let graph = get(&app, "graph").json();
    let by_parameter = get(&app, "graph?format=graphml");
    let by_header =
        app.anonymous().get("/api/v1/graph").header("accept", "application/graphml+xml").expect(200);
    assert_eq!(by_header.body, by_parameter.body);
    assert_eq!(by_parameter.header("content-type"), "application/graphml+xml");
    let (nodes, edges) = read_graphml(&by_parameter.text());
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let expected_nodes: Vec<Vec<String>> = graph["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| ["id", "name", "name", "kind", "degree"].map(|field| text(&node[field])).to_vec())
        .collect();
    let expected_edges: Vec<Vec<String>> = graph["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| ["source", "target", "weight", "relation"].map(|field| text(&edge[field])).to_vec())
        .collect();
    assert_eq!(nodes.iter().map(|node| node[..5].to_vec()).collect::<Vec<_>>(), expected_nodes);
    assert_eq!(edges, expected_edges);
    assert_eq!((nodes.len(), edges.len()), (5, 6));
}

/// Of each node its id, of each edge its ends, and behind these the data of both.
fn read_graphml(text: &str) -> (Vec<Vec<String>>, Vec<Vec<String>>) {
    let graph = elements_with_data(text);
    let of = |name: &str, attributes: &[&str]| -> Vec<Vec<String>> {
        graph
            .iter()
            .filter(|(element, ..)| element == name)
            .map(|(_, given, data)| {
                let mut values: Vec<String> = attributes.iter().map(|name| given[*name].clone()).collect();
                values.extend(data.clone());
                values
            })
            .collect()
    };
    (of("node", &["id"]), of("edge", &["source", "target"]))
}

type Element = (String, BTreeMap<String, String>, Vec<String>);

/// Every element that holds data: its name, its attributes, and the data.
fn elements_with_data(text: &str) -> Vec<Element> {
    use quick_xml::{Reader, events::Event};
    let (mut reader, mut elements): (_, Vec<Element>) = (Reader::from_str(text), Vec::new());
    let mut open: Option<String> = None;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) if start.name().as_ref() == "data" => open = Some(String::new()),
            Event::Start(start) => {
                let attribute = |attribute: quick_xml::events::attributes::Attribute<'_>| {
                    let name = attribute.key.as_ref().to_owned();
                    (name, attribute.value.into_owned())
                };
                let attributes = start.attributes().map(|found| attribute(found.unwrap())).collect();
                let name = start.name().as_ref().to_owned();
                elements.push((name, attributes, Vec::new()));
            }
            Event::Text(piece) => {
                if let Some(open) = &mut open {
                    open.push_str(&piece);
                }
            }
            Event::GeneralRef(name) => {
                let character = match name.as_ref() {
                    "amp" => '&',
                    "lt" => '<',
                    "gt" => '>',
                    "quot" => '"',
                    "apos" => '\'',
                    other => panic!("{other:?}"),
                };
                open.as_mut().unwrap().push(character);
            }
            Event::End(end) if end.name().as_ref() == "data" => {
                elements.last_mut().unwrap().2.extend(open.take());
            }
            Event::Eof => return elements,
            _ => {}
        }
    }
}
