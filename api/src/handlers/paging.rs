//! Pagination of lists other than collections: search, audit, history, sync runs and their rejections.

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
use actix_web::{HttpResponse, web::Data};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::query::{Cursor, Page, Parameters, Query};
use persistence::batch::Batch;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::marker::PhantomData;

/// A page in responses.
#[derive(Debug, Serialize)]
pub(super) struct Items<T> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<String>,
    /// Number of items on all pages, if requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) total: Option<i64>,
}

impl<T> Items<T> {
    /// Converts the items.
    pub(super) fn map<U>(self, item: impl FnMut(T) -> U) -> Items<U> {
        Items { items: self.items.into_iter().map(item).collect(), next: self.next, total: self.total }
    }
}

/// The detail for an invalid cursor.
pub(super) const NO_CURSOR: &str =
    "is not a cursor of this list with these filters: start over without it, and follow 'next' unchanged";

/// Cursors of a list: opaque positions, bound to the list and its filters.
pub(super) struct Cursors<P> {
    app: Data<App>,
    fingerprint: [u8; 8],
    sent: Parameters,
    place: PhantomData<P>,
}

impl<P: Serialize + DeserializeOwned> Cursors<P> {
    /// The cursors of a list. The name must contain everything that the path specifies.
    pub(super) fn of(app: &Data<App>, list: &str, input: &Input<'_>) -> Self {
        let sent = input.sent();
        let fingerprint = sent.fingerprint(list, &Query::PAGING);
        Self { app: app.clone(), fingerprint, sent: sent.clone(), place: PhantomData }
    }

    /// Takes the position at which the page starts.
    pub(super) fn take(&self, input: &mut Input<'_>) -> Option<P> {
        input.one(CURSOR.name, |text| self.decode(text).ok_or_else(|| NO_CURSOR.to_owned()))
    }

    fn encode(&self, place: &P) -> Result<String, Problem> {
        let cursor = serde_json::to_vec(&(self.fingerprint, place)).map_err(Problem::internal)?;
        Ok(self.app.seal.close(&URL_SAFE_NO_PAD.encode(cursor)))
    }

    fn decode(&self, text: &str) -> Option<P> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (fingerprint, place): ([u8; 8], P) = serde_json::from_slice(&bytes).ok()?;
        (fingerprint == self.fingerprint).then_some(place)
    }

    /// The page of the list at an address with some items, without a total. `place` is the position of an item.
    ///
    /// # Errors
    /// 500 if the position cannot be serialised.
    pub(super) fn page<T>(
        &self,
        address: &str,
        batch: Batch<T>,
        place: impl FnOnce(&T) -> P,
    ) -> Result<Items<T>, Problem> {
        let cursor = batch.last().map(|last| self.encode(&place(last))).transpose()?;
        let next = cursor.map(|cursor| page_at(address, &self.sent, CURSOR.name, cursor));
        Ok(Items { items: batch.items, next, total: None })
    }
}

/// The page size.
pub(crate) const LIMIT: Parameter<usize> = Parameter {
    name: "limit",
    description: "Page size.",
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

/// Where a page starts.
pub(crate) const CURSOR: Parameter<String> = Parameter {
    name: Cursor::PARAMETER,
    description: "Position of the page, taken from `next`. Opaque.",
    schema: || json!({ "type": "string", "minLength": 1, "maxLength": 8192 }),
    read: |text| Ok(text.to_owned()),
    shared: Some("Cursor"),
};

/// Whether to count all items.
pub(crate) const WITH_TOTAL: Parameter<bool> = Parameter {
    name: "with_total",
    description: "Whether to return `total`, the number of items on all pages.",
    schema: || json!({ "type": "boolean", "default": false }),
    read: flag,
    shared: Some("WithTotal"),
};

/// The parameters of a paginated list with a total.
pub(super) fn parameters() -> [Value; 3] {
    [LIMIT.once(), CURSOR.once(), WITH_TOTAL.once()]
}

/// Takes the page size.
pub(super) fn limit(input: &mut Input<'_>) -> usize {
    input.take(&LIMIT).unwrap_or(Page::DEFAULT_LIMIT)
}

/// Takes whether to count all items.
pub(super) fn with_total(input: &mut Input<'_>) -> bool {
    input.take(&WITH_TOTAL).unwrap_or(false)
}

/// The URL of another page of the list at an address: the same request with another cursor.
pub(super) fn page_at(address: &str, sent: &Parameters, name: &str, cursor: String) -> String {
    let mut pairs = sent.without(&[name]);
    pairs.push((name.to_owned(), cursor));
    format!("{address}?{}", parameters::write(&pairs))
}

/// Returns a page.
///
/// # Errors
/// 500 if it cannot be serialised.
pub(super) fn answer<T: Serialize>(
    validated: Validated,
    caller: &Caller,
    page: &Items<T>,
) -> Result<HttpResponse, Problem> {
    respond::page(validated, caller, page, page.next.clone())
}
