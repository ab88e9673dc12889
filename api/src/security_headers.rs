//! Headers that tell browsers what they may do with a response. Every response has them.

use crate::app::App;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Resources of other origins may embed a response (Fetch, section "Cross-Origin-Resource-Policy header").
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The policy of responses that are not pages (Content Security Policy Level 3): they load nothing, and no frame shows
/// them.
const NO_PAGE: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// Adds the headers. A handler that returns a page sets its own `Content-Security-Policy`.
///
/// `Strict-Transport-Security` (RFC 6797) is sent if the public URL is `https`. It leaves out subdomains, which may be
/// other people's.
pub(crate) fn add(headers: &mut HeaderMap, app: &App) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // For browsers that do not know `frame-ancestors`.
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, NO_PAGE);
    }
    if app.public_url.starts_with("https://") {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}
