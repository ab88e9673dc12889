//! Lines: what becomes of each, and that a bad one is its own fault alone.

use crate::harness::{
    CHAMBER, Records as _, Syncs as _, TestApp, counts, marker, member_at, member_line, member_lines,
    members_of, minimal, ndjson, on_both, rejected, with, without,
};
use domain::kind::Kind;
use serde_json::{Value, json};

on_both! {
    each_line_has_its_verdict
    a_line_is_the_whole_record
    an_unchanged_line_in_whatever_spelling_writes_nothing
    a_line_that_was_true_once_changes_what_is_not_so_any_more
    a_second_line_of_a_member_is_rejected
    lines_are_counted_from_one
    an_over_long_line_is_skipped
    a_bad_line_rejects_itself_alone
    an_organisation_that_is_not_there_is_pointed_at
    an_organisation_that_was_withdrawn_since_may_stay
    what_only_the_server_sets_may_come_back_as_it_is
    a_rejection_is_short_whatever_it_quotes
    a_member_sent_again_has_its_old_id
}

fn each_line_has_its_verdict(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let first = chamber.sync("", &[member_line("A"), member_line("B"), member_line("C")]);
    assert_eq!(counts(&first), [3, 3, 0, 0, 0, 0]);
    assert_eq!(
        (&first["mode"], &first["dry_run"], &first["rejections"]),
        (&json!("delta"), &json!(false), &json!([]))
    );
    assert_eq!(first["sweep"], json!({ "state": "none", "reason": null }));
    assert_eq!(
        (&first["started_at"], &first["finished_at"], &first["duration_ms"]),
        (&json!("2026-05-12T10:00:00Z"), &json!("2026-05-12T10:00:00Z"), &json!(0))
    );
    let second = chamber.sync(
        "mode=delta&dry_run=false&max_deletion_percent=10",
        &[
            member_line("A"),
            with(&member_line("B"), &json!({ "name": "Neu" })),
            marker("C"),
            marker("nie da"),
            marker("D"),
            member_line("E"),
            with(&member_line("F"), &json!({ "kind": "club" })),
            json!({ "external_id": "G", "deleted": true, "name": "G" }),
        ],
    );
    assert_eq!(counts(&second), [8, 1, 1, 2, 1, 3]);
    assert_eq!(rejected(&second), ["4 - /external_id", "7 F /kind", "8 G /name"]);
    assert_eq!(app.held_by(CHAMBER), ["A", "B", "E"]);
    chamber.get(&member_at("C")).expect(410);
    let third = chamber.sync("", &[marker("C"), marker("A")]);
    assert_eq!(counts(&third), [2, 0, 0, 1, 1, 0], "it was deleted already");
}

fn a_line_is_the_whole_record(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let full = json!({ "website": "https://example.org/", "size_class": "small", "industries": ["26"] });
    chamber.sync("", &[with(&member_line("A"), &full)]);
    let run = chamber.sync("", &[without(&member_line("A"), &["public"])]);
    assert_eq!(counts(&run), [1, 0, 1, 0, 0, 0]);
    let record = chamber.get(&member_at("A")).expect(200).json();
    assert_eq!(
        (&record["website"], &record["size_class"], &record["industries"]),
        (&Value::Null, &Value::Null, &json!([]))
    );
    assert_eq!((&record["public"], &record["version"]), (&json!(false), &json!(2)));
}

fn an_unchanged_line_in_whatever_spelling_writes_nothing(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    app.editor().create(Kind::Initiative, &minimal(Kind::Initiative, "Verein"));
    let more = json!({ "name": "Größe & Söhne", "affiliations": [{ "organisation": "verein" }], "website": "https://example.org/" });
    let line = with(&member_line("S-1"), &more);
    let record = {
        chamber.sync("", std::slice::from_ref(&line));
        chamber.get(&member_at("S-1")).expect(200).json()
    };
    let organisation = record["affiliations"][0]["organisation"]["id"].as_str().unwrap();
    let name = r#""Gr\u00f6\u00DFe \u0026 S\u00F6hne""#;
    let spellings = [
        line.to_string(),
        format!(
            r#"  {{"public" : true,"region":"DE111", "kind":"company","name":{name},"website":"https://example.org/","affiliations":[{{"organisation":"verein"}}],"external_id":"S\u002d1"}} "#
        ),
        with(&line, &json!({ "size_class": null, "address": null, "industries": [], "deleted": false }))
            .to_string(),
        with(&line, &json!({ "chamber": CHAMBER, "status": "published", "deleted": null })).to_string(),
        with(&line, &json!({ "affiliations": [{ "organisation": organisation, "role": null }] })).to_string(),
        with(&line, &json!({ "affiliations": record["affiliations"] })).to_string(),
        with(&line, &json!({ "affiliations": [{ "organisation": "verein", "until": "9999-12-31" }] }))
            .to_string(),
        with(&line, &json!({ "region": "de111" })).to_string(),
        with(&line, &json!({ "region": "08111" })).to_string(),
    ];
    let looks = [
        "/api/v1/members",
        "/api/v1/members/facets",
        "/api/v1/initiatives",
        "/api/v1/search?q=soehne",
        "/api/v1/stats",
        "/api/v1/changes",
    ];
    let look = || -> Vec<String> {
        let mut tags: Vec<String> =
            looks.iter().map(|path| app.anonymous().get(path).expect(200).etag()).collect();
        tags.push(chamber.get(&members_of(CHAMBER)).expect(200).etag());
        tags.push(app.anonymous().get("/api/v1/changes").expect(200).json()["cursor"].to_string());
        tags
    };
    let (before, written) = (look(), app.database.revisions());
    for spelling in spellings {
        for mode in ["delta", "full"] {
            let run = chamber.start(&format!("mode={mode}"), spelling.clone()).expect(201).json();
            assert_eq!(counts(&run), [1, 0, 0, 1, 0, 0], "{spelling}");
        }
        assert_eq!(chamber.get(&member_at("S-1")).expect(200).json(), record);
        assert_eq!(app.database.revisions(), written, "{spelling}");
        assert_eq!(look(), before, "{spelling}");
    }
}

fn a_line_that_was_true_once_changes_what_is_not_so_any_more(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let line = member_line("S-1");
    chamber.sync("", std::slice::from_ref(&line));
    let id = chamber.get(&member_at("S-1")).expect(200).json()["id"].as_str().unwrap().to_owned();
    let elsewhere: [&dyn Fn(); 4] = [
        &|| drop(chamber.put(&member_at("S-1")).json(&with(&line, &json!({ "name": "Anders" }))).expect(200)),
        &|| drop(app.admin().change(Kind::Member, &id, &json!({ "size_class": "large" }))),
        &|| drop(app.admin().change(Kind::Member, &id, &json!({ "status": "draft" }))),
        &|| drop(chamber.sync("", &[with(&line, &json!({ "public": false }))])),
    ];
    let mut version = 1;
    for (number, change) in elsewhere.into_iter().enumerate() {
        for mode in ["delta", "full"] {
            change();
            let run = chamber.sync(&format!("mode={mode}"), std::slice::from_ref(&line));
            assert_eq!(counts(&run), [1, 0, 1, 0, 0, 0], "{number}");
            version += 2;
            let record = chamber.get(&member_at("S-1")).expect(200).json();
            assert_eq!((&record["name"], &record["size_class"]), (&line["name"], &Value::Null));
            assert_eq!((&record["status"], &record["public"]), (&json!("published"), &json!(true)));
            assert_eq!(record["version"], version);
        }
    }
}

fn a_second_line_of_a_member_is_rejected(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let renamed = with(&member_line("A"), &json!({ "name": "Zweite Zeile" }));
    let lines = [
        member_line("A"),
        renamed.clone(),
        marker("A"),
        with(&member_line("B"), &json!({ "kind": 1 })),
        member_line("B"),
    ];
    let run = chamber.sync("", &lines);
    assert_eq!(rejected(&run), ["2 A /external_id", "3 A /external_id", "4 B /kind", "5 B /external_id"]);
    assert_eq!(chamber.get(&member_at("A")).expect(200).json()["name"], "Firma A");
    // Of members that are there, and far apart.
    for mode in ["delta", "full"] {
        let mut lines = [vec![member_line("A")], member_lines(0..1_300)].concat();
        lines.extend([renamed.clone(), member_line("M-0003"), member_line("A")]);
        let run = chamber.sync(&format!("mode={mode}"), &lines);
        assert_eq!(
            rejected(&run),
            ["1302 A /external_id", "1303 M-0003 /external_id", "1304 A /external_id"],
            "{mode}"
        );
    }
    // What is no member is no first line.
    let run = chamber
        .start("", "[\"C\"]\n\"C\"\n{\"external_id\":\"C\"\n".to_owned() + &ndjson(&[member_line("C")]))
        .expect(201)
        .json();
    assert_eq!(rejected(&run), ["1 - ", "2 - ", "3 - "]);
    assert_eq!(counts(&run), [4, 1, 0, 0, 0, 3]);
}

fn lines_are_counted_from_one(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let (good, bad) = (member_line("A").to_string(), "{}");
    let body = format!("\u{feff}{bad}\r\n\r\n\n  \t\r\n{good}\r\n{bad}\n\n{bad}");
    let run = chamber.start("", body).expect(201).json();
    assert_eq!(counts(&run), [4, 1, 0, 0, 0, 3]);
    assert_eq!(rejected(&run), ["1 - /external_id", "6 - /external_id", "8 - /external_id"]);
    let run = chamber.start("", format!("\u{feff}{good}")).expect(201).json();
    assert_eq!(counts(&run), [1, 0, 0, 1, 0, 0]);
    assert_eq!(counts(&chamber.start("", "\u{feff}\r\n\n").expect(201).json()), [0; 6]);
}

fn an_over_long_line_is_skipped(app: TestApp) {
    const MOST: usize = 1024 * 1024;
    let chamber = app.chamber(CHAMBER);
    // As long as asked for, by blanks within.
    let long = |id: &str, bytes: usize| {
        let text = member_line(id).to_string();
        text.replacen('{', &format!("{{{}", " ".repeat(bytes - text.len())), 1)
    };
    let bad = long("C", 3 * MOST);
    let body =
        [long("A", MOST), long("B", MOST + 1), bad, member_line("D").to_string(), "x".repeat(MOST + 1)]
            .join("\r\n");
    let run = chamber.start("", body).expect(201).json();
    assert_eq!(counts(&run), [5, 2, 0, 0, 0, 3]);
    assert_eq!(rejected(&run), ["2 - ", "3 - ", "5 - "]);
    assert!(run["rejections"][0]["reason"].as_str().unwrap().contains("1048576"));
    assert_eq!(app.held_by(CHAMBER), ["A", "D"]);
}

fn a_bad_line_rejects_itself_alone(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let deep = format!("{{\"external_id\":\"T\",\"name\":{}{}}}", "[".repeat(50_000), "]".repeat(50_000));
    let bad: Vec<(Vec<u8>, &str)> = vec![
        (b"rubbish".to_vec(), "- "),
        (b"\x00\x01\x02\xff".to_vec(), "- "),
        (b"{\"external_id\":\"U\",\"name\":\"\xff\xfe\"}".to_vec(), "- "),
        (b"null".to_vec(), "- "),
        (deep.into_bytes(), "- "),
        (b"{\"external_id\":\"V\"} {}".to_vec(), "- "),
        (b"{\"name\":\"A\"}".to_vec(), "- /external_id"),
        (b"{\"external_id\":7}".to_vec(), "- /external_id"),
        (b"{\"external_id\":\"\"}".to_vec(), "- /external_id"),
        (with(&member_line("F"), &json!({ "chamber": "ihk-ulm" })).to_string().into(), "F /chamber"),
        (with(&member_line("G"), &json!({ "region": "DE999" })).to_string().into(), "G /region"),
        (with(&member_line("H"), &json!({ "name": "<b>" })).to_string().into(), "H /name"),
        (with(&member_line("I"), &json!({ "name": "\u{202e}" })).to_string().into(), "I /name"),
        (with(&member_line("J"), &json!({ "website": "ftp://x" })).to_string().into(), "J /website"),
        (with(&member_line("K"), &json!({ "surprise": 1 })).to_string().into(), "K /surprise"),
        (with(&member_line("L"), &json!({ "deleted": "yes" })).to_string().into(), "L /deleted"),
        (with(&member_line("M"), &json!({ "status": "archived" })).to_string().into(), "M /status"),
        (without(&member_line("N"), &["name"]).to_string().into(), "N /name"),
    ];
    let (mut body, mut expected) = (Vec::new(), Vec::new());
    for (number, (line, told)) in bad.iter().enumerate() {
        body.extend([line.as_slice(), b"\n", ndjson(&member_lines(number..number + 1)).as_bytes()].concat());
        expected.push(format!("{} {told}", 2 * number + 1));
    }
    let run = chamber.start("", body).expect(201).json();
    assert_eq!(rejected(&run), expected);
    let good = bad.len() as u64;
    assert_eq!(counts(&run), [2 * good, good, 0, 0, 0, good]);
    assert_eq!(app.held_by(CHAMBER).len(), bad.len());
}

fn an_organisation_that_is_not_there_is_pointed_at(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let hidden = with(&minimal(Kind::Network, "Entwurf"), &json!({ "status": "draft" }));
    app.editor().create(Kind::Network, &hidden);
    app.editor().create(Kind::Initiative, &minimal(Kind::Initiative, "Verein"));
    app.editor().create(Kind::Cluster, &minimal(Kind::Cluster, "Cluster"));
    let belongs = |id: &str, to: &[&str]| {
        let affiliations: Vec<Value> = to.iter().map(|key| json!({ "organisation": key })).collect();
        with(&member_line(id), &json!({ "affiliations": affiliations }))
    };
    let lines = [
        belongs("A", &["verein"]),
        belongs("B", &["nirgends"]),
        belongs("C", &["verein", "entwurf"]),
        belongs("D", &["cluster"]),
        belongs("E", &["verein"]),
    ];
    let run = chamber.sync("", &lines);
    assert_eq!(counts(&run), [5, 2, 0, 0, 0, 3]);
    let pointers = [
        "2 B /affiliations/0/organisation",
        "3 C /affiliations/1/organisation",
        "4 D /affiliations/0/organisation",
    ];
    assert_eq!(rejected(&run), pointers);
    app.editor().change(Kind::Network, "entwurf", &json!({ "status": "published" }));
    assert_eq!(rejected(&chamber.sync("", &lines)), [pointers[0], pointers[2]]);
    assert_eq!(app.anonymous().get("/api/v1/initiatives/verein").expect(200).json()["member_count"], 3);
}

fn an_organisation_that_was_withdrawn_since_may_stay(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    app.editor().create(Kind::Initiative, &minimal(Kind::Initiative, "Verein"));
    let belongs =
        |id: &str| with(&member_line(id), &json!({ "affiliations": [{ "organisation": "verein" }] }));
    chamber.sync("", &[belongs("A"), member_line("B")]);
    app.editor().delete("/api/v1/initiatives/verein").if_match("*").expect(204);
    for mode in ["mode=delta", "mode=delta&dry_run=true", "mode=full"] {
        let run = chamber.sync(mode, &[belongs("A"), member_line("B")]);
        assert_eq!(counts(&run), [2, 0, 0, 2, 0, 0], "{mode}: as it was");
    }
    let spelled = json!({ "size_class": null, "affiliations": [{ "organisation": "verein", "role": null }] });
    assert_eq!(counts(&chamber.sync("", &[with(&belongs("A"), &spelled)])), [1, 0, 0, 1, 0, 0]);
    let renamed = with(&belongs("A"), &json!({ "name": "Neu" }));
    assert_eq!(counts(&chamber.sync("", std::slice::from_ref(&renamed))), [1, 0, 1, 0, 0, 0]);
    chamber.put(&member_at("A")).json(&with(&renamed, &json!({ "name": "Neuer" }))).expect(200);
    // Who did not belong to it cannot begin to.
    assert_eq!(rejected(&chamber.sync("", &[belongs("B")])), ["1 B /affiliations/0/organisation"]);
    chamber.put(&member_at("B")).json(&belongs("B")).expect(422);
    app.editor().post("/api/v1/initiatives/verein/restore").expect(200);
    let member = chamber.get(&member_at("A")).expect(200).json();
    assert_eq!(member["affiliations"][0]["organisation"]["slug"], "verein");
}

fn what_only_the_server_sets_may_come_back_as_it_is(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    chamber.sync("", &[member_line("A")]);
    let read = chamber.get(&member_at("A")).expect(200).json();
    let again = [read.clone(), with(&read, &json!({ "name": "Neu" }))];
    assert_eq!(counts(&chamber.sync("", &again[..1])), [1, 0, 0, 1, 0, 0]);
    assert_eq!(counts(&chamber.sync("", &again[1..])), [1, 0, 1, 0, 0, 0]);
    let run = chamber.sync(
        "",
        &[with(&again[1], &json!({ "name": "Neuer" })), with(&member_line("B"), &json!({ "version": 1 }))],
    );
    assert_eq!(rejected(&run), ["1 A /version", "2 B /version"], "it has another version now");
}

fn a_rejection_is_short_whatever_it_quotes(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let long = "k".repeat(900_000);
    let lines = [json!({ "external_id": "A", &long: 1 }), with(&member_line("B"), &json!({ "kind": &long }))];
    let answer = chamber.start("", ndjson(&lines)).expect(201);
    assert_eq!(counts(&answer.json()), [2, 0, 0, 0, 0, 2]);
    assert!(answer.body.len() < 5_000, "{} bytes", answer.body.len());
    let run =
        chamber.start("", "{\"external_id\":\"A\",\"name\":\"A\",\"external_id\":\"B\"}").expect(201).json();
    assert_eq!(rejected(&run), ["1 - /external_id"], "whom it names is not clear");
}

fn a_member_sent_again_has_its_old_id(app: TestApp) {
    let chamber = app.chamber(CHAMBER);
    let line = member_line("S-1");
    chamber.sync("", std::slice::from_ref(&line));
    let first = chamber.get(&member_at("S-1")).expect(200).json();
    for (round, mode) in ["delta", "full", "delta"].into_iter().enumerate() {
        match round {
            0 => drop(chamber.sync("", &[marker("S-1")])),
            1 => drop(chamber.sync("mode=full&max_deletion_percent=100", &[])),
            _ => drop(chamber.delete(&member_at("S-1")).expect(204)),
        }
        let run = chamber.sync(&format!("mode={mode}"), std::slice::from_ref(&line));
        assert_eq!(counts(&run), [1, 1, 0, 0, 0, 0]);
        let again = chamber.get(&member_at("S-1")).expect(200).json();
        assert_eq!((&again["id"], &again["version"]), (&first["id"], &json!(3 + 2 * round)));
        assert_eq!(again["created_at"], first["created_at"]);
    }
}
