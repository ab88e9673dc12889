//! The description of one operation, as it stands beside its handler.

use super::compose::{
    answers::{headers_of, json_answer},
    schemas::{Schemas, add_answer, named},
};
use serde_json::{Value, json};
use utoipa::ToSchema;

#[cfg(test)]
mod writing;

/// The refusals of every request.
const ALWAYS: [u16; 5] = [400, 414, 431, 500, 503];

/// What an operation is called, takes and answers. Who may call it, and what follows from the method, is added by
/// [`Operation::write`].
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
    /// An operation of a group.
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

    /// What it does. Which roles may is said behind the first paragraph, and follows from the handler.
    pub(crate) fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// What it takes in the query string and in headers.
    pub(crate) fn parameters(mut self, parameters: impl IntoIterator<Item = Value>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    /// The body that it takes.
    pub(crate) fn body(self, media_type: &str, schema: &str) -> Self {
        self.body_of(json!({ "required": true, "content": { media_type: { "schema": named(schema) } } }))
    }

    /// As [`Operation::body`], in full.
    pub(crate) fn body_of(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// What it answers when it went well.
    pub(crate) fn answer(mut self, status: &'static str, answer: Value) -> Self {
        self.answers.push((status, answer));
        self
    }

    /// What it answers when it went well: a struct, of which there is an example.
    pub(crate) fn json<T: ToSchema>(self, description: &str, headers: &[&str], example: &Value) -> Self {
        self.schemas(|schemas| add_answer::<T>(schemas, example))
            .answer("200", json_answer(description, named(&T::name()), headers))
    }

    /// What it answers when it went well: a page of structs, of which there is an example.
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

    /// How it may be refused, beside what may happen to every request.
    pub(crate) fn refusals(mut self, statuses: &[u16]) -> Self {
        self.refusals.extend(statuses);
        self
    }

    /// A refusal that has more to say than others of its status.
    pub(crate) fn refusal(mut self, status: &'static str, answer: Value) -> Self {
        self.explained.push((status, answer));
        self
    }

    /// Takes If-None-Match, and answers 304.
    pub(crate) fn revalidated(self) -> Self {
        self.revalidated_with(&["ETag", "Last-Modified", "Cache-Control", "X-Request-Id"])
    }

    /// As [`Operation::revalidated`], with these headers.
    pub(crate) fn revalidated_with(mut self, headers: &[&str]) -> Self {
        self.not_modified = Some(json!({ "description": "Not modified.", "headers": headers_of(headers) }));
        self
    }

    /// Leads from a former slug to the present one.
    pub(crate) fn redirected(mut self) -> Self {
        self.is_redirected = true;
        self
    }

    /// Adds schemas that it refers to.
    pub(crate) fn schemas(mut self, add: impl FnOnce(&mut Schemas)) -> Self {
        add(&mut self.schemas);
        self
    }
}
