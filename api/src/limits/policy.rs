//! A quota of requests a minute for each key, and how responses tell it.

use crate::problem::{Problem, TOO_MANY_REQUESTS};
use actix_web::{
    http::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER},
    web::Bytes,
};
use governor::{
    Quota, RateLimiter, clock::Clock, middleware::StateInformationMiddleware, state::keyed::HashMapStateStore,
};
use std::{hash::Hash, num::NonZeroU32, time::Duration};

/// The header with the policy (draft-ietf-httpapi-ratelimit-headers-10 section 3).
pub(super) const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// The header with what is left of the quota (the same, section 4).
pub(super) const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// The policy of requests without a valid token.
pub(super) const ADDRESSES: &str = "address";
/// The policy of requests with a valid token.
pub(super) const TOKENS: &str = "token";
/// The window of a quota in seconds.
const WINDOW: u32 = 60;

/// The number of requests that each key may send a minute.
pub(super) struct Policy<K: Clone + Eq + Hash, C: Clock> {
    name: &'static str,
    quota: NonZeroU32,
    /// The value of [`RATE_LIMIT_POLICY`].
    header: HeaderValue,
    limiter: RateLimiter<K, HashMapStateStore<K>, C, StateInformationMiddleware>,
}

/// What is left of a quota after a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) policy: &'static str,
    header: HeaderValue,
    quota: u32,
    pub(super) remaining: u32,
    /// How long to wait before the next request. Zero if the request was within the quota.
    pub(super) wait: Duration,
}

impl<K: Clone + Eq + Hash, C: Clock> Policy<K, C> {
    /// `None` if `quota` is zero.
    pub(super) fn new(name: &'static str, quota: u32, clock: C) -> Option<Self> {
        let quota = NonZeroU32::new(quota)?;
        let limiter = RateLimiter::hashmap_with_clock(Quota::per_minute(quota), clock).with_middleware();
        let header = HeaderValue::from_str(&format!("\"{name}\";q={quota};w={WINDOW}")).ok()?;
        Some(Self { name, quota, header, limiter })
    }

    /// Counts a request.
    pub(super) fn count(&self, key: &K) -> Result<Usage, Usage> {
        let usage = |remaining, wait| Usage {
            policy: self.name,
            header: self.header.clone(),
            quota: self.quota.get(),
            remaining,
            wait,
        };
        match self.limiter.check_key(key) {
            Ok(state) => Ok(usage(state.remaining_burst_capacity(), Duration::ZERO)),
            Err(until) => Err(usage(0, until.wait_time_from(self.limiter.clock().now()))),
        }
    }

    /// The number of requests a minute.
    pub(super) fn quota(&self) -> u32 {
        self.quota.get()
    }

    /// Drops the keys whose quota is whole again.
    pub(super) fn sweep(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }

    /// The number of keys.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.limiter.len()
    }
}

impl Usage {
    /// Seconds until the whole quota is available.
    pub(super) fn reset(&self) -> u64 {
        let used = u64::from(self.quota - self.remaining);
        (used * u64::from(WINDOW)).div_ceil(u64::from(self.quota))
    }

    pub(super) fn problem(&self) -> Problem {
        let Self { policy, quota, wait, .. } = self;
        let seconds = (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1);
        let whose = if *policy == TOKENS { "with this token" } else { "from this address without a token" };
        let plural = if seconds == 1 { "" } else { "s" };
        Problem::new(
            &TOO_MANY_REQUESTS,
            format!(
                "At most {quota} requests a minute are answered {whose}. Retry after {seconds} second{plural}."
            ),
        )
        .with_header(RETRY_AFTER, seconds.into())
    }

    pub(super) fn write(self, headers: &mut HeaderMap) {
        let value = format!("\"{}\";r={};t={}", self.policy, self.remaining, self.reset());
        if let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(value)) {
            headers.insert(RATE_LIMIT, value);
        }
        headers.insert(RATE_LIMIT_POLICY, self.header);
    }
}
