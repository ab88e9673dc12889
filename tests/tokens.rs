//! Tokens and keys: issuing, revoking, rotating, and what ends with them.

mod endings;
mod issuing;
mod keys;
mod record;

use crate::harness::{Answer, TestApp};
use domain::id::Id;
use serde_json::{Value, json};

const TOKENS: &str = "/api/v1/tokens";

/// An address that needs a token.
const PRIVATE: &str = "/api/v1/clusters?status=draft";

/// Issues a token by HTTP.
#[track_caller]
fn issue(app: &TestApp, body: &Value) -> Answer {
    app.admin().post(TOKENS).json(body).expect(201)
}

/// A token for an editor, and its id.
#[track_caller]
fn editor(app: &TestApp) -> (String, Id) {
    let issued = issue(app, &json!({ "role": "editor", "subject": "ada", "expires": "8h" })).json();
    (issued["token"].as_str().unwrap().to_owned(), Id::parse(issued["id"].as_str().unwrap()).unwrap())
}

/// Revokes a token by HTTP.
#[track_caller]
fn revoke(app: &TestApp, id: Id) {
    app.admin().delete(&format!("{TOKENS}/{id}")).expect(204);
}

#[track_caller]
fn works(app: &TestApp, token: &str) {
    app.bearer(token).get(PRIVATE).expect(200);
}

#[track_caller]
fn is_refused(app: &TestApp, token: &str) {
    for address in [PRIVATE, "/api/v1/clusters"] {
        let refused = app.bearer(token).get(address).expect(401);
        assert!(refused.header("www-authenticate").contains("error=\"invalid_token\""));
    }
}
