//! Slugs: made or chosen, one record's for ever, and never a way to something hidden.

use crate::harness::{PUBLIC_URL, Records as _, TestApp, collection, minimal, on_both, with};
use domain::kind::Kind;
use serde_json::{Value, json};

on_both! {
    slugs_are_made_from_names_and_numbered
    a_slug_can_be_chosen_once
    slugs_that_hide_an_address_are_refused
    initiatives_and_networks_share_one_space_of_slugs
    a_former_slug_redirects_every_method
    a_former_slug_stays_reserved
    a_former_slug_never_leads_to_something_hidden
    a_slug_that_the_public_never_knew_is_not_there
    what_the_public_knew_by_a_slug_survives_a_file
}

fn create(app: &TestApp, kind: Kind, name: &str, fields: Value) -> Value {
    app.admin().create(kind, &with(&minimal(kind, name), &fields))
}

fn slugs_are_made_from_names_and_numbered(app: TestApp) {
    let slug = |name: &str| create(&app, Kind::Network, name, json!({}))["slug"].as_str().unwrap().to_owned();
    assert_eq!(slug("Allianz für Größe & Qualität"), "allianz-fuer-groesse-qualitaet");
    assert_eq!(slug("Allianz für Größe & Qualität"), "allianz-fuer-groesse-qualitaet-2");
    assert_eq!(slug("allianz, fuer groesse qualitaet"), "allianz-fuer-groesse-qualitaet-3");
    assert!(slug("日本").starts_with("network-"), "nothing of it can stand in a slug");
    assert_eq!(slug(&"lang ".repeat(90)).len(), 96, "with room for a number");
}

fn a_slug_can_be_chosen_once(app: TestApp) {
    create(&app, Kind::Cluster, "A", json!({ "slug": "meiner" }));
    let taken = with(&minimal(Kind::Cluster, "B"), &json!({ "slug": "meiner" }));
    let refused = app.editor().post("/api/v1/clusters").json(&taken).expect(409);
    assert_eq!(refused.faults(), ["/slug"]);
    create(&app, Kind::Cluster, "B", json!({}));
    let refused =
        app.editor().patch("/api/v1/clusters/b").if_match("*").json(&json!({ "slug": "meiner" })).expect(409);
    assert_eq!(refused.faults(), ["/slug"]);
    create(&app, Kind::Measure, "A", json!({ "slug": "meiner" }));
    let renamed = app.editor().change(Kind::Cluster, "b", &json!({ "name": { "de": "Ganz anders" } }));
    assert_eq!(renamed.json()["slug"], "b", "a name is no address");
}

fn slugs_that_hide_an_address_are_refused(app: TestApp) {
    let bad = [
        "facets",
        "restore",
        "history",
        "Groß",
        "a_b",
        "-a",
        "a-",
        "a--b",
        "",
        "a b",
        "019a2b3c-0000-7000-8000-000000000001",
        &"x".repeat(101),
    ];
    for slug in bad {
        let body = with(&minimal(Kind::Cluster, "A"), &json!({ "slug": slug }));
        assert_eq!(
            app.editor().post("/api/v1/clusters").json(&body).expect(422).faults(),
            ["/slug"],
            "{slug}"
        );
    }
    let derived = create(&app, Kind::Cluster, "Facets", json!({}));
    let slug = derived["slug"].as_str().unwrap();
    assert_ne!(slug, "facets");
    assert_eq!(app.anonymous().get(&format!("/api/v1/clusters/{slug}")).expect(200).json(), derived);
}

fn initiatives_and_networks_share_one_space_of_slugs(app: TestApp) {
    create(&app, Kind::Initiative, "Verein", json!({}));
    let taken = with(&minimal(Kind::Network, "Netz"), &json!({ "slug": "verein" }));
    assert_eq!(app.editor().post("/api/v1/networks").json(&taken).expect(409).faults(), ["/slug"]);
    assert_eq!(create(&app, Kind::Network, "Verein", json!({}))["slug"], "verein-2");
    assert_eq!(create(&app, Kind::Cluster, "Verein", json!({}))["slug"], "verein");
    app.anonymous().get("/api/v1/networks/verein").expect(404);
}

fn a_former_slug_redirects_every_method(app: TestApp) {
    create(&app, Kind::Cluster, "Alt", json!({}));
    app.editor().change(Kind::Cluster, "alt", &json!({ "slug": "neu" }));
    app.editor().change(Kind::Cluster, "neu", &json!({ "slug": "ganz-neu" }));
    let (public, editor) = (app.anonymous(), app.editor());
    let body = minimal(Kind::Cluster, "Alt");
    for former in ["alt", "neu"] {
        let address = format!("/api/v1/clusters/{former}?a=1&b=%C3%A4");
        for request in [
            public.get(&address),
            public.head(&address),
            editor.put(&address).if_match("*").json(&body),
            editor.patch(&address).if_match("*").json(&json!({})),
            editor.delete(&address).if_match("*"),
        ] {
            let location = request.expect(308).header("location");
            assert_eq!(location, format!("{PUBLIC_URL}/api/v1/clusters/ganz-neu?a=1&b=%C3%A4"));
        }
        let restore = editor.post(&format!("/api/v1/clusters/{former}/restore?x=1")).expect(308);
        assert_eq!(restore.header("location"), format!("{PUBLIC_URL}/api/v1/clusters/ganz-neu/restore?x=1"));
    }
    assert_eq!(
        public.get("/api/v1/clusters/ganz-neu").expect(200).json()["version"],
        3,
        "nothing was written"
    );
}

fn a_former_slug_stays_reserved(app: TestApp) {
    create(&app, Kind::Initiative, "Alt", json!({}));
    app.editor().change(Kind::Initiative, "alt", &json!({ "slug": "neu" }));
    for kind in [Kind::Initiative, Kind::Network] {
        let taken = with(&minimal(kind, "Anderer"), &json!({ "slug": "alt" }));
        assert_eq!(app.editor().post(&collection(kind)).json(&taken).expect(409).faults(), ["/slug"]);
    }
    assert_eq!(create(&app, Kind::Network, "Alt", json!({}))["slug"], "alt-2");
    app.editor().change(Kind::Initiative, "neu", &json!({ "slug": "alt" }));
    let back = app.anonymous().get("/api/v1/initiatives/neu").expect(308);
    assert_eq!(back.header("location"), format!("{PUBLIC_URL}/api/v1/initiatives/alt"));
    app.anonymous().get("/api/v1/initiatives/alt").expect(200);
}

fn a_former_slug_never_leads_to_something_hidden(app: TestApp) {
    create(&app, Kind::Cluster, "Alt", json!({ "status": "draft" }));
    app.editor().change(Kind::Cluster, "alt", &json!({ "slug": "geheim" }));
    app.anonymous().get("/api/v1/clusters/alt").expect(404);
    app.auditor().get("/api/v1/clusters/alt").expect(308);
    app.editor().change(Kind::Cluster, "geheim", &json!({ "status": "published" }));
    app.anonymous().get("/api/v1/clusters/alt").expect(308);
    app.editor().delete("/api/v1/clusters/geheim").if_match("*").expect(204);
    let gone = app.anonymous().get("/api/v1/clusters/alt").expect(410);
    assert!(!gone.text().contains("geheim"));
}

/// Kinds with slugs, each with a slug that the public knew, and slugs that it never knew: those of records that are
/// hidden, also if they were public under another one.
fn slugs_of_all_sorts(app: &TestApp) -> Vec<(Kind, Vec<String>)> {
    let slugged = Kind::ALL.into_iter().filter(|kind| kind.slug_space().is_some());
    let slugs = |kind: Kind| {
        let slug = |what: &str| format!("{}-{what}", kind.as_str());
        let change = |key: &str, patch: Value| app.admin().change(kind, key, &patch);
        create(app, kind, "A", json!({ "slug": slug("draft"), "status": "draft" }));
        create(app, kind, "B", json!({ "slug": slug("known") }));
        change(&slug("known"), json!({ "status": "draft" }));
        change(&slug("known"), json!({ "slug": slug("between") }));
        change(&slug("between"), json!({ "slug": slug("renamed") }));
        let known = vec![slug("known")];
        let hidden = ["draft", "between", "renamed"].map(slug);
        (kind, known.into_iter().chain(hidden).collect())
    };
    slugged.map(slugs).collect()
}

fn a_slug_that_the_public_never_knew_is_not_there(app: TestApp) {
    let document = app.anonymous().get("/openapi.json").expect(200).json();
    let told = |method: &str, address: &str, slug: &str| {
        let method = method.parse().unwrap();
        let answer = app.anonymous().request(method, address).send();
        let headers = ["content-type", "cache-control", "allow"].map(|name| answer.header(name));
        (answer.status, headers, answer.text().replace(slug, "*"))
    };
    let mut compared = 0;
    for (kind, slugs) in slugs_of_all_sorts(&app) {
        let (known, hidden) = (&slugs[0], &slugs[1..]);
        app.anonymous().get(&format!("{}/{known}", collection(kind))).expect(410);
        let path = format!("{}/{{key}}", collection(kind));
        let paths = document["paths"].as_object().unwrap().keys();
        let paths: Vec<&String> = paths.filter(|other| other.starts_with(&path)).collect();
        let free = format!("{}-free", kind.as_str());
        for slug in hidden {
            for (path, method) in paths.iter().flat_map(|path| {
                ["GET", "HEAD", "PUT", "PATCH", "DELETE", "POST", "OPTIONS"].map(|method| (path, method))
            }) {
                let address = |slug: &str| path.replace("{key}", slug).replace("{version}", "1");
                let free = told(method, &address(&free), &free);
                assert_eq!(told(method, &address(slug), slug), free, "{method} {path} of {slug}");
                compared += 1;
            }
            let moment = format!("{}/{{}}?as_of=2026-05-12T10:00:00Z", collection(kind));
            let then = |slug: &str| told("GET", &moment.replace("{}", slug), slug);
            assert_eq!(then(slug), then(&free));
            for list in Kind::ALL {
                for name in ["cluster", "initiative", "network", "organiser"] {
                    let address = |slug: &str| format!("{}?{name}={slug}", collection(list));
                    let (free, told) =
                        (told("GET", &address(&free), &free), told("GET", &address(slug), slug));
                    assert_eq!(told, free, "{}", address(slug));
                }
            }
        }
        let address = format!("{}/{}", collection(kind), hidden[1]);
        let moved = app.auditor().get(&address).expect(308);
        assert!(moved.header("location").ends_with("-renamed"), "who may see it is led on");
        app.anonymous().get(&address).expect(404);
        app.admin().change(kind, &hidden[2], &json!({ "status": "published" }));
        app.anonymous().get(&address).expect(308);
        app.admin().change(kind, &hidden[2], &json!({ "status": "draft" }));
        app.anonymous().get(&address).expect(410);
    }
    assert!(compared > 200, "{compared}");
}

fn what_the_public_knew_by_a_slug_survives_a_file(app: TestApp) {
    let all = slugs_of_all_sorts(&app);
    let export = |app: &TestApp| {
        let mut file = Vec::new();
        app.store.export(&mut file).unwrap();
        file
    };
    let file = export(&app);
    let copy = TestApp::on(app.database.another(), app.clock.clone());
    let source = persistence::transfer::Source::in_memory("datei", file.clone());
    copy.store.import(&persistence::audience::Actor::command("import"), &[source]).unwrap();
    assert_eq!(export(&copy), file);
    for (kind, slugs) in all {
        for slug in slugs {
            let told =
                |app: &TestApp| app.anonymous().get(&format!("{}/{slug}", collection(kind))).send().status;
            assert_eq!(told(&copy), told(&app), "{slug}");
        }
    }
}
