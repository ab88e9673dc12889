//! The description of an operation, written beside its handler.

use super::compose::{
    answers::{headers_of, json_answer},
    schemas::{Schemas, add_answer, named},
};
use serde_json::{Value, json};
use utoipa::ToSchema;

#[cfg(test)]
mod writing;

/// Error statuses of every operation.
const ALWAYS: [u16; 6] = [400, 414, 429, 431, 500, 503];

/// Name, parameters and responses of an operation. [`Operation::write`] adds the roles and what follows from the
/// method.
#[derive(Debug)]
#[cfg_attr(not(test), expect(dead_code, reason = "only tests write the description"))]
pub(crate) struct Operation {
    tag: String,
    id: String,
    summary: String,
    description: String,
    parameters: Vec<Value>,
    body: Option<Value>,
    answers: Vec<(&'static str, Value)>,
    refusals: Vec<u16>,
    explained: Vec<(&'static str, Value)>,
    not_modified: Option<Value>,
    is_redirected: bool,
    schemas: Schemas,
}

impl Operation {
    /// Creates an operation in a tag group.
    pub(crate) fn new(tag: &str, id: impl Into<String>, summary: impl Into<String>) -> Self {
        Self {
            tag: tag.to_owned(),
            id: id.into(),
            summary: summary.into(),
            description: String::new(),
            parameters: Vec::new(),
            body: None,
            answers: Vec::new(),
            refusals: ALWAYS.to_vec(),
            explained: Vec::new(),
            not_modified: None,
            is_redirected: false,
            schemas: Schemas::default(),
        }
    }

    /// Sets the description. The required roles follow from the handler and are appended to the first paragraph.
    pub(crate) fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Adds query parameters and headers.
    pub(crate) fn parameters(mut self, parameters: impl IntoIterator<Item = Value>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    /// Sets the request body.
    pub(crate) fn body(self, media_type: &str, schema: &str) -> Self {
        self.body_of(json!({ "required": true, "content": { media_type: { "schema": named(schema) } } }))
    }

    /// Sets the request body as a complete OpenAPI object.
    pub(crate) fn body_of(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Adds a success response.
    pub(crate) fn answer(mut self, status: &'static str, answer: Value) -> Self {
        self.answers.push((status, answer));
        self
    }

    /// Adds a 200 response with a struct, and its example.
    pub(crate) fn json<T: ToSchema>(self, description: &str, headers: &[&str], example: &Value) -> Self {
        self.schemas(|schemas| add_answer::<T>(schemas, example))
            .answer("200", json_answer(description, named(&T::name()), headers))
    }

    /// Adds a 200 response with a page of structs, and an example of an item.
    pub(crate) fn page<T: ToSchema>(self, description: &str, list: Value, example: &Value) -> Self {
        let name = format!("{}List", T::name());
        let answer =
            json_answer(description, named(&name), &["ETag", "Cache-Control", "Link", "X-Request-Id"]);
        self.schemas(|schemas| {
            add_answer::<T>(schemas, example);
            schemas.add(&name, list);
        })
        .answer("200", answer)
    }

    /// Adds error statuses beside those of every operation.
    pub(crate) fn refusals(mut self, statuses: &[u16]) -> Self {
        self.refusals.extend(statuses);
        self
    }

    /// Has no rate limit.
    pub(crate) fn exempt(mut self) -> Self {
        self.refusals.retain(|status| *status != 429);
        self
    }

    /// Adds an error response that differs from the shared one of its status.
    pub(crate) fn refusal(mut self, status: &'static str, answer: Value) -> Self {
        self.explained.push((status, answer));
        self
    }

    /// Accepts `If-None-Match` and returns 304.
    pub(crate) fn revalidated(self) -> Self {
        self.revalidated_with(&["ETag", "Last-Modified", "Cache-Control", "X-Request-Id"])
    }

    /// Like [`Operation::revalidated`], with these headers on the 304.
    pub(crate) fn revalidated_with(mut self, headers: &[&str]) -> Self {
        self.not_modified = Some(json!({ "description": "Not modified.", "headers": headers_of(headers) }));
        self
    }

    /// Redirects former slugs to the current one.
    pub(crate) fn redirected(mut self) -> Self {
        self.is_redirected = true;
        self
    }

    /// Adds schemas that the operation refers to.
    pub(crate) fn schemas(mut self, add: impl FnOnce(&mut Schemas)) -> Self {
        add(&mut self.schemas);
        self
    }
}
