//! Rate limits: requests a minute, by the generic cell rate algorithm (GCRA).
//!
//! Requests without a token count for the network that they come from, requests with a valid token for that token. The
//! whole quota may be used at once, and is replenished evenly.
//!
//! A token is verified in the database, so the check must not wait for that. Tokens that were valid are remembered by
//! their hash. Any other counts for the network, as a request without a token does, so guessing tokens is limited. If
//! the network has used up its quota, as many again are verified, so that a valid token is answered nevertheless; if it
//! turns out to be invalid, the answer is the 429 that it would have been.

use super::{
    client::Network,
    policy::{ADDRESSES, Policy, TOKENS, Usage},
};
use crate::{app::App, problem::Problem};
use actix_web::{
    Error, HttpMessage as _, HttpRequest, ResponseError as _,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{AUTHORIZATION, HeaderValue},
    middleware::Next,
    web::Data,
};
use domain::id::Id;
use governor::clock::{Clock, MonotonicClock};
use quick_cache::sync::Cache;
use std::time::Duration;

/// Paths without a limit, because monitoring must not be turned away.
pub const EXEMPT: [&str; 3] = ["/health/live", "/health/ready", "/metrics"];

/// How often keys whose quota is whole again are dropped.
const SWEEP: Duration = Duration::from_secs(1);
/// Maximum number of valid tokens that are remembered.
const KNOWN: usize = 10_000;

/// The limits of a server.
pub struct Rates<C: Clock = MonotonicClock> {
    addresses: Option<Policy<Purpose, C>>,
    tokens: Option<Policy<Id, C>>,
    known: Cache<[u8; blake3::OUT_LEN], Id>,
}

/// Requests a minute per address and per token, `None` if there is no limit.
pub type Quotas = (Option<u32>, Option<u32>);

/// What a request of a network counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Purpose {
    Request(Network),
    /// The verification of a token for a network that has used up its quota.
    Verification(Network),
}

/// How a request stands, in the extensions of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Standing {
    /// Not limited.
    Free,
    Within(Usage),
    /// Beyond the quota of the network, unless its token is valid.
    OnlyWithToken(Usage),
    Beyond(Usage),
}

impl Rates {
    /// Creates the limits of requests a minute. Zero means none.
    pub fn new(addresses: u32, tokens: u32) -> Self {
        Self::with_clock(addresses, tokens, MonotonicClock)
    }
}

impl<C: Clock + Clone> Rates<C> {
    fn with_clock(addresses: u32, tokens: u32, clock: C) -> Self {
        Self {
            addresses: Policy::new(ADDRESSES, addresses, clock.clone()),
            tokens: Policy::new(TOKENS, tokens, clock),
            known: Cache::new(KNOWN),
        }
    }

    /// Counts a request, for its token if that is known to be valid, otherwise for its network.
    fn admit(&self, network: Network, authorization: Option<&HeaderValue>) -> Standing {
        if let Some(token) = authorization.and_then(|header| self.known.get(&digest(header))) {
            return self.count_token(token);
        }
        let Some(addresses) = &self.addresses else { return Standing::Free };
        match addresses.count(&Purpose::Request(network)) {
            Ok(usage) => Standing::Within(usage),
            Err(usage) if authorization.is_none() => Standing::Beyond(usage),
            Err(usage) => match addresses.count(&Purpose::Verification(network)) {
                Ok(_) => Standing::OnlyWithToken(usage),
                Err(_) => Standing::Beyond(usage),
            },
        }
    }

    fn count_token(&self, token: Id) -> Standing {
        match self.tokens.as_ref().map(|tokens| tokens.count(&token)) {
            None => Standing::Free,
            Some(Ok(usage)) => Standing::Within(usage),
            Some(Err(usage)) => Standing::Beyond(usage),
        }
    }

    /// Remembers a valid token, and counts a request for it, unless it was.
    fn accept(
        &self,
        authorization: &HeaderValue,
        token: Id,
        standing: Option<&Standing>,
    ) -> Option<Standing> {
        if let Some(Standing::Within(usage) | Standing::Beyond(usage)) = standing
            && usage.policy == TOKENS
        {
            return None;
        }
        self.known.insert(digest(authorization), token);
        Some(self.count_token(token))
    }

    /// Forgets a token that is no longer valid, and counts its request for the network.
    fn reject(&self, authorization: &HeaderValue, network: Network) {
        if self.known.remove(&digest(authorization)).is_some()
            && let Some(addresses) = &self.addresses
        {
            // The next request is refused, not this one.
            let _ = addresses.count(&Purpose::Request(network));
        }
    }

    /// Drops the keys whose quota is whole again.
    fn sweep(&self) {
        if let Some(addresses) = &self.addresses {
            addresses.sweep();
        }
        if let Some(tokens) = &self.tokens {
            tokens.sweep();
        }
    }

    /// The number of requests a minute per address and per token. `None` if there is no limit.
    pub fn quotas(&self) -> Quotas {
        (self.addresses.as_ref().map(Policy::quota), self.tokens.as_ref().map(Policy::quota))
    }
}

impl<C: Clock> std::fmt::Debug for Rates<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rates")
    }
}

/// Tokens are not kept in memory.
fn digest(authorization: &HeaderValue) -> [u8; blake3::OUT_LEN] {
    blake3::hash(authorization.as_bytes()).into()
}

/// Drops unused keys while the server runs. One key is needed per client that sent a request within the last second,
/// or that is using up its quota.
pub async fn sweep(app: Data<App>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        app.rates.sweep();
    }
}

/// Counts each request, and refuses those beyond the quota. Keeps the [`Network`] of the client with the request.
///
/// # Errors
/// Only those of inner middleware.
pub async fn wrap(
    app: Data<App>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let network = app.proxies.client(&request);
    request.extensions_mut().insert(network);
    if EXEMPT.contains(&request.path()) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let authorization = request.headers().get(AUTHORIZATION);
    let has_token = authorization.is_some();
    let standing = app.rates.admit(network, authorization);
    let mut response = match &standing {
        Standing::Beyond(usage) => request.into_response(usage.problem().error_response()),
        _ => {
            if has_token {
                request.extensions_mut().insert(standing.clone());
            }
            next.call(request).await?.map_into_boxed_body()
        }
    };
    // The token may have been verified meanwhile.
    let verified = if has_token { response.request().extensions_mut().remove::<Standing>() } else { None };
    let standing = verified.unwrap_or(standing);
    if let Standing::OnlyWithToken(usage) = &standing {
        // Nothing verified the token, or it is invalid.
        response = response.into_response(usage.problem().error_response());
    }
    if let Standing::Within(usage) | Standing::OnlyWithToken(usage) | Standing::Beyond(usage) = standing {
        usage.write(response.headers_mut());
    }
    Ok(response)
}

/// Counts a request for its token, which has been verified.
///
/// # Errors
/// 429 if the quota of the token is used up.
pub fn accept(request: &HttpRequest, authorization: &HeaderValue, token: Id) -> Result<(), Problem> {
    let Some(app) = request.app_data::<Data<App>>() else { return Ok(()) };
    let standing = app.rates.accept(authorization, token, request.extensions().get::<Standing>());
    let Some(standing) = standing else { return Ok(()) };
    let problem = match &standing {
        Standing::Beyond(usage) => Some(usage.problem()),
        _ => None,
    };
    request.extensions_mut().insert(standing);
    problem.map_or(Ok(()), Err)
}

/// Counts a request for its network, because its token is invalid.
pub fn reject(request: &HttpRequest, authorization: &HeaderValue) {
    if let Some(app) = request.app_data::<Data<App>>() {
        app.rates.reject(authorization, Network::of(request));
    }
}

#[cfg(test)]
mod tests;
