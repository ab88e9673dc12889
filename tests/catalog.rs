//! The catalogue of the data: one graph in three serialisations, whose addresses answer, of what is public.

use crate::harness::{DESCRIPTION, PUBLIC_URL, Records as _, TestApp, collection, minimal, on_both, with};
use chrono::TimeDelta;
use domain::kind::Kind;
use oxjsonld::JsonLdParser;
use oxrdf::{GraphName, Term, Triple};
use oxrdfxml::RdfXmlParser;
use oxttl::TurtleParser;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

on_both! {
    the_catalogue_is_one_graph_in_three_serialisations
    every_collection_is_a_dataset_in_all_its_formats
    every_address_of_the_catalogue_answers
    the_catalogue_tells_of_public_changes_only
    the_catalogue_looks_like_this
}

const SERIALISATIONS: [(&str, &str); 3] =
    [("ttl", "text/turtle"), ("jsonld", "application/ld+json"), ("rdf", "application/rdf+xml")];

/// Triples as N-Triples, for comparison.
fn lines(triples: impl IntoIterator<Item = Triple>) -> BTreeSet<String> {
    triples.into_iter().map(|triple| triple.to_string()).collect()
}

/// The triples of a document.
fn parse(extension: &str, document: &str) -> BTreeSet<String> {
    match extension {
        "ttl" => lines(TurtleParser::new().for_slice(document).map(Result::unwrap)),
        "rdf" => lines(RdfXmlParser::new().for_slice(document).map(Result::unwrap)),
        _ => lines(JsonLdParser::new().for_slice(document).map(Result::unwrap).map(|quad| {
            assert_eq!(quad.graph_name, GraphName::DefaultGraph);
            Triple::new(quad.subject, quad.predicate, quad.object)
        })),
    }
}

/// The triples of the catalogue, without the namespaces of its subjects and properties.
fn catalogue(app: &TestApp) -> Vec<(String, String, Term)> {
    let turtle = app.anonymous().get("/catalog.ttl").expect(200).text();
    let last = |iri: &str| iri.rsplit(['/', '#']).next().unwrap().to_owned();
    let triples = TurtleParser::new().for_slice(&turtle).map(Result::unwrap);
    triples
        .map(|triple| {
            (
                last(triple.subject.to_string().trim_matches(['<', '>'])),
                last(triple.predicate.as_str()),
                triple.object,
            )
        })
        .collect()
}

/// The values of a property, by subject.
fn values(app: &TestApp, property: &str) -> BTreeMap<String, Vec<String>> {
    let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (subject, predicate, object) in catalogue(app) {
        if predicate == property {
            let value = match object {
                Term::NamedNode(node) => node.into_string(),
                Term::Literal(literal) => literal.value().to_owned(),
                Term::BlankNode(_) => panic!("{subject} {property}: everything has an address"),
            };
            values.entry(subject).or_default().push(value);
        }
    }
    values
}

fn the_catalogue_is_one_graph_in_three_serialisations(app: TestApp) {
    app.admin().create(Kind::Event, &minimal(Kind::Event, "Eins"));
    let public = app.anonymous();
    let mut graphs = Vec::new();
    for (extension, media_type) in SERIALISATIONS {
        let address = format!("/catalog.{extension}");
        let whole = public.get(&address).expect(200);
        assert!(whole.header("content-type").starts_with(media_type));
        graphs.push(parse(extension, &whole.text()));
        let by_parameter = public.get("/catalog").query("format", extension).expect(200);
        let by_header = public.get("/catalog").header("accept", media_type).expect(200);
        for same in [by_parameter, by_header, app.auditor().get(&address).expect(200)] {
            assert_eq!((&same.body, same.etag()), (&whole.body, whole.etag()));
        }
        assert_eq!(public.head(&address).expect(200).etag(), whole.etag());
        public.get(&address).header("if-none-match", &whole.etag()).expect(304);
        public.get(&address).header("accept", "application/json").expect(406);
        assert_eq!(public.get(&address).query("format", extension).expect(400).faults(), ["format"]);
    }
    assert!(graphs[0].len() > 300 && graphs.iter().all(|graph| *graph == graphs[0]));
    assert!(public.get("/catalog").expect(200).header("content-type").starts_with("text/turtle"));
    public.get("/catalog").header("accept", "text/html").expect(406);
    assert_eq!(
        public.get("/catalog").query("format", "n3").query("x", "y").expect(400).faults(),
        ["format", "x"]
    );
}

fn every_collection_is_a_dataset_in_all_its_formats(app: TestApp) {
    let datasets = &values(&app, "dataset")["catalog"];
    let distributions = values(&app, "distribution");
    let (access, downloads) = (values(&app, "accessURL"), values(&app, "downloadURL"));
    assert_eq!(datasets.len(), Kind::ALL.len());
    for kind in Kind::ALL {
        let plural = kind.plural();
        assert!(datasets.contains(&format!("{PUBLIC_URL}/catalog#{plural}")));
        let prefix = format!("{}.", collection(kind));
        let mut exports =
            DESCRIPTION.operations().iter().filter(|it| it.template.starts_with(&prefix)).count();
        for distribution in &distributions[plural] {
            let name = distribution.rsplit('#').next().unwrap();
            match downloads.get(name) {
                Some(url) => {
                    assert!(url[0].starts_with(&format!("{PUBLIC_URL}{prefix}")), "{url:?}");
                    assert_eq!(access[name], *url);
                    exports -= 1;
                }
                None => assert_eq!(access[name], [format!("{PUBLIC_URL}{}", collection(kind))]),
            }
        }
        assert_eq!(
            (exports, access.keys().filter(|name| name.starts_with(&format!("{plural}-"))).count()),
            (0, distributions[plural].len())
        );
    }
}

fn every_address_of_the_catalogue_answers(app: TestApp) {
    for kind in Kind::ALL {
        app.admin().create(kind, &minimal(kind, "Eins"));
    }
    let media_types = values(&app, "mediaType");
    let mut asked = 0;
    for property in ["accessURL", "downloadURL", "endpointURL", "endpointDescription", "landingPage"] {
        for (subject, urls) in values(&app, property) {
            for url in urls {
                let answer = app.anonymous().get(url.strip_prefix(PUBLIC_URL).unwrap()).expect(200);
                if let Some([media_type]) = media_types.get(&subject).map(Vec::as_slice) {
                    let media_type = media_type.split("/media-types/").nth(1).unwrap();
                    assert!(answer.header("content-type").starts_with(media_type), "{url}");
                }
                asked += 1;
            }
        }
    }
    assert!(asked > 40, "{asked}");
}

fn the_catalogue_tells_of_public_changes_only(app: TestApp) {
    let whole = || app.anonymous().get("/catalog.ttl").expect(200).text();
    let event = |name: &str, year: &str| {
        let times = json!({ "starts_at": format!("{year}-06-01T08:00:00Z"), "ends_at": format!("{year}-06-01T09:00:00Z") });
        with(&minimal(Kind::Event, name), &times)
    };
    let years = || (values(&app, "startDate"), values(&app, "endDate"));
    assert_eq!((values(&app, "modified").len(), years().0.len()), (0, 0), "nothing was ever public");
    app.admin().create(Kind::Event, &event("Eins", "2025"));
    app.admin().create(Kind::Event, &event("Zwei", "2027"));
    let (first, last) = years();
    assert_eq!(
        (&first["events-period"], &last["events-period"]),
        (&vec!["2025".to_owned()], &vec!["2027".to_owned()])
    );
    let now = || domain::time::rfc3339(app.clock.now());
    let issued = now();
    assert_eq!(values(&app, "modified")["events"], [now()]);
    let before = whole();
    app.clock.advance(TimeDelta::hours(1));
    let draft = app.admin().create(Kind::Event, &with(&event("Drei", "2031"), &json!({ "status": "draft" })));
    app.admin().create(Kind::Cluster, &with(&minimal(Kind::Cluster, "Vier"), &json!({ "status": "draft" })));
    app.admin().create(Kind::Member, &with(&minimal(Kind::Member, "Fünf"), &json!({ "public": false })));
    assert_eq!(whole(), before, "what is hidden changes nothing");
    let id = draft["id"].as_str().unwrap();
    app.admin().change(Kind::Event, id, &json!({ "status": "published" }));
    assert_eq!(values(&app, "modified")["events"], [now()]);
    assert_eq!(values(&app, "endDate")["events-period"], ["2031"]);
    app.clock.advance(TimeDelta::hours(1));
    app.admin().change(Kind::Event, id, &json!({ "status": "draft" }));
    assert_eq!(values(&app, "modified")["events"], [now()], "a withdrawal is a public change");
    assert_eq!(values(&app, "endDate")["events-period"], ["2027"]);
    assert_eq!(
        (&values(&app, "issued")["events"], &values(&app, "issued")["catalog"]),
        (&vec![issued.clone()], &vec![issued])
    );
    assert_eq!(values(&app, "modified")["catalog"], [now()]);
}

fn the_catalogue_looks_like_this(app: TestApp) {
    app.admin().create(Kind::Event, &minimal(Kind::Event, "Eins"));
    let turtle = app.anonymous().get("/catalog.ttl").expect(200).text();
    let parts = ["events", "events-period", "events-csv"];
    let is_shown =
        |block: &&str| parts.iter().any(|part| block.starts_with(&format!("<{PUBLIC_URL}/catalog#{part}> ")));
    let shown: String = turtle.split_inclusive(" .\n").filter(is_shown).collect();
    // The formats are those of another test.
    let shown =
        shown.lines().filter(|line| !line.contains("dcat:distribution")).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(shown.replace('\t', "  "), @r#"
    <http://portal.test/catalog#events> a dcat:Dataset ;
      dct:title "Veranstaltungen der Clusterlandschaft"@de , "Events of the cluster landscape"@en ;
      dct:description "Veranstaltungen von Cluster-Initiativen, Netzwerken und öffentlichen Stellen, mit Zeit, Ort, Veranstaltern, Themen und Anmeldung."@de , "Events of cluster initiatives, networks and public bodies, with time, place, organisers, fields and registration."@en ;
      dct:identifier "http://portal.test/catalog#events" ;
      dct:issued "2026-05-12T10:00:00Z"^^xsd:dateTime ;
      dct:modified "2026-05-12T10:00:00Z"^^xsd:dateTime ;
      dcat:keyword "Veranstaltung"@de , "event"@en , "Kongress"@de , "congress"@en , "Weiterbildung"@de , "training"@en , "Cluster"@de , "cluster"@en ;
      dct:temporal <http://portal.test/catalog#events-period> ;
      dct:publisher <http://portal.test/catalog#publisher> ;
      dcat:contactPoint <http://portal.test/catalog#contact> ;
      dcat:theme <http://publications.europa.eu/resource/authority/data-theme/ECON> , <http://publications.europa.eu/resource/authority/data-theme/TECH> ;
      dct:accrualPeriodicity <http://publications.europa.eu/resource/authority/frequency/UPDATE_CONT> ;
      dct:accessRights <http://publications.europa.eu/resource/authority/access-right/PUBLIC> ;
      dct:language <http://publications.europa.eu/resource/authority/language/DEU> , <http://publications.europa.eu/resource/authority/language/ENG> ;
      dct:spatial <http://data.europa.eu/nuts/code/DE1> , <https://sws.geonames.org/2953481/> ;
      dcatde:politicalGeocodingLevelURI <http://dcat-ap.de/def/politicalGeocoding/Level/state> ;
      dcatde:politicalGeocodingURI <http://dcat-ap.de/def/politicalGeocoding/stateKey/08> ;
      dcatde:contributorID <http://dcat-ap.de/def/contributors/openBW> ;
      dcat:landingPage <http://portal.test/docs/> ;
    <http://portal.test/catalog#events-period> a dct:PeriodOfTime ;
      dcat:startDate "2026"^^xsd:gYear ;
      dcat:endDate "2026"^^xsd:gYear .
    <http://portal.test/catalog#events-csv> a dcat:Distribution ;
      dct:title "Veranstaltungen der Clusterlandschaft (CSV)"@de , "Events of the cluster landscape (CSV)"@en ;
      dcat:accessURL <http://portal.test/api/v1/events.csv> ;
      dcat:downloadURL <http://portal.test/api/v1/events.csv> ;
      dcat:mediaType <https://www.iana.org/assignments/media-types/text/csv> ;
      dct:format <http://publications.europa.eu/resource/authority/file-type/CSV> ;
      dct:license <http://dcat-ap.de/def/licenses/dl-by-de/2.0> ;
      dcatde:licenseAttributionByText "Ministerium für Wirtschaft, Arbeit und Tourismus Baden-Württemberg" ;
      dcatap:availability <http://publications.europa.eu/resource/authority/planned-availability/STABLE> ;
      dct:language <http://publications.europa.eu/resource/authority/language/DEU> , <http://publications.europa.eu/resource/authority/language/ENG> ;
      dcat:accessService <http://portal.test/catalog#api> .
    "#);
}
