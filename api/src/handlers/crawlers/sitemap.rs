//! Sitemaps of all public records, by the protocol of sitemaps.org 0.9.
//!
//! A sitemap has at most 50,000 addresses. If there are more, `/sitemap.xml` is an index of parts:
//!
//! ```text
//! 120,000 members, 30 events   →   /sitemaps/members-1.xml  50,000 addresses
//!                                  /sitemaps/members-2.xml  50,000
//!                                  /sitemaps/members-3.xml  20,000
//!                                  /sitemaps/events-1.xml       30
//! ```

use super::answer;
use crate::{
    app::App,
    auth::Caller,
    openapi::{EXAMPLE_URL, Operation},
    problem::Problem,
    request::input::Input,
    shared::{self, Cost, Finished},
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use chrono::SecondsFormat;
use domain::kind::Kind;
use persistence::store::Store;
use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};
use serde_json::{Value, json};
use std::io;

const MEDIA_TYPE: &str = "application/xml";
const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";
/// The largest number of addresses in a sitemap.
const MOST: i64 = 50_000;

/// Returns the sitemap, or an index of its parts.
///
/// # Errors
/// 400 for any parameter, 406 for formats other than XML.
pub(super) async fn index(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let validated = Input::of(&request).finish_as(MEDIA_TYPE)?;
    let public_url = app.public_url.clone();
    shared::answer(validated, &app, &request, &caller, ("sitemap".to_owned(), Cost::Heavy), move |store| {
        let counts = Kind::ALL.map(|kind| Ok((kind, store.count_public(kind)?)));
        let counts: Vec<(Kind, i64)> = counts.into_iter().collect::<Result<_, Problem>>()?;
        if counts.iter().map(|(_, count)| count).sum::<i64>() > MOST {
            let parts = counts.into_iter().flat_map(|(kind, count)| {
                let number_of_parts = count / MOST + i64::from(count % MOST > 0);
                (1..=number_of_parts).map(move |number| (kind, number))
            });
            let parts = parts.map(|(kind, number)| Location {
                url: format!("{public_url}/sitemaps/{}-{number}.xml", kind.plural()),
                updated: None,
            });
            return finished("sitemapindex", "sitemap", parts);
        }
        let kinds = counts.into_iter().map(|(kind, _)| locations(store, &public_url, kind, 0));
        let all: Vec<Vec<Location>> = kinds.collect::<Result<_, Problem>>()?;
        finished("urlset", "url", all.into_iter().flatten())
    })
    .await
}

/// Returns a part of the sitemap.
///
/// # Errors
/// 404 for a part that does not exist.
pub(super) async fn part_of(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let part = request.match_info().get("part").unwrap_or_default().to_owned();
    let (kind, number) = read_part(&part).ok_or_else(Problem::not_found)?;
    let validated = Input::of(&request).finish_as(MEDIA_TYPE)?;
    let public_url = app.public_url.clone();
    shared::answer(
        validated,
        &app,
        &request,
        &caller,
        (format!("sitemap {part}"), Cost::Heavy),
        move |store| {
            let part = locations(store, &public_url, kind, (number - 1) * MOST)?;
            if part.is_empty() { Err(Problem::not_found()) } else { finished("urlset", "url", part) }
        },
    )
    .await
}

/// Reads the name of a part, such as `members-2`.
fn read_part(part: &str) -> Option<(Kind, i64)> {
    /// Enough for a billion records.
    const MOST_PARTS: i64 = 20_000;
    let (collection, number) = part.rsplit_once('-')?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.plural() == collection)?;
    let parsed: i64 = number.parse().ok()?;
    (parsed.to_string() == number && (1..=MOST_PARTS).contains(&parsed)).then_some((kind, parsed))
}

/// An entry of a sitemap or of an index.
struct Location {
    url: String,
    updated: Option<String>,
}

fn locations(store: &Store, public_url: &str, kind: Kind, offset: i64) -> Result<Vec<Location>, Problem> {
    let addresses = store.public_addresses(kind, offset, MOST)?;
    let location = |address: persistence::query::addresses::Address| Location {
        url: format!("{public_url}/api/v1/{}/{}", kind.plural(), address.key),
        updated: Some(address.updated_at.to_rfc3339_opts(SecondsFormat::Secs, true)),
    };
    Ok(addresses.into_iter().map(location).collect())
}

fn finished(
    root: &str,
    element: &str,
    locations: impl IntoIterator<Item = Location>,
) -> Result<Finished, Problem> {
    let xml = document(root, element, locations).map_err(Problem::internal)?;
    Ok(Finished::new(MEDIA_TYPE, xml))
}

fn document(root: &str, element: &str, locations: impl IntoIterator<Item = Location>) -> io::Result<Vec<u8>> {
    let mut xml = Writer::new(Vec::new());
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.create_element(root).with_attribute(("xmlns", NAMESPACE)).write_inner_content(|xml| {
        for Location { url, updated } in locations {
            xml.create_element(element).write_inner_content(|xml| {
                xml.create_element("loc").write_text_content(BytesText::new(&url))?;
                if let Some(updated) = &updated {
                    xml.create_element("lastmod").write_text_content(BytesText::new(updated))?;
                }
                Ok(())
            })?;
        }
        Ok(())
    })?;
    Ok(xml.into_inner())
}

/// The path parameter of a part.
pub(super) fn part() -> Value {
    json!({
        "name": "part", "in": "path", "required": true, "description": "Collection and number of the part.",
        "schema": { "type": "string", "pattern": "^[a-z]+-[0-9]+$", "maxLength": 100, "examples": ["members-1"] }
    })
}

pub(super) fn describe_index() -> Operation {
    describe("sitemap", "Get the sitemap").description(
        "Lists the addresses of all public records. With more than 50,000, it is an index of sitemaps.",
    )
}

pub(super) fn describe_part() -> Operation {
    describe("sitemap_part", "Get a part of the sitemap")
        .description(
            "Lists the addresses of up to 50,000 records of a collection, least recently changed first.",
        )
        .refusals(&[404])
}

fn describe(id: &str, summary: &str) -> Operation {
    let url = format!("{EXAMPLE_URL}/api/v1/events/demo-naechste-veranstaltung");
    let example =
        document("urlset", "url", [Location { url, updated: Some("2026-05-01T07:30:00Z".to_owned()) }]);
    let example = String::from_utf8(example.unwrap_or_default()).unwrap_or_default();
    Operation::new("service", id, summary)
        .answer("200", answer(MEDIA_TYPE, &example))
        .refusals(&[406])
        .revalidated()
}
