//! Keys that change, and a provider that is slow, broken or gone.

use super::{Stage, claims, is_bad, writes};
use crate::harness::{Engine, IdentityProvider, Options, Reply, SigningKey, TestApp, on_both};
use chrono::TimeDelta;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

on_both! {
    a_new_key_is_loaded_when_a_token_names_it
    a_withdrawn_key_is_loaded_away_on_schedule
    a_flood_of_invented_keys_asks_once_a_minute
    a_slow_provider_delays_nobody_else
    without_keys_only_its_tokens_have_to_wait
    keys_outlive_the_provider_for_a_day
    broken_metadata_and_keys_are_not_used
    keys_are_read_where_the_operator_says
}

fn a_new_key_is_loaded_when_a_token_names_it(engine: Engine) {
    let stage = Stage::set_up(engine);
    let (app, old) = (&stage.app, stage.token(&json!({})));
    writes(app, &old, 422);
    assert_eq!(stage.provider.fetches(), 1);
    let new = SigningKey::new("second", Algorithm::EdDSA);
    stage.provider.publish(&[&new, &stage.key]);
    let token = new.sign(&stage.claims());
    writes(app, &token, 422);
    writes(app, &token, 422);
    writes(app, &old, 422);
    assert_eq!(stage.provider.fetches(), 2);
    // The next rotation, within the same minute, has to wait for its end.
    let third = SigningKey::new("third", Algorithm::ES384);
    stage.provider.publish(&[&third]);
    is_bad(app, &third.sign(&stage.claims()), "unknown key");
    app.clock.advance(TimeDelta::minutes(1));
    writes(app, &third.sign(&stage.claims()), 422);
    assert_eq!(stage.provider.fetches(), 3);
    is_bad(app, &old, "unknown key");
}

fn a_withdrawn_key_is_loaded_away_on_schedule(engine: Engine) {
    let stage = Stage::set_up(engine);
    let other = SigningKey::new("second", Algorithm::EdDSA);
    let token = stage.token(&json!({ "exp": stage.app.clock.now().timestamp() + 86_400 }));
    writes(&stage.app, &token, 422);
    stage.provider.publish(&[&other]);
    stage.app.clock.advance(TimeDelta::seconds(299));
    writes(&stage.app, &token, 422);
    stage.app.clock.advance(TimeDelta::seconds(1));
    stage.provider.wait_for_fetches(2);
    while stage.app.bearer(&token).get("/api/v1/clusters").send().status == 200 {}
    is_bad(&stage.app, &token, "unknown key");
}

fn a_flood_of_invented_keys_asks_once_a_minute(engine: Engine) {
    let stage = Stage::set_up(engine);
    writes(&stage.app, &stage.token(&json!({})), 422);
    let flood = || {
        std::thread::scope(|threads| {
            for thread in 0..8 {
                let stage = &stage;
                threads.spawn(move || {
                    for i in 0..25 {
                        let header = json!({ "kid": format!("{thread}-{i}") });
                        let token = stage.key.sign_with(&header, &stage.claims());
                        stage.app.bearer(&token).get("/api/v1/clusters").expect(401);
                    }
                });
            }
        });
    };
    for minute in 0..3 {
        flood();
        assert_eq!(stage.provider.fetches(), 2 + minute);
        stage.app.clock.advance(TimeDelta::minutes(1));
    }
    writes(&stage.app, &stage.token(&json!({})), 422);
}

fn a_slow_provider_delays_nobody_else(engine: Engine) {
    let stage = Stage::set_up(engine);
    let known = stage.token(&json!({}));
    writes(&stage.app, &known, 422);
    let new = SigningKey::new("second", Algorithm::EdDSA);
    stage.provider.publish(&[&stage.key, &new]);
    std::thread::scope(|threads| {
        let waiting = stage.provider.hold(|| {
            let waiting: Vec<_> = (0..40)
                .map(|_| {
                    threads
                        .spawn(|| stage.app.bearer(&new.sign(&stage.claims())).get("/api/v1/clusters").send())
                })
                .collect();
            stage.provider.wait_for_fetches(2);
            stage.app.anonymous().get("/api/v1/clusters").expect(200);
            // They wait for five seconds at most, so a busy machine sees this only after the first request.
            assert!(!waiting.iter().any(|thread| thread.is_finished()));
            for client in [stage.app.editor(), stage.app.bearer(&known)] {
                client.get("/api/v1/clusters").expect(200);
            }
            waiting
        });
        assert!(waiting.into_iter().all(|thread| thread.join().unwrap().status == 200));
    });
    assert_eq!(stage.provider.fetches(), 2);
}

fn without_keys_only_its_tokens_have_to_wait(engine: Engine) {
    let key = SigningKey::new("first", Algorithm::EdDSA);
    let provider = IdentityProvider::start(&[]);
    provider.reply_to_metadata(Reply::Nothing);
    let app = TestApp::with(engine, &Options { provider: Some(provider.settings()), ..Options::default() });
    let token = key.sign(&claims(&app, &provider));
    for method in ["GET", "POST"] {
        let answer = app.bearer(&token).request(method.parse().unwrap(), "/api/v1/clusters").expect(503);
        assert!(!answer.header("retry-after").is_empty());
    }
    app.anonymous().get("/api/v1/clusters").expect(200);
    app.anonymous().get("/health/ready").expect(200);
    app.editor().post("/api/v1/clusters").json(&json!({})).expect(422);
    // It comes back, and is found without a token that asks for it.
    let issuer = provider.issuer();
    let metadata = json!({ "issuer": issuer, "jwks_uri": format!("{issuer}/keys") });
    provider.reply_to_metadata(Reply::Json(metadata, ""));
    provider.publish(&[&key]);
    app.clock.advance(TimeDelta::minutes(1));
    provider.wait_for_fetches(1);
    writes(&app, &key.sign(&claims(&app, &provider)), 422);
}

fn keys_outlive_the_provider_for_a_day(engine: Engine) {
    let stage = Stage::set_up(engine);
    writes(&stage.app, &stage.token(&json!({})), 422);
    stage.provider.reply_to_keys(Reply::Status(503, String::new()));
    let stranger = SigningKey::new("second", Algorithm::EdDSA);
    is_bad(&stage.app, &stranger.sign(&stage.claims()), "unknown key");
    stage.app.clock.advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    writes(&stage.app, &stage.token(&json!({})), 422);
    stage.app.clock.advance(TimeDelta::seconds(1));
    writes(&stage.app, &stage.token(&json!({})), 503);
    stage.app.anonymous().get("/api/v1/clusters").expect(200);
    stage.provider.publish(&[&stage.key]);
    stage.app.clock.advance(TimeDelta::minutes(1));
    writes(&stage.app, &stage.token(&json!({})), 422);
}

fn broken_metadata_and_keys_are_not_used(engine: Engine) {
    let key = SigningKey::new("first", Algorithm::EdDSA);
    let json = |value: Value| Reply::Json(value, "");
    let provider = IdentityProvider::start(&[&key]);
    let issuer = provider.issuer();
    let keys = format!("{issuer}/keys");
    let good = json(json!({ "issuer": issuer, "jwks_uri": keys }));
    let redirect = |status| Reply::Status(status, format!("location: {keys}\r\n"));
    let metadata = [
        json(json!({ "issuer": format!("{issuer}/"), "jwks_uri": keys })),
        json(json!({ "issuer": "https://other.example", "jwks_uri": keys })),
        json(json!({ "issuer": issuer })),
        json(json!({ "jwks_uri": keys })),
        json(json!({ "issuer": issuer, "jwks_uri": "http://keys.example/keys" })),
        json(json!({ "issuer": issuer, "jwks_uri": "file:///etc/keys" })),
        json(json!([])),
        Reply::Long((1 << 20) + 1),
        Reply::Status(200, String::new()),
        Reply::Status(404, String::new()),
        redirect(302),
        Reply::Nothing,
    ];
    let pairs = metadata.into_iter().map(|metadata| (metadata, None)).chain(
        [
            json(json!({ "keys": [] })),
            json(json!([key.jwk])),
            json(key.jwk.clone()),
            Reply::Long((1 << 20) + 1),
            Reply::Status(500, String::new()),
            redirect(301),
            redirect(307),
            Reply::Nothing,
        ]
        .map(|keys| (good.clone(), Some(keys))),
    );
    let app = TestApp::with(engine, &Options { provider: Some(provider.settings()), ..Options::default() });
    writes(&app, &key.sign(&claims(&app, &provider)), 422);
    for (metadata, keys) in pairs {
        provider.reply_to_metadata(metadata);
        provider.publish(&[&key]);
        if let Some(keys) = keys {
            provider.reply_to_keys(keys);
        }
        // The keys of yesterday are too old, and there are no others.
        app.clock.advance(TimeDelta::hours(24));
        writes(&app, &key.sign(&claims(&app, &provider)), 503);
        provider.reply_to_metadata(good.clone());
        provider.publish(&[&key]);
        app.clock.advance(TimeDelta::minutes(1));
        writes(&app, &key.sign(&claims(&app, &provider)), 422);
    }
}

fn keys_are_read_where_the_operator_says(engine: Engine) {
    let elsewhere = SigningKey::new("elsewhere", Algorithm::EdDSA);
    let other = IdentityProvider::start(&[&elsewhere]);
    let stage = Stage::with(engine, |settings| {
        settings.oidc_jwks_url = Some(format!("{}/keys", other.issuer()).try_into().unwrap());
    });
    stage.provider.reply_to_metadata(Reply::Nothing);
    writes(&stage.app, &elsewhere.sign(&stage.claims()), 422);
    is_bad(&stage.app, &stage.token(&json!({})), "unknown key");
    assert_eq!(stage.provider.fetches(), 0);
}
