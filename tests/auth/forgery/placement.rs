//! Tokens that are too large, stand elsewhere, or stand twice.

use super::*;
use crate::harness::Socket;

on_both! {
    a_token_that_is_too_large_is_refused
    a_token_counts_in_its_header_only
    two_tokens_are_one_too_many
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
