//! Serialises operations as OpenAPI.

use super::{
    super::compose::{
        answers::headers_of,
        components::{RATE_LIMIT, problems},
        schemas::Schemas,
    },
    Operation,
};
use crate::{
    auth::{Access, Extent, Right, Role},
    request::headers::IF_NONE_MATCH,
};
use actix_web::http::Method;
use serde_json::{Map, Value, json};

impl Operation {
    /// The operation as OpenAPI, and the schemas that it refers to.
    pub(crate) fn write<A: Access>(mut self, method: &Method) -> (Value, Schemas) {
        self.refusals.extend(A::CHECKS_TOKEN.then_some(401));
        self.refusals.extend((!A::RIGHT.is_open()).then_some(403));
        // Any write may find the disk full.
        let writes = *method != Method::GET;
        let mut operation = json!({
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.summary,
            "description": with_roles(&self.description, A::RIGHT),
            "security": security::<A>()
        });
        if self.not_modified.is_some() {
            self.parameters.push(IF_NONE_MATCH.describe());
        }
        if !self.parameters.is_empty() {
            operation["parameters"] = Value::Array(std::mem::take(&mut self.parameters));
        }
        if let Some(body) = self.body.take() {
            operation["requestBody"] = body;
        }
        let schemas = std::mem::take(&mut self.schemas);
        let is_limited = self.refusals.contains(&429);
        let mut answers = self.responses();
        if writes {
            answers.extend(problems(&[507]));
        }
        if is_limited {
            answers.values_mut().for_each(add_rate_limit);
        }
        operation["responses"] = Value::Object(answers);
        (operation, schemas)
    }

    fn responses(self) -> Map<String, Value> {
        let mut all = Map::new();
        let mut answers = self.answers.into_iter().map(|(status, answer)| (status.to_owned(), answer));
        all.extend(answers.next());
        all.extend(problems(&self.refusals));
        all.extend(self.explained.into_iter().map(|(status, answer)| (status.to_owned(), answer)));
        all.extend(answers);
        all.extend(self.not_modified.map(|answer| ("304".to_owned(), answer)));
        if self.is_redirected {
            let moved = json!({
                "description": "The slug has changed. Repeat the same request at `Location`.",
                "headers": headers_of(&["Location", "Cache-Control", "X-Request-Id"])
            });
            all.insert("308".to_owned(), moved);
        }
        all
    }
}

/// Adds the headers of the rate limit to a response that is not shared.
fn add_rate_limit(answer: &mut Value) {
    if answer.get("$ref").is_none()
        && let (Some(headers), Value::Object(more)) =
            (answer["headers"].as_object_mut(), headers_of(&RATE_LIMIT))
    {
        headers.extend(more);
    }
}

/// The security requirement: a token if a role is required, otherwise an optional token or none.
fn security<A: Access>() -> Value {
    match (A::RIGHT.is_open(), A::CHECKS_TOKEN) {
        (true, false) => json!([]),
        (true, true) => json!([{}, { "token": [] }]),
        (false, _) => json!([{ "token": [] }]),
    }
}

/// Appends the roles that have the required right to the first paragraph of a description.
fn with_roles(description: &str, right: Right) -> String {
    if right.is_open() {
        return description.to_owned();
    }
    let (first, rest) = description.split_at(description.find("\n\n").unwrap_or(description.len()));
    format!("{first} Requires the role {}.{rest}", in_words(right))
}

/// Lists the roles that have a right, `admin` last. Tokens of some roles must be bound to what they are used for.
fn in_words(right: Right) -> String {
    let word = |role: Role| match right.extent(Some(role)) {
        Extent::All => format!("`{}`", role.as_str()),
        _ => format!("`{}`, {}", role.as_str(), right.binding()),
    };
    let mut words: Vec<String> = right.roles().map(word).collect();
    let last = words.pop().unwrap_or_default();
    match words.as_slice() {
        [] => last,
        [only] if only.contains(' ') => format!("{only}, or {last}"),
        _ => format!("{} or {last}", words.join(", ")),
    }
}

#[test]
fn roles_are_named_as_one_says_them() {
    let said = |right| with_roles("Does it.\n\nMore.", right);
    assert_eq!(said(Right::ReadPublic), "Does it.\n\nMore.");
    assert_eq!(said(Right::AdministerTokens), "Does it. Requires the role `admin`.\n\nMore.");
    assert_eq!(said(Right::WriteContent), "Does it. Requires the role `editor` or `admin`.\n\nMore.");
    assert_eq!(
        said(Right::ReadMembers),
        "Does it. Requires the role `chamber`, bound to this chamber, `auditor`, `editor` or `admin`.\n\nMore."
    );
    assert_eq!(
        said(Right::WriteMembers),
        "Does it. Requires the role `chamber`, bound to this chamber, or `admin`.\n\nMore."
    );
}
