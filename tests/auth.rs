//! Who may do what: each address and each caller, and tokens that are none.

use crate::harness::{
    Client, Minimal as _, PUBLIC_URL, Records as _, TestApp, actor, for_every_kind, minimal, on_both,
};
use api::auth::{Claims, Keyring, Role};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use domain::{
    content::Content,
    id::Id,
    kind::Kind,
    vocabulary::{Entry, VocabularyVisitor, every_vocabulary},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

mod assignment;
mod forgery;
mod managers;
mod methods;
mod operations;

for_every_kind! {
    each_address_answers_each_caller_as_the_table_says
    a_bad_token_is_refused_at_every_address_of_a_kind
}

on_both! {
    everyone_reads_what_belongs_to_no_kind
    a_bad_token_is_refused_before_anything_else
    what_is_not_a_bearer_token_is_refused
    a_token_runs_out
    a_revoked_token_is_refused_at_once
    a_token_of_another_issuer_is_refused
    a_token_with_wrong_claims_is_refused
    a_token_signed_otherwise_is_refused
    a_token_that_nobody_issued_is_refused
    a_token_of_another_instance_is_accepted
    answers_to_a_token_are_private
}

/// The callers of the table. The manager is one of another organisation.
fn callers(app: &TestApp) -> [Client<'_>; 6] {
    let manager = app.manager(&json!({ "id": app.target(Kind::Network) }));
    [app.anonymous(), app.chamber("ihk-ulm"), manager, app.auditor(), app.editor(), app.admin()]
}

fn each_address_answers_each_caller_as_the_table_says<C: Content>(app: &TestApp) {
    let record = app.admin().create(C::KIND, &C::minimal("Eins"));
    let draft = json!({ "status": "draft" });
    let hidden = app.admin().create(C::KIND, &crate::harness::with(&C::minimal("Zwei"), &draft));
    let collection = C::collection();
    let of = |record: &Value| format!("{collection}/{}", record["id"].as_str().unwrap());
    let (record, hidden) = (of(&record), of(&hidden));
    let restore = |record: &str| format!("{record}/restore");
    let body = C::minimal("Eins");
    // Of managed kinds, a manager learns nothing of hidden records. Of all others, it may write none.
    let (asks, foreign, unseen) = if C::KIND.is_managed() { (200, 403, 404) } else { (400, 403, 403) };
    //                                                  anonymous, chamber, manager, auditor, editor, admin
    let table: [(&str, &str, Option<&Value>, [u16; 6]); 18] = [
        ("GET", &collection, None, [200, 200, 200, 200, 200, 200]),
        ("HEAD", &collection, None, [200, 200, 200, 200, 200, 200]),
        ("OPTIONS", &collection, None, [204, 204, 204, 204, 204, 204]),
        ("GET", &format!("{collection}/facets"), None, [200, 200, 200, 200, 200, 200]),
        ("GET", &format!("{collection}?status=draft"), None, [400, 400, asks, 200, 200, 200]),
        ("GET", &format!("{collection}?format=csv"), None, [200, 200, 200, 200, 200, 200]),
        ("POST", &collection, Some(&json!({})), [401, 403, 403, 403, 422, 422]),
        ("GET", &record, None, [200, 200, 200, 200, 200, 200]),
        ("GET", &hidden, None, [404, 404, 404, 200, 200, 200]),
        ("PUT", &record, Some(&body), [401, 403, foreign, 403, 428, 428]),
        ("PUT", &hidden, Some(&body), [401, 403, unseen, 403, 428, 428]),
        ("PATCH", &record, Some(&json!({})), [401, 403, foreign, 403, 428, 428]),
        ("PATCH", &hidden, Some(&json!({})), [401, 403, unseen, 403, 428, 428]),
        ("DELETE", &record, None, [401, 403, 403, 403, 428, 428]),
        ("DELETE", &hidden, None, [401, 403, 403, 403, 428, 428]),
        ("POST", &restore(&record), None, [401, 403, 403, 403, 200, 200]),
        ("POST", &restore(&hidden), None, [401, 403, 403, 403, 200, 200]),
        ("POST", &collection, Some(&body), [401, 403, 403, 403, 201, 201]),
    ];
    for (method, address, body, expected) in table {
        for (client, expected) in callers(app).iter().zip(expected) {
            let request = client.request(method.parse().unwrap(), address);
            let answer = match body {
                // A code is taken once.
                Some(body) if body.get("code").is_some() => {
                    request.json(&C::minimal("Eins")).expect(expected)
                }
                Some(body) => request.json(body).expect(expected),
                None => request.expect(expected),
            };
            assert_eq!(answer.status == 401, answer.headers.contains_key("www-authenticate"));
        }
    }
}

fn a_bad_token_is_refused_at_every_address_of_a_kind<C: Content>(app: &TestApp) {
    let record = app.admin().create(C::KIND, &C::minimal("Eins"));
    let record = format!("{}/{}", C::collection(), record["id"].as_str().unwrap());
    let bad = app.bearer("a.b.c");
    let addresses = [
        ("GET", C::collection()),
        ("HEAD", C::collection()),
        ("POST", C::collection()),
        ("GET", format!("{}/facets", C::collection())),
        ("GET", format!("{}?format=ndjson", C::collection())),
        ("GET", record.clone()),
        ("PUT", record.clone()),
        ("PATCH", record.clone()),
        ("DELETE", record.clone()),
        ("POST", format!("{record}/restore")),
        ("GET", format!("{}/nothing", C::collection())),
    ];
    for (method, address) in addresses {
        is_refused(&bad, method, &address);
    }
}

/// The address refuses the caller's token, and says so as RFC 6750 does.
#[track_caller]
fn is_refused(client: &Client<'_>, method: &str, address: &str) {
    let answer = client.request(method.parse().unwrap(), address).expect(401);
    let challenge = answer.header("www-authenticate");
    assert!(challenge.starts_with("Bearer realm=\"clusterportal\""), "{challenge}");
    assert!(challenge.contains("error=\""), "{challenge}");
}

/// A token is refused, where one is needed and where none is.
#[track_caller]
fn is_bad(app: &TestApp, token: &str) {
    is_refused(&app.bearer(token), "GET", "/api/v1/clusters");
    is_refused(&app.bearer(token), "POST", "/api/v1/clusters");
}

#[track_caller]
fn is_good(app: &TestApp, token: &str) {
    app.bearer(token).post("/api/v1/clusters").json(&json!({})).expect(422);
}

/// Every address that belongs to no kind.
fn other_addresses() -> Vec<String> {
    struct Addresses(Vec<String>);
    impl VocabularyVisitor for Addresses {
        fn visit<E: Entry>(&mut self) {
            self.0.push(format!("/api/v1/{}", E::PATH));
            self.0.push(format!("/api/v1/{}/{}", E::PATH, E::all()[0].code()));
        }
    }
    let fixed = ["/api/v1", "/openapi.json", "/problems/not-found"];
    let mut addresses = Addresses(fixed.map(str::to_owned).into());
    every_vocabulary(&mut addresses);
    addresses.0
}

fn everyone_reads_what_belongs_to_no_kind(app: TestApp) {
    for address in other_addresses() {
        for client in callers(&app) {
            let answer = client.get(&address).expect(200);
            client.get(&address).header("if-none-match", &answer.etag()).expect(304);
            client.head(&address).expect(200);
            let allow = client.options(&address).expect(204).header("allow");
            assert_eq!(allow, "GET, HEAD, OPTIONS");
            client.post(&address).expect(405);
        }
        is_refused(&app.bearer("a.b.c"), "GET", &address);
    }
    for address in ["/docs/", "/health/live", "/health/ready"] {
        app.anonymous().get(address).expect(200);
    }
    app.anonymous().get("/docs").expect(308);
    app.anonymous().get("/").expect(303);
}

fn a_bad_token_is_refused_before_anything_else(app: TestApp) {
    let bad = app.bearer("a.b.c");
    let requests = [
        bad.get("/api/v1/clusters?colour=red"),
        bad.get("/api/v1/clusters").header("accept", "text/html"),
        bad.post("/api/v1/clusters?colour=red").body("text/plain", "{"),
        bad.get("/api/v1/clusters/nothing"),
        bad.put("/api/v1/clusters"),
        bad.get("/api/v1/nothing"),
    ];
    assert_eq!(requests.map(|request| request.send().status), [401; 6]);
}

fn what_is_not_a_bearer_token_is_refused(app: TestApp) {
    let (good, _) = app.issue(Role::Editor, None);
    let with = |header: &str| app.anonymous().get("/api/v1/clusters").header("authorization", header);
    let bad = [
        "",
        "Bearer",
        "Bearer ",
        "Basic dTpw",
        &good,
        &format!("Token {good}"),
        &format!("Bearer {good} {good}"),
        &format!("Bearer {good}x"),
        &format!("Bearer, {good}"),
    ];
    for header in bad {
        let answer = with(header).expect(401);
        assert!(answer.header("www-authenticate").starts_with("Bearer "), "{header}");
    }
    with(&format!("bearer {good}")).expect(200);
    with(&format!("BEARER   {good}")).expect(200);
    for garbage in ["x", "..", "a.b", "a.b.c.d", "e30.e30.", "%00.%00.%00", &"x".repeat(10_000)] {
        is_bad(&app, garbage);
    }
}

fn a_token_runs_out(app: TestApp) {
    let (token, _) = app.issue(Role::Editor, None);
    app.clock.advance(TimeDelta::days(365) - TimeDelta::seconds(1));
    is_good(&app, &token);
    app.clock.advance(TimeDelta::seconds(1));
    is_bad(&app, &token);
}

fn a_revoked_token_is_refused_at_once(app: TestApp) {
    let (token, id) = app.issue(Role::Editor, None);
    is_good(&app, &token);
    assert_eq!(app.store.revoke_token(&actor(), id).unwrap(), Some(true));
    is_bad(&app, &token);
    app.editor().get("/api/v1/clusters").expect(200);
}

fn a_token_of_another_issuer_is_refused(app: TestApp) {
    let foreign =
        Keyring::open(&app.data_dir(), "http://portal.test.evil".to_owned(), &app.store, &actor()).unwrap();
    let grant = crate::harness::grant(Role::Admin, None);
    let (token, _) = foreign.issue(&app.store, &app.clock.clock(), &actor(), &grant).unwrap();
    is_bad(&app, &token);
}

/// The parts of a token.
fn parts(token: &str) -> [Value; 2] {
    let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    [(); 2].map(|()| serde_json::from_slice(&parts.next().unwrap()).unwrap())
}

/// A token with these claims, signed by the server's key.
fn signed(app: &TestApp, claims: &Value) -> String {
    let (good, _) = app.issue(Role::Admin, None);
    let kid = jsonwebtoken::decode_header(&good).unwrap().kid;
    let pem = std::fs::read(app.data_dir().join("signing-key.pem")).unwrap();
    let header = Header { kid, ..Header::new(Algorithm::EdDSA) };
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_ed_pem(&pem).unwrap()).unwrap()
}

/// The claims of a token that is good as long as they are not changed.
fn good_claims(app: &TestApp) -> Value {
    let claims = parts(&app.issue(Role::Admin, None).0)[1].clone();
    assert!(serde_json::from_value::<Claims>(claims.clone()).is_ok());
    claims
}

fn a_token_with_wrong_claims_is_refused(app: TestApp) {
    let good = good_claims(&app);
    is_good(&app, &signed(&app, &good));
    let now = app.clock.now().timestamp();
    let changes = [
        json!({ "aud": "other" }),
        json!({ "aud": "" }),
        json!({ "iss": "http://portal.test/" }),
        json!({ "iss": "https://portal.test" }),
        json!({ "role": "root" }),
        json!({ "role": "chamber" }),
        json!({ "chamber": "ihk-ulm" }),
        json!({ "role": "manager" }),
        json!({ "organisation": crate::harness::nobodys_id() }),
        json!({ "iat": now - 1, "exp": now }),
        json!({ "exp": now + 401 * 86_400 }),
        json!({ "iat": now + 3_600 }),
        json!({ "exp": "soon" }),
        json!({ "jti": "x" }),
    ];
    for change in changes {
        is_bad(&app, &signed(&app, &crate::harness::with(&good, &change)));
    }
    let endless = crate::harness::with(&good, &json!({ "exp": i64::MAX, "iat": i64::MIN }));
    is_bad(&app, &signed(&app, &endless));
    for claim in ["iss", "aud", "sub", "jti", "iat", "exp", "role"] {
        is_bad(&app, &signed(&app, &crate::harness::without(&good, &[claim])));
    }
}

fn a_token_signed_otherwise_is_refused(app: TestApp) {
    let (good, _) = app.issue(Role::Admin, None);
    let [header, claims] = parts(&good);
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signature = good.rsplit('.').next().unwrap();
    let none = crate::harness::with(&header, &json!({ "alg": "none" }));
    is_bad(&app, &format!("{}.{}.", encode(&none), encode(&claims)));
    is_bad(&app, &format!("{}.{}.{signature}", encode(&none), encode(&claims)));
    is_bad(&app, &format!("{}.{}.", encode(&header), encode(&claims)));
    let other_claims = crate::harness::with(&claims, &json!({ "sub": "me" }));
    is_bad(&app, &format!("{}.{}.{signature}", encode(&header), encode(&other_claims)));

    // HS256 with the public key as its secret, raw and as PEM: the classic confusion.
    let kid = header["kid"].as_str().map(str::to_owned);
    let public = app.store.keys().unwrap().remove(0).key.bytes;
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        base64::engine::general_purpose::STANDARD.encode(&public)
    );
    for secret in [public.as_slice(), pem.as_bytes()] {
        let header = Header { kid: kid.clone(), ..Header::new(Algorithm::HS256) };
        is_bad(&app, &jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(secret)).unwrap());
    }

    // Another key, under its own name and under the server's.
    let stranger = crate::harness::folder();
    let other_database = app.database.another();
    let elsewhere = other_database.store(app.clock.clock());
    let foreign = Keyring::open(stranger.path(), PUBLIC_URL.to_owned(), &elsewhere, &actor()).unwrap();
    is_bad(
        &app,
        &foreign
            .issue(&elsewhere, &app.clock.clock(), &actor(), &crate::harness::grant(Role::Admin, None))
            .unwrap()
            .0,
    );
    let pem = std::fs::read(stranger.path().join("signing-key.pem")).unwrap();
    for kid in [kid, None, Some(String::new()), Some("../../etc/passwd".to_owned())] {
        let header = Header { kid, ..Header::new(Algorithm::EdDSA) };
        is_bad(
            &app,
            &jsonwebtoken::encode(&header, &claims, &EncodingKey::from_ed_pem(&pem).unwrap()).unwrap(),
        );
    }
    is_good(&app, &good);
}

fn a_token_that_nobody_issued_is_refused(app: TestApp) {
    let unknown = crate::harness::with(&good_claims(&app), &json!({ "jti": crate::harness::nobodys_id() }));
    is_bad(&app, &signed(&app, &unknown));
}

fn a_token_of_another_instance_is_accepted(app: TestApp) {
    let folder = crate::harness::folder();
    let other = Keyring::open(folder.path(), PUBLIC_URL.to_owned(), &app.store, &actor()).unwrap();
    let (token, issued) = other
        .issue(&app.store, &app.clock.clock(), &actor(), &crate::harness::grant(Role::Editor, None))
        .unwrap();
    is_good(&app, &token);
    let _: Id = issued.id;
}

fn answers_to_a_token_are_private(app: TestApp) {
    app.admin().create(Kind::Cluster, &minimal(Kind::Cluster, "Eins"));
    for address in [
        "/api/v1",
        "/api/v1/regions",
        "/api/v1/clusters",
        "/api/v1/clusters/eins",
        "/api/v1/clusters/facets",
        "/api/v1/clusters?format=csv",
    ] {
        let cache = |client: Client<'_>| client.get(address).expect(200).header("cache-control");
        assert!(cache(app.anonymous()).starts_with("public"), "{address}");
        assert_eq!(cache(app.auditor()), "private, no-store", "{address}");
        assert_eq!(cache(app.chamber("ihk-ulm")), "private, no-store", "{address}");
    }
}
