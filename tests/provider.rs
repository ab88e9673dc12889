//! Tokens of a foreign OpenID Connect provider.

use crate::harness::{
    AUDIENCE, Engine, IdentityProvider, Minimal as _, Options, Records as _, SigningKey, TestApp, minimal,
    on_both, with, without,
};
use api::config::ProviderSettings;
use domain::{cluster::Cluster, kind::Kind};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

mod algorithms;
mod availability;
mod claims;

on_both! {
    each_role_may_do_what_its_own_tokens_may
    a_token_without_a_role_reads_what_is_public
    the_strongest_of_several_roles_counts
    writes_are_those_of_subject_and_token
    an_organisation_is_named_by_id_or_slug
    no_one_signs_for_the_other
    without_a_provider_its_tokens_are_those_of_a_stranger
}

/// A server that trusts a provider, the provider, and its key.
struct Stage {
    app: TestApp,
    provider: IdentityProvider,
    key: SigningKey,
}

impl Stage {
    fn set_up(engine: Engine) -> Self {
        Self::with(engine, |_| {})
    }

    /// Sets it up with changed settings.
    fn with(engine: Engine, change: impl FnOnce(&mut ProviderSettings)) -> Self {
        let key = SigningKey::new("first", Algorithm::ES256);
        let provider = IdentityProvider::start(&[&key]);
        let mut settings = provider.settings();
        change(&mut settings);
        let app = TestApp::with(engine, &Options { provider: Some(settings), ..Options::default() });
        Self { app, provider, key }
    }

    /// The claims of an editor's token.
    fn claims(&self) -> Value {
        claims(&self.app, &self.provider)
    }

    /// A token with changed claims. Null removes one.
    fn token(&self, changes: &Value) -> String {
        let mut claims = self.claims();
        json_patch::merge(&mut claims, changes);
        self.key.sign(&claims)
    }
}

fn claims(app: &TestApp, provider: &IdentityProvider) -> Value {
    let now = app.clock.now().timestamp();
    json!({
        "iss": provider.issuer(), "aud": AUDIENCE, "sub": "4c1b1a7e-user", "role": "editor",
        "iat": now, "exp": now + 300, "jti": "trrtcc:1", "azp": "portal", "typ": "Bearer"
    })
}

/// Whether the token gives the rights of an editor: 422 if it does, and otherwise what is answered instead.
#[track_caller]
fn writes(app: &TestApp, token: &str, status: u16) -> String {
    let answer = app.bearer(token).post("/api/v1/clusters").json(&json!({})).expect(status);
    answer.json()["detail"].as_str().unwrap().to_owned()
}

/// The token is refused, where one is needed and where none is, for this reason.
#[track_caller]
fn is_bad(app: &TestApp, token: &str, reason: &str) {
    let detail = writes(app, token, 401);
    assert!(detail.contains(reason), "'{detail}' is not about '{reason}'");
    let answer = app.bearer(token).get("/api/v1/clusters").expect(401);
    let challenge = answer.header("www-authenticate");
    assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
}

fn each_role_may_do_what_its_own_tokens_may(engine: Engine) {
    let stage = Stage::set_up(engine);
    let app = &stage.app;
    let draft =
        app.admin().create(Kind::Cluster, &with(&Cluster::minimal("Eins"), &json!({ "status": "draft" })));
    let draft = format!("/api/v1/clusters/{}", draft["id"].as_str().unwrap());
    let own = |changes: Value| app.bearer(&stage.token(&changes));
    let pairs = [
        (app.admin(), own(json!({ "role": "admin" }))),
        (app.editor(), own(json!({ "role": "editor" }))),
        (app.auditor(), own(json!({ "role": "auditor" }))),
        (app.chamber("ihk-ulm"), own(json!({ "role": "chamber", "chamber": "ihk-ulm" }))),
    ];
    for (here, foreign) in pairs {
        let statuses = [here, foreign].map(|client| {
            [
                client.get("/api/v1/clusters").send().status,
                client.get(&draft).send().status,
                client.get("/api/v1/audit").send().status,
                client.get("/api/v1/chambers/ihk-ulm/members").send().status,
                client.get("/api/v1/chambers/ihk-reutlingen/members").send().status,
                client.post("/api/v1/clusters").json(&json!({})).send().status,
                client.put("/api/v1/chambers/ihk-ulm/members/1").json(&json!({})).send().status,
            ]
        });
        assert_eq!(statuses[0], statuses[1]);
    }
}

fn a_token_without_a_role_reads_what_is_public(engine: Engine) {
    let stage = Stage::set_up(engine);
    let app = &stage.app;
    app.admin().create(Kind::Cluster, &with(&Cluster::minimal("Eins"), &json!({ "status": "draft" })));
    app.admin().create(Kind::Cluster, &minimal(Kind::Cluster, "Zwei"));
    for role in [Value::Null, json!("guest"), json!("Editor"), json!(["offline_access"]), json!([]), json!(7)]
    {
        let client = app.bearer(&stage.token(&json!({ "role": role })));
        let list = client.get("/api/v1/clusters").expect(200);
        assert_eq!(list.items().len(), 1, "{role}");
        assert_eq!(list.header("cache-control"), "private, no-store");
        client.get("/api/v1/clusters?status=draft").expect(400);
        client.post("/api/v1/clusters").json(&json!({})).expect(403);
        client.get("/api/v1/audit").expect(403);
        client.get("/api/v1/chambers/ihk-ulm/members").expect(403);
    }
}

fn the_strongest_of_several_roles_counts(engine: Engine) {
    let stage = Stage::set_up(engine);
    let audits = |roles: Value| {
        let client = stage.app.bearer(&stage.token(&json!({ "role": roles, "chamber": "ihk-ulm" })));
        client.get("/api/v1/audit").send().status
    };
    assert_eq!(audits(json!(["chamber", "editor", "auditor", "admin"])), 200);
    assert_eq!(audits(json!(["auditor", "editor"])), 403);
    assert_eq!(audits(json!(["chamber", "auditor"])), 200);
    assert_eq!(audits(json!(["guest", "chamber"])), 403);
}

fn writes_are_those_of_subject_and_token(engine: Engine) {
    let stage = Stage::set_up(engine);
    let app = &stage.app;
    let post = |token: &str, name: &str| {
        let request = app.bearer(token).post("/api/v1/clusters").header("idempotency-key", "k");
        request.json(&minimal(Kind::Cluster, name))
    };
    // As the subjects of own tokens, it is normalised.
    let first = stage.token(&json!({ "sub": " Jose\u{301} " }));
    let answer = post(&first, "Eins").expect(201);
    let again = post(&first, "Eins").expect(201);
    assert_eq!((again.header("idempotent-replayed").as_str(), &again.body), ("true", &answer.body));
    post(&stage.token(&json!({ "sub": "other" })), "Zwei").expect(201);
    let audit = app.auditor().get("/api/v1/audit?kind=cluster").expect(200).items();
    let entries: Vec<_> =
        audit.iter().map(|entry| (&entry["actor"], &entry["role"], &entry["action"])).collect();
    let created = |actor| (json!(actor), json!("editor"), json!("create"));
    let expected = [created("other"), created("José")];
    assert_eq!(entries, expected.each_ref().map(|(actor, role, action)| (actor, role, action)));
    let ids: Vec<_> = audit.iter().map(|entry| entry["token"].as_str().unwrap()).collect();
    assert_ne!(ids[0], ids[1]);
    // Version 8, where the ids of issued tokens have version 7.
    assert!(ids.iter().all(|id| id.as_bytes()[14] == b'8'), "{ids:?}");
    let found = app.auditor().get("/api/v1/audit").query("token", ids[1]).expect(200);
    assert_eq!(found.each("actor"), ["José"]);
    app.auditor().get("/api/v1/audit").query("actor", &"a".repeat(255)).expect(200);
}

fn an_organisation_is_named_by_id_or_slug(engine: Engine) {
    let stage = Stage::set_up(engine);
    let initiative = stage.app.admin().create(Kind::Initiative, &minimal(Kind::Initiative, "Eins"));
    stage.app.admin().create(Kind::Network, &minimal(Kind::Network, "Zwei"));
    stage.app.admin().create(Kind::Cluster, &minimal(Kind::Cluster, "Drei"));
    for key in ["eins", "zwei", initiative["id"].as_str().unwrap()] {
        let token = stage.token(&json!({ "role": "manager", "organisation": key }));
        stage.app.bearer(&token).get("/api/v1/clusters").expect(200);
    }
    is_bad(&stage.app, &stage.token(&json!({ "role": "manager", "organisation": "drei" })), "organisation");
}

fn no_one_signs_for_the_other(engine: Engine) {
    let stage = Stage::set_up(engine);
    // The provider signs a token in the name of this server.
    let own = stage.token(&json!({ "iss": crate::harness::PUBLIC_URL, "role": "admin" }));
    is_bad(&stage.app, &own, "");
    // This server's key signs a token in the name of the provider.
    let pem = std::fs::read(stage.app.data_dir().join("signing-key.pem")).unwrap();
    let key = jsonwebtoken::EncodingKey::from_ed_pem(&pem).unwrap();
    let (issued, _) = stage.app.issue(api::auth::Role::Admin, None);
    let header = jsonwebtoken::decode_header(issued).unwrap();
    is_bad(&stage.app, &jsonwebtoken::encode(&header, &stage.claims(), &key).unwrap(), "unknown key");
    // So does a stranger, with a key that the token brings along.
    let stranger = SigningKey::new("first", Algorithm::ES256);
    let claims = stage.claims();
    let header = without(&stranger.jwk, &["alg", "use", "kid"]);
    is_bad(&stage.app, &stranger.sign_with(&json!({ "jwk": header }), &claims), "signature");
    is_bad(&stage.app, &stranger.sign(&claims), "signature");
}

fn without_a_provider_its_tokens_are_those_of_a_stranger(app: TestApp) {
    let key = SigningKey::new("first", Algorithm::ES256);
    let provider = IdentityProvider::start(&[&key]);
    is_bad(&app, &key.sign(&claims(&app, &provider)), "");
    assert_eq!(provider.fetches(), 0);
}
