//! A client for one caller, and its answers.
//!
//! Every answer is checked for what all of them promise: common headers, the form of problems, and no server error.

use super::{app::PUBLIC_URL, description::description_of};
use calamine::{Reader as _, Xlsx};
use serde_json::Value;
use std::{io::Cursor, net::SocketAddr, time::Duration};
use ureq::http::{self, HeaderMap, Method};

/// The connections of all clients of a server.
pub(crate) struct Agent {
    address: SocketAddr,
    agent: ureq::Agent,
}

impl Agent {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .accept(ureq::config::AutoHeaderValue::None)
            .user_agent(ureq::config::AutoHeaderValue::None)
            .accept_encoding(ureq::config::AutoHeaderValue::None)
            .proxy(None)
            .build();
        Self { address, agent: config.into() }
    }
}

/// A caller.
#[derive(Clone)]
pub(crate) struct Client<'a> {
    agent: &'a Agent,
    token: Option<String>,
}

macro_rules! methods {
    ($($name:ident $method:ident)+) => {
        $(
            /// Creates a request with this method. The address is a path, or absolute below the public URL.
            pub(crate) fn $name(&self, address: &str) -> Request<'a> {
                self.request(Method::$method, address)
            }
        )+
    };
}

impl<'a> Client<'a> {
    pub(crate) fn new(agent: &'a Agent, token: Option<String>) -> Self {
        Self { agent, token }
    }

    methods! { get GET head HEAD options OPTIONS post POST put PUT patch PATCH delete DELETE }

    /// Creates a request.
    pub(crate) fn request(&self, method: Method, address: &str) -> Request<'a> {
        let path = address.strip_prefix(PUBLIC_URL).unwrap_or(address);
        let mut request = Request {
            agent: self.agent,
            method,
            path: path.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        // Without this header, the request would use up a sequential id.
        request = request.header("x-request-id", "test");
        match &self.token {
            Some(token) => request.header("authorization", &format!("Bearer {token}")),
            None => request,
        }
    }
}

/// A request that has not been sent.
#[must_use]
pub(crate) struct Request<'a> {
    agent: &'a Agent,
    method: Method,
    path: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Request<'_> {
    /// Sets a header.
    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        self.header_bytes(name, value.as_bytes())
    }

    /// Sets a header that need not be text.
    pub(crate) fn header_bytes(mut self, name: &str, value: &[u8]) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a query parameter.
    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        let separator = if self.path.contains('?') { '&' } else { '?' };
        let pair = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
        self.path = format!("{}{separator}{pair}", self.path);
        self
    }

    /// Removes a header.
    pub(crate) fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    /// Sets a JSON body: a merge patch for PATCH.
    pub(crate) fn json(self, value: &Value) -> Self {
        let is_patch = self.method == Method::PATCH;
        let media_type = if is_patch { "application/merge-patch+json" } else { "application/json" };
        self.body(media_type, value.to_string())
    }

    /// Sets a body with a media type.
    pub(crate) fn body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", media_type)
    }

    /// Sets `If-Match`.
    pub(crate) fn if_match(self, tag: &str) -> Self {
        self.header("if-match", tag)
    }

    /// Sends the request, and panics with the answer if it has another status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Answer {
        let what = format!("{} {}", self.method, self.path);
        let answer = self.send();
        let body = String::from_utf8_lossy(&answer.body);
        assert_eq!(answer.status, status, "{what} was answered {}\n{body}", answer.status);
        answer
    }

    /// Sends the request, and checks the answer against the OpenAPI document.
    #[track_caller]
    pub(crate) fn send(self) -> Answer {
        let (method, path) = (self.method.clone(), self.path.clone());
        let answer = self.send_unchecked();
        answer.check_promises(&format!("{method} {path}"));
        description_of(&path).check(method.as_str(), &path, answer.status, &answer.headers, &answer.body);
        answer
    }

    #[track_caller]
    fn send_unchecked(self) -> Answer {
        let is_head = self.method == Method::HEAD;
        let path = self.path.clone();
        let (parts, body) = self.run().into_parts();
        let body = body.into_with_config().limit(u64::MAX).read_to_vec().unwrap();
        assert!(!is_head || body.is_empty(), "HEAD {path} has a body");
        Answer { status: parts.status.as_u16(), headers: parts.headers, body, is_head }
    }

    /// Sends the request, without reading the body.
    #[track_caller]
    pub(crate) fn run(self) -> http::Response<ureq::Body> {
        let Self { agent, method, path, headers, body } = self;
        let mut request =
            http::Request::builder().method(method).uri(format!("http://{}{path}", agent.address));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let response = if body.is_empty() {
            agent.agent.run(request.body(()).unwrap())
        } else {
            agent.agent.run(request.body(body).unwrap())
        };
        response.unwrap_or_else(|cause| panic!("{path}: {cause}"))
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body as received, possibly encoded.
    pub(crate) body: Vec<u8>,
    is_head: bool,
}

impl Answer {
    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|cause| panic!("{cause}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// The body as text; of a spreadsheet, the text of its cells.
    #[track_caller]
    pub(crate) fn text(&self) -> String {
        if let Ok(mut workbook) = Xlsx::new(Cursor::new(self.body.as_slice())) {
            let cells = workbook.worksheet_range_at(0).unwrap().unwrap();
            return cells.cells().map(|(_, _, cell)| format!("{cell} ")).collect();
        }
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The values of a header, joined with commas. Empty if it is missing.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> String {
        let values: Vec<&str> =
            self.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect();
        values.join(", ")
    }

    /// The entity tag.
    #[track_caller]
    pub(crate) fn etag(&self) -> String {
        let tag = self.header("etag");
        assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 2, "a strong tag, not {tag}");
        tag
    }

    /// The errors of a problem, in order: pointers into the body, and names of parameters.
    #[track_caller]
    pub(crate) fn faults(&self) -> Vec<String> {
        let problem = self.json();
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        errors
            .iter()
            .map(|error| {
                assert!(!error["detail"].as_str().unwrap().is_empty());
                error["pointer"].as_str().or(error["parameter"].as_str()).unwrap().to_owned()
            })
            .collect()
    }

    /// The `items` of a list.
    #[track_caller]
    pub(crate) fn items(&self) -> Vec<Value> {
        self.json()["items"].as_array().unwrap_or_else(|| panic!("no list: {}", self.json())).clone()
    }

    /// A field of every item of a list.
    #[track_caller]
    pub(crate) fn each(&self, field: &str) -> Vec<String> {
        self.items().iter().map(|item| item[field].as_str().unwrap().to_owned()).collect()
    }

    /// Checks the headers that tell browsers what they may do with an answer.
    #[track_caller]
    fn check_guards(&self, what: &str) {
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "cross-origin"),
        ] {
            assert_eq!(self.header(name), value, "{what}: {name}");
        }
        let policy = self.header("content-security-policy");
        let is_page = self.header("content-type").starts_with("text/html");
        assert!(policy.starts_with("default-src 'none'; "), "{what}: {policy}");
        assert!(policy.ends_with("frame-ancestors 'none'") && !policy.contains("unsafe"), "{what}: {policy}");
        assert!(!is_page || policy.contains("; base-uri 'none'; form-action 'none';"), "{what}: {policy}");
    }

    #[track_caller]
    fn check_promises(&self, what: &str) {
        let body = String::from_utf8_lossy(&self.body);
        let is_told = self.status == 507 || self.status == 503 && !self.header("retry-after").is_empty();
        assert!(self.status < 500 || is_told, "{what} was answered {}\n{body}", self.status);
        assert!(!self.header("x-request-id").is_empty(), "{what}: X-Request-Id is missing");
        self.check_guards(what);
        let vary = self.header("vary").to_ascii_lowercase();
        for name in ["authorization", "accept", "accept-encoding"] {
            assert!(vary.split(',').any(|known| known.trim() == name), "{what}: Vary: {vary}");
        }
        let [date, modified] = ["date", "last-modified"].map(|name| {
            chrono::NaiveDateTime::parse_from_str(&self.header(name), "%a, %d %b %Y %H:%M:%S GMT").ok()
        });
        assert!(date.is_some() && modified <= date, "{what}: Last-Modified: {modified:?}, Date: {date:?}");
        if self.status >= 400 {
            assert_eq!(self.header("content-type"), "application/problem+json", "{what}\n{body}");
        }
        if self.status >= 400 && !self.is_head {
            let problem = self.json();
            assert_eq!(problem["status"], self.status, "{what}\n{body}");
            for field in ["type", "title", "detail", "instance"] {
                assert!(
                    problem[field].as_str().is_some_and(|text| !text.is_empty()),
                    "{what}: {field}\n{body}"
                );
            }
            for leak in ["SELECT", "INSERT", "diesel", "panicked", "libpq", "sqlite"] {
                assert!(!body.contains(leak), "{what} tells of internals\n{body}");
            }
        }
    }
}
