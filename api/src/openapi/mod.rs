//! The published OpenAPI documents: that of the API (3.1), and that of OGC API Features (3.0). The server embeds the
//! files, compressed.
//!
//! `compose` generates the files. The server does not call it; a test checks that the files are current.

mod compose;
mod operation;

pub(crate) use compose::{
    EXAMPLE_URL,
    answers::{self, READ_HEADERS, headers_of, json_answer, json_ld_answer, one},
    examples,
    filters::{self, of_facet, sort},
    parameters::{self, CURSOR, parameter},
    schemas::{
        Schemas, add_answer, add_answers, add_kind, add_vocabulary, answered, counted, moment, name_of,
        named, number, page, schema_of_id, slug_or_null,
    },
    tidy::schema_of,
};
pub(crate) use operation::Operation;

use crate::app::App;
use flate2::read::GzDecoder;
use serde_json::Value;
use std::io::{self, Read as _};

static COMPRESSED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/openapi.json.gz"));
static FEATURES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/ogc.json.gz"));

/// The published document, byte for byte.
///
/// # Errors
/// Only if the binary is damaged.
pub fn text() -> io::Result<String> {
    unpacked(COMPRESSED)
}

fn unpacked(compressed: &[u8]) -> io::Result<String> {
    let mut text = String::new();
    GzDecoder::new(compressed).read_to_string(&mut text)?;
    Ok(text)
}

/// The document of OGC API Features as served, below a URL.
///
/// # Errors
/// See [`text`].
pub(crate) fn features(url: &str) -> io::Result<Value> {
    let mut document: Value = serde_json::from_str(&unpacked(FEATURES)?)?;
    document["servers"][0]["url"] = url.into();
    Ok(document)
}

/// The document as served. If the public URL has a path, `servers` names that URL.
///
/// # Errors
/// See [`text`].
pub(crate) fn served(app: &App) -> io::Result<String> {
    let text = text()?;
    if app.prefix().is_empty() {
        return Ok(text);
    }
    let mut document: Value = serde_json::from_str(&text)?;
    document["servers"][0]["url"] = app.public_url.as_str().into();
    Ok(format!("{document:#}\n"))
}
