//! One member at a time, and the list of what a chamber holds.

use crate::harness::{
    CHAMBER, Client, Dice, OTHER_CHAMBER, Records as _, Syncs as _, TestApp, marker, member_at, member_line,
    member_lines, members_of, minimal, on_both, with, without,
};
use domain::kind::Kind;
use serde_json::{Value, json};

on_both! {
    a_put_creates_changes_and_brings_back
    a_deleted_member_is_gone_and_an_unknown_one_not_found
    if_match_is_honoured_and_not_required
    if_none_match_creates_and_never_overwrites
    what_an_external_id_may_be_is_said
    every_external_id_that_a_line_may_have_has_an_address
    what_a_chamber_cannot_see_stays_when_it_writes_back_what_it_read
    the_address_says_whose_member_it_is
    faults_are_told_as_everywhere
    the_list_shows_what_the_portal_holds
    the_list_takes_filters_and_pages
    the_books_tell_who_did_what
}

fn a_put_creates_changes_and_brings_back(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let path = member_at("S-1");
    let body = json!({ "name": "Muster GmbH", "kind": "company", "region": "DE111" });
    let answer = chamber.put(&path).json(&body).expect(201);
    assert_eq!(answer.header("location"), format!("http://portal.test{path}"));
    let created = answer.json();
    assert_eq!(created["version"], 1);
    assert_eq!(created["status"], "published");
    assert_eq!(created["public"], false, "privacy first");
    assert_eq!((&created["chamber"], &created["external_id"]), (&json!(CHAMBER), &json!("S-1")));
    let read = chamber.get(&path).expect(200);
    assert_eq!((read.json(), read.etag()), (created.clone(), answer.etag()));
    let by_id = format!("/api/v1/members/{}", created["id"].as_str().unwrap());
    app.anonymous().get(&by_id).expect(404);

    // Once more changes nothing.
    let written = app.database.revisions();
    assert_eq!(chamber.put(&path).json(&body).expect(200).json(), created);
    assert_eq!(chamber.put(&path).json(&created).expect(200).json(), created, "GET, then PUT");
    assert_eq!(app.database.revisions(), written);

    let public = with(&body, &json!({ "public": true, "website": "https://example.org/" }));
    assert_eq!(chamber.put(&path).json(&public).expect(200).json()["version"], 2);
    assert_eq!(app.anonymous().get(&by_id).expect(200).json()["version"], 2);
    // The whole record: what is left out is gone.
    let whole = chamber.put(&path).json(&with(&body, &json!({ "public": true }))).expect(200).json();
    assert_eq!((&whole["website"], &whole["version"]), (&Value::Null, &json!(3)));

    chamber.delete(&path).expect(204);
    let written = app.database.revisions();
    chamber.delete(&path).expect(204);
    assert_eq!(app.database.revisions(), written);
    app.anonymous().get(&by_id).expect(410);
    let again = chamber.put(&path).json(&body).expect(201).json();
    assert_eq!(
        (&again["id"], &again["version"], &again["status"]),
        (&created["id"], &json!(5), &json!("published"))
    );
}

fn a_deleted_member_is_gone_and_an_unknown_one_not_found(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    for path in [member_at("S-1"), member_at("a%20b"), member_at("%00"), member_at(&"x".repeat(2_000))] {
        chamber.get(&path).expect(404);
        chamber.delete(&path).expect(404);
        chamber.delete(&format!("{path}?erase=true")).expect(404);
    }
    chamber.put(&member_at("a%20b")).json(&without(&member_line("S-1"), &["external_id"])).expect(404);
    chamber.put(&member_at("S-1")).json(&member_line("S-1")).expect(201);
    chamber.delete(&member_at("S-1")).expect(204);
    chamber.get(&member_at("S-1")).expect(410);
    for wrong in ["erase=yes", "erase=1", "force=true"] {
        chamber.delete(&format!("{}?{wrong}", member_at("S-1"))).expect(400);
    }
    // The same external id is another member in another chamber.
    app.chamber(OTHER_CHAMBER).get(&format!("{}/S-1", members_of(OTHER_CHAMBER))).expect(404);
}

fn if_match_is_honoured_and_not_required(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let (path, line) = (member_at("S-1"), member_line("S-1"));
    for tag in ["*", "\"1-x\""] {
        chamber.put(&path).if_match(tag).json(&line).expect(412);
    }
    let first = chamber.put(&path).json(&line).expect(201).etag();
    let renamed = with(&line, &json!({ "name": "Neu" }));
    let second = chamber.put(&path).if_match(&first).json(&renamed).expect(200).etag();
    let written = app.database.revisions();
    chamber.put(&path).if_match(&first).json(&line).expect(412);
    chamber.delete(&path).if_match(&first).expect(412);
    chamber.delete(&format!("{path}?erase=true")).if_match(&first).expect(412);
    // What cannot be understood comes first, what breaks a rule comes last.
    chamber.put(&path).if_match(&first).json(&with(&line, &json!({ "x": 1 }))).expect(400);
    chamber.put(&path).if_match(&first).json(&with(&line, &json!({ "region": "DE999" }))).expect(412);
    assert_eq!(app.database.revisions(), written);
    chamber.put(&path).if_match("*").json(&line).expect(200);
    chamber.delete(&path).if_match(&second).expect(412);
    chamber.delete(&path).if_match("\"3-x\"").expect(204);
    let conditional = chamber.put(&path).json(&line).expect(201).etag();
    chamber.get(&path).header("if-none-match", &conditional).expect(304);
}

fn if_none_match_creates_and_never_overwrites(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let (path, line) = (member_at("S-1"), without(&member_line("S-1"), &["external_id"]));
    let put = |tag: &str| chamber.put(&path).header("if-none-match", tag).json(&line);
    put("*").expect(201);
    let refused = put("*").expect(412).json();
    assert!(refused["detail"].as_str().unwrap().contains("If-None-Match"), "{refused}");
    assert_eq!(app.database.revisions(), 1);
    put("\"1-x\"").expect(412);
    put("\"2-x\"").expect(200);
    // What cannot be understood is said first, what breaks rules last.
    let put = |body: &Value| chamber.put(&path).header("if-none-match", "*").json(body);
    put(&with(&line, &json!({ "x": 1 }))).expect(400);
    put(&with(&line, &json!({ "region": "DE999" }))).expect(412);
    chamber.delete(&path).expect(204);
    put(&line).expect(201);
    put(&line).expect(412);

    let unknown = member_at("S-2");
    for tag in ["*", "\"1-x\""] {
        let refused = chamber.put(&unknown).if_match(tag).json(&line).expect(412).json();
        let detail = refused["detail"].as_str().unwrap();
        assert!(detail.starts_with("The member does not exist") && !detail.contains("version"), "{detail}");
    }
    chamber.get(&unknown).expect(404);
}

fn what_an_external_id_may_be_is_said(app: TestApp) {
    let line = without(&member_line("S-1"), &["external_id"]);
    for id in ["S%201", "S%2F1", "S%3F1", "M%C3%BCller", &"x".repeat(129)] {
        let refused = app.chamber(CHAMBER).put(&member_at(id)).json(&line).expect(404).json();
        let detail = refused["detail"].as_str().unwrap();
        assert!(detail.contains("1 to 128 printable ASCII characters"), "{id}: {detail}");
        app.chamber("ihk-ulm").put(&member_at(id)).json(&line).expect(404);
    }
    assert_eq!(app.database.revisions(), 0);
}

/// An external id as it stands in an address: with every byte encoded, or only those that have to be.
fn addresses(external_id: &str) -> [String; 2] {
    let encoded = |is_plain: fn(u8) -> bool| -> String {
        let byte =
            |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02x}") };
        external_id.bytes().map(byte).collect()
    };
    // RFC 3986 section 3.3, `pchar`.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte);
    [encoded(|_| false), encoded(is_plain)].map(|segment| member_at(&segment))
}

fn every_external_id_that_a_line_may_have_has_an_address(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let mut dice = Dice::new(6);
    let printable: Vec<char> = (' '..='~').collect();
    let mut ids: Vec<String> = printable.iter().flat_map(|c| [format!("{c}"), format!("a{c}b")]).collect();
    ids.extend(
        ["..", "...", ".a", "a.", "%2B", "a%2Bb", "a%252Bb", "Ä", "a\u{e9}", "+", "++"].map(str::to_owned),
    );
    ids.extend((0..100).map(|_| (0..=dice.below(128)).map(|_| *dice.one_of(&printable)).collect::<String>()));
    ids.sort();
    ids.dedup();
    let lines: Vec<Value> = ids.iter().map(|id| member_line(id)).collect();
    let run = chamber.sync("", &lines);
    let held = app.held_by(CHAMBER);
    assert_eq!(run["counts"]["created"], held.len());
    assert!(held.len() > 150, "{}", held.len());
    for sent in ids {
        // Blanks at the ends are none of it, in lines as in addresses.
        let id = sent.trim_matches(' ').to_owned();
        for address in addresses(&sent) {
            match held.contains(&id) {
                true => {
                    assert_eq!(chamber.get(&address).expect(200).json()["external_id"], id.as_str());
                    let location = chamber.put(&address).json(&member_line(&id)).expect(200).json();
                    assert_eq!(location["external_id"], id.as_str());
                }
                // A path of dots is another address, and a line feed of no client's making.
                false if id.starts_with('.') => {}
                false => drop(chamber.get(&address).expect(404)),
            }
        }
    }
    for id in &held {
        chamber.delete(&format!("{}?erase=true", addresses(id)[1])).expect(204);
    }
    assert_eq!(app.held_by(CHAMBER), [""; 0]);
}

fn what_a_chamber_cannot_see_stays_when_it_writes_back_what_it_read(app: TestApp) {
    let (chamber, admin, editor) = (app.chamber(CHAMBER), app.admin(), app.editor());
    let organisations = ["a", "b", "c", "d"].map(|name| {
        let kind = if name == "b" { Kind::Network } else { Kind::Initiative };
        editor.create(kind, &minimal(kind, name));
        json!({ "organisation": name, "role": format!("Rolle {name}"), "since": "2020-01-01" })
    });
    chamber
        .put(&member_at("S-1"))
        .json(&with(&member_line("S-1"), &json!({ "affiliations": organisations })))
        .expect(201);
    let id = chamber.get(&member_at("S-1")).expect(200).json()["id"].as_str().unwrap().to_owned();
    for (kind, name) in [(Kind::Initiative, "a"), (Kind::Network, "b"), (Kind::Initiative, "d")] {
        editor.change(kind, name, &json!({ "status": "draft" }));
    }
    let whole = admin.get(&format!("/api/v1/members/{id}")).expect(200);
    let named = |client: &Client<'_>, path: &str| -> Vec<String> {
        let record = client.get(path).expect(200).json();
        let list = record["affiliations"].as_array().unwrap().clone();
        list.iter().map(|entry| entry["organisation"]["slug"].as_str().unwrap().to_owned()).collect()
    };
    let seen = chamber.get(&member_at("S-1")).expect(200).json();
    assert_eq!(named(&chamber, &member_at("S-1")), ["c"]);
    let written = app.database.revisions();
    chamber.put(&member_at("S-1")).json(&seen).expect(200);
    assert_eq!(app.database.revisions(), written, "it changes nothing");
    assert_eq!(admin.get(&format!("/api/v1/members/{id}")).expect(200).json(), whole.json());
    let without_all = with(&seen, &json!({ "affiliations": [], "name": "Neu" }));
    chamber.put(&member_at("S-1")).json(&without_all).expect(200);
    let member = format!("/api/v1/members/{id}");
    assert_eq!(named(&admin, &member), ["a", "b", "d"]);
    // Who sees them takes them out; and a line is the whole record.
    admin.change(
        Kind::Member,
        &id,
        &json!({ "affiliations": [{ "organisation": "d" }, { "organisation": "a" }] }),
    );
    assert_eq!(named(&admin, &member), ["d", "a"]);
    chamber.sync("", &[member_line("S-1")]);
    assert_eq!(named(&admin, &member), [""; 0]);
}

fn the_address_says_whose_member_it_is(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let path = member_at("S-1");
    let body = without(&member_line("S-1"), &["external_id"]);
    let wrong = |fields: Value| chamber.put(&path).json(&with(&body, &fields)).expect(422).faults();
    assert_eq!(wrong(json!({ "chamber": OTHER_CHAMBER })), ["/chamber"]);
    assert_eq!(wrong(json!({ "external_id": "S-2" })), ["/external_id"]);
    let both = wrong(json!({ "chamber": OTHER_CHAMBER, "external_id": "S-2", "region": "DE999" }));
    assert_eq!(both, ["/chamber", "/external_id", "/region"]);
    assert_eq!(wrong(json!({ "status": "archived" })), ["/status"]);
    assert_eq!(app.database.revisions(), 0);
    chamber.put(&path).json(&with(&body, &json!({ "chamber": CHAMBER, "external_id": "S-1" }))).expect(201);
    chamber.put(&path).json(&with(&body, &json!({ "chamber": null, "external_id": null }))).expect(200);
    assert_eq!(app.database.revisions(), 1);
    // An editor may not, an admin may, also by the member's id.
    let id = chamber.get(&path).expect(200).json()["id"].as_str().unwrap().to_owned();
    let by_id = format!("/api/v1/members/{id}");
    app.editor().patch(&by_id).if_match("*").json(&json!({ "name": "Neu" })).expect(403);
    app.admin().patch(&by_id).if_match("*").json(&json!({ "name": "Neu" })).expect(200);
    assert_eq!(chamber.get(&path).expect(200).json()["name"], "Neu");
}

fn faults_are_told_as_everywhere(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let (path, line) = (member_at("S-1"), member_line("S-1"));
    chamber.put(&path).json(&json!([1])).expect(400);
    chamber.put(&path).body("application/json", "{").expect(400);
    chamber.put(&path).body("text/plain", "{}").expect(415);
    assert_eq!(
        chamber.put(&path).json(&with(&line, &json!({ "x": 1, "name": 1 }))).expect(400).faults().len(),
        2
    );
    let hidden = with(&minimal(Kind::Initiative, "Entwurf"), &json!({ "status": "draft" }));
    let hidden = app.editor().create(Kind::Initiative, &hidden);
    let cluster = app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "Cluster"));
    for organisation in [json!("nirgends"), hidden["id"].clone(), json!("entwurf"), cluster["id"].clone()] {
        let affiliated = with(&line, &json!({ "affiliations": [{ "organisation": organisation }] }));
        let faults = chamber.put(&path).json(&affiliated).expect(422).faults();
        assert_eq!(faults, ["/affiliations/0/organisation"], "{organisation}");
    }
    app.editor().change(Kind::Initiative, "entwurf", &json!({ "status": "published" }));
    let affiliated = with(&line, &json!({ "affiliations": [{ "organisation": "entwurf" }] }));
    chamber.put(&path).json(&affiliated).expect(201);
}

fn the_list_shows_what_the_portal_holds(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let hidden = with(&member_line("S-2"), &json!({ "public": false }));
    let draft = with(&member_line("S-3"), &json!({ "status": "draft" }));
    chamber.sync("", &[member_line("S-1"), hidden, draft, member_line("S-4")]);
    app.chamber(OTHER_CHAMBER)
        .put(&format!("{}/U-1", members_of(OTHER_CHAMBER)))
        .json(&member_line("U-1"))
        .expect(201);
    app.editor().create(Kind::Member, &minimal(Kind::Member, "Ohne Kammer"));
    chamber.delete(&member_at("S-4")).expect(204);
    let list = |query: &str| chamber.get(&format!("{}?{query}", members_of(CHAMBER))).expect(200);
    assert_eq!(list("").each("external_id"), ["S-1", "S-2", "S-3"]);
    assert_eq!(list("with_total=true").json()["total"], 3);
    assert_eq!(list("status=archived").each("external_id"), ["S-4"]);
    assert_eq!(list("status=archived&status=draft").each("external_id"), ["S-3", "S-4"]);
    assert_eq!(list("").header("cache-control"), "private, no-store");
    let tag = list("").etag();
    chamber.get(&members_of(CHAMBER)).header("if-none-match", &tag).expect(304);
    for reader in [app.editor(), app.auditor(), app.admin()] {
        assert_eq!(reader.get(&members_of(CHAMBER)).expect(200).items(), list("").items());
    }
    let one = chamber.get(&member_at("S-2")).expect(200).json();
    assert_eq!(list(&format!("ids={}", one["id"].as_str().unwrap())).items(), [one]);
}

fn the_list_takes_filters_and_pages(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let mut lines = member_lines(0..25);
    for (number, line) in lines.iter_mut().enumerate() {
        line["public"] = (number % 2 == 0).into();
        line["region"] = if number < 5 { "DE131" } else { "DE111" }.into();
    }
    lines[7]["name"] = "Zahnräder & Söhne".into();
    chamber.sync("mode=full", &lines);
    let path = members_of(CHAMBER);
    let total = |query: &str| {
        chamber.get(&format!("{path}?with_total=true&{query}")).expect(200).json()["total"].as_u64().unwrap()
    };
    assert_eq!([total(""), total("region=DE13"), total("region=DE11&kind=company")], [25, 5, 20]);
    assert_eq!([total("q=zahnraeder"), total("kind=university"), total("status=draft")], [1, 0, 0]);
    let (mut walked, mut address) = (Vec::new(), Some(format!("{path}?limit=7&sort=-name")));
    while let Some(next) = address {
        let page = chamber.get(&next).expect(200);
        assert!(page.items().len() <= 7);
        walked.extend(page.each("external_id"));
        address = page.json()["next"].as_str().map(str::to_owned);
    }
    assert_eq!((walked.len(), walked[0].as_str()), (25, "M-0007"));
    for wrong in [
        "limit=201",
        "limit=0",
        "x=1",
        "region=DE999",
        "status=gone",
        "cursor=x",
        "as_of=2026-01-01T00:00:00Z",
    ] {
        let name = wrong.split('=').next().unwrap();
        assert_eq!(chamber.get(&format!("{path}?{wrong}")).expect(400).faults(), [name], "{wrong}");
    }
}

fn the_books_tell_who_did_what(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    chamber.sync("", &[member_line("S-1")]);
    chamber.sync("", &[with(&member_line("S-1"), &json!({ "name": "Neu" }))]);
    chamber.sync("", &[marker("S-1")]);
    chamber.put(&member_at("S-1")).json(&member_line("S-1")).expect(201);
    app.admin().sync("mode=full&max_deletion_percent=100", &[]);
    let id =
        app.admin().get(&format!("{}?status=archived", members_of(CHAMBER))).expect(200).each("id").remove(0);
    let history = app.auditor().get(&format!("/api/v1/members/{id}/history")).expect(200).items();
    let told: Vec<String> = history
        .iter()
        .map(|entry| {
            format!(
                "{} {} {}",
                entry["version"],
                entry["action"].as_str().unwrap(),
                entry["role"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        told,
        ["5 archive admin", "4 restore chamber", "3 archive chamber", "2 update chamber", "1 create chamber"]
    );
    assert_eq!((&history[1]["actor"], &history[0]["actor"]), (&json!("test-chamber"), &json!("test-admin")));
    let audit = app.auditor().get("/api/v1/audit?limit=100").expect(200).items();
    assert_eq!(audit.iter().filter(|entry| entry["id"] == id.as_str()).count(), 5);
    let feed = app.anonymous().get("/api/v1/changes").expect(200).items();
    let actions: Vec<&str> = feed.iter().map(|change| change["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["upserted", "upserted", "removed", "upserted", "removed"]);
}
