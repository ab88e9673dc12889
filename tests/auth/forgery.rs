//! Forged tokens (RFC 8725): what can be made without the private key, and what a stolen one cannot make valid.

use super::{good_claims, is_good, is_refused, parts};
use crate::harness::{TestApp, nobodys_id, on_both, with, without};
use api::auth::Role;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};

mod placement;
mod signed;

on_both! {
    a_token_without_a_signature_is_refused
    a_token_signed_with_what_is_public_is_refused
    a_token_signed_by_a_stranger_is_refused
    a_signature_that_was_changed_is_refused
}

fn encode(part: &str) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

/// A token of two texts and a key.
fn token(header: &str, claims: &str, key: &EncodingKey, algorithm: Algorithm) -> String {
    let message = format!("{}.{}", encode(header), encode(claims));
    let signature = crypto::sign(message.as_bytes(), key, algorithm).unwrap();
    format!("{message}.{signature}")
}

/// The private key in a data folder.
fn private(folder: &std::path::Path) -> EncodingKey {
    EncodingKey::from_ed_pem(&std::fs::read(folder.join("signing-key.pem")).unwrap()).unwrap()
}

/// Refused where a token is needed and where none is, whatever it says.
#[track_caller]
fn are_bad(app: &TestApp, tokens: impl IntoIterator<Item = String>) {
    let mut sent = 0;
    for token in tokens {
        let answer = app.bearer(&token).get("/api/v1/clusters").send();
        assert_eq!(answer.status, 401, "{token}: {}", answer.text());
        is_refused(&app.bearer(&token), "GET", "/api/v1/audit");
        is_refused(&app.bearer(&token), "POST", "/api/v1/tokens");
        sent += 1;
    }
    assert!(sent > 0);
    assert_eq!(app.database.number("SELECT count(*) AS n FROM revisions"), 0);
}

/// A word in every mixture of capitals.
fn capitals(word: &str) -> Vec<String> {
    let mixture = |bits: usize| {
        let letters = word.chars().enumerate();
        letters.map(|(at, c)| if bits >> at & 1 == 1 { c.to_ascii_uppercase() } else { c }).collect()
    };
    (0..1 << word.len()).map(mixture).collect()
}

fn a_token_without_a_signature_is_refused(app: TestApp) {
    let good = app.issue(Role::Admin, None).0;
    let [header, claims] = parts(&good).map(|part| part.to_string());
    let (message, signature) = good.rsplit_once('.').unwrap();
    let others = ["", " none", "none ", "none\0", "nοne", "n0ne", "null", "NONE256"].map(str::to_owned);
    let names = capitals("none").into_iter().chain(others).map(Value::from);
    let algorithms = names.chain([json!(null), json!(0), json!([]), json!(["EdDSA"]), json!({})]);
    for algorithm in algorithms {
        let parsed: Value = serde_json::from_str(&header).unwrap();
        let forged = encode(&with(&parsed, &json!({ "alg": algorithm })).to_string());
        let message = format!("{forged}.{}", encode(&claims));
        are_bad(&app, ["", signature, "AAAA"].map(|signature| format!("{message}.{signature}")));
        are_bad(&app, [message]);
    }
    let unnamed = encode(&without(&serde_json::from_str(&header).unwrap(), &["alg"]).to_string());
    are_bad(&app, [format!("{unnamed}.{}.{signature}", encode(&claims)), message.to_owned()]);
    are_bad(
        &app,
        [format!("{message}."), format!("{message}.."), format!(".{message}"), format!("..{signature}")],
    );
    is_good(&app, &good);
}

/// The public key in every form in which programs keep one.
fn public_forms(app: &TestApp) -> Vec<Vec<u8>> {
    let raw = app.store.keys().unwrap().remove(0).key.bytes;
    // SubjectPublicKeyInfo (RFC 8410 section 4).
    let der = [b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00".as_slice(), &raw].concat();
    let pem = |der: &[u8], name: &str| {
        format!("-----BEGIN {name}-----\n{}\n-----END {name}-----", STANDARD.encode(der))
    };
    let set = app.anonymous().get("/.well-known/jwks.json").expect(200);
    let key = set.json()["keys"][0].clone();
    let mut texts = vec![String::new(), key["kid"].as_str().unwrap().to_owned(), "secret".to_owned()];
    for pem in [pem(&der, "PUBLIC KEY"), pem(&raw, "PUBLIC KEY"), pem(&der, "RSA PUBLIC KEY")] {
        texts.extend([pem.clone(), format!("{pem}\n"), pem.replace('\n', "\r\n"), pem.replace('\n', "")]);
    }
    for bytes in [&raw, &der] {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        texts.extend([URL_SAFE_NO_PAD.encode(bytes), URL_SAFE.encode(bytes), STANDARD.encode(bytes), hex]);
    }
    texts.extend([key.to_string(), without(&key, &["kid", "use", "alg"]).to_string(), set.text()]);
    let texts = texts.into_iter().map(String::into_bytes);
    texts.chain([raw, der, vec![0; 32]]).collect()
}

fn a_token_signed_with_what_is_public_is_refused(app: TestApp) {
    let good = app.issue(Role::Admin, None).0;
    let [header, claims] = parts(&good);
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        for secret in public_forms(&app) {
            let key = EncodingKey::from_secret(&secret);
            // Once as it is, and once as if it were a signature of the server.
            for named in [json!(algorithm), json!("EdDSA")] {
                let header = with(&header, &json!({ "alg": named })).to_string();
                are_bad(&app, [token(&header, &claims.to_string(), &key, algorithm)]);
            }
        }
    }
    is_good(&app, &good);
}

fn a_token_signed_by_a_stranger_is_refused(app: TestApp) {
    let good = app.issue(Role::Admin, None).0;
    let [header, claims] = parts(&good);
    for algorithm in [Algorithm::EdDSA, Algorithm::ES256, Algorithm::ES384, Algorithm::RS256] {
        let stranger = crate::harness::SigningKey::new("stranger", algorithm);
        for name in [header["kid"].clone(), json!("stranger"), json!(nobodys_id()), Value::Null] {
            for key in [json!({}), json!({ "jwk": stranger.jwk }), json!({ "alg": "EdDSA" })] {
                are_bad(&app, [stranger.sign_with(&with(&json!({ "kid": name }), &key), &claims)]);
            }
        }
    }
    is_good(&app, &good);
}

fn a_signature_that_was_changed_is_refused(app: TestApp) {
    let good = app.issue(Role::Editor, None).0;
    let [header, claims] = parts(&good);
    let (message, signature) = good.rsplit_once('.').unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let mut changed: Vec<Vec<u8>> = (0..bytes.len())
        .map(|at| bytes.iter().enumerate().map(|(here, byte)| byte ^ u8::from(here == at)).collect())
        .collect();
    changed.extend([vec![0; 64], vec![255; 64], bytes[..63].to_vec(), [bytes.as_slice(), &[0]].concat()]);
    changed.push([bytes.as_slice(), &bytes].concat());
    changed.push([&bytes[32..], &bytes[..32]].concat());
    changed.push(more_than_the_order(&bytes));
    // The identity, which verifies everything with a key of small order (RFC 8032 section 5.1).
    changed.push([&[1], [0; 63].as_slice()].concat());
    are_bad(&app, changed.iter().map(|bytes| format!("{message}.{}", URL_SAFE_NO_PAD.encode(bytes))));
    are_bad(
        &app,
        [format!("{good}="), format!("{good}=="), format!("{good}.{signature}"), format!("{good}.")],
    );
    // The signature belongs to exactly these bytes.
    for change in [json!({ "role": "admin" }), json!({ "sub": "eve" }), json!({ "exp": i64::MAX })] {
        let claims = encode(&with(&claims, &change).to_string());
        are_bad(&app, [format!("{}.{claims}.{signature}", encode(&header.to_string()))]);
    }
    let spaced = [format!("{header} "), format!("{header:#}")].map(|header| encode(&header));
    let payload = message.split('.').nth(1).unwrap();
    are_bad(&app, spaced.map(|header| format!("{header}.{payload}.{signature}")));
    is_good(&app, &good);
}

/// The same signature with the order of the group added to its scalar, which lenient libraries accept (RFC 8032 section 8.4).
fn more_than_the_order(signature: &[u8]) -> Vec<u8> {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut sum = signature.to_vec();
    let mut carry = 0;
    for (byte, added) in sum[32..].iter_mut().zip(ORDER) {
        let whole = u16::from(*byte) + u16::from(added) + carry;
        *byte = whole.to_le_bytes()[0];
        carry = whole >> 8;
    }
    sum
}
