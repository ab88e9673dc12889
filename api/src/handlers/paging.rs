//! Lists that are no collection of records, page by page: search, audit, history, runs and their rejections.

use crate::{
    app::App,
    auth::Caller,
    problem::Problem,
    request::{
        input::{Input, Validated},
        parameter::{Parameter, flag},
        parameters,
    },
    respond,
};
use actix_web::{HttpRequest, HttpResponse};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::query::{Page, Parameters, Query};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::marker::PhantomData;

/// A page, as it is answered.
#[derive(Debug, Serialize)]
pub(super) struct Items<T> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<String>,
    /// How many there are on all pages, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) total: Option<i64>,
}

/// What is said of a cursor that is none.
pub(super) const NO_CURSOR: &str = "is not a cursor of this list with this filter: begin again without it, and follow the \
                                    address in 'next' as it is";

/// Cursors of one list with one filter: a place in it, opaque to clients, and bound to what was asked.
pub(super) struct Cursors<P> {
    fingerprint: [u8; 8],
    sent: Parameters,
    place: PhantomData<P>,
}

impl<P: Serialize + DeserializeOwned> Cursors<P> {
    /// Those of a list; its name says all that the address says.
    pub(super) fn of(list: &str, input: &Input<'_>) -> Self {
        let sent = input.sent();
        let fingerprint = sent.fingerprint(list, &Query::PAGING);
        Self { fingerprint, sent: sent.clone(), place: PhantomData }
    }

    /// Where the page begins.
    pub(super) fn take(&self, input: &mut Input<'_>) -> Option<P> {
        input.one(CURSOR.name, |text| self.decode(text).ok_or_else(|| NO_CURSOR.to_owned()))
    }

    fn decode(&self, text: &str) -> Option<P> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (fingerprint, place): ([u8; 8], P) = serde_json::from_slice(&bytes).ok()?;
        (fingerprint == self.fingerprint).then_some(place)
    }

    /// The address of the page that begins behind a place.
    ///
    /// # Errors
    /// 500 for a place that cannot be written.
    pub(super) fn next(&self, app: &App, request: &HttpRequest, place: &P) -> Result<String, Problem> {
        self.next_at(&app.url(request.path()), place)
    }

    /// As [`Cursors::next`], of the list at an address.
    ///
    /// # Errors
    /// As [`Cursors::next`].
    pub(super) fn next_at(&self, address: &str, place: &P) -> Result<String, Problem> {
        let cursor = serde_json::to_vec(&(self.fingerprint, place)).map_err(Problem::internal)?;
        Ok(page_at(address, &self.sent, CURSOR.name, URL_SAFE_NO_PAD.encode(cursor)))
    }
}

/// How many records a page holds.
pub(crate) const LIMIT: Parameter<usize> = Parameter {
    name: "limit",
    description: "How many a page holds.",
    schema: || limit_schema(Page::DEFAULT_LIMIT),
    read: |text| match text.parse() {
        Ok(limit) if (1..=Page::MAX_LIMIT).contains(&limit) => Ok(limit),
        _ => Err(format!("must be a whole number from 1 to {}", Page::MAX_LIMIT)),
    },
    shared: Some("PageLimit"),
};

pub(super) fn limit_schema(default: usize) -> Value {
    json!({ "type": "integer", "format": "int32", "minimum": 1, "maximum": Page::MAX_LIMIT, "default": default })
}

/// Where a page begins.
pub(crate) const CURSOR: Parameter<String> = Parameter {
    name: "cursor",
    description: "Where the page begins; opaque, from `next`.",
    schema: || json!({ "type": "string", "minLength": 1, "maxLength": 8192 }),
    read: |text| Ok(text.to_owned()),
    shared: Some("Cursor"),
};

/// Whether the number of all is wanted too.
pub(crate) const WITH_TOTAL: Parameter<bool> = Parameter {
    name: "with_total",
    description: "Whether `total` is counted.",
    schema: || json!({ "type": "boolean", "default": false }),
    read: flag,
    shared: Some("WithTotal"),
};

/// The parameters of a list that comes in pages and can be counted.
pub(super) fn parameters() -> [Value; 3] {
    [LIMIT.once(), CURSOR.once(), WITH_TOTAL.once()]
}

/// How many records a page holds.
pub(super) fn limit(input: &mut Input<'_>) -> usize {
    input.take(&LIMIT).unwrap_or(Page::DEFAULT_LIMIT)
}

/// Whether the number of all is wanted too.
pub(super) fn with_total(input: &mut Input<'_>) -> bool {
    input.take(&WITH_TOTAL).unwrap_or(false)
}

/// The address of the next page: the same with another cursor.
pub(super) fn next_page(
    app: &App,
    request: &HttpRequest,
    sent: &Parameters,
    name: &str,
    cursor: String,
) -> String {
    page_at(&app.url(request.path()), sent, name, cursor)
}

/// As [`next_page`], of the list at an address.
pub(super) fn page_at(address: &str, sent: &Parameters, name: &str, cursor: String) -> String {
    let mut pairs = sent.without(&[name]);
    pairs.push((name.to_owned(), cursor));
    format!("{address}?{}", parameters::write(&pairs))
}

/// Answers a page.
///
/// # Errors
/// 500 when it cannot be written as JSON.
pub(super) fn answer<T: Serialize>(
    validated: Validated,
    request: &HttpRequest,
    caller: &Caller,
    page: &Items<T>,
) -> Result<HttpResponse, Problem> {
    respond::page(validated, request, caller, page, page.next.clone())
}
