//! Tokens signed by the server's own key, in which something else is wrong.

use super::*;
use crate::harness::{SigningKey, actor, folder};
use api::auth::Keyring;
use std::{io::ErrorKind, net::TcpListener};

on_both! {
    a_token_that_names_its_key_otherwise_is_refused
    a_header_neither_brings_keys_nor_fetches_them
    what_stands_twice_or_has_another_type_is_refused
    the_key_of_another_instance_signs_for_that_one_only
}

fn a_token_that_names_its_key_otherwise_is_refused(app: TestApp) {
    let [header, claims] = parts(&app.issue(Role::Editor, None).0);
    let key = private(&app.data_dir());
    let sign = |header: &Value| token(&header.to_string(), &claims.to_string(), &key, Algorithm::EdDSA);
    is_good(&app, &sign(&header));
    let kid = header["kid"].as_str().unwrap();
    let texts = [
        "",
        " ",
        "..",
        "/dev/null",
        "../../etc/passwd",
        "../signing-key.pem",
        "signing-key.pem",
        "file:///dev/null",
        "http://127.0.0.1/jwks.json",
        "//evil.example/key",
        "' OR '1'='1",
        "' UNION SELECT public_key FROM signing_keys --",
        "x'; DROP TABLE signing_keys; --",
        "$(id)",
        "| cat",
        "{{7*7}}",
        "\0",
        "%00",
        "*",
        "null",
        "0",
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ];
    let derived = [
        format!("{kid}\0"),
        format!(" {kid}"),
        format!("{kid}\n"),
        format!("{kid}/../{kid}"),
        "x".repeat(8_000),
    ];
    let names = texts.map(Value::from).into_iter().chain(derived.map(Value::from));
    let others = [
        json!(null),
        json!(0),
        json!(-1),
        json!(1e300),
        json!(true),
        json!([]),
        json!([kid]),
        json!({ "kid": kid }),
    ];
    are_bad(&app, names.chain(others).map(|name| sign(&with(&header, &json!({ "kid": name })))));
    are_bad(&app, [sign(&without(&header, &["kid"])), sign(&with(&header, &json!({ "kid": nobodys_id() })))]);
}

fn a_header_neither_brings_keys_nor_fetches_them(app: TestApp) {
    let [header, claims] = parts(&app.issue(Role::Editor, None).0);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
    let stranger = SigningKey::new("stranger", Algorithm::EdDSA);
    let own = private(&app.data_dir());
    let sources = [
        json!({ "jku": url }),
        json!({ "x5u": url }),
        json!({ "jwk": stranger.jwk }),
        json!({ "x5c": ["MIIB"] }),
        json!({ "x5t": "AAAA", "x5t#S256": "AAAA" }),
        json!({ "jku": url, "x5u": url, "jwk": stranger.jwk, "typ": "at+jwt", "cty": "JWT" }),
    ];
    for source in sources {
        let header = with(&header, &source);
        are_bad(&app, [stranger.sign_with(&header, &claims)]);
        // They say nothing to the server: its own signature stays valid.
        is_good(&app, &token(&header.to_string(), &claims.to_string(), &own, Algorithm::EdDSA));
    }
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "nobody asked there");
    // What must be understood is refused (RFC 7515 section 4.1.11), and so is a payload that is not encoded (RFC 7797).
    for critical in
        [json!(["b64"]), json!(["exp"]), json!([""]), json!([]), json!("b64"), json!(true), json!({})]
    {
        for other in [json!({}), json!({ "b64": false }), json!({ "exp": 1 })] {
            let header = with(&with(&header, &other), &json!({ "crit": critical })).to_string();
            are_bad(&app, [token(&header, &claims.to_string(), &own, Algorithm::EdDSA)]);
        }
    }
    let header = encode(&with(&header, &json!({ "b64": false })).to_string());
    let raw = claims.to_string().replace('.', "_");
    let signature = crypto::sign(format!("{header}.{raw}").as_bytes(), &own, Algorithm::EdDSA).unwrap();
    are_bad(&app, [format!("{header}.{raw}.{signature}"), format!("{header}..{signature}")]);
}

fn what_stands_twice_or_has_another_type_is_refused(app: TestApp) {
    let [header, _] = parts(&app.issue(Role::Editor, None).0);
    let claims = good_claims(&app);
    let key = private(&app.data_dir());
    let sign = |header: &str, claims: &str| token(header, claims, &key, Algorithm::EdDSA);
    let (header, text) = (header.to_string(), claims.to_string());
    is_good(&app, &sign(&header, &text));
    for (name, value) in claims.as_object().unwrap() {
        let other = if value.is_string() { json!("x") } else { json!(1) };
        for value in [value, &other] {
            are_bad(&app, [sign(&header, &text.replacen('{', &format!("{{\"{name}\":{value},"), 1))]);
            are_bad(&app, [sign(&header, &text.replace('}', &format!(",\"{name}\":{value}}}")))]);
        }
        let types = [
            json!(null),
            json!(true),
            json!([]),
            json!([value]),
            json!({}),
            json!({ "$ne": null }),
            json!(-1),
            json!(1e300),
        ];
        are_bad(&app, types.map(|value| sign(&header, &with(&claims, &json!({ name: value })).to_string())));
    }
    for twice in ["{\"alg\":\"none\",", "{\"alg\":\"EdDSA\",", "{\"kid\":\"x\","] {
        are_bad(&app, [sign(&header.replacen('{', twice, 1), &text)]);
    }
    let now = app.clock.now().timestamp();
    let times = [
        json!({ "nbf": now + 1 }),
        json!({ "iat": now + 61 }),
        json!({ "exp": now }),
        json!({ "exp": 0 }),
        json!({ "aud": ["clusterportal", "other"] }),
        json!({ "aud": "CLUSTERPORTAL" }),
    ];
    are_bad(&app, times.map(|change| sign(&header, &with(&claims, &change).to_string())));
    let inner = sign(&header, &text);
    let nested = ["null", "[]", "1", "\"x\"", "{}", "", "{", &inner].map(|claims| sign(&header, claims));
    are_bad(&app, nested);
    // Encrypted, and as JSON (RFC 7516, RFC 7515 section 7.2).
    let parts: Vec<&str> = inner.split('.').collect();
    let whole = json!({ "protected": parts[0], "payload": parts[1], "signature": parts[2] }).to_string();
    are_bad(&app, [format!("{inner}.AAAA.AAAA"), whole.clone(), encode(&whole)]);
}

fn the_key_of_another_instance_signs_for_that_one_only(app: TestApp) {
    let folder = folder();
    let url = crate::harness::PUBLIC_URL.to_owned();
    let other = Keyring::open(folder.path(), url, &app.store, &actor()).unwrap();
    let grant = crate::harness::grant(Role::Editor, None);
    let theirs = other.issue(&app.store, &app.clock.clock(), &actor(), &grant).unwrap().0;
    let ours = app.issue(Role::Editor, None).0;
    is_good(&app, &theirs);
    let (our_key, their_key) = (private(&app.data_dir()), private(folder.path()));
    let [[our_header, our_claims], [their_header, their_claims]] = [&ours, &theirs].map(|token| parts(token));
    for (header, claims, key) in [
        (&our_header, &our_claims, &their_key),
        (&their_header, &our_claims, &their_key),
        (&our_header, &their_claims, &our_key),
        (&their_header, &their_claims, &our_key),
    ] {
        are_bad(&app, [token(&header.to_string(), &claims.to_string(), key, Algorithm::EdDSA)]);
    }
    // Nor does a retired key sign anew, under its own name or that of its successor.
    let retired = app.store.keys().unwrap().into_iter().find(|key| json!(key.key.id) == our_header["kid"]);
    app.store.retire_key(&actor(), retired.unwrap().key.id).unwrap();
    let fresh = app.issue(Role::Editor, None).0;
    let [fresh_header, fresh_claims] = parts(&fresh);
    for header in [&our_header, &their_header, &fresh_header] {
        for claims in [&our_claims, &fresh_claims] {
            are_bad(&app, [token(&header.to_string(), &claims.to_string(), &our_key, Algorithm::EdDSA)]);
        }
    }
    is_good(&app, &fresh);
}
