//! Reads the keys of the provider over HTTP.

use super::keys::KeySet;
use crate::config::SecureUrl;
use actix_web::http::header::CACHE_CONTROL;
use serde::Deserialize;
use std::{sync::Arc, time::Duration};
use tokio_rustls::rustls::crypto::ring;
use ureq::{
    Agent,
    tls::{Certificate, RootCerts, TlsConfig},
};

/// Time limit of a request, from the lookup of the name to the end of the body.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum size of a body in bytes.
const MAX_BODY: u64 = 1 << 20;

/// Keys, and how long they may be used without asking again.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) keys: KeySet,
    /// `max-age` of the response (RFC 9111 section 5.2.2.1). Zero if it has none.
    pub(super) max_age: Duration,
}

/// A response of the provider.
struct Document {
    body: Vec<u8>,
    max_age: Duration,
}

/// Reads the keys at `jwks_url`, or, without one, where the provider's metadata say that they are (OpenID Connect
/// Discovery 1.0 section 4).
///
/// # Errors
/// Says what failed, for the log.
pub(super) fn fetch(issuer: &SecureUrl, jwks_url: Option<&SecureUrl>) -> Result<Fetched, String> {
    let jwks_url = match jwks_url {
        Some(url) => url.clone(),
        None => discover(issuer)?,
    };
    let Document { body, max_age } = get(&jwks_url)?;
    let keys = KeySet::read(&body).map_err(|fault| format!("{}: {fault}", jwks_url.as_str()))?;
    Ok(Fetched { keys, max_age })
}

/// Where the provider's keys are, by its metadata.
fn discover(issuer: &SecureUrl) -> Result<SecureUrl, String> {
    #[derive(Deserialize)]
    struct Metadata {
        issuer: String,
        jwks_uri: String,
    }
    // Section 4.1: a trailing slash of the issuer is removed.
    let base = issuer.as_str().strip_suffix('/').unwrap_or(issuer.as_str());
    let url = SecureUrl::try_from(format!("{base}/.well-known/openid-configuration"))?;
    let fault = |detail: &str| format!("{}: {detail}", url.as_str());
    let metadata: Metadata = serde_json::from_slice(&get(&url)?.body)
        .map_err(|_| fault("not the metadata of an OpenID Connect provider"))?;
    if metadata.issuer != issuer.as_str() {
        return Err(fault(&format!("the issuer is '{}', not '{}'", metadata.issuer, issuer.as_str())));
    }
    SecureUrl::try_from(metadata.jwks_uri).map_err(|expected| fault(&format!("jwks_uri {expected}")))
}

/// Reads a document. Does not follow redirects.
fn get(url: &SecureUrl) -> Result<Document, String> {
    let fault = |error: ureq::Error| format!("{}: {error}", url.as_str());
    let mut response =
        agent(url).get(url.as_str()).header("accept", "application/json").call().map_err(fault)?;
    if response.status() != 200 {
        return Err(format!("{}: the status is {}", url.as_str(), response.status()));
    }
    let max_age =
        response.headers().get(CACHE_CONTROL.as_str()).and_then(|value| max_age(value.to_str().ok()?));
    let body = response.body_mut().with_config().limit(MAX_BODY).read_to_vec().map_err(fault)?;
    Ok(Document { body, max_age: max_age.unwrap_or_default() })
}

/// A client for one request: requests are rare, and the trust store of the machine may change between them. A proxy that
/// the environment names is used, as usual, but not for this machine.
fn agent(url: &SecureUrl) -> Agent {
    let certificates = rustls_native_certs::load_native_certs().certs;
    let certificates: Vec<_> =
        certificates.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect();
    let tls = TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
        .root_certs(RootCerts::new_with_certs(&certificates))
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(TIMEOUT))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent("clusterportal");
    let config = if url.is_of_this_machine() { config.proxy(None) } else { config };
    config.build().into()
}

fn max_age(cache_control: &str) -> Option<Duration> {
    let mut directives = cache_control.split(',').filter_map(|directive| directive.split_once('='));
    let (_, seconds) = directives.find(|(name, _)| name.trim().eq_ignore_ascii_case("max-age"))?;
    seconds.trim().trim_matches('"').parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::max_age;
    use std::time::Duration;

    #[test]
    fn keys_are_used_as_long_as_their_response_says() {
        for (value, expected) in [
            ("max-age=600", Some(600)),
            ("public, MAX-AGE=600, must-revalidate", Some(600)),
            ("s-maxage=5, max-age=\"600\"", Some(600)),
            ("no-cache", None),
            ("max-age=soon", None),
            ("max-age=-1", None),
        ] {
            assert_eq!(max_age(value), expected.map(Duration::from_secs), "{value}");
        }
    }
}
