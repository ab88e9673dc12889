//! A cache of complete responses to anonymous reads, and conditional reads.
//!
//! A hit is answered on the thread that serves the connection, before routing and without a query. An entry is valid
//! until anything changes, the day ends, or the moment comes that its handler named: the number of the last change is
//! read before the handler runs, and compared with the current one at each hit ([`LastChange`]). While that is
//! uncertain, nothing comes from the cache.
//!
//! Handlers decide what may be kept ([`keep`]). They answer with the whole content and its entity tag; that the caller
//! already has it (304) is found here, for kept and other responses alike. Only exports find it themselves, before they
//! begin.

use crate::{
    app::App,
    compress,
    flights::Moment,
    metrics::Found,
    request::{conditions, encoding::Encoding},
};
use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{
            ACCEPT, AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, LINK,
        },
    },
    middleware::Next,
    web::{Bytes, Data},
};
use chrono::{DateTime, Utc};
use domain::time::today;
use persistence::last_change::LastChange;
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter, sync};
use std::{
    io,
    rc::Rc,
    sync::{Arc, OnceLock},
};

/// Capacity in bytes.
const CAPACITY: u64 = 24 * 1024 * 1024;
/// Estimated number of entries.
const ENTRIES: usize = 10_000;
/// Larger responses are not kept.
const LARGEST: usize = 8 * 1024 * 1024;
/// Requests with a longer address or `Accept` are not kept.
const LONGEST_KEY: usize = 2_000;

/// Complete responses, by `Accept` and address.
#[derive(Debug)]
pub struct Cache(sync::Cache<String, Arc<Entry>, ByBytes>);

/// A response that may be sent again.
#[derive(Debug)]
pub struct Entry {
    moment: Moment,
    until: Option<DateTime<Utc>>,
    headers: HeaderMap,
    body: Bytes,
    /// The route of the request, as it stands in metrics.
    pub(crate) route: Option<String>,
    encoded: [OnceLock<Bytes>; Encoding::COUNT],
}

/// Marks a response that may be kept, in its extensions: until when, if not until the next change or the end of the day.
#[derive(Clone, Copy, Debug)]
struct Keep(Option<DateTime<Utc>>);

/// Lets an anonymous response be kept until something changes, the day ends, or `until` comes. It must follow from the
/// address, `Accept`, the stored data, and the day.
pub fn keep(mut response: HttpResponse, until: Option<DateTime<Utc>>) -> HttpResponse {
    response.extensions_mut().insert(Keep(until));
    response
}

/// Weighs entries by their size in bytes. An encoded body is about a quarter of the plain one.
#[derive(Clone, Debug)]
struct ByBytes;

impl Weighter<String, Arc<Entry>> for ByBytes {
    fn weight(&self, key: &String, entry: &Arc<Entry>) -> u64 {
        (key.len() + entry.body.len() + entry.body.len() / 2 + 1_000) as u64
    }
}

impl Default for Cache {
    fn default() -> Self {
        // One shard, because an entry must fit into a shard.
        let options = OptionsBuilder::new()
            .shards(1)
            .estimated_items_capacity(ENTRIES)
            .weight_capacity(CAPACITY)
            .build();
        Self(match options {
            Ok(options) => sync::Cache::with_options(
                options,
                ByBytes,
                DefaultHashBuilder::default(),
                sync::DefaultLifecycle::default(),
            ),
            Err(_) => sync::Cache::with_weighter(ENTRIES, CAPACITY, ByBytes),
        })
    }
}

impl Entry {
    fn is_valid(&self, slot: &Slot) -> bool {
        self.moment == slot.moment && self.until.is_none_or(|until| slot.now < until)
    }

    fn response(self: &Arc<Self>) -> HttpResponse {
        let mut response = HttpResponse::with_body(StatusCode::OK, BoxBody::new(self.body.clone()));
        *response.headers_mut() = self.headers.clone();
        response.extensions_mut().insert(self.clone());
        response
    }

    /// The body in an encoding, which is encoded once.
    ///
    /// # Errors
    /// If it cannot be encoded.
    pub(crate) async fn encoded(&self, encoding: Encoding) -> io::Result<Bytes> {
        let cell = &self.encoded[encoding as usize];
        if let Some(bytes) = cell.get() {
            return Ok(bytes.clone());
        }
        let bytes = compress::whole(self.body.clone(), encoding).await?;
        Ok(cell.get_or_init(|| bytes).clone())
    }
}

/// Where the response to a request is kept.
struct Slot {
    key: String,
    moment: Moment,
    now: DateTime<Utc>,
}

impl Slot {
    /// `None` if it cannot be kept.
    fn of(request: &ServiceRequest, app: &App) -> Option<Self> {
        let headers = request.headers();
        if request.method() != Method::GET || headers.contains_key(AUTHORIZATION) {
            return None;
        }
        let address = request.uri().path_and_query()?.as_str();
        let mut accepts = headers.get_all(ACCEPT);
        let accept = accepts.next().map_or(Ok(""), HeaderValue::to_str).ok()?;
        if accepts.next().is_some() || address.len() + accept.len() > LONGEST_KEY {
            return None;
        }
        let last_change = request.app_data::<Rc<LastChange>>()?.get();
        if last_change.is_none() {
            app.metrics.looked_up(Found::Uncertain);
        }
        let last_change = last_change?;
        let now = app.store.now();
        Some(Self { key: format!("{accept}\n{address}"), moment: (last_change, today(now)), now })
    }
}

/// Answers from the cache, or keeps the answer. Answers 304 if the caller already has it.
///
/// # Errors
/// Only those of inner middleware.
pub async fn wrap(
    app: Data<App>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let slot = Slot::of(&request, &app);
    let response = match slot {
        None => next.call(request).await?.map_into_boxed_body(),
        Some(slot) => match app.cache.valid(&slot) {
            Some(entry) => {
                app.metrics.looked_up(Found::Hit);
                request.into_response(entry.response())
            }
            None => {
                app.metrics.looked_up(Found::Miss);
                app.cache.kept(slot, next.call(request).await?.map_into_boxed_body())
            }
        },
    };
    Ok(revalidated(response))
}

impl Cache {
    /// Returns how many bytes the entries take, about.
    pub fn bytes(&self) -> u64 {
        self.0.weight()
    }

    fn valid(&self, slot: &Slot) -> Option<Arc<Entry>> {
        self.0.get(&slot.key).filter(|entry| entry.is_valid(slot))
    }

    /// Keeps a response, if its handler lets it.
    fn kept(&self, slot: Slot, mut response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
        let keep = response.response_mut().extensions_mut().remove::<Keep>();
        let Some(Keep(until)) = keep.filter(|_| response.status() == StatusCode::OK) else { return response };
        let (request, response) = response.into_parts();
        let (head, body) = response.into_parts();
        let response = match body.try_into_bytes() {
            Ok(body) if body.len() <= LARGEST => {
                let Slot { key, moment, .. } = slot;
                let (headers, route) = (head.headers().clone(), request.match_pattern());
                let encoded = Default::default();
                let entry = Arc::new(Entry { moment, until, headers, body, route, encoded });
                let response = entry.response();
                self.0.insert(key, entry);
                response
            }
            Ok(body) => head.set_body(BoxBody::new(body)),
            Err(body) => head.set_body(body),
        };
        ServiceResponse::new(request, response)
    }
}

/// Answers 304 if the caller has what the response would say (RFC 9110 section 15.4.5).
fn revalidated(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let request = response.request();
    if response.status() != StatusCode::OK || request.method() != Method::GET {
        return response;
    }
    let tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).map(|tag| tag.trim_matches('"'));
    let Some(held) = tag.and_then(|tag| conditions::held(request, tag)) else { return response };
    let mut response = response.map_body(|head, _| {
        head.status = StatusCode::NOT_MODIFIED;
        BoxBody::new(actix_web::body::None::new())
    });
    let headers = response.headers_mut();
    for name in [CONTENT_TYPE, CONTENT_DISPOSITION, LINK] {
        headers.remove(name);
    }
    if let Ok(tag) = HeaderValue::try_from(format!("\"{held}\"")) {
        headers.insert(ETAG, tag);
    }
    response
}
