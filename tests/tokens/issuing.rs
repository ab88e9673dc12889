//! Tokens over HTTP: issuing, listing and revoking them.

use super::{TOKENS, editor, is_refused, issue, revoke, works};
use crate::harness::{PUBLIC_URL, Records as _, TestApp, minimal, nobodys_id, on_both, with, without};
use chrono::{DateTime, TimeDelta};
use domain::kind::Kind;
use serde_json::{Value, json};

on_both! {
    a_token_is_shown_once_and_works
    a_token_of_each_role_is_bound_as_the_role_requires
    an_expiry_is_a_duration_or_a_time
    all_faults_are_reported_at_once
    a_token_is_not_issued_under_an_idempotency_key
    a_revoked_token_ends_at_once_and_for_good
    the_list_has_pages_filters_and_totals
    a_use_is_recorded_once_a_minute
    a_token_is_in_no_file
}

fn a_token_is_shown_once_and_works(app: TestApp) {
    let answer = issue(&app, &json!({ "role": "editor", "subject": " ada ", "expires": "90d" }));
    let issued = answer.json();
    let id = issued["id"].as_str().unwrap();
    assert_eq!(answer.header("location"), format!("{PUBLIC_URL}{TOKENS}/{id}"));
    assert_eq!(answer.header("cache-control"), "private, no-store");
    let expected = json!({
        "id": id, "role": "editor", "subject": "ada", "chamber": null, "organisation": null, "state": "valid",
        "issued_at": "2026-05-12T10:00:00Z", "expires_at": "2026-08-10T10:00:00Z", "revoked_at": null,
        "last_used_at": null,
    });
    assert_eq!(without(&issued, &["token"]), expected);
    works(&app, issued["token"].as_str().unwrap());
    let shown = app.admin().get(&answer.header("location")).expect(200);
    assert_eq!(without(&shown.json(), &["last_used_at"]), without(&expected, &["last_used_at"]));
    assert_eq!(shown.header("cache-control"), "private, no-store");
    app.admin().get(&format!("{TOKENS}/{}", nobodys_id())).expect(404);
    app.admin().get(&format!("{TOKENS}/x")).expect(404);
}

fn a_token_of_each_role_is_bound_as_the_role_requires(app: TestApp) {
    let draft = with(&minimal(Kind::Network, "Netz"), &json!({ "status": "draft" }));
    let network = app.editor().create(Kind::Network, &draft);
    let reference = json!({ "id": network["id"], "slug": "netz", "name": "Netz" });
    let bindings = [json!({}), json!({ "chamber": "ihk-ulm" }), json!({ "organisation": "netz" })];
    let both = with(&bindings[1], &bindings[2]);
    let roles = [("admin", 0), ("editor", 0), ("auditor", 0), ("chamber", 1), ("manager", 2)];
    for (role, required) in roles {
        let body = json!({ "role": role, "subject": "x", "expires": "1h" });
        for (number, binding) in bindings.iter().chain([&both]).enumerate() {
            let request = app.admin().post(TOKENS).json(&with(&body, binding));
            if number == required {
                let issued = request.expect(201).json();
                assert_eq!(issued["chamber"], if required == 1 { json!("ihk-ulm") } else { Value::Null });
                assert_eq!(
                    issued["organisation"],
                    if required == 2 { reference.clone() } else { Value::Null }
                );
                app.bearer(issued["token"].as_str().unwrap()).get("/api/v1/clusters").expect(200);
            } else {
                assert!(!request.expect(422).faults().is_empty(), "{role} {binding}");
            }
        }
    }
    let by_id = json!({ "role": "manager", "subject": "x", "expires": "1h", "organisation": network["id"] });
    assert_eq!(issue(&app, &by_id).json()["organisation"], reference);
}

fn an_expiry_is_a_duration_or_a_time(app: TestApp) {
    let body = |expires: &str| json!({ "role": "auditor", "subject": "x", "expires": expires });
    let good = [
        ("1s", "2026-05-12T10:00:01Z"),
        ("15m", "2026-05-12T10:15:00Z"),
        ("400d", "2027-06-16T10:00:00Z"),
        ("2026-05-12T10:00:01Z", "2026-05-12T10:00:01Z"),
        ("2026-06-01T02:00:00.75+02:00", "2026-06-01T00:00:00Z"),
        ("2027-06-16T10:00:00Z", "2027-06-16T10:00:00Z"),
    ];
    for (expires, expected) in good {
        assert_eq!(issue(&app, &body(expires)).json()["expires_at"], expected, "{expires}");
    }
    let bad = [
        "",
        "8",
        "8 h",
        "0s",
        "-1h",
        "401d",
        "soon",
        "2026-05-12T10:00:00Z",
        "2027-06-16T10:00:01Z",
        "2026-06-01",
    ];
    for expires in bad {
        let refused = app.admin().post(TOKENS).json(&body(expires)).expect(422);
        assert_eq!(refused.faults(), ["/expires"], "{expires}");
    }
}

fn all_faults_are_reported_at_once(app: TestApp) {
    let broken =
        json!({ "role": "root", "subject": "", "expires": "x", "chamber": "y", "organisation": "z" });
    let refused = app.admin().post(TOKENS).json(&broken).expect(422);
    let mut faults = refused.faults();
    faults.sort();
    assert_eq!(faults, ["/chamber", "/expires", "/organisation", "/role", "/subject"]);
    let malformed = json!({ "role": 1, "subject": [], "expires": 8, "colour": "red" });
    let mut faults = app.admin().post(TOKENS).json(&malformed).expect(400).faults();
    faults.sort();
    assert_eq!(faults, ["/colour", "/expires", "/role", "/subject"]);
    let mut faults = app.admin().post(TOKENS).json(&json!({})).expect(422).faults();
    faults.sort();
    assert_eq!(faults, ["/expires", "/role", "/subject"]);
    app.admin().post(TOKENS).json(&json!([])).expect(400);
    let good = json!({ "role": "editor", "subject": "x", "expires": "1h" });
    assert_eq!(
        app.admin().post(&format!("{TOKENS}?colour=red")).json(&good).expect(400).faults(),
        ["colour"]
    );
    for subject in ["a\u{7}", &"x".repeat(201), "\u{200b}"] {
        let refused = app.admin().post(TOKENS).json(&with(&good, &json!({ "subject": subject }))).expect(422);
        assert_eq!(refused.faults(), ["/subject"]);
    }
}

fn a_token_is_not_issued_under_an_idempotency_key(app: TestApp) {
    let body = json!({ "role": "editor", "subject": "x", "expires": "1h" });
    let refused = app.admin().post(TOKENS).header("idempotency-key", "k").json(&body).expect(400);
    assert_eq!(refused.faults(), ["Idempotency-Key"]);
    assert_eq!(app.admin().get(&format!("{TOKENS}?subject=x")).expect(200).items(), [Value::Null; 0]);
}

fn a_revoked_token_ends_at_once_and_for_good(app: TestApp) {
    let second = TestApp::on(app.database.clone(), app.clock.clone());
    let (token, id) = editor(&app);
    works(&app, &token);
    works(&second, &token);
    revoke(&app, id);
    is_refused(&app, &token);
    is_refused(&second, &token);
    app.clock.advance(TimeDelta::minutes(1));
    revoke(&app, id);
    let shown = app.admin().get(&format!("{TOKENS}/{id}")).expect(200).json();
    assert_eq!((&shown["state"], &shown["revoked_at"]), (&json!("revoked"), &json!("2026-05-12T10:00:00Z")));
    app.admin().delete(&format!("{TOKENS}/{}", nobodys_id())).expect(404);
    app.admin().delete(&format!("{TOKENS}/x")).expect(404);
}

fn the_list_has_pages_filters_and_totals(app: TestApp) {
    let issue = |role: &str, subject: &str, expires: &str| {
        let body = json!({ "role": role, "subject": subject, "expires": expires });
        issue(&app, &body).json()["id"].as_str().unwrap().to_owned()
    };
    let short = issue("auditor", "kurz", "1h");
    let revoked = issue("editor", "weg", "1d");
    let both = issue("editor", "kurz", "1h");
    let valid = issue("editor", "lang", "1d");
    for id in [&revoked, &both] {
        app.admin().delete(&format!("{TOKENS}/{id}")).expect(204);
    }
    app.clock.advance(TimeDelta::hours(2));
    let own = "subject=kurz&subject=weg&subject=lang";
    let cases: [(&str, &[&String]); 8] = [
        ("", &[&valid, &both, &revoked, &short]),
        ("&state=valid", &[&valid]),
        ("&state=revoked", &[&both, &revoked]),
        ("&state=expired", &[&short]),
        ("&state=expired&state=valid", &[&valid, &short]),
        ("&role=editor", &[&valid, &both, &revoked]),
        ("&role=editor&role=auditor&state=expired", &[&short]),
        ("&role=chamber", &[]),
    ];
    for (query, expected) in cases {
        let whole = app.admin().get(&format!("{TOKENS}?{own}{query}&with_total=true")).expect(200);
        let ids: Vec<String> = expected.iter().map(|id| (*id).clone()).collect();
        assert_eq!((whole.each("id"), &whole.json()["total"]), (ids, &json!(expected.len())), "{query}");
        let mut paged = Vec::new();
        let mut next = Some(format!("{TOKENS}?{own}{query}&limit=1"));
        while let Some(address) = next {
            let page = app.admin().get(&address).expect(200);
            paged.extend(page.items());
            next = page.json()["next"].as_str().map(str::to_owned);
        }
        assert_eq!(paged, whole.items(), "{query}");
    }
    assert!(app.admin().get(TOKENS).expect(200).items().iter().all(|token| token.get("token").is_none()));
    for (query, fault) in
        [("state=x", "state"), ("role=root", "role"), ("subject=", "subject"), ("cursor=x", "cursor")]
    {
        assert_eq!(app.admin().get(&format!("{TOKENS}?{query}")).expect(400).faults(), [fault]);
    }
}

fn a_use_is_recorded_once_a_minute(app: TestApp) {
    let (token, id) = editor(&app);
    let last_used = |is_so: &dyn Fn(Option<DateTime<chrono::Utc>>) -> bool| {
        for _ in 0..1_000 {
            let shown = app.admin().get(&format!("{TOKENS}/{id}")).expect(200).json();
            let last = shown["last_used_at"].as_str().map(|moment| moment.parse().unwrap());
            if is_so(last) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("the use was never recorded");
    };
    last_used(&|last| last.is_none());
    let first = app.clock.now();
    works(&app, &token);
    last_used(&|last| last == Some(first));
    app.clock.advance(TimeDelta::seconds(59));
    works(&app, &token);
    app.clock.advance(TimeDelta::seconds(1));
    works(&app, &token);
    let second = app.clock.now();
    last_used(&|last| {
        assert!([Some(first), Some(second)].contains(&last), "not between: {last:?}");
        last == Some(second)
    });
}

fn a_token_is_in_no_file(app: TestApp) {
    let (token, _) = editor(&app);
    works(&app, &token);
    let [_, claims, signature]: [&str; 3] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    let files = app.database.files();
    assert!(!files.is_empty() || cfg!(not(target_os = "linux")));
    for file in files {
        let bytes = std::fs::read(&file).unwrap_or_default();
        for part in [claims, signature] {
            let is_held = bytes.windows(part.len()).any(|window| window == part.as_bytes());
            assert!(!is_held, "{} holds a token", file.display());
        }
    }
}
