//! Forged tokens (RFC 8725): what can be made without the private key, and what a stolen one cannot make valid.

use super::{good_claims, is_good, is_refused, parts};
use crate::harness::{Socket, TestApp, actor, folder, nobodys_id, on_both, with, without};
use api::auth::{Keyring, Role};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};
use std::{io::ErrorKind, net::TcpListener};

on_both! {
    a_token_without_a_signature_is_refused
    a_token_signed_with_what_is_public_is_refused
    a_token_signed_by_a_stranger_is_refused
    a_signature_that_was_changed_is_refused
    a_token_that_names_its_key_otherwise_is_refused
    a_header_neither_brings_keys_nor_fetches_them
    what_stands_twice_or_has_another_type_is_refused
    the_key_of_another_instance_signs_for_that_one_only
    a_token_that_is_too_large_is_refused
    a_token_counts_in_its_header_only
    two_tokens_are_one_too_many
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
    let spaced = [format!("{} ", header), format!("{header:#}")].map(|header| encode(&header));
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

/// Signed by the server's own key: only the name is wrong.
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
    let stranger = crate::harness::SigningKey::new("stranger", Algorithm::EdDSA);
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

/// Signed by the server's own key.
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

fn a_token_that_is_too_large_is_refused(app: TestApp) {
    let [header, claims] = parts(&app.issue(Role::Editor, None).0);
    let key = private(&app.data_dir());
    let most = app.anonymous().get("/api/v1").expect(200).json()["limits"]["header_bytes"].as_u64().unwrap();
    for size in [1_000, 16_000, 100_000] {
        let long = "x".repeat(size);
        let tokens = [
            long.clone(),
            format!("{}.{}.{}", &long[..size / 3], &long[..size / 3], &long[..size / 3]),
            token(
                &with(&header, &json!({ "x": long })).to_string(),
                &claims.to_string(),
                &key,
                Algorithm::EdDSA,
            ),
            token(
                &header.to_string(),
                &with(&claims, &json!({ "sub": long })).to_string(),
                &key,
                Algorithm::EdDSA,
            ),
            format!("{}{}", "[".repeat(size / 2), ".".repeat(size / 2)),
        ];
        for (number, token) in tokens.iter().enumerate() {
            let head =
                format!("GET /api/v1/audit HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n");
            let status = Socket::open(app.address).send(head.as_bytes()).answer().status;
            let is_beyond = token.len() as u64 > most;
            // Unknown members of the header are ignored, so the third is a good token.
            let expected = if is_beyond {
                431
            } else if number == 2 {
                403
            } else {
                401
            };
            assert_eq!(status, expected, "{number}: {} bytes", token.len());
        }
    }
}

/// Tokens in addresses end in logs (RFC 6750 section 5.3), and cookies are sent by browsers unasked.
fn a_token_counts_in_its_header_only(app: TestApp) {
    let good = app.issue(Role::Admin, None).0;
    let anonymous = app.anonymous();
    for name in ["access_token", "token", "authorization", "Authorization", "jwt", "bearer", "api_key"] {
        for value in [&good, &format!("Bearer {good}")] {
            anonymous.get("/api/v1/audit").query(name, value).expect(401);
            anonymous.get("/api/v1/clusters").query(name, value).expect(400);
            anonymous.get("/api/v1/audit").header("cookie", &format!("{name}={value}")).expect(401);
        }
    }
    for name in
        ["proxy-authorization", "x-authorization", "x-access-token", "x-forwarded-authorization", "x-api-key"]
    {
        anonymous.get("/api/v1/audit").header(name, &format!("Bearer {good}")).expect(401);
    }
    let form = format!("access_token={good}");
    anonymous.post("/api/v1/clusters").body("application/x-www-form-urlencoded", form).expect(401);
    let role = [
        ("x-role", "admin"),
        ("x-user", "admin"),
        ("x-forwarded-user", "admin"),
        ("x-original-url", "/api/v1"),
    ];
    for (name, value) in role {
        anonymous.get("/api/v1/audit").header(name, value).expect(401);
    }
    app.admin().get("/api/v1/audit").expect(200);
}

fn two_tokens_are_one_too_many(app: TestApp) {
    let [good, other] =
        [Role::Admin, Role::Auditor].map(|role| format!("Bearer {}", app.issue(role, None).0));
    let ask = |lines: &[&str]| {
        let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        let head = format!("GET /api/v1/audit HTTP/1.1\r\nHost: x\r\n{lines}Connection: close\r\n\r\n");
        Socket::open(app.address).send(head.as_bytes()).answer()
    };
    assert_eq!(ask(&[&format!("Authorization: {good}")]).status, 200);
    for second in [good.as_str(), &other, "Bearer a.b.c", "Basic dTpw", "", "Bearer"] {
        for (first, second) in [(good.as_str(), second), (second, good.as_str())] {
            let twice = ask(&[&format!("Authorization: {first}"), &format!("aUTHORIZATION: {second}")]);
            assert_eq!(twice.status, 401, "{}", twice.text);
            assert_eq!(ask(&[&format!("Authorization: {first}, {second}")]).status, 401);
            // A header that ends in a blank or has no blank is another one.
            assert!(ask(&[&format!("Authorization : {first}")]).status >= 400);
            assert_eq!(ask(&[&format!("Authorization\t: {first}")]).status, 400);
            assert_eq!(ask(&[&format!("X: y\r\n Authorization: {first}")]).status, 400);
        }
    }
}
