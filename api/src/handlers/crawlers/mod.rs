//! What crawlers and security researchers look for at fixed addresses: `robots.txt`, `security.txt`, sitemaps.

mod sitemap;

use crate::{
    app::App,
    auth::Caller,
    openapi::{EXAMPLE_URL, Operation, headers_of},
    problem::Problem,
    request::{conditions::digest, input::Input},
    respond,
    table::{Address, Table},
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use chrono::{DateTime, Days, SecondsFormat, Utc};
use domain::time::today;
use serde_json::{Value, json};

const TEXT: &str = "text/plain; charset=utf-8";

/// The operations of this module.
pub(crate) fn mount(table: &mut impl Table) {
    table.get("/robots.txt", robots, || {
        let example = robots_of(EXAMPLE_URL);
        describe(
            "robots",
            "Get the rules for crawlers",
            "Allows everything, and names the sitemap (RFC 9309).",
            &example,
        )
    });
    table.get("/.well-known/security.txt", security, || {
        let example = security_of(EXAMPLE_URL, "mailto:security@portal.example", DateTime::UNIX_EPOCH);
        describe(
            "security",
            "Get the contact for vulnerabilities",
            "Says where to report vulnerabilities (RFC 9116). `Expires` is always half a year ahead.",
            &example,
        )
    });
    table.get("/sitemap.xml", sitemap::index, sitemap::describe_index);
    table.address("/sitemaps/{part}.xml", |address| {
        address.parameters(|| [sitemap::part()]).get(sitemap::part_of, sitemap::describe_part)
    });
}

/// Returns `robots.txt`.
///
/// # Errors
/// 400 for any parameter, 406 for formats other than text.
async fn robots(caller: Caller, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    text(&caller, &request, robots_of(&app.public_url))
}

/// Returns `security.txt`.
///
/// # Errors
/// As [`robots`].
async fn security(caller: Caller, app: Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let contact = app.publication.security_contact();
    text(&caller, &request, security_of(&app.public_url, &contact, app.store.now()))
}

fn robots_of(public_url: &str) -> String {
    format!("User-agent: *\nAllow: /\n\nSitemap: {public_url}/sitemap.xml\n")
}

/// The expiry is a day, so that the text changes once a day.
fn security_of(public_url: &str, contact: &str, now: DateTime<Utc>) -> String {
    let day = today(now) + Days::new(182);
    let expires = day.and_time(chrono::NaiveTime::MIN).and_utc().to_rfc3339_opts(SecondsFormat::Secs, true);
    format!(
        "Contact: {contact}\nExpires: {expires}\nPreferred-Languages: de, en\nCanonical: {public_url}/.well-known/security.txt\n"
    )
}

fn text(caller: &Caller, request: &HttpRequest, text: String) -> Result<HttpResponse, Problem> {
    let validated = Input::of(request).finish_as("text/plain")?;
    let tag = digest(text.as_bytes());
    Ok(respond::tagged(validated, caller, TEXT, &tag, None, text))
}

fn describe(id: &str, summary: &str, about: &str, example: &str) -> Operation {
    Operation::new("service", id, summary)
        .description(about)
        .answer("200", answer("text/plain", example))
        .refusals(&[406])
        .revalidated()
}

/// A response of a media type that is not JSON.
fn answer(media_type: &str, example: &str) -> Value {
    json!({
        "description": "The document.",
        "headers": headers_of(&["ETag", "Cache-Control", "X-Request-Id"]),
        "content": { media_type: { "schema": { "type": "string" }, "example": example } }
    })
}
