//! Checks every answer that a test receives against the published OpenAPI documents.
//!
//! Method, path, status, media type, headers and body are checked. Answers of the HTTP library that never reach a
//! handler (see "known quirks" in `docs/api-design.md`) are not: tests read these from a raw socket.

use api::formats::Format;
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
};
use ureq::http::HeaderMap;

/// The OpenAPI document of the API.
pub(crate) static DESCRIPTION: LazyLock<Description> =
    LazyLock::new(|| Description::read("", include_str!("../../openapi/openapi.json")));

/// The OpenAPI document of OGC API Features.
pub(crate) static FEATURES: LazyLock<Description> =
    LazyLock::new(|| Description::read("/ogc", include_str!("../../openapi/ogc.json")));

/// The document that describes a path. The path of the public URL may stand before it.
pub(crate) fn description_of(path: &str) -> &'static Description {
    let path = path.split('?').next().unwrap_or_default();
    let is_of_features = path.match_indices('/').any(|(at, _)| FEATURES.knows(&path[at..]));
    if is_of_features && DESCRIPTION.at(path).is_empty() { &FEATURES } else { &DESCRIPTION }
}

/// Headers that any answer may have. They belong to HTTP and to the envelope, not to an operation.
const EVERYWHERE: [&str; 16] = [
    "access-control-allow-origin",
    "access-control-expose-headers",
    "connection",
    "content-disposition",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "content-security-policy",
    "cross-origin-resource-policy",
    "referrer-policy",
    "strict-transport-security",
    "transfer-encoding",
    "vary",
    "x-content-type-options",
    "x-frame-options",
];

/// An operation: a method of a path.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    /// In lower case.
    pub(crate) method: String,
    /// The path template, with parameters in braces, from the root of the server.
    pub(crate) template: String,
    /// The operation object.
    pub(crate) description: Value,
}

/// The parsed OpenAPI document.
pub(crate) struct Description {
    /// Where its paths begin.
    root: &'static str,
    document: Value,
    operations: Vec<Operation>,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Description {
    fn read(root: &'static str, text: &str) -> Self {
        let document = serde_json::from_str(text).map(newer).unwrap();
        let operation = |template: &str, method: &str, description: &Value| Operation {
            method: method.to_owned(),
            template: format!("{root}{template}"),
            description: description.clone(),
        };
        let paths = document["paths"].as_object().unwrap();
        let operations = paths
            .iter()
            .flat_map(|(template, methods)| {
                let methods = methods.as_object().unwrap().iter();
                methods
                    .filter(|(method, _)| {
                        !matches!(method.as_str(), "parameters" | "summary" | "description")
                    })
                    .map(move |(method, description)| operation(template, method, description))
            })
            .collect();
        Self { root, document, operations, validators: Mutex::default() }
    }

    /// Whether a path is described.
    fn knows(&self, path: &str) -> bool {
        !self.at(path).is_empty()
    }

    /// The template of an operation as it stands in the document.
    fn key<'a>(&self, operation: &'a Operation) -> &'a str {
        operation.template.strip_prefix(self.root).unwrap()
    }

    /// Every operation.
    pub(crate) fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// Resolves a `$ref`. Other values are returned as they are.
    pub(crate) fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => self.document.pointer(&reference[1..]).unwrap(),
            None => value,
        }
    }

    /// The parameters of an operation, those of its path first.
    pub(crate) fn parameters(&self, operation: &Operation) -> Vec<Value> {
        let of_address = &self.document["paths"][self.key(operation)]["parameters"];
        let lists = [of_address, &operation.description["parameters"]];
        let all = lists.into_iter().filter_map(Value::as_array).flatten();
        all.map(|parameter| self.resolve(parameter).clone()).collect()
    }

    /// The operations of a path: those of the matching template with the fewest parameters, and of these, with an
    /// extension.
    pub(crate) fn at(&self, path: &str) -> Vec<&Operation> {
        // A segment is literal, or a parameter that an extension may follow.
        fn extension(segment: &str) -> Option<&str> {
            segment.split_once('}').map(|(_, extension)| extension)
        }
        // The path `/` of a document is also that without the slash.
        let landing = format!("{}/", self.root);
        let path = if path == self.root { &landing } else { path };
        let fits = |template: &str| {
            template.split('/').count() == path.split('/').count()
                && template.split('/').zip(path.split('/')).all(|(known, here)| match extension(known) {
                    Some(extension) => here.strip_suffix(extension).is_some_and(|key| !key.is_empty()),
                    None => known == here,
                })
        };
        let fitting = self.operations.iter().filter(|operation| fits(&operation.template));
        let parameters = |operation: &&Operation| {
            let extensions: Vec<_> = operation.template.split('/').filter_map(extension).collect();
            (extensions.len(), usize::MAX - extensions.concat().len())
        };
        let best = fitting.clone().map(|operation| parameters(&operation)).min();
        fitting.filter(|operation| Some(parameters(operation)) == best).collect()
    }

    /// The path that describes an answer. Strips the prefix of a server behind a path, and adds the extension of an
    /// export that `format` or `Accept` selected.
    fn described_path(&self, method: &str, target: &str, status: u16, headers: &HeaderMap) -> String {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let behind =
            || path.match_indices('/').map(|(at, _)| &path[at..]).find(|path| !self.at(path).is_empty());
        let path = match self.at(path).is_empty() {
            true if status < 400 => behind().unwrap_or(path),
            _ => path,
        };
        let media_type =
            headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let asked = Format::ALL.iter().filter(|format| **format != Format::Json).find(|format| {
            media_type.starts_with(format.media_type())
                || query.split('&').any(|pair| pair == format!("format={}", format.extension()))
        });
        let exported = asked
            .filter(|_| matches!(method, "GET" | "HEAD"))
            .map(|format| format!("{path}.{}", format.extension()));
        exported.filter(|path| !self.at(path).is_empty()).unwrap_or_else(|| path.to_owned())
    }

    /// Panics if an answer does not conform to the document.
    #[track_caller]
    pub(crate) fn check(&self, method: &str, target: &str, status: u16, headers: &HeaderMap, body: &[u8]) {
        let path = self.described_path(method, target, status, headers);
        let path = path.as_str();
        let what = format!("{method} {target}: {status}");
        let operations = self.at(path);
        // Assets of the documentation, and unknown paths.
        if operations.is_empty() {
            let is_page = path.contains("/docs") || status == 303;
            assert!(is_page || status >= 400 || method == "OPTIONS", "{what}: the address is not described");
            return;
        }
        let wanted = if method == "HEAD" { "get" } else { &method.to_ascii_lowercase() };
        let Some(operation) = operations.iter().find(|operation| operation.method == wanted) else {
            let is_refused = matches!(status, 400 | 401 | 403 | 404 | 405 | 414 | 431);
            assert!(is_refused || method == "OPTIONS", "{what}: the method is not described");
            return;
        };
        let described = &operation.description["responses"][status.to_string()];
        assert!(
            !described.is_null(),
            "{what}: the status is not described\n{}",
            String::from_utf8_lossy(body)
        );
        self.check_headers(&what, self.resolve(described), headers);
        if method != "HEAD" {
            self.check_body(&what, operation, described, status, headers, body);
        }
    }

    #[track_caller]
    fn check_headers(&self, what: &str, described: &Value, headers: &HeaderMap) {
        let known = described["headers"].as_object();
        for name in headers.keys() {
            let is_known =
                known.is_some_and(|known| known.keys().any(|it| it.eq_ignore_ascii_case(name.as_str())));
            assert!(
                is_known || EVERYWHERE.contains(&name.as_str()),
                "{what}: the header {name} is not described"
            );
        }
        for (name, header) in known.into_iter().flatten() {
            let is_required = self.resolve(header)["required"] == true;
            assert!(!is_required || headers.contains_key(name), "{what}: the header {name} is missing");
        }
    }

    #[track_caller]
    fn check_body(
        &self,
        what: &str,
        operation: &Operation,
        described: &Value,
        status: u16,
        headers: &HeaderMap,
        body: &[u8],
    ) {
        let content = self.resolve(described)["content"].as_object();
        let Some(content) = content else {
            assert!(body.is_empty(), "{what}: a body is not described");
            return;
        };
        let media_type =
            headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        assert!(content.contains_key(media_type), "{what}: the media type '{media_type}' is not described");
        if !media_type.ends_with("json")
            || media_type.ends_with("x-ndjson")
            || headers.contains_key("content-encoding")
        {
            return;
        }
        let value: Value = serde_json::from_slice(body).unwrap_or_else(|cause| panic!("{what}: {cause}"));
        let escaped = |text: &str| text.replace('~', "~0").replace('/', "~1");
        let response = match described["$ref"].as_str() {
            Some(reference) => reference.to_owned(),
            None => {
                format!("#/paths/{}/{}/responses/{status}", escaped(self.key(operation)), operation.method)
            }
        };
        let pointer = format!("{response}/content/{}/schema", escaped(media_type));
        let faults: Vec<String> = self
            .validator(&pointer)
            .iter_errors(&value)
            .map(|fault| format!("{}: {fault}", fault.instance_path))
            .collect();
        assert!(faults.is_empty(), "{what}: {faults:#?}\n{value:#}");
    }

    /// Returns the validator of the schema at a pointer.
    pub(crate) fn validator(&self, pointer: &str) -> Arc<Validator> {
        let mut validators = self.validators.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let made = validators.entry(pointer.to_owned()).or_insert_with(|| {
            let schema = self.self_contained(self.document.pointer(&pointer[1..]).unwrap());
            let options = jsonschema::draft202012::options().should_validate_formats(true);
            Arc::new(options.build(&schema).unwrap_or_else(|cause| panic!("{pointer}: {cause}")))
        });
        made.clone()
    }

    /// Returns a schema with all schemas that it refers to.
    fn self_contained(&self, schema: &Value) -> Value {
        let mut parts = Map::new();
        let mut waiting = vec![schema.clone()];
        while let Some(part) = waiting.pop() {
            visit_references(&part, &mut |reference| {
                let name = reference.rsplit('/').next().unwrap_or_default();
                if !parts.contains_key(name) {
                    let target = self.document.pointer(&reference[1..]).unwrap();
                    parts.insert(name.to_owned(), target.clone());
                    waiting.push(target.clone());
                }
            });
        }
        let mut whole = schema.clone();
        whole.as_object_mut().unwrap().insert("components".to_owned(), json!({ "schemas": parts }));
        whole
    }
}

/// Visits every reference to a schema.
fn visit_references(part: &Value, visit: &mut impl FnMut(&str)) {
    match part {
        Value::Object(fields) => {
            fields.get("$ref").and_then(Value::as_str).into_iter().for_each(&mut *visit);
            fields.values().for_each(|value| visit_references(value, visit));
        }
        Value::Array(items) => items.iter().for_each(|item| visit_references(item, visit)),
        _ => {}
    }
}

/// A document of OpenAPI 3.0 with schemas as in 3.1, which validators read. Documents of 3.1 stay as they are.
fn newer(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Map<String, Value> =
                fields.into_iter().map(|(name, value)| (name, newer(value))).collect();
            if fields.get("nullable") == Some(&json!(true)) {
                fields.remove("nullable");
                return json!({ "anyOf": [fields, { "type": "null" }] });
            }
            if fields.get("exclusiveMinimum") == Some(&json!(true)) {
                let bound = fields.remove("minimum").unwrap();
                fields.insert("exclusiveMinimum".to_owned(), bound);
            }
            Value::Object(fields)
        }
        Value::Array(list) => Value::Array(list.into_iter().map(newer).collect()),
        other => other,
    }
}
