//! The claims of tokens: where they are, which forms they may have, and what makes them invalid.

use super::{Stage, is_bad, writes};
use crate::harness::{AUDIENCE, Engine, on_both, with};
use api::config::ClaimPointer;
use chrono::TimeDelta;
use serde_json::{Value, json};

on_both! {
    a_token_with_other_forms_of_claims_is_accepted
    a_token_with_wrong_claims_is_refused
    a_token_that_is_no_access_token_is_refused
    a_token_runs_out
    claims_are_found_as_the_operator_says
}

fn a_token_with_other_forms_of_claims_is_accepted(engine: Engine) {
    let stage = Stage::set_up(engine);
    let now = stage.app.clock.now().timestamp();
    for changes in [
        json!({ "aud": ["account", AUDIENCE] }),
        json!({ "aud": [AUDIENCE] }),
        json!({ "typ": null }),
        json!({ "jti": null }),
        json!({ "iat": now + 60, "nbf": now + 60 }),
        json!({ "iat": now as f64 + 0.5, "exp": now as f64 + 1.5, "nbf": now as f64 - 0.25 }),
        json!({ "exp": now + 400 * 86_400 }),
        json!({ "sub": "ü".repeat(255) }),
        json!({ "chamber": "none", "organisation": 7 }),
        json!({ "role": " editor " }),
        json!({ "role": ["editor", 7, null, {}] }),
    ] {
        writes(&stage.app, &stage.token(&changes), 422);
    }
    let claims = stage.claims();
    for header in [
        json!({ "typ": "at+jwt" }),
        json!({ "typ": "application/AT+JWT" }),
        json!({ "typ": null }),
        json!({ "kid": null }),
        json!({ "jku": "http://127.0.0.1:1/", "x5t": "a" }),
    ] {
        writes(&stage.app, &stage.key.sign_with(&header, &claims), 422);
    }
}

fn a_token_with_wrong_claims_is_refused(engine: Engine) {
    let stage = Stage::set_up(engine);
    let now = stage.app.clock.now().timestamp();
    for (changes, reason) in [
        (json!({ "aud": "account" }), "audience"),
        (json!({ "aud": ["account"] }), "audience"),
        (json!({ "aud": [] }), "audience"),
        (json!({ "aud": "" }), "audience"),
        (json!({ "aud": null }), "claim aud is missing"),
        (json!({ "aud": 7 }), "claim aud is missing"),
        (json!({ "exp": null }), "claim exp is missing"),
        (json!({ "exp": "soon" }), "claim exp is missing"),
        (json!({ "exp": now }), "expired"),
        (json!({ "exp": -1 }), "expired"),
        (json!({ "exp": now as f64 + 0.5 }), "expired"),
        (json!({ "exp": now + 400 * 86_400 + 1 }), "lifetime"),
        (json!({ "exp": i64::MAX, "iat": i64::MIN }), "lifetime"),
        (json!({ "exp": 1e300 }), "claim exp is missing"),
        (json!({ "iat": null }), "claim iat is missing"),
        (json!({ "iat": "now" }), "claim iat is missing"),
        (json!({ "iat": now + 61 }), "not valid yet"),
        (json!({ "nbf": now + 61 }), "not valid yet"),
        (json!({ "nbf": "now" }), "claim nbf is missing"),
        (json!({ "sub": null }), "subject"),
        (json!({ "sub": "" }), "subject"),
        (json!({ "sub": " " }), "subject"),
        (json!({ "sub": 7 }), "subject"),
        (json!({ "sub": "a\nb" }), "subject"),
        (json!({ "sub": "a\u{202e}b" }), "subject"),
        (json!({ "sub": "a".repeat(256) }), "subject"),
        (json!({ "role": "chamber" }), "needs one chamber"),
        (json!({ "role": "chamber", "chamber": "nirgends" }), "needs one chamber"),
        (json!({ "role": "chamber", "chamber": ["ihk-ulm", "ihk-reutlingen"] }), "needs one chamber"),
        (json!({ "role": "manager" }), "needs one organisation"),
        (json!({ "role": "manager", "organisation": "Kein Slug" }), "needs one organisation"),
        (json!({ "role": "manager", "organisation": "nirgends" }), "organisation"),
        (json!({ "cnf": { "jkt": "a" } }), "cnf"),
    ] {
        is_bad(&stage.app, &stage.token(&changes), reason);
    }
    // What is not exactly the issuer is a token of this server, or of nobody.
    for issuer in [format!("{}/", stage.provider.issuer()), stage.provider.issuer().to_uppercase()] {
        is_bad(&stage.app, &stage.token(&json!({ "iss": issuer })), "");
    }
    is_bad(&stage.app, &stage.token(&json!({ "iss": [stage.provider.issuer()] })), "");
    for garbage in ["{", "[]", "7", "null"] {
        let token = stage.key.sign(&Value::String(garbage.to_owned()));
        is_bad(&stage.app, &token, "");
    }
}

fn a_token_that_is_no_access_token_is_refused(engine: Engine) {
    let stage = Stage::set_up(engine);
    for changes in [
        json!({ "typ": "ID" }),
        json!({ "typ": "Refresh" }),
        json!({ "typ": "Logout" }),
        json!({ "at_hash": "a" }),
        json!({ "c_hash": "a" }),
    ] {
        is_bad(&stage.app, &stage.token(&changes), "not an access token");
    }
    let claims = stage.claims();
    for header in [json!({ "typ": "logout+jwt" }), json!({ "typ": "dpop+jwt" }), json!({ "typ": "" })] {
        is_bad(&stage.app, &stage.key.sign_with(&header, &claims), "not an access token");
    }
    for crit in [json!(["b64"]), json!(["exp"]), json!([])] {
        is_bad(&stage.app, &stage.key.sign_with(&json!({ "crit": crit, "b64": true }), &claims), "crit");
    }
}

fn a_token_runs_out(engine: Engine) {
    let stage = Stage::set_up(engine);
    let token = stage.token(&json!({}));
    writes(&stage.app, &token, 422);
    stage.app.clock.advance(TimeDelta::seconds(299));
    writes(&stage.app, &token, 422);
    stage.app.clock.advance(TimeDelta::seconds(1));
    is_bad(&stage.app, &token, "expired");
}

fn claims_are_found_as_the_operator_says(engine: Engine) {
    let pointer = |text: &str| ClaimPointer::try_from(text.to_owned()).unwrap();
    for (place, claims) in [
        ("/realm_access/roles", json!({ "realm_access": { "roles": ["offline_access", "chamber"] } })),
        (
            "/resource_access/clusterportal/roles",
            json!({ "resource_access": { "clusterportal": { "roles": ["chamber"] } } }),
        ),
        ("/https:~1~1portal.example.org~1role", json!({ "https://portal.example.org/role": "chamber" })),
        ("/groups/1", json!({ "groups": ["all", "chamber"] })),
    ] {
        let stage = Stage::with(engine, |settings| {
            settings.oidc_role_claim = pointer(place);
            settings.oidc_chamber_claim = pointer("/attributes/chamber");
        });
        let bound = with(&claims, &json!({ "attributes": { "chamber": ["ihk-ulm"] } }));
        let client = stage.app.bearer(&stage.token(&bound));
        client.get("/api/v1/chambers/ihk-ulm/members").expect(200);
        client.get("/api/v1/chambers/ihk-reutlingen/members").expect(404);
        // The claims of own tokens mean nothing here.
        assert!(writes(&stage.app, &stage.token(&json!({ "role": "admin" })), 403).contains("'guest'"));
        is_bad(&stage.app, &stage.token(&claims), "needs one chamber in the claim /attributes/chamber");
    }
}
