//! Keys: published, rotated, retired; and what a signature cannot make valid.

use super::{editor, is_refused, works};
use crate::harness::{PUBLIC_URL, TestApp, actor, folder, grant, on_both};
use api::auth::{Keyring, Role};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;

use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt as _;

on_both! {
    the_key_set_verifies_tokens
    the_key_set_may_be_cached_for_a_minute
    after_a_rotation_old_tokens_stay_valid_until_they_expire
    a_retired_key_ends_its_tokens_at_once
    every_instance_accepts_the_keys_of_all
    a_signature_does_not_make_other_claims_valid
    critical_extensions_are_refused
    the_private_key_is_its_owners_alone_and_replaced_whole
}

const JWKS: &str = "/.well-known/jwks.json";

/// The published keys.
#[track_caller]
fn keys(app: &TestApp) -> Vec<Value> {
    app.anonymous().get(JWKS).expect(200).json()["keys"].as_array().unwrap().clone()
}

fn kid(token: &str) -> String {
    jsonwebtoken::decode_header(token).unwrap().kid.unwrap()
}

fn the_key_set_verifies_tokens(app: TestApp) {
    let (token, _) = editor(&app);
    let keys = keys(&app);
    let [key] = keys.as_slice() else { panic!("one key: {keys:?}") };
    let expected = json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": kid(&token), "x": key["x"] });
    assert_eq!(*key, expected, "no private part, and nothing else");
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let public = decode(key["x"].as_str().unwrap()).try_into().unwrap();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let signature = Signature::from_slice(&decode(signature)).unwrap();
    VerifyingKey::from_bytes(&public).unwrap().verify(message.as_bytes(), &signature).unwrap();
}

fn the_key_set_may_be_cached_for_a_minute(app: TestApp) {
    let answer = app.anonymous().get(JWKS).expect(200);
    assert_eq!(answer.header("cache-control"), "public, max-age=60");
    app.anonymous().get(JWKS).header("if-none-match", &answer.etag()).expect(304);
    assert_eq!(app.auditor().get(JWKS).expect(200).header("cache-control"), "private, no-store");
    let set = app.anonymous().get(JWKS).header("accept", "application/jwk-set+json");
    assert_eq!(set.expect(200).header("content-type"), "application/jwk-set+json");
    app.anonymous().get(JWKS).header("accept", "text/html").expect(406);
    let landing = app.anonymous().get("/api/v1").expect(200).json();
    assert!(
        landing["links"].as_array().unwrap().iter().any(|link| link["href"] == format!("{PUBLIC_URL}{JWKS}"))
    );
}

fn after_a_rotation_old_tokens_stay_valid_until_they_expire(app: TestApp) {
    let (old, _) = editor(&app);
    let (before, after, until) = app.keyring.rotate(&app.store, &actor()).unwrap();
    // The tokens of the three callers are the last to expire.
    assert_eq!(until, app.clock.now() + TimeDelta::days(365));
    let (new, _) = editor(&app);
    assert_eq!((kid(&old), kid(&new)), (before.to_string(), after.to_string()));
    let ids = |keys: Vec<Value>| -> Vec<String> {
        keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    };
    let mut both = vec![before.to_string(), after.to_string()];
    let mut shown = ids(keys(&app));
    both.sort();
    shown.sort();
    assert_eq!(shown, both);
    works(&app, &old);
    works(&app, &new);
    // Nobody rotates into the past: a key whose tokens are gone verifies nothing from now on.
    let (_, third, _) = app.keyring.rotate(&app.store, &actor()).unwrap();
    works(&app, &new);
    app.clock.advance(TimeDelta::hours(8));
    is_refused(&app, &new);
    let mut rest = vec![before.to_string(), third.to_string()];
    let mut shown = ids(keys(&app));
    rest.sort();
    shown.sort();
    assert_eq!(shown, rest, "a key is retired with its last token");
}

fn a_retired_key_ends_its_tokens_at_once(app: TestApp) {
    let second = TestApp::on(app.database.clone(), app.clock.clone());
    let (token, id) = editor(&app);
    let mut stream = app.bearer(&token).get("/api/v1/changes").stream();
    works(&second, &token);
    let retired = app.store.token(id).unwrap().unwrap().key;
    assert!(app.store.retire_key(&actor(), retired).unwrap().is_some_and(|revoked| revoked > 0));
    for instance in [&app, &second] {
        is_refused(instance, &token);
        assert_eq!(keys(instance), [Value::Null; 0]);
    }
    assert_eq!(stream.next(), None);
    // An instance whose key was retired makes itself a new one.
    let (admin, _) = app.issue(Role::Admin, None);
    assert_ne!(kid(&admin), retired.to_string());
    for instance in [&app, &second] {
        works(instance, &admin);
    }
    let listed = app.bearer(&admin).get(&format!("/api/v1/tokens/{id}")).expect(200).json();
    assert_eq!(listed["state"], "revoked");
    assert!(app.store.retire_key(&actor(), crate::harness::nobodys_id()).unwrap().is_none());
}

fn every_instance_accepts_the_keys_of_all(app: TestApp) {
    let folders = [folder(), folder()];
    let clock = app.clock.clock();
    let issue =
        |keyring: &Keyring| keyring.issue(&app.store, &clock, &actor(), &grant(Role::Editor, None)).unwrap();
    let mut kids = Vec::new();
    for folder in &folders {
        let keyring = Keyring::open(folder.path(), PUBLIC_URL.to_owned(), &app.store, &actor()).unwrap();
        for _ in 0..2 {
            let (token, issued) = issue(&keyring);
            works(&app, &token);
            kids.push(kid(&token));
            let (next, _) = {
                keyring.rotate(&app.store, &actor()).unwrap();
                issue(&keyring)
            };
            works(&app, &next);
            works(&app, &token);
            app.store.revoke_token(&actor(), issued.id).unwrap();
            is_refused(&app, &token);
        }
    }
    kids.sort();
    kids.dedup();
    assert_eq!(kids.len(), 4);
}

/// A token with this header and these claims, signed by the key of a folder.
fn signed(app: &TestApp, header: &Header, claims: &Value) -> String {
    let pem = std::fs::read(app.data_dir().join("signing-key.pem")).unwrap();
    jsonwebtoken::encode(header, claims, &EncodingKey::from_ed_pem(&pem).unwrap()).unwrap()
}

fn header_and_claims(token: &str) -> (Header, Value) {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    (jsonwebtoken::decode_header(token).unwrap(), serde_json::from_slice(&claims).unwrap())
}

/// The key may be stolen: claims must be those that were issued, by the key that signed them.
fn a_signature_does_not_make_other_claims_valid(app: TestApp) {
    let (token, _) = editor(&app);
    let (header, claims) = header_and_claims(&token);
    works(&app, &signed(&app, &header, &claims));
    let now = app.clock.now().timestamp();
    let changes = [
        json!({ "role": "admin" }),
        json!({ "sub": "eve" }),
        json!({ "exp": claims["exp"].as_i64().unwrap() + 1 }),
        json!({ "iat": now - 1 }),
        json!({ "nbf": now + 1 }),
        json!({ "chamber": "ihk-ulm" }),
        json!({ "role": "chamber", "chamber": "ihk-ulm" }),
        json!({ "organisation": crate::harness::nobodys_id() }),
        json!({ "jti": crate::harness::nobodys_id() }),
        json!({ "aud": ["clusterportal"] }),
    ];
    for change in changes {
        is_refused(&app, &signed(&app, &header, &crate::harness::with(&claims, &change)));
    }
    works(&app, &signed(&app, &header, &crate::harness::with(&claims, &json!({ "nbf": now }))));
    // Another key that the server accepts must not sign for it.
    let (_, new, _) = app.keyring.rotate(&app.store, &actor()).unwrap();
    is_refused(&app, &signed(&app, &Header { kid: Some(new.to_string()), ..header }, &claims));
    works(&app, &token);
}

fn critical_extensions_are_refused(app: TestApp) {
    let (header, claims) = header_and_claims(&editor(&app).0);
    let critical = Header { crit: Some(vec!["b64".to_owned()]), ..header.clone() };
    is_refused(&app, &signed(&app, &critical, &claims));
    let embedded = Header { jku: Some("https://evil.example/jwks.json".to_owned()), ..header.clone() };
    works(&app, &signed(&app, &embedded, &claims));
    for kid in [None, Some("x"), Some("../signing-key.pem"), Some("019a2b3c-0000-7000-8000-00000000ffff")] {
        let header = Header { kid: kid.map(str::to_owned), alg: Algorithm::EdDSA, ..header.clone() };
        is_refused(&app, &signed(&app, &header, &claims));
    }
}

fn the_private_key_is_its_owners_alone_and_replaced_whole(app: TestApp) {
    let listed = || {
        let entries = std::fs::read_dir(app.data_dir()).unwrap();
        let entries = entries.map(|entry| entry.unwrap().path());
        entries.collect::<Vec<_>>()
    };
    let file = app.data_dir().join("signing-key.pem");
    let mode = || std::fs::metadata(&file).unwrap().permissions().mode() & 0o777;
    assert_eq!((listed(), mode()), (vec![file.clone()], 0o600));
    let before = std::fs::read(&file).unwrap();
    app.keyring.rotate(&app.store, &actor()).unwrap();
    assert_ne!(std::fs::read(&file).unwrap(), before);
    assert_eq!((listed(), mode()), (vec![file.clone()], 0o600));
    assert_eq!(std::fs::metadata(app.data_dir()).unwrap().permissions().mode() & 0o777, 0o700);
}
