//! Which key verifies which signature.

use super::{claims, is_bad, writes};
use crate::harness::{Engine, IdentityProvider, Options, SigningKey, TestApp, on_both, unsigned, without};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};

on_both! {
    a_key_verifies_only_the_algorithms_of_its_type_and_its_own
    keys_for_other_purposes_verify_nothing
}

/// Every algorithm with a public key, and those that are verified by the same type of key.
const FAMILIES: [&[Algorithm]; 4] = {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    [&[RS256, RS384, RS512, PS256, PS384, PS512], &[ES256], &[ES384], &[EdDSA]]
};
const SYMMETRIC: [Algorithm; 3] = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];

/// What an attacker may take for the secret of a public key.
fn secrets(jwk: &Value) -> Vec<Vec<u8>> {
    let bare = without(jwk, &["kid", "use", "alg"]);
    let texts = ["n", "x", "y"].iter().filter_map(|name| jwk[name].as_str());
    let mut secrets = vec![jwk.to_string().into_bytes(), bare.to_string().into_bytes(), vec![]];
    for text in texts {
        secrets.push(text.as_bytes().to_vec());
        secrets.push(URL_SAFE_NO_PAD.decode(text).unwrap());
    }
    if let (Some(x), Some(y)) = (jwk["x"].as_str(), jwk["y"].as_str()) {
        secrets
            .push([vec![4], URL_SAFE_NO_PAD.decode(x).unwrap(), URL_SAFE_NO_PAD.decode(y).unwrap()].concat());
    }
    secrets
}

fn a_key_verifies_only_the_algorithms_of_its_type_and_its_own(engine: Engine) {
    // Of each family a key that names no algorithm, and one for each algorithm.
    let mut keys: Vec<(SigningKey, Vec<Algorithm>)> = Vec::new();
    for family in FAMILIES {
        let kid = format!("{:?}", family[0].family());
        let mut key = SigningKey::new(&format!("any-{kid}-{:?}", family[0]), family[0]);
        for algorithm in family {
            keys.push((key.renamed(&format!("{algorithm:?}"), *algorithm), vec![*algorithm]));
        }
        key.jwk = without(&key.jwk, &["alg"]);
        keys.push((key, family.to_vec()));
    }
    let published: Vec<&SigningKey> = keys.iter().map(|(key, _)| key).collect();
    let provider = IdentityProvider::start(&published);
    let app = TestApp::with(engine, &Options { provider: Some(provider.settings()), ..Options::default() });
    let claims = claims(&app, &provider);
    // Strangers' keys, where the key cannot sign with the algorithm.
    let strangers = FAMILIES.map(|family| SigningKey::new("stranger", family[0]));
    for (key, allowed) in &keys {
        let kid = &key.jwk["kid"];
        for (family, stranger) in FAMILIES.iter().zip(&strangers) {
            for algorithm in *family {
                let signer = if key.jwk["kty"] == stranger.jwk["kty"] && key.jwk["crv"] == stranger.jwk["crv"]
                {
                    key.renamed("", *algorithm)
                } else {
                    stranger.renamed("", *algorithm)
                };
                let token = signer.sign_with(&json!({ "kid": kid }), &claims);
                if allowed.contains(algorithm) {
                    writes(&app, &token, 422);
                } else {
                    is_bad(&app, &token, "algorithm");
                }
            }
        }
        for algorithm in SYMMETRIC {
            for secret in secrets(&key.jwk) {
                let message = unsigned(&json!({ "alg": algorithm, "kid": kid }), &claims);
                let signature =
                    crypto::sign(message.as_bytes(), &EncodingKey::from_secret(&secret), algorithm).unwrap();
                is_bad(&app, &format!("{message}.{signature}"), "algorithm");
            }
        }
        for none in ["none", "None", "NONE", "", "ES512", "Ed448", "es256"] {
            let message = unsigned(&json!({ "alg": none, "kid": kid }), &claims);
            is_bad(&app, &format!("{message}."), "not supported");
            is_bad(&app, &format!("{message}.AAAA"), "not supported");
        }
    }
    assert_eq!(provider.fetches(), 1);
}

fn keys_for_other_purposes_verify_nothing(engine: Engine) {
    let key = |kid: &str, change: Value| {
        let mut key = SigningKey::new(kid, Algorithm::ES256);
        json_patch::merge(&mut key.jwk, &change);
        key
    };
    let good = key("good", json!({ "use": null, "key_ops": ["verify"] }));
    let bad = [
        key("enc", json!({ "use": "enc" })),
        key("derive", json!({ "use": null, "key_ops": ["deriveKey"] })),
        key("other", json!({ "alg": "ECDH-ES" })),
        SigningKey::weak("weak"),
    ];
    let provider = IdentityProvider::start(&[&good, &bad[0], &bad[1], &bad[2], &bad[3]]);
    let app = TestApp::with(engine, &Options { provider: Some(provider.settings()), ..Options::default() });
    let claims = claims(&app, &provider);
    writes(&app, &good.sign(&claims), 422);
    for bad in &bad {
        is_bad(&app, &bad.sign(&claims), "unknown key");
    }
}
