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
    auth::{Access, Role},
    request::headers::IF_NONE_MATCH,
};
use actix_web::http::Method;
use serde_json::{Map, Value, json};

impl Operation {
    /// The operation as OpenAPI, and the schemas that it refers to.
    pub(crate) fn write<A: Access>(mut self, method: &Method) -> (Value, Schemas) {
        self.refusals.extend(A::CHECKS_TOKEN.then_some(401));
        self.refusals.extend((!A::ROLES.is_empty()).then_some(403));
        // Any write may find the disk full.
        let writes = *method != Method::GET;
        let mut operation = json!({
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.summary,
            "description": with_roles(&self.description, A::ROLES),
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
    match (A::ROLES, A::CHECKS_TOKEN) {
        ([], false) => json!([]),
        ([], true) => json!([{}, { "token": [] }]),
        _ => json!([{ "token": [] }]),
    }
}

/// Appends the required roles to the first paragraph of a description.
fn with_roles(description: &str, roles: &[Role]) -> String {
    let Some(roles) = in_words(roles) else { return description.to_owned() };
    let (first, rest) = description.split_at(description.find("\n\n").unwrap_or(description.len()));
    format!("{first} Requires the role {roles}.{rest}")
}

/// Lists roles in words, `admin` last.
fn in_words(roles: &[Role]) -> Option<String> {
    let mut roles = roles.to_vec();
    roles.sort_by_key(|role| *role == Role::Admin);
    let mut words: Vec<String> = roles.iter().map(|role| format!("`{}`", role.as_str())).collect();
    let last = words.pop()?;
    let (others, bound) = (words.join(", "), "`chamber`, bound to this chamber");
    Some(match others.as_str() {
        "" => last,
        "`chamber`" => format!("{bound}, or {last}"),
        _ => format!("{} or {last}", others.replace("`chamber`", bound)),
    })
}

#[test]
fn roles_are_named_as_one_says_them() {
    use Role::{Admin, Auditor, Chamber, Editor};
    let said = |roles: &[Role]| with_roles("Does it.\n\nMore.", roles);
    assert_eq!(said(&[]), "Does it.\n\nMore.");
    assert_eq!(said(&[Admin]), "Does it. Requires the role `admin`.\n\nMore.");
    assert_eq!(said(&[Admin, Editor]), "Does it. Requires the role `editor` or `admin`.\n\nMore.");
    assert_eq!(
        said(&[Chamber, Admin, Auditor]),
        "Does it. Requires the role `chamber`, bound to this chamber, `auditor` or `admin`.\n\nMore."
    );
    assert_eq!(
        said(&[Chamber, Admin]),
        "Does it. Requires the role `chamber`, bound to this chamber, or `admin`.\n\nMore."
    );
}
